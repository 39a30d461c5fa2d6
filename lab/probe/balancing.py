"""Where a node leads connections to the address of a service (VIP): Docker's IPVS rows, read and compared. Pure.

Docker marks packets to a service's address by an iptables rule in the namespace `lb_<id>` of an overlay, and IPVS sends
each mark to one of the service's tasks. The last task takes the mark with it (moby, libnetwork/service_linux.go).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.probe.values import EXCHANGE_S, Balanced

ROWS = """
for each in /var/run/docker/netns/lb_*; do
  echo "space ${each##*/lb_}"
  nsenter --net="$each" sh -c 'iptables -w 2 -t mangle -S && cat /proc/net/ip_vs && echo whole
    ipvsadm -l --timeout 2>/dev/null'
done
echo end
"""
"""Run on a node: for each overlay the marks of addresses, and IPVS's rows; `whole` where both could be read. After how long
it forgets a connection, only its own tool says, where the node has it."""
IDLE_S = 900
"""After so long a silence the kernel forgets a TCP connection, where nobody set another time (IP_VS_TCP_S_ESTABLISHED)."""
SPACE_CHARS = 9
"""So much of a network's id is in the name of its namespace."""
GOING_S = 60.0
"""A task that ends may be led to until it has: its grace, and what a busy node takes to hear of it."""
_SPACE = re.compile(r"^space (?P<name>\S+)$", re.MULTILINE)
_MARK = re.compile(r"-d (?P<address>[\d.]+)/32 .*--set-x?mark (?P<mark>0x[0-9a-f]+)")
_SERVICE = re.compile(r"^FWM +(?P<mark>[0-9A-F]{8}) ", re.MULTILINE)
_BACKEND = re.compile(r"^ +-> (?P<address>[0-9A-F]{8}):[0-9A-F]{4} +\w+ +(?P<weight>\d+) ", re.MULTILINE)
_IDLE = re.compile(r"^Timeout \(tcp tcpfin udp\): (?P<tcp>\d+) ", re.MULTILINE)
Json = dict[str, Any]


@dataclass(frozen=True)
class ServiceAddress:
    """The VIP of a service on a network, and its tasks' addresses there with the seconds that each has run; `others` are
    addresses of tasks that come or go, which it may lead to or not. `joined` is for how many seconds a node, by its name,
    has had tasks on the network: for as long it must know the address."""

    service: str
    network: str
    network_id: str
    address: str
    tasks: Mapping[str, float]
    others: frozenset[str] = frozenset()
    joined: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Manager:
    """What the manager says: its services and tasks, the names of networks and of nodes by their ids, and since when each
    task, by its id, is in its state and is wanted in it, as ages in seconds."""

    services: Iterable[Json]
    tasks: Iterable[Json]
    networks: Mapping[str, str]
    nodes: Mapping[str, str]
    ages: Mapping[str, float]
    wanted: Mapping[str, float]


def service_addresses(said: Manager) -> tuple[ServiceAddress, ...]:
    """Every VIP of these services on one of the networks."""
    tasks = list(said.tasks)
    return tuple(
        _with_tasks(service, vip, tasks, said)
        for service in said.services
        for vip in service.get("Endpoint", {}).get("VirtualIPs") or ()
        if vip.get("Addr") and vip["NetworkID"] in said.networks
    )


def _with_tasks(service: Json, vip: Json, tasks: Iterable[Json], said: Manager) -> ServiceAddress:
    running, others, joined = dict[str, float](), set[str](), dict[str, float]()
    for task in tasks:
        age, runs = said.ages[task["ID"]], task["Status"]["State"] == "running"
        for address in _addresses(task, vip["NetworkID"]):
            if runs and task["DesiredState"] == "running":
                node = said.nodes.get(task.get("NodeID", ""), "")
                joined[node] = max(joined.get(node, 0.0), age)
            if task["ServiceID"] != service["ID"]:
                continue
            if runs and task["DesiredState"] == "running":
                running[address] = age
            # Where its node is gone, a task may stay "running" for a day, and be wanted no more.
            elif min(age, said.wanted[task["ID"]]) < GOING_S or task["DesiredState"] in ("running", "ready"):
                others.add(address)
    name, address = str(service["Spec"]["Name"]), str(vip["Addr"]).partition("/")[0]
    return ServiceAddress(
        name,
        said.networks[vip["NetworkID"]],
        str(vip["NetworkID"]),
        address,
        running,
        frozenset(others),
        joined,
    )


def _addresses(task: Json, network: str) -> list[str]:
    there = [each for each in task.get("NetworksAttachments") or () if each["Network"]["ID"] == network]
    return [address.partition("/")[0] for each in there for address in (each.get("Addresses") or ())[:1]]


@dataclass(frozen=True)
class Rows:
    """Of one overlay on one node: the mark of each address, where each mark leads, and after how many seconds of silence a
    TCP connection is forgotten, None where that is not known."""

    marks: Mapping[str, int]
    backends: Mapping[int, frozenset[str]]
    idle_s: int | None = None

    def of(self, address: str) -> frozenset[str]:
        """Where it leads; an address without a mark, and a mark without rows, lead nowhere."""
        return self.backends.get(self.marks.get(address, -1), frozenset())


def unread(status: int, output: str) -> str:
    """Why a node's rows were not read, or which of them were not; empty where all were, or where its kernel has none."""
    if output.split()[-1:] != ["end"]:
        return f"status {status}: {' '.join(output.split())[-200:] or 'nothing came'}"
    parts = _parts(output)
    broken = [
        f"lb_{space}: {' '.join(text.split())[-100:]}" for space, text in parts.items() if not _whole(text)
    ]
    return "; ".join(broken)


def rows(output: str) -> Mapping[str, Rows]:
    """By the beginning of the network's id; one that was not read whole is not there."""
    return {space: _rows(text) for space, text in _parts(output).items() if _whole(text)}


def _parts(output: str) -> dict[str, str]:
    _, *found = _SPACE.split(output)
    return dict(zip(found[::2], found[1::2], strict=True))


def _whole(text: str) -> bool:
    """Rows without any mark were read by another iptables than the one that Docker writes with."""
    return "whole" in text.split() and not (_SERVICE.search(text) and not _MARK.search(text))


def _rows(text: str) -> Rows:
    """One with a weight of 0 takes no connection, and is none."""
    backends = dict[int, frozenset[str]]()
    found = list(_SERVICE.finditer(text))
    for this, following in zip(found, [*found[1:], None], strict=True):
        own = text[this.end() : following.start() if following else len(text)]
        backends[int(this["mark"], 16)] = frozenset(
            ".".join(str(octet) for octet in bytes.fromhex(row["address"]))
            for row in _BACKEND.finditer(own)
            if int(row["weight"])
        )
    idle = _IDLE.search(text)
    marks = {mark["address"]: int(mark["mark"], 16) for mark in _MARK.finditer(text)}
    return Rows(marks, backends, int(idle["tcp"]) if idle else None)


def balanced(node: str, output: str, addresses: Iterable[ServiceAddress]) -> Iterator[Balanced]:
    """What a node makes of each address on a network that was read whole. One that it has no mark of is judged where the
    node has had tasks there for long enough to be told."""
    known = rows(output)
    for each in addresses:
        found = known.get(each.network_id[:SPACE_CHARS])
        if found is None or (
            each.address not in found.marks and (each.joined or {}).get(node, 0.0) < EXCHANGE_S
        ):
            continue
        leads_to = found.of(each.address)
        ripe = (address for address, age in each.tasks.items() if age >= EXCHANGE_S)
        gone = leads_to - set(each.tasks) - each.others
        yield Balanced(
            node, each.network, each.service, each.address, tuple(sorted(leads_to)), tuple(sorted(ripe)),
            tuple(sorted(gone)), found.idle_s,
        )  # fmt: skip
