"""What a probe of the lab's overlay found, as frozen values."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """From one node to another over an overlay; `source` asks, `target` answers.

    `ping` needs both directions, `one_way` only this one: whether any datagram of `source` reached `target`.
    `tcp` is open, refused, silent or unreachable. `small` and `large` are the bytes that `source` got of the
    bodies it asked of `target`, which travel the other way. `largest` is the largest inner IP packet that
    arrived one way, `lost_from` the smallest size of those above it that were sent and did not. A field is
    None where nothing was observed; `why` then says why.
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
    where there is no row; `wanted` is the address of the node that runs it.
    """

    node: str
    network: str
    address: str
    task: str
    mac: str | None
    via: str | None
    wanted: str


@dataclass(frozen=True)
class Peers:
    """Which node addresses one node gossips with on a network; None, with the reason, where it did not say."""

    node: str
    network: str
    addresses: tuple[str, ...] | None
    why: str = ""


@dataclass(frozen=True)
class Probe:
    """One look at the overlay that Traefik uses; `large_bytes` is what a whole large body has, and `problems`
    are what could not be observed, in words."""

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
