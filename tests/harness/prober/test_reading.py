"""Reading what the agents in the nodes say, on lines recorded in a lab."""

from dataclasses import asdict

import pytest

from lab.probe.reading_agents import AgentReport, pair_of, ports_of, read_agent, started_apart_s
from lab.probe.reading_tables import mac_of, rows_of
from lab.probe.values import Destination, Pair

HERE, THERE = "10.0.2.9", "10.0.2.10"
SOUND = f"""\
tcp {THERE} open
small {THERE} 200
large {THERE} 60000
ping {THERE} ok 301.2,300.4,0.4
count {THERE} 1 400 399
late {THERE} 7
dest 10.0.2.4 8001 open HTTP/1.1 404 Not Found
dest 10.0.2.7 80 refused\x20
destping 10.0.2.4 ok 0.3
sent {THERE} 1450
udp {THERE} 100,110,1440,1450
ran 1763918100 1763918104
done
"""
TABLES = """\
10.0.2.7 lladdr 02:42:0a:00:02:07 PERMANENT
10.0.2.6 dev vxlan0 lladdr 02:42:0a:00:02:06 PERMANENT
--
02:42:0a:00:02:08 master br0
52:ba:6b:9a:01:73 master br0 permanent
02:42:0a:00:02:07 dst 172.28.0.11 link-netnsid 0 self permanent
"""
NODES = {"translation01": "172.28.0.11", "translation02": "172.28.0.12", "translation03": "172.28.0.13"}


def test_a_pair_has_the_median_of_its_pings() -> None:
    """And how many datagrams the other one saw overtaken, where it counted enough of them."""
    here, there = asked(round_trips={THERE: (301.2, 300.4, 0.4)}), heard(frozenset({100}))
    counted = AgentReport(**{**asdict(there), "counted": {HERE: (1, 400, 400)}, "late": {HERE: 7}})
    found = pair_of(Pair("a", "b", "net"), here, counted, HERE, THERE)
    assert (found.round_trip_ms, found.late) == (300.4, 7)
    few = AgentReport(**{**asdict(there), "counted": {HERE: (1, 40, 40)}, "late": {HERE: 7}})
    assert pair_of(Pair("a", "b", "net"), asked(), few, HERE, THERE).late is None


def heard(sizes: frozenset[int], started: int = 0) -> AgentReport:
    return AgentReport(arrived={HERE: sizes} if sizes else {}, ran=(started, started + 4))


def asked(**over: object) -> AgentReport:
    report = AgentReport(
        sent={THERE: 1450},
        pings={THERE: True},
        tcp={THERE: "open"},
        small={THERE: 200},
        large={THERE: 60000},
        ran=(0, 4),
    )
    return AgentReport(**{**asdict(report), **over})


def test_an_agent_is_read_whole() -> None:
    """Every kind of line is read, an answer of several words and none at all among them."""
    report = read_agent(0, SOUND)
    assert report.problem == ""
    assert report.destinations == {
        ("10.0.2.4", 8001): ("open", "HTTP/1.1 404 Not Found"),
        ("10.0.2.7", 80): ("refused", ""),
    }
    assert report.round_trips == {THERE: (301.2, 300.4, 0.4)}
    assert (report.late, report.destination_pings) == ({THERE: 7}, {"10.0.2.4": True})
    assert (report.tcp, report.small, report.large) == ({THERE: "open"}, {THERE: 200}, {THERE: 60000})
    assert report.arrived == {THERE: frozenset({100, 110, 1440, 1450})}
    assert (report.sent, report.pings, report.destination_pings) == (
        {THERE: 1450},
        {THERE: True},
        {"10.0.2.4": True},
    )


@pytest.mark.parametrize(
    ("status", "output", "problem"),
    [
        (127, "sh: perl: not found", "perl: not found"),
        (124, SOUND.replace("done\n", ""), "it said nothing"),
        (1, "", "status 1"),
    ],
)
def test_an_agent_that_did_not_end_proves_nothing(status: int, output: str, problem: str) -> None:
    """An agent without its last word is a problem with its reason, and no pair is judged by it."""
    found = read_agent(status, output)
    assert problem in found.problem
    pair = pair_of(Pair("a", "b", "net"), found, heard(frozenset({100})), HERE, THERE)
    assert (pair.ping, pair.one_way, pair.tcp) == (None, None, None)
    assert pair.why == found.problem


@pytest.mark.parametrize(
    ("sizes", "one_way", "largest", "lost_from"),
    [
        (frozenset({100, 1450}), True, 1450, None),
        (frozenset({100, 940}), True, 940, 950),
        (frozenset(), False, None, None),
    ],
)
def test_what_arrives_one_way(
    sizes: frozenset[int], one_way: bool, largest: int | None, lost_from: int | None
) -> None:
    """One way nothing, everything, or everything up to a size arrives."""
    pair = pair_of(Pair("a", "b", "net"), asked(), heard(sizes), HERE, THERE)
    assert (pair.one_way, pair.largest, pair.lost_from) == (one_way, largest, lost_from)


def test_nothing_sent_is_nothing_lost() -> None:
    """Where the source sent nothing, it is not said that nothing arrives."""
    assert pair_of(Pair("a", "b", "net"), asked(sent={}), heard(frozenset()), HERE, THERE).one_way is None


def test_agents_that_did_not_run_together() -> None:
    """An agent that began to listen late proves no loss."""
    pair = pair_of(Pair("a", "b", "net"), asked(), heard(frozenset(), started=3), HERE, THERE)
    assert (pair.one_way, pair.ping) == (None, None)
    assert "3 s apart" in pair.why


def test_rows_are_held_against_the_tasks() -> None:
    """A sound row, one that is gone and one never told of are told apart; a node's own tasks need none."""
    placed = [
        ("translation01", "10.0.2.7"),
        ("translation03", "10.0.2.6"),
        ("translation03", "10.0.2.5"),
        ("translation02", "10.0.2.4"),
    ]
    tasks = [Destination("", "s", f"s.{address[-1]}", node, address, 80) for node, address in placed]
    rows = {row.address: (row.mac, row.via) for row in rows_of("translation02", "net", TABLES, tasks, NODES)}
    assert rows == {
        "10.0.2.7": (mac_of("10.0.2.7"), "172.28.0.11"),
        "10.0.2.6": (mac_of("10.0.2.6"), None),
        "10.0.2.5": (None, None),
    }


@pytest.mark.parametrize(
    ("labels", "ports"),
    [
        ({"traefik.http.services.frontend.loadbalancer.server.port": "80"}, (80,)),
        (
            {
                "traefik.http.services.x.loadbalancer.server.port": "80",
                "traefik.http.routers.x.service": "api@internal",
            },
            (),
        ),
        ({"traefik.enable": "true"}, ()),
    ],
)
def test_ports_that_traefik_dials(labels: dict[str, str], ports: tuple[int, ...]) -> None:
    """Only a service that Traefik dials has a port to ask."""
    assert ports_of(labels) == ports


def test_a_large_body_that_came_whole_speaks_against_a_black_hole() -> None:
    """It came in packets as large as may be: what a busy node missed above some size is no size that vanishes."""
    bare, small = Pair("a", "b", "net"), frozenset(range(100, 980, 10))
    there = heard(small)
    lost = pair_of(bare, asked(), there, HERE, THERE)
    assert (lost.largest, lost.lost_from) == (970, 980)
    there.large[HERE] = 60_000
    whole = pair_of(bare, asked(), there, HERE, THERE)
    assert (whole.largest, whole.lost_from) == (970, None)
    there.large[HERE] = 59_999
    assert pair_of(bare, asked(), there, HERE, THERE).lost_from == 980


@pytest.mark.parametrize(("starts", "apart"), [((), 0), ((7,), 0), ((7, 9, 12), 5), ((0, 9, 12), 3)])
def test_how_far_apart_agents_started(starts: tuple[int, ...], apart: int) -> None:
    """One that never said when it ran does not count."""
    assert started_apart_s(AgentReport(ran=(each, each)) for each in starts) == apart
