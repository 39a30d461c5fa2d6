"""Reads the overlay's tables of a node: pure, so that it is tested on recorded lines."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from lab.probe.values import Destination, Row

TABLES = "ip neigh show dev vxlan0 && echo -- && bridge fdb show dev vxlan0 && echo end"
"""Run in an overlay's namespace. An answer that broke off has no `end`, and one that never came no `--`."""
NEIGHBOUR = re.compile(r"^(?P<address>[\d.]+) (?:dev \S+ )?lladdr (?P<mac>[0-9a-f:]{17})", re.MULTILINE)
FORWARDING = re.compile(r"^(?P<mac>[0-9a-f:]{17}) .*?dst (?P<via>[\d.]+)", re.MULTILINE)


def unread(status: int, output: str) -> str:
    """Why TABLES were not read whole; empty where they were."""
    lines = output.split()
    if status == 0 and "--" in lines and lines[-1:] == ["end"]:
        return ""
    return f"status {status}: {' '.join(lines[-12:]) or 'nothing came'}"


def rows_of(
    node: str,
    network: str,
    output: str,
    tasks: Iterable[Destination],
    addresses: Mapping[str, str],
    ages: Mapping[str, float] = MappingProxyType({}),
) -> list[Row]:
    """The overlay's tables of one node against the tasks that run on the others; `addresses` by node name, `ages` in
    seconds by the tasks' addresses."""
    neighbours, _, forwarding = output.partition("--")
    macs = {found["address"]: found["mac"] for found in NEIGHBOUR.finditer(neighbours)}
    vias = {found["mac"]: found["via"] for found in FORWARDING.finditer(forwarding)}
    rows = {}
    for task in tasks:
        if task.node != node and task.node in addresses:
            # Docker makes the MAC of an overlay endpoint from its address, so it is known without the entry.
            mac = macs.get(task.address)
            via = vias.get(mac or mac_of(task.address))
            rows[task.address] = Row(node, network, task.address, task.task, mac, via, addresses[task.node],
                                     ages.get(task.address))  # fmt: skip
    return list(rows.values())


def mac_of(address: str) -> str:
    """The MAC that Docker gives an overlay endpoint of that IPv4 address."""
    return "02:42:" + ":".join(f"{int(part):02x}" for part in address.split("."))
