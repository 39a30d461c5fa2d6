"""Diagnosis of the overlay, on recorded observations: each cause named with its subjects, and no wrong one."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.diagnose.engine import UNKNOWN, Confidence, diagnose
from fixtures.diagnose.facts import dialled
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules.overlay import mtu_black_hole
from lab.probe.values import Pair
from tests.harness.samples import between_nodes
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import (
    ADDRESS,
    FRONTEND,
    ONE,
    THREE,
    TWO,
    attempt,
    blind,
    cut,
    lines,
    probed,
)

Gone = Callable[[str, str], bool]


def timed_out(seen: Observations, node: str) -> Observations:
    """The edge's log as it is when Traefik cannot connect to a node."""
    logged = lines(seen, lambda t: (504, 30_001.0) if t.node == node else (200, 4.0))
    return replace(logged, attempts=(attempt(), attempt(504, s=30.0)))


def test_a_sound_cluster_has_no_cause() -> None:
    """Where all is well nothing is diagnosed, not even the unknown."""
    assert diagnose(samples.sound()).causes == ()


@pytest.mark.parametrize(
    ("gone", "where", "directions"),
    [
        (lambda a, b: b == THREE, f"into {THREE}", {f"{ONE} -> {THREE}", f"{TWO} -> {THREE}"}),
        (lambda a, b: a == TWO, f"out of {TWO}", {f"{TWO} -> {ONE}", f"{TWO} -> {THREE}"}),
        (lambda a, b: THREE in (a, b), f"into and out of {THREE}", {f"{ONE} -> {THREE}", f"{TWO} -> {THREE}",
         f"{THREE} -> {ONE}", f"{THREE} -> {TWO}"}),
        (lambda a, b: {a, b} == {ONE, THREE}, f"between {ONE} and {THREE}, both ways",
         {f"{ONE} -> {THREE}", f"{THREE} -> {ONE}"}),
        (lambda a, b: (a, b) == (THREE, ONE), f"from {THREE} to {ONE}", {f"{THREE} -> {ONE}"}),
        (lambda a, b: True, "between all nodes", {f"{a} -> {b}" for a in ADDRESS for b in ADDRESS if a != b}),
    ],
)  # fmt: skip
def test_a_cut_is_named_where_it_is(gone: Gone, where: str, directions: set[str]) -> None:
    """A cut is named under the widest name that fits: node, pair, direction, or everything."""
    seen = cut(timed_out(samples.sound(), THREE), gone)
    found = diagnose(seen)
    assert found.ids == ("overlay-cut",)
    assert found.causes[0].names("where") == (where,)
    assert set(found.causes[0].names("direction")) == directions
    assert found.causes[0].confidence is Confidence.PROVED


def test_two_cuts_are_two_causes() -> None:
    """Two nodes that nothing reaches are named each."""
    found = diagnose(cut(samples.sound(), lambda a, b: b in (TWO, THREE)))
    assert [cause.names("where") for cause in found.causes] == [(f"into {TWO}",), (f"into {THREE}",)]


def test_the_incident_has_two_causes() -> None:
    """The overlay cut to translation03 and the pins are both named, the cut first: it is what answers 504."""
    seen = samples.sound()
    for short in ("frontend", "signaling"):
        seen = samples.changed(seen, short, constraints=(f"node.labels.instance == {THREE}",))
        seen = samples.with_tasks(seen, short, lambda t: replace(t, node=THREE, node_id=f"id-{THREE}"))
    found = diagnose(cut(timed_out(seen, THREE), lambda a, b: b == THREE))
    assert found.ids == ("overlay-cut", "pins")
    assert [cause.names("node") for cause in found.causes] == [(THREE,), (THREE,), (THREE,)]
    assert {cause.names("service") for cause in found.named("pins")} == {
        ("translation_frontend",),
        ("translation_signaling",),
    }


def test_what_explains_the_failure_comes_first() -> None:
    """Of the incident's two causes the pins lead where the spread failed, the cut where requests did."""
    seen = samples.changed(samples.sound(), "frontend", constraints=(f"node.labels.instance == {THREE}",))
    seen = samples.with_tasks(seen, "frontend", lambda t: replace(t, node=THREE, node_id=f"id-{THREE}"))
    seen = cut(timed_out(seen, THREE), lambda a, b: b == THREE)
    assert diagnose(seen, frozenset({"spread"})).ids == ("pins", "overlay-cut")
    assert diagnose(seen, frozenset({"no-504"})).ids == ("overlay-cut", "pins")


def test_without_a_probe_a_cut_is_only_likely() -> None:
    """From the access log alone a cut is likely, and what would decide is named."""
    found = diagnose(blind(timed_out(samples.sound(), THREE), "probe"))
    assert found.ids == ("overlay-cut",)
    assert found.causes[0].confidence is Confidence.LIKELY
    assert "TCP alone" in found.causes[0].undecided
    assert "a ping from translation01" in found.causes[0].undecided


def test_the_only_task_of_a_node_leaves_more_open() -> None:
    """When one task is all that was dialled on a node, a lost row looks the same and is said to."""
    seen = blind(timed_out(samples.sound(), THREE), "probe")
    kept = tuple(each for each in seen.lines or () if "8001" not in (each.server_url or ""))
    found = diagnose(replace(seen, lines=kept))
    assert found.causes[0].confidence is Confidence.POSSIBLE
    assert "one lost forwarding row" in found.causes[0].undecided


def test_a_failing_task_beside_traefik_is_no_cut() -> None:
    """What times out on Traefik's own node too is not named a cut."""
    seen = lines(samples.sound(), lambda t: (504, 30_001.0))
    assert "overlay-cut" not in diagnose(blind(seen, "probe")).ids


def test_a_black_hole_has_a_size() -> None:
    """A black hole is named with the size at which it starts, inside the overlay and on the wire."""
    found = diagnose(between_nodes.black_hole())
    assert found.ids == ("mtu-black-hole",)
    assert found.causes[0].names("size") == ("950",)
    assert "1000 on the wire" in found.causes[0].title
    assert found.causes[0].confidence is Confidence.PROVED


@pytest.mark.parametrize(("large", "against"), [(60_000, True), (59_999, False), (0, False), (None, False)])
def test_a_large_body_that_came_whole_speaks_against_a_black_hole(large: int | None, against: bool) -> None:
    """Then it is never proved, and the cause says what came."""
    seen = probed(samples.sound(), lambda p: replace(p, largest=970, lost_from=980, large=large))
    (cause,) = mtu_black_hole(seen)
    assert any("got all 60000 bytes of a large body" in text for text in cause.against) is against
    assert cause.confidence is Confidence.LIKELY or not against


def test_tcp_dead_and_icmp_alive() -> None:
    """ICMP that passes where TCP does not is named so, and no cut."""
    found = diagnose(between_nodes.tcp_dead())
    assert found.ids == ("tcp-blocked",)
    assert found.causes[0].names("node") == (THREE,)


def test_a_hung_request_is_no_answer() -> None:
    """A request that its client gave up on is counted as hung, whatever its status, and a quick one is not."""
    answers = {504: (504, 30_001.0), 499: (499, 40_000.0), 200: (200, 40_000.0)}
    seen = lines(samples.sound(), lambda t: answers[{1: 504, 2: 499, 3: 200}[t.slot or 0]])
    by_status = {each.address: (each.answered, each.timed_out, each.hung) for each in dialled(seen)}
    assert set(by_status.values()) == {(0, 3, 0), (0, 0, 3)}
    assert [(d.answered, d.hung) for d in dialled(samples.sound())] == [(3, 0)] * 6


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/socket.io/?transport=websocket&EIO=4", 101),
        ("/socket.io/?transport=polling&EIO=4&sid=aBc", 200),
        ("/socket.io/?transport=polling&EIO=4&sid=aBc", 499),
    ],
)
def test_a_long_session_is_not_hung(path: str, status: int) -> None:
    """A socket lives as long as its user's call, and a poll waits for news: neither says that a replica stalls."""
    long = replace(samples.line("10.0.2.12", 8001, status, 25_000.0, "signaling@swarm"), path=path)
    (seen,) = dialled(replace(samples.sound(), lines=(long,)))
    assert seen.hung == 0
    assert diagnose(replace(samples.sound(), lines=(long,)), frozenset({"call"})).ids == (UNKNOWN,)
    handshake = replace(long, path="/socket.io/?transport=polling&EIO=4", status=499)
    (seen,) = dialled(replace(samples.sound(), lines=(handshake,)))
    assert seen.hung == 1


def test_one_lost_row_is_named() -> None:
    """The row that is gone is named with its node, address and MAC, and no cut is."""
    address = "10.0.2.14"
    seen = lines(
        samples.sound(), lambda t: (504, 30_001.0) if t.addresses[FRONTEND] == address else (200, 4.0)
    )
    seen = samples.rows(seen, lambda r: replace(r, via=None) if (r.node, r.address) == (ONE, address) else r)
    seen = samples.destinations(
        seen, lambda d: replace(d, tcp="silent", answer="", ping=False) if d.address == address else d
    )
    found = diagnose(seen)
    assert found.ids == ("fdb-row-missing",)
    assert found.causes[0].names("address") == (address,)
    assert found.causes[0].names("row") == (f"{samples.mac(address)} dst {ADDRESS[THREE]}",)
    assert "bridge fdb add 02:42:0a:00:02:0e dev vxlan0" in found.causes[0].remedy


def test_one_destination_without_a_probe() -> None:
    """One dead address beside a live one of the same node is one destination, and what else it may be is said."""
    seen = lines(
        samples.sound(), lambda t: (504, 30_001.0) if t.addresses[FRONTEND] == "10.0.2.14" else (200, 4.0)
    )
    found = diagnose(blind(seen, "probe"))
    assert found.ids == ("fdb-row-missing",)
    assert found.causes[0].confidence is Confidence.LIKELY
    assert "neighbour entry" in found.causes[0].undecided


def test_peers_that_disagree() -> None:
    """Gossip lists that lack each other are named with the pair, and the replica that is unknown."""
    seen = samples.sound()
    assert seen.probe is not None
    peers = tuple(
        replace(p, addresses=(ADDRESS[THREE],) if p.node == THREE else (ADDRESS[ONE], ADDRESS[TWO]))
        for p in seen.probe.peers
    )
    seen = samples.rows(
        seen, lambda r: replace(r, mac=None, via=None) if (r.node, r.address) == (ONE, "10.0.2.14") else r
    )
    seen = samples.destinations(
        seen, lambda d: replace(d, tcp="silent", answer="") if d.address == "10.0.2.14" else d
    )
    found = diagnose(probed(timed_out(seen, THREE), peers=peers))
    assert found.ids == ("gossip-split",)
    assert set(found.causes[0].names("pair")) == {f"{ONE} - {THREE}", f"{TWO} - {THREE}"}
    assert found.causes[0].names("replica") == ("translation_frontend.3",)


def test_a_forgotten_node_is_no_cut() -> None:
    """Once gossip has given a node up its rows go too: nothing arrives, and still it is the split, not udp/4789."""
    seen = cut(timed_out(samples.sound(), THREE), lambda a, b: THREE in (a, b))
    assert seen.probe is not None
    peers = tuple(
        replace(p, addresses=(ADDRESS[THREE],) if p.node == THREE else (ADDRESS[ONE], ADDRESS[TWO]))
        for p in seen.probe.peers
    )
    apart = {ADDRESS[THREE]: (ONE, TWO), ADDRESS[ONE]: (THREE,), ADDRESS[TWO]: (THREE,)}
    seen = samples.rows(seen, lambda r: replace(r, mac=None, via=None) if r.node in apart[r.wanted] else r)
    assert diagnose(probed(seen, peers=peers)).ids == ("gossip-split",)


def test_a_node_that_is_gone_is_no_split() -> None:
    """A node that is down is missing from the peers lists as it should be: node down, and nothing else."""
    seen = samples.sound()
    assert seen.state is not None
    assert seen.probe is not None
    nodes = tuple(samples.node(n, "down" if n == THREE else "ready") for n in ADDRESS)
    peers = tuple(
        replace(p, addresses=(ADDRESS[THREE],) if p.node == THREE else (ADDRESS[ONE], ADDRESS[TWO]))
        for p in seen.probe.peers  # its own engine still answers, and knows nobody else
    )
    seen = replace(seen, state=replace(seen.state, nodes=nodes))
    seen = probed(
        seen,
        lambda p: (
            Pair(p.source, p.target, FRONTEND, why="the node is exited")
            if THREE in (p.source, p.target)
            else p
        ),
        peers=peers,
    )
    found = diagnose(timed_out(seen, THREE))
    assert found.ids == ("node-down",)
    assert found.causes[0].names("node") == (THREE,)
