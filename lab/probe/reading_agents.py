"""Reads what the agents and the overlay's tables say: pure, so that it is tested on recorded lines."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from lab.probe.values import Destination, Pair, Row

PORT_LABEL = re.compile(r"traefik\.http\.services\.[^.]+\.loadbalancer\.server\.port")
NEIGHBOUR = re.compile(r"^(?P<address>[\d.]+) (?:dev \S+ )?lladdr (?P<mac>[0-9a-f:]{17})", re.MULTILINE)
START_SLACK_S = 1
"""Datagrams are sent for two seconds from asking on: one who begins to listen later may have missed them all."""
ASKING_S = 3
"""How long an agent waits for its answers: one who ended before owed them no more."""
FORWARDING = re.compile(r"^(?P<mac>[0-9a-f:]{17}) .*?dst (?P<via>[\d.]+)", re.MULTILINE)


@dataclass
class AgentReport:
    """One agent's lines by kind; `problem` says why they may be incomplete.

    `found` is when a peer's name was first resolved, where the peers were found by name; `asked` when it was asked.
    """

    arrived: dict[str, frozenset[int]] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    pings: dict[str, bool] = field(default_factory=dict)
    tcp: dict[str, str] = field(default_factory=dict)
    small: dict[str, int] = field(default_factory=dict)
    large: dict[str, int] = field(default_factory=dict)
    destinations: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    destination_pings: dict[str, bool] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    ran: tuple[int, int] = (0, 0)
    problem: str = ""


def read_agent(status: int, output: str) -> AgentReport:
    """The lines of one agent. What does not end with `done` is reported as a problem, with its last odd line."""
    report, done, odd = AgentReport(), False, ""
    for line in output.splitlines():
        match line.split(maxsplit=4):
            case ["udp", source, sizes]:
                report.arrived[source] = frozenset(int(size) for size in sizes.split(","))
            case ["sent", to, size]:
                report.sent[to] = int(size)
            case ["ping", to, word]:
                report.pings[to] = word == "ok"
            case ["tcp", to, word]:
                report.tcp[to] = word
            case ["small", to, count]:
                report.small[to] = int(count)
            case ["large", to, count]:
                report.large[to] = int(count)
            case ["destping", to, word]:
                report.destination_pings[to] = word == "ok"
            case ["dest", to, port, word, *answer]:
                report.destinations[to, int(port)] = (word, answer[0] if answer else "")
            case ["peer", address, moment]:
                report.found[address] = int(moment)
            case ["asked", to, moment]:
                report.asked[to] = int(moment)
            case ["ran", start, end]:
                report.ran = (int(start), int(end))
            case ["done"]:
                done = True
            case _:
                odd = line or odd
    if not done:
        report.problem = f"the agent ended with status {status}: {odd.strip() or 'it said nothing'}"
    return report


def pair_of(bare: Pair, here: AgentReport, there: AgentReport, source: str, target: str) -> Pair:
    """What both agents say of one direction; `source` and `target` are their addresses on the overlay."""
    problem = here.problem or there.problem or _apart(here, there, source, target)
    if problem:
        return replace(bare, why=problem)
    arrived, sent = there.arrived.get(source, frozenset()), here.sent.get(target)
    largest = max(arrived, default=None)
    lost = None
    if largest is not None and sent is not None and largest < sent:
        lost = min(largest + 10, sent)
    return replace(
        bare,
        ping=here.pings.get(target),
        one_way=bool(arrived) if sent else None,
        tcp=here.tcp.get(target),
        small=here.small.get(target),
        large=here.large.get(target),
        largest=largest,
        lost_from=lost,
    )


def _apart(here: AgentReport, there: AgentReport, source: str, target: str) -> str:
    """Why what one did not hear of the other proves nothing: they did not run together."""
    if there.arrived.get(source):
        return ""
    asked = here.asked.get(target, here.ran[0])
    late = there.ran[0] - asked
    if late > START_SLACK_S:
        return f"the agents started {late} s apart, or their clocks differ: probe again"
    early = asked + ASKING_S - there.ran[1]
    return f"the agent asked had ended {early} s too early: probe again" if early > 0 else ""


def reached(
    tasks: Iterable[Destination], report: AgentReport | None, why: str = "Traefik's node was not entered"
) -> Iterable[Destination]:
    """What Traefik's node said of each task that has a port to dial; `why` it said nothing at all."""
    for task in tasks:
        if not task.port:
            continue
        if report is None or report.problem:
            yield replace(task, why=why if report is None else report.problem)
            continue
        word, answer = report.destinations.get((task.address, task.port), (None, None))
        unknown = "" if word else "the agent ended before it knew"
        yield replace(
            task, tcp=word, answer=answer, ping=report.destination_pings.get(task.address), why=unknown
        )


def ports_of(labels: Mapping[str, str]) -> tuple[int, ...]:
    """The ports that a service's labels tell Traefik to dial."""
    ports = {int(value) for key, value in labels.items() if PORT_LABEL.fullmatch(key) and value.isdecimal()}
    # A service that is only enabled for a router of Traefik itself names a port nobody dials.
    own = any(value.endswith("@internal") for key, value in labels.items() if key.endswith(".service"))
    return () if own else tuple(sorted(ports))


def rows_of(
    node: str, network: str, output: str, tasks: Iterable[Destination], addresses: Mapping[str, str]
) -> list[Row]:
    """The overlay's tables of one node against the tasks that run on the others; `addresses` by node name."""
    neighbours, _, forwarding = output.partition("--")
    macs = {found["address"]: found["mac"] for found in NEIGHBOUR.finditer(neighbours)}
    vias = {found["mac"]: found["via"] for found in FORWARDING.finditer(forwarding)}
    rows = {}
    for task in tasks:
        if task.node != node and task.node in addresses:
            # Docker makes the MAC of an overlay endpoint from its address, so it is known without the entry.
            mac = macs.get(task.address)
            via = vias.get(mac or mac_of(task.address))
            rows[task.address] = Row(node, network, task.address, task.task, mac, via, addresses[task.node])
    return list(rows.values())


def mac_of(address: str) -> str:
    """The MAC that Docker gives an overlay endpoint of that IPv4 address."""
    return "02:42:" + ":".join(f"{int(part):02x}" for part in address.split("."))
