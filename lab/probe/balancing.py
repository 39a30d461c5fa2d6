"""Where a node leads connections to the address of a service (VIP): Docker's IPVS rows, read and compared. Pure.

Docker marks packets to a service's address by an iptables rule in the namespace `lb_<id>` of an overlay, and IPVS sends
each mark to one of the service's tasks (libnetwork, service_linux.go).
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
_MARK = re.compile(r"-d (?P<address>[\d.]+)/32 .*--set-x?mark (?P<mark>0x[0-9a-f]+)")
_SERVICE = re.compile(r"^FWM +(?P<mark>[0-9A-F]{8}) ", re.MULTILINE)
_BACKEND = re.compile(r"^ +-> (?P<address>[0-9A-F]{8}):[0-9A-F]{4} +\w+ +(?P<weight>\d+) ", re.MULTILINE)
_IDLE = re.compile(r"^Timeout \(tcp tcpfin udp\): (?P<tcp>\d+) ", re.MULTILINE)
Json = dict[str, Any]


@dataclass(frozen=True)
class ServiceAddress:
    """The VIP of a service on a network, and its tasks' addresses there with the seconds that each has run; `others` are
    addresses of tasks that come or go, which it may lead to or not."""

    service: str
    network: str
    network_id: str
    address: str
    tasks: Mapping[str, float]
    others: frozenset[str] = frozenset()


def service_addresses(
    services: Iterable[Json], tasks: Iterable[Json], networks: Mapping[str, str], ages: Mapping[str, float]
) -> tuple[ServiceAddress, ...]:
    """Every VIP of these services, of which those on a network in `networks` (names by id) count; `ages` are seconds
    since each task, by its id, came into its state."""
    every = list(tasks)
    return tuple(
        _with_tasks(service, networks[vip["NetworkID"]], vip, every, ages)
        for service in services
        for vip in service.get("Endpoint", {}).get("VirtualIPs") or ()
        if vip.get("Addr") and vip["NetworkID"] in networks
    )


def _with_tasks(
    service: Json, network: str, vip: Json, tasks: Iterable[Json], ages: Mapping[str, float]
) -> ServiceAddress:
    running, others = dict[str, float](), set[str]()
    for task in tasks:
        if task["ServiceID"] != service["ID"]:
            continue
        for address in _addresses(task, vip["NetworkID"]):
            if task["Status"]["State"] == "running" and task["DesiredState"] == "running":
                running[address] = ages[task["ID"]]
            elif task["Status"]["State"] in ("running", "starting") or ages[task["ID"]] < EXCHANGE_S:
                others.add(address)
    name, address = str(service["Spec"]["Name"]), str(vip["Addr"]).partition("/")[0]
    return ServiceAddress(name, network, str(vip["NetworkID"]), address, running, frozenset(others))


def _addresses(task: Json, network: str) -> list[str]:
    there = [each for each in task.get("NetworksAttachments") or () if each["Network"]["ID"] == network]
    return [address.partition("/")[0] for each in there for address in (each.get("Addresses") or ())[:1]]


def unread(status: int, output: str) -> str:
    """Why a node's rows were not read; empty where they were, or where its kernel has none."""
    if output.split()[-1:] == ["end"]:
        return ""
    return f"status {status}: {' '.join(output.split())[-200:] or 'nothing came'}"


@dataclass(frozen=True)
class Rows:
    """Of one overlay on one node: the mark of each address, where each mark leads, and after how many seconds of silence a
    TCP connection is forgotten, None where that is not known."""

    marks: Mapping[str, int]
    backends: Mapping[int, frozenset[str]]
    idle_s: int | None = None


def rows(output: str) -> Mapping[str, Rows]:
    """By the beginning of the network's id; one that was not read whole is not there."""
    return {
        space: _rows(text)
        for space, _, text in (part.partition("\n") for part in output.split("space ")[1:])
        if "whole" in text.split()
    }


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
    return Rows(
        {mark["address"]: int(mark["mark"], 16) for mark in _MARK.finditer(text)},
        backends,
        int(idle["tcp"]) if idle else None,
    )


def balanced(node: str, output: str, addresses: Iterable[ServiceAddress]) -> Iterator[Balanced]:
    """What a node makes of each address that it knows; one whose mark has no rows leads nowhere."""
    known = rows(output)
    for each in addresses:
        found = known.get(each.network_id[:SPACE_CHARS])
        if found is None or each.address not in found.marks:
            continue
        leads_to = found.backends.get(found.marks[each.address], frozenset())
        ripe = (address for address, age in each.tasks.items() if age >= EXCHANGE_S)
        gone = leads_to - set(each.tasks) - each.others
        yield Balanced(
            node, each.network, each.service, each.address, tuple(sorted(leads_to)), tuple(sorted(ripe)),
            tuple(sorted(gone)), found.idle_s,
        )  # fmt: skip
