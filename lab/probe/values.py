"""What a probe of the lab's overlay found, as frozen values."""

from collections.abc import Iterable
from dataclasses import dataclass

EXCHANGE_S = 35.0
"""Gossip tells of a new task within a second; what a node missed then, it learns when memberlist exchanges everything,
which it does every 30 s."""


@dataclass(frozen=True)
class Pair:
    """From one node to another over an overlay; `source` asks, `target` answers.

    `ping` needs both directions, `one_way` only this one: whether any datagram of `source` reached `target`.
    `tcp` is open, refused, silent or unreachable. `small` and `large` are the bytes that `source` got of the
    bodies it asked of `target`, which travel the other way. `largest` is the largest inner IP packet that
    arrived one way, `lost_from` the smallest size of those above it that were sent and did not. Of `counted` small
    datagrams that were sent one way, `missing` never came. `late` of them came after one that was sent
    later. `round_trip_ms` is the median of some pings. Where the overlay is encrypted, `esp_sent` packets of ESP left
    `source` for `target` meanwhile, by the counters of its kernel, and `esp_received` of them `target` decrypted. A field
    is None where nothing was observed; `why` then says why.
    """

    source: str
    target: str
    network: str
    ping: bool | None = None
    one_way: bool | None = None
    tcp: str | None = None
    small: int | None = None
    large: int | None = None
    largest: int | None = None
    lost_from: int | None = None
    why: str = ""
    counted: int | None = None
    missing: int | None = None
    esp_sent: int | None = None
    esp_received: int | None = None
    round_trip_ms: float | None = None
    late: int | None = None

    @property
    def loss(self) -> float | None:
        """The share of the small datagrams that was lost one way, from 0 to 1; None where they were not counted."""
        return None if not self.counted or self.missing is None else self.missing / self.counted


@dataclass(frozen=True)
class Destination:
    """A task as Traefik's node reaches it. `tcp` as for a Pair; `answer` is the first line it sent to a plain
    GET, empty when it sent none, None when it was not asked; `ping` None when it was not tried."""

    source: str
    service: str
    task: str
    node: str
    address: str
    port: int
    tcp: str | None = None
    answer: str | None = None
    ping: bool | None = None
    why: str = ""


@dataclass(frozen=True)
class Row:
    """What a node knows of one address on another node: its neighbour entry and its forwarding row.

    `mac` is None where there is no neighbour entry; `via` is the node address that the row names, None
    where there is no row; `wanted` is the address of the node that runs it. `age_s` is for how long both the task and
    the node's own tasks on the network have run, None where that is not known.
    """

    node: str
    network: str
    address: str
    task: str
    mac: str | None
    via: str | None
    wanted: str
    age_s: float | None = None

    @property
    def doubtful(self) -> bool:
        """Not as it should be."""
        return self.mac is None or self.via != self.wanted

    @property
    def young(self) -> bool:
        """So new that gossip which was lost may not have been repeated: what is lacking may still come."""
        return self.age_s is not None and self.age_s < EXCHANGE_S


def without_any(rows: Iterable[Row]) -> set[str]:
    """Nodes that know none of several tasks: given up by gossip, or their tables are not where they are looked for, or
    are just being made. Only the lists of peers tell the first from the others."""
    of_node: dict[str, list[Row]] = {}
    for row in rows:
        of_node.setdefault(row.node, []).append(row)
    return {
        node
        for node, own in of_node.items()
        if len(own) > 1 and all(r.mac is None and r.via is None for r in own)
    }


@dataclass(frozen=True)
class Peers:
    """Which node addresses one node gossips with on a network; None, with the reason, where it did not say.

    `joined_s` is for how long its tasks there have run, None where that is not known; `apart` are the addresses of the
    nodes that it misses on each of several overlays that both have tasks on.
    """

    node: str
    network: str
    addresses: tuple[str, ...] | None
    why: str = ""
    joined_s: float | None = None
    apart: tuple[str, ...] = ()

    @property
    def young(self) -> bool:
        """As for a Row."""
        return self.joined_s is not None and self.joined_s < EXCHANGE_S


@dataclass(frozen=True)
class Flow:
    """Where a node sends what comes to one of its published UDP ports, for so many senders that it remembers."""

    port: int
    to: str
    senders: int


@dataclass(frozen=True)
class Kernel:
    """What a node's kernel counts: `connections` that it tracks, at most `most` of them, and how many it `dropped` for
    want of room; xfrm `policies`, which demand encryption, and `states`, which encrypt. None where it cannot be read,
    and `why` says why nothing could. `esp` are the packets that the states encrypted or decrypted since they were made,
    from one node's address to another's; `udp` what it remembers to send to addresses that no container has any more."""

    node: str
    connections: int | None = None
    most: int | None = None
    dropped: int | None = None
    policies: int | None = None
    states: int | None = None
    why: str = ""
    esp: tuple[tuple[str, str, int], ...] = ()
    udp: tuple[Flow, ...] = ()

    def packets(self, source: str, target: str) -> int | None:
        """Of ESP from one address to another, none where it has no state for them; None where no state could be read."""
        found = sum(count for a, b, count in self.esp if (a, b) == (source, target))
        return None if self.states is None else found


@dataclass(frozen=True)
class Balanced:
    """Where a node leads connections to a service's own address on a network, by its IPVS rows.

    `leads_to` are the addresses that get some of them, `wanted` those of the service's tasks that have run for long enough
    for every node to know, `gone` those of `leads_to` that no task has any more. A connection that is silent for `idle_s`
    seconds is forgotten; None where that is not known.
    """

    node: str
    network: str
    service: str
    address: str
    leads_to: tuple[str, ...]
    wanted: tuple[str, ...]
    gone: tuple[str, ...] = ()
    idle_s: int | None = None

    @property
    def nowhere(self) -> bool:
        """There are tasks, and it leads to none of them."""
        return bool(self.wanted) and set(self.leads_to) <= set(self.gone)

    @property
    def doubtful(self) -> bool:
        """Not as it should be, in a way that connections meet."""
        return self.nowhere or bool(self.gone)


@dataclass(frozen=True)
class Probe:
    """One look at the overlay that Traefik uses; `large_bytes` is what a whole large body has, and `problems`
    are what could not be observed, in words. `plain` are pairs over an overlay that is not encrypted, where the one
    that Traefik uses is. `balanced` is empty where the kernel has no IPVS."""

    network: str
    edge_node: str | None
    took_s: float
    nodes: tuple[str, ...]
    pairs: tuple[Pair, ...]
    destinations: tuple[Destination, ...]
    rows: tuple[Row, ...]
    peers: tuple[Peers, ...]
    large_bytes: int
    problems: tuple[str, ...] = ()
    plain: tuple[Pair, ...] = ()
    kernels: tuple[Kernel, ...] = ()
    balanced: tuple[Balanced, ...] = ()


@dataclass(frozen=True)
class MemoryUsed:
    """What one running task's container used of memory, by its cgroup; bytes, None where the kernel does not say.

    `service` is without the stack's name. `peak` is the most since the container started (v2 keeps it from Linux 5.19 on),
    files that were read included; `held` what it has now without those that the kernel may drop. `limit` is None where
    there is none, `killed` counts its processes that the kernel killed for memory.
    """

    service: str
    task: str
    node: str
    limit: int | None
    peak: int | None
    now: int | None
    held: int | None = None
    killed: int = 0

    def __str__(self) -> str:
        figures = (("peak", self.peak), ("now", self.now), ("limit", self.limit))
        said = ", ".join(f"{name} {each / 2**20:.0f}M" for name, each in figures if each is not None)
        return f"{self.service} ({self.task[:12]}) on {self.node}: {said or 'nothing known'}"
