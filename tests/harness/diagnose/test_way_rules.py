"""The ways between nodes: cut, black holes, TCP alone, at the edges of each rule."""

from dataclasses import replace

import pytest

from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules import overlay
from fixtures.diagnose.values import Cause, Confidence
from fixtures.observe.http.attempts import Failure
from lab.probe.values import Pair, Row
from tests.harness.samples import between_nodes
from tests.harness.samples import observed as samples
from tests.harness.samples.between_nodes import LOST, one_dead, timed_out
from tests.harness.samples.observed import (
    ADDRESS,
    FRONTEND,
    ONE,
    THREE,
    TWO,
    attempt,
    blind,
    line,
    lines,
    probed,
)

# --- ways between nodes


def cuts(seen: Observations) -> list[Cause]:
    return list(overlay.overlay_cut(seen))


def one_way_lost(**over: object) -> Observations:
    """Nothing of the third node reaches the first, with fields of that pair changed."""
    gone = samples.cut(samples.sound(), lambda a, b: (a, b) == (THREE, ONE))

    def change(p: Pair) -> Pair:
        return replace(p, **over) if (p.source, p.target) == (THREE, ONE) else p  # type: ignore[arg-type]

    return probed(gone, change)


@pytest.mark.parametrize(
    ("over", "named"),
    [
        ({}, True),
        ({"ping": None}, True),
        ({"ping": True}, False),
        ({"one_way": None}, False),
        ({"one_way": True}, False),
        ({"why": "x"}, False),
    ],
)
def test_a_direction_in_which_nothing_arrives(over: dict[str, object], named: bool) -> None:
    """No datagram and no ping; what was not observed is no loss."""
    assert bool(cuts(one_way_lost(**over))) is named


def test_a_cut_that_passes_the_other_way() -> None:
    """What arrives the other way shows a rule and no lost link; where nothing does it is not said."""
    (cause,) = cuts(one_way_lost())
    assert (
        cause.speaks_for[1]
        == f"datagrams the other way arrive, so a rule drops them and the link itself works: {ONE} -> {THREE}"
    )
    (both,) = cuts(samples.cut(samples.sound(), lambda a, b: {a, b} == {ONE, THREE}))
    assert not [text for text in both.speaks_for if text.startswith("the other way")]
    assert cause.command.startswith(f"tcpdump -ni any udp port 4789   # on {ONE} and on {THREE}:")


def rows_gone(seen: Observations, keep: int = 0) -> Observations:
    """All but so many rows of the third node for tasks of the first are gone."""
    left = [keep]

    def change(r: Row) -> Row:
        if (r.node, r.wanted) != (THREE, ADDRESS[ONE]):
            return r
        left[0] -= 1
        return r if left[0] >= 0 else replace(r, via=None)

    return samples.rows(seen, change)


def test_a_way_that_something_else_loses() -> None:
    """No row at all of the other node is no cut, one row that is left is none of that; nor is one where a task answers."""
    assert cuts(rows_gone(one_way_lost())) == []
    assert cuts(rows_gone(one_way_lost(), keep=1)) != []
    assert cuts(probed(one_way_lost(), rows=())) != []
    seen = samples.cut(samples.sound(), lambda a, b: (a, b) == (ONE, THREE))
    assert cuts(seen) != []
    answering = samples.destinations(
        seen, lambda d: replace(d, answer="HTTP/1.1 200 OK") if d.node == THREE else d
    )
    assert cuts(answering) == []


def test_two_nodes_are_a_pair() -> None:
    """With two nodes in all, everything lost is the pair between them, and not all nodes."""
    seen = samples.cut(samples.sound(), lambda a, b: True)
    assert seen.probe is not None
    pairs = tuple(p for p in seen.probe.pairs if TWO not in (p.source, p.target))
    (cause,) = cuts(replace(seen, probe=replace(seen.probe, pairs=pairs)))
    assert cause.names("where") == (f"between {ONE} and {THREE}, both ways",)
    assert cause.names("node") == ()


def test_a_cut_and_the_log() -> None:
    """The dead addresses of the nodes that are cut off are named, those of Traefik's own node and those that answer not."""
    (cause,) = cuts(between_nodes.cut_off())
    dead = [text for text in cause.speaks_for if text.startswith(f"Traefik on {ONE}: ")]
    assert [text.partition(" (")[0] for text in dead] == [
        f"Traefik on {ONE}: http://{LOST}:80", f"Traefik on {ONE}: http://10.0.2.24:8001",
    ]  # fmt: skip
    own = lines(between_nodes.cut_off(), lambda t: (504, 30_000.0) if t.node == ONE else (200, 4.0))
    (cause,) = cuts(own)
    assert not [text for text in cause.speaks_for if text.startswith("Traefik on")]


def test_an_encrypted_overlay_leaves_more_open() -> None:
    """Another protocol carries it; a plain one leaves nothing open."""
    assert cuts(between_nodes.cut_off())[0].undecided == ""
    (cause,) = cuts(between_nodes.encrypted_cut_off())
    assert cause.undecided.startswith(f"{FRONTEND} is encrypted, so IP protocol 50 (ESP)")


@pytest.mark.parametrize(
    ("seen", "named"),
    [
        (between_nodes.cut_off_by_the_log(), True),
        (timed_out(samples.sound()), False),  # probed since, and well
        (blind(one_dead(samples.sound()), "probe"), False),
        (blind(lines(samples.sound(), lambda t: (504, 30_000.0)), "probe"), False),
        (blind(samples.sound(), "probe"), False),
        (replace(blind(samples.sound(), "probe"), lines=(line("10.0.9.9", 80, 504),)), False),
    ],
)
def test_a_cut_by_the_log(seen: Observations, named: bool) -> None:
    """All of a node's addresses are dead, and none of Traefik's own node."""
    found = cuts(seen)
    assert [cause.names("where") for cause in found] == ([(f"from {ONE} to {THREE}",)] if named else [])


def test_what_speaks_for_a_cut_by_the_log() -> None:
    """The node's addresses, and two of those that answer."""
    (cause,) = cuts(between_nodes.cut_off_by_the_log())
    heads = [text.partition(" (")[0] for text in cause.speaks_for]
    assert heads == [f"http://{LOST}:80", "http://10.0.2.24:8001", "others answer: http://10.0.2.12:80",
                     "others answer: http://10.0.2.13:80"]  # fmt: skip
    assert cause.undecided.startswith("TCP alone dropped inside the overlay looks the same")


def test_a_node_that_gossip_does_not_know_is_not_cut_off() -> None:
    """Where Traefik's node was never told of it, nothing there can be dialled whatever the way."""
    seen = timed_out(samples.sound())
    assert seen.probe is not None
    unprobed = probed(seen, lambda p: replace(p, why="not known") if THREE in (p.source, p.target) else p)
    assert len(cuts(unprobed)) == 1

    def lacking(node: str) -> Observations:
        assert seen.probe is not None
        peers = tuple(
            replace(p, addresses=(ADDRESS[ONE], ADDRESS[TWO])) if p.node == node else p
            for p in seen.probe.peers
        )
        return probed(unprobed, peers=peers)

    assert cuts(lacking(ONE)) == []
    assert len(cuts(lacking(TWO))) == 1
    peers = tuple(replace(p, addresses=None) for p in seen.probe.peers)
    assert len(cuts(probed(unprobed, peers=peers))) == 1


# --- sizes, and TCP


def hole(**over: object) -> Observations:
    def change(p: Pair) -> Pair:
        return replace(p, **over) if (p.source, p.target) == (THREE, ONE) else p  # type: ignore[arg-type]

    return probed(samples.sound(), change)


@pytest.mark.parametrize(
    ("over", "named"),
    [
        ({"largest": 940, "lost_from": 950}, True),
        ({"lost_from": None}, False),
        ({"lost_from": 950, "one_way": None}, False),
    ],
)
def test_a_size_from_which_packets_vanish(over: dict[str, object], named: bool) -> None:
    """Where datagrams arrive, but not those above a size."""
    found = list(overlay.mtu_black_hole(hole(**over)))
    assert [cause.names("size") for cause in found] == ([("950",)] if named else [])
    if found:
        assert found[0].confidence is Confidence.LIKELY  # the large body came all the same
        assert "ping -c3 -M do -s 922 ADDRESS   # on translation03; " in found[0].command
        assert found[0].command.endswith("; and again with -s 902")
        assert found[0].remedy.endswith("mtu=940")


@pytest.mark.parametrize(
    ("small", "large", "confidence"),
    [
        (200, 0, Confidence.PROVED), (200, 59_999, Confidence.PROVED), (200, 60_000, Confidence.LIKELY),
        (0, 0, Confidence.LIKELY), (None, 0, Confidence.LIKELY), (200, None, Confidence.LIKELY),
    ],
)  # fmt: skip
def test_a_body_that_was_cut_off_proves_it(
    small: int | None, large: int | None, confidence: Confidence
) -> None:
    """The small body came whole and the large one did not, against the packets' way."""

    def change(p: Pair) -> Pair:
        return replace(p, small=small, large=large) if (p.source, p.target) == (ONE, THREE) else p

    (cause,) = overlay.mtu_black_hole(probed(hole(largest=940, lost_from=950), change))
    assert cause.confidence is confidence


def test_the_smallest_of_several_sizes() -> None:
    """Of several directions under one name the smallest size is named, and answers that never ended are counted."""

    def change(p: Pair) -> Pair:
        sizes = {TWO: (1390, 1400), THREE: (940, 950)}.get(p.source)
        return replace(p, largest=sizes[0], lost_from=sizes[1]) if sizes and p.target == ONE else p

    broken = [attempt(200, failure=Failure.BODY_NEVER_ENDED)] * 2
    tried = (*broken, attempt(500, failure=Failure.BODY_NEVER_ENDED), attempt())
    seen = replace(probed(samples.sound(), change), attempts=tried)
    (cause,) = overlay.mtu_black_hole(seen)
    assert (cause.names("size"), cause.names("where")) == (("950",), (f"into {ONE}",))
    assert cause.title.endswith("from 950 bytes on (1000 on the wire)")
    assert (
        cause.speaks_for[-1]
        == "2 requests were answered 200 and their bodies never ended (https://jbcalling.site/)"
    )


@pytest.mark.parametrize(
    ("over", "named"),
    [
        ({}, True),
        ({"ping": False}, False),
        ({"one_way": None}, False),
        ({"tcp": "refused"}, False),
        ({"tcp": None}, False),
    ],
)
def test_tcp_alone_is_dead(over: dict[str, object], named: bool) -> None:
    """Ping and datagrams pass, and a connect is never answered; a refusal is an answer."""
    assert bool(list(overlay.tcp_blocked(hole(**{"tcp": "silent", **over})))) is named
