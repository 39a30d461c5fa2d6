"""Reads what the agents say: pure, so that it is tested on recorded lines."""

import re
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from lab.probe.agent import LARGE_BYTES
from lab.probe.values import Destination, Pair

PORT_LABEL = re.compile(r"traefik\.http\.services\.[^.]+\.loadbalancer\.server\.port")
START_SLACK_S = 1
"""Datagrams are sent for two seconds from asking on: one who begins to listen later may have missed them all."""
ROUNDS = 6
"""How often the agents send each size."""
COUNTED_MIN = 100
"""Of fewer numbered datagrams nothing is said: two agents that barely ran together."""
BY_CHANCE = 1e-4
"""How unlikely it must be that a size went missing by the loss that holds for all sizes."""
ASKING_S = 3
"""How long an agent waits for its answers: one who ended before owed them no more."""


@dataclass
class AgentReport:
    """One agent's lines by kind; `problem` says why they may be incomplete.

    `found` is when a peer's name was first resolved, where the peers were found by name; `asked` when it was asked.
    `round_trips` are milliseconds of each answered ping. `counted` is (first, last, how many came) of a peer's numbered
    datagrams, `late` how many of them came after one with a higher number, and `drops` how many the socket itself dropped,
    None where that is not known.
    """

    arrived: dict[str, frozenset[int]] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=dict)
    pings: dict[str, bool] = field(default_factory=dict)
    round_trips: dict[str, tuple[float, ...]] = field(default_factory=dict)
    tcp: dict[str, str] = field(default_factory=dict)
    small: dict[str, int] = field(default_factory=dict)
    large: dict[str, int] = field(default_factory=dict)
    destinations: dict[tuple[str, int], tuple[str, str]] = field(default_factory=dict)
    destination_pings: dict[str, bool] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    ran: tuple[int, int] = (0, 0)
    counted: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)
    drops: int | None = None
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
            case ["ping", to, word, *took]:
                report.pings[to] = word == "ok"
                report.round_trips[to] = tuple(float(each) for each in (took[0].split(",") if took else ()))
            case ["tcp", to, word]:
                report.tcp[to] = word
            case ["small", to, count]:
                report.small[to] = int(count)
            case ["large", to, count]:
                report.large[to] = int(count)
            case ["destping", to, word, *_]:
                report.destination_pings[to] = word == "ok"
            case ["dest", to, port, word, *answer]:
                report.destinations[to, int(port)] = (word, answer[0] if answer else "")
            case ["peer", address, moment]:
                report.found[address] = int(moment)
            case ["asked", to, moment]:
                report.asked[to] = int(moment)
            case ["count", source, first, last, came]:
                report.counted[source] = (int(first), int(last), int(came))
            case ["late", source, count]:
                report.late[source] = int(count)
            case ["drops", count]:
                report.drops = int(count)
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
    counted, missing = _counted(there, source)
    lost = None
    # A large body that came whole, in packets as large as may be, came through whatever was missed here.
    whole = there.large.get(source, 0) >= LARGE_BYTES
    if largest is not None and sent is not None and largest < sent and not whole:
        above = (sent - largest + 9) // 10
        by_chance = (missing / counted if counted and missing is not None else 0.0) ** (ROUNDS * above)
        lost = None if by_chance > BY_CHANCE else min(largest + 10, sent)
    return replace(
        bare,
        ping=here.pings.get(target),
        one_way=bool(arrived) if sent else None,
        tcp=here.tcp.get(target),
        small=here.small.get(target),
        large=here.large.get(target),
        largest=largest,
        lost_from=lost,
        counted=counted,
        missing=missing,
        round_trip_ms=statistics.median(took) if (took := here.round_trips.get(target)) else None,
        late=None if counted is None else there.late.get(source),
    )


def _counted(there: AgentReport, source: str) -> tuple[int | None, int | None]:
    """How many numbered datagrams of `source` were on their way for certain, and how many of them never came."""
    if source not in there.counted or there.drops:
        return None, None
    first, last, came = there.counted[source]
    span = last - first + 1
    return (span, span - came) if span >= COUNTED_MIN else (None, None)


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


def started_apart_s(reports: Iterable[AgentReport]) -> int:
    """Seconds between the first start and the last of those that ran."""
    starts = [each.ran[0] for each in reports if each.ran[0]]
    return max(starts) - min(starts) if starts else 0


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
