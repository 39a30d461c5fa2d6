"""A way that loses a share of its packets: counted by the probe it is proved, by the replicas' times alone likely."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.diagnose.engine import UNKNOWN, Confidence, diagnose
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules import overlay, overlay_loss
from lab.probe.values import Pair
from tests.harness.samples import between_nodes
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import ONE, THREE, TWO, blind, probed


@pytest.mark.parametrize(
    ("missing", "named"), [(0, False), (4, False), (7, False), (8, True), (120, True), (399, True)]
)
def test_from_two_in_a_hundred_on_it_is_named(missing: int, named: bool) -> None:
    """A share is named with the direction it is lost in, and one that a sound network may lose is not."""
    seen = probed(samples.sound(), lambda p: replace(p, counted=400, missing=missing * (p.target == THREE)))
    found = list(overlay_loss.overlay_loss(seen))
    assert bool(found) is named
    if named:
        assert found[0].title == f"overlay loses {missing / 400:.0%} of the packets into {THREE}"
        assert found[0].names("direction") == (f"{ONE} -> {THREE}", f"{TWO} -> {THREE}")
        assert (
            f"{ONE} -> {THREE}: {missing} of 400 small datagrams were lost ({missing / 400:.0%})"
            in found[0].speaks_for
        )
        assert f"the other way, {THREE} -> {ONE}: 0 of 400" in found[0].speaks_for


def test_what_was_not_counted_is_not_lost() -> None:
    """An agent that could not count says nothing of loss."""
    seen = probed(between_nodes.lossy(), lambda p: replace(p, counted=None, missing=None))
    assert list(overlay_loss.overlay_loss(seen)) == []


def test_what_fails_by_loss_is_no_cause_of_its_own() -> None:
    """A connect that lost its SYN three times is loss, not TCP blocked; without loss it is."""
    silent = probed(between_nodes.lossy(), lambda p: replace(p, tcp="silent") if p.target == THREE else p)
    assert diagnose(silent, frozenset({"routing"})).ids == ("overlay-loss",)
    sound = probed(silent, lambda p: replace(p, missing=0))
    assert [cause.id for cause in overlay.tcp_blocked(sound)] == ["tcp-blocked"]


def test_by_time_alone_it_is_likely() -> None:
    """Late requests to one node name it, say what decides, and are the symptom of the criterion."""
    found = diagnose(between_nodes.late_by_the_log())
    assert (found.ids, found.causes[0].confidence) == (("overlay-loss",), Confidence.LIKELY)
    assert found.causes[0].names("node") == (THREE,)
    assert f"{ONE} -> {THREE}, {THREE} -> {ONE}" in found.causes[0].undecided


def test_where_the_probe_counted_no_loss_late_replicas_are_unknown() -> None:
    """Replicas that are late on a way that loses nothing are late for another reason."""

    def whole(p: Pair) -> Pair:
        return replace(p, counted=400, missing=0)

    seen = between_nodes.late_by_the_log(probed(samples.sound(), whole))
    found = diagnose(seen, frozenset({"routing"}))
    assert found.ids == (UNKNOWN,)
    assert any(text.startswith(f"{THREE}: 12 of 60 requests took") for text in found.causes[0].speaks_for)


@pytest.mark.parametrize("make", [samples.sound, lambda: blind(samples.sound(), "probe", "state")])
def test_a_sound_cluster_loses_nothing(make: Callable[[], Observations]) -> None:
    """Nothing is late, nothing is named."""
    assert list(overlay_loss.overlay_loss(make())) == []
