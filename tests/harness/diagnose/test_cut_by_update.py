"""Sockets that were cut while a service was being updated are put down to the update, where nothing else explains them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations, SocketSeen
from fixtures.diagnose.rules.cut_by_update import cut_by_update
from fixtures.diagnose.values import Confidence
from fixtures.judge.drift import Drift
from fixtures.observe.swarm.state import UpdateStatus
from tests.harness.samples import between_nodes, faults, stranded
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import NOW, blind, changed


def updated(
    began_s: float,
    ended_s: float | None,
    *,
    short: str = "signaling",
    state: str = "updating",
    what: str = "connect",
) -> Observations:
    """A socket that was cut, in a run of the last 30 s, and an update that began and ended so many seconds ago."""
    status = UpdateStatus(
        state,
        "",
        NOW - timedelta(seconds=began_s),
        None if ended_s is None else NOW - timedelta(seconds=ended_s),
    )
    seen = changed(samples.sound(), short, update_status=status)
    assert seen.state is not None
    started = replace(seen.state, at=NOW - timedelta(seconds=30))
    return replace(
        seen, at_start=started, sockets=(SocketSeen(what, False, "the server closed the session"),)
    )


@pytest.mark.parametrize(
    ("seen", "named"),
    [
        (updated(20, None), True), (updated(20, 10), True), (updated(60, 29), True), (updated(60, 31), False),
        (updated(-5, None), False), (updated(20, None, short="traefik"), True), (updated(20, None, short="frontend"), False),
        (updated(20, None, state="paused"), False), (updated(20, None, what="origin"), False),
        (replace(updated(20, None), sockets=(SocketSeen("connect", True),)), False), (blind(updated(20, None), "state"), False),
    ],
)  # fmt: skip
def test_only_an_update_during_the_run_cut_them(seen: Observations, named: bool) -> None:
    """Of Traefik, through which all sockets go, or of signaling, which holds them; not one that was given up."""
    assert [cause.confidence for cause in cut_by_update(seen)] == [Confidence.LIKELY] * named


def test_it_says_what_cut_them() -> None:
    """The service, the time of its update, and what the client saw."""
    (cause,) = diagnose(updated(20, 10), frozenset({"socketio"})).causes
    assert (
        cause.title
        == "translation_signaling was being updated while sockets were cut: the update is what cut them"
    )
    assert "ran from 16:59:40Z to 16:59:50Z" in cause.speaks_for[0]
    assert "connect: the server closed the session" in cause.speaks_for
    assert "16:59:40Z to now, for it goes on" in next(cut_by_update(updated(20, None))).speaks_for[0]


def test_what_else_explains_them_is_the_cause() -> None:
    """A store that is gone cuts sockets, whatever was updated meanwhile."""
    cut = between_nodes.cut_off()
    seen = updated(20, None)
    assert seen.state is not None
    both = replace(cut, state=seen.state, sockets=seen.sockets, at_start=seen.at_start)
    assert "cut-by-update" not in diagnose(both, frozenset({"socketio"})).ids


def test_a_last_resort_speaks_of_nothing_that_another_cause_explains() -> None:
    """Somebody told signaling to serve every origin, and the log has errors of it besides: the hand that changed it is named
    for those alone."""
    errors, open_to_all = faults.server_error(), faults.open_to_all()
    drift = Drift("translation_signaling", "environment ALLOWED_ORIGINS", "https://jbcalling.site", "*")
    seen = replace(open_to_all, lines=errors.lines, attempts=errors.attempts, drifts=(drift,))
    of_sockets = diagnose(seen, frozenset({"socketio"}))
    assert [cause.id for cause in of_sockets.explaining] == ["cors-open"]
    of_requests = diagnose(seen, frozenset({"no-504"}))
    assert [cause.id for cause in of_requests.explaining] == ["changed-by-hand"]


def test_the_drift_that_a_last_resort_came_by_is_explained_by_it() -> None:
    """A list of allowed addresses that no rule knows: the calls it refuses and the drift have one cause."""
    found = diagnose(stranded.allowed_only(), frozenset({"call", "drift"}))
    assert [cause.id for cause in found.explaining] == ["changed-by-hand"]


def test_a_last_resort_is_not_named_for_what_nobody_asked_about() -> None:
    """The log has errors that no test judged: the tests of routes say so, and not the hand that changed a service."""
    errors, open_to_all = faults.server_error(), faults.open_to_all()
    drift = Drift("translation_signaling", "environment ALLOWED_ORIGINS", "https://jbcalling.site", "*")
    seen = replace(open_to_all, lines=errors.lines, drifts=(drift,))
    assert "changed-by-hand" not in diagnose(seen, frozenset({"socketio"})).ids
