"""A way over the overlay that is slow or out of order: where it is said to be, and what is not called slow."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.rules.overlay_slow import overlay_slow
from fixtures.diagnose.values import Confidence
from lab.probe.values import Pair
from tests.harness.samples import between_nodes
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import ONE, THREE, TWO, probed


def test_the_node_whose_link_is_slow_is_named() -> None:
    """With how long it takes, and how quick the others are."""
    found = diagnose(between_nodes.slow(), frozenset({"routing"}))
    (cause,) = found.causes
    assert (cause.id, cause.confidence) == ("overlay-slow", Confidence.PROVED)
    assert cause.title == f"what the overlay carries into and out of {THREE} takes 301 ms there and back"
    assert "between the quickest two nodes: 0.4 ms" in cause.speaks_for


@pytest.mark.parametrize("ms", [0.4, 60.0, 180.0])
def test_another_site_is_not_slow(ms: float) -> None:
    """Whatever takes less than a lost packet takes to be sent again makes no criterion red, and hides no other cause."""
    assert not list(overlay_slow(between_nodes.slow(ms)))


def test_where_all_ways_are_slow_alike_it_is_no_proof() -> None:
    """The nodes themselves may be too busy to answer."""
    (cause,) = overlay_slow(between_nodes.slow(400.0, quick=350.0))
    assert (cause.confidence, cause.subjects[0]) == (Confidence.LIKELY, ("where", "between all nodes"))
    assert "too busy" in cause.undecided


def test_late_from_one_end_alone_is_no_slow_way() -> None:
    """There and back is the same way from both ends: one process was held up."""

    def one_sided(p: Pair) -> Pair:
        return replace(p, round_trip_ms=301.0 if p.source == THREE else 0.4, counted=400, missing=0, late=0)

    assert not list(overlay_slow(probed(samples.sound(), one_sided)))


def test_a_way_that_overtakes_is_named_with_its_direction() -> None:
    """Numbered datagrams tell the direction, which pings do not; where the way is late as well, they are evidence for that."""
    (cause,) = overlay_slow(between_nodes.slow(0.4, late=100))
    assert cause.title == f"what the overlay carries out of {THREE} comes out of order"
    assert (
        f"{THREE} -> {ONE}: 100 of 400 small datagrams came after one that was sent later" in cause.speaks_for
    )
    (both,) = overlay_slow(between_nodes.slow(late=100))
    assert "301 ms" in both.title
    assert any("came after one" in text for text in both.speaks_for)


def test_ways_that_are_late_and_others_that_overtake_are_two_causes() -> None:
    """Between other nodes; the commands are for the node that each is named after."""
    seen = between_nodes.slow()

    def overtaken(p: Pair) -> Pair:
        return replace(p, late=100) if (p.source, p.target) == (ONE, TWO) else p

    late, behind = overlay_slow(probed(seen, overtaken))
    assert f"into and out of {THREE}" in late.title
    assert f"on {THREE}" in late.command
    assert behind.title == f"what the overlay carries from {ONE} to {TWO} comes out of order"


@pytest.mark.parametrize(("late", "counted"), [(4, 100), (7, 400), (9, None), (None, 400)])
def test_a_few_that_overtake_are_no_fault(late: int | None, counted: int | None) -> None:
    """Nor is what nobody counted."""

    def change(p: Pair) -> Pair:
        return replace(p, late=late, counted=counted, missing=0)

    assert not list(overlay_slow(probed(samples.sound(), change)))


def test_a_slow_way_that_loses_packets_too_says_so() -> None:
    """Both are named; that nothing is lost is said only where it is so."""
    seen = probed(
        between_nodes.slow(), lambda p: replace(p, missing=80 if TWO in (p.source, p.target) else 0)
    )
    assert all(not cause.against for cause in overlay_slow(seen))
    assert next(iter(overlay_slow(between_nodes.slow()))).against
