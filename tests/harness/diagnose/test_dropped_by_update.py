"""An update that dropped something has a cause that says what ended too early, and what is deployed of the settings."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import UNKNOWN, Confidence, diagnose
from fixtures.diagnose.observations import Observations
from fixtures.observe.steady.values import UNNAMED, Dropped, Loss, Way
from fixtures.observe.swarm.state import UpdateStatus
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import NOW, cut
from tests.harness.samples.updates import FRONTEND, REQUEST, SIGNALING, updated

API = "api.jbcalling.site"
NOBODY = replace(REQUEST, reason="answered 503, wanted 200", replica=UNNAMED)
SOCKET = Dropped(NOW, Way.WEBSOCKET, Loss.SOCKET, API, "abc", "no goodbye")
FREEZE = Dropped(NOW, Way.CALL, Loss.FREEZE, API, "abc", "no frame for 2 s")


def test_an_update_that_dropped_nothing_has_no_cause() -> None:
    """Nor has one that nobody asked for."""
    assert diagnose(updated()).ids == ()
    assert diagnose(samples.sound()).ids == ()


@pytest.mark.parametrize(
    ("dropped", "service", "said", "remedy"),
    [
        (REQUEST, FRONTEND, "the old replica ended before the edge knew", "serve on for longer than that after SIGTERM"),
        (NOBODY, FRONTEND, "no replica was healthy", "order: start-first"),
        (SOCKET, SIGNALING, "closed its sockets without a goodbye", "tell its clients on SIGTERM"),
        (FREEZE, SIGNALING, "was freed before they were back", "while it hands them over"),
    ],
)  # fmt: skip
def test_what_was_dropped_tells_why(dropped: Dropped, service: str, said: str, remedy: str) -> None:
    """The service, what was lost first with its moment and replica, and what helps; nothing is left unknown."""
    found = diagnose(updated(dropped, dropped), frozenset({"update"}))
    assert found.ids == ("update-drops",)
    (named,) = found.causes
    assert named.names("service") == (service,)
    assert named.title.startswith(f"{service} drops what it serves while it is updated: ")
    assert (said in named.title, remedy in named.remedy) == (True, True)
    assert named.speaks_for[0] == f"2x {dropped.loss} during the update of {FRONTEND}, {SIGNALING}"
    assert str(dropped) in named.speaks_for
    assert named.confidence is Confidence.LIKELY
    assert "DRAIN" not in named.remedy, "a switch of our own images"


def test_each_service_has_a_cause_of_its_own() -> None:
    """One, by what tells most, of which three are shown first; what its sockets and calls lost counts with it."""
    polled = replace(REQUEST, host=API, way=Way.POLLING)
    found = diagnose(updated(SOCKET, FREEZE, polled, *[REQUEST] * 5), frozenset({"update"}))
    assert sorted(each.names("service") for each in found.causes) == [(FRONTEND,), (SIGNALING,)]
    by = {each.names("service")[0]: each for each in found.causes}
    assert by[FRONTEND].speaks_for.count(str(REQUEST)) == 3
    assert "ended before the edge knew" in by[SIGNALING].title
    assert by[SIGNALING].speaks_for[0].startswith("1x broken socket, 1x freeze, 1x dropped request during")
    assert by[SIGNALING].speaks_for[1] == str(polled)


def test_an_answer_that_tells_nothing_is_no_cause() -> None:
    """What a replica answered by itself is left unknown, with what was dropped."""
    odd = replace(REQUEST, reason="answered 500, wanted 200")
    (named,) = diagnose(updated(odd), frozenset({"update"})).causes
    assert (named.id, str(odd) in named.speaks_for) == (UNKNOWN, True)


def test_the_settings_that_decide_are_shown() -> None:
    """How often the edge asks, or the order of the update and whether there is a health check."""

    def bare(seen: Observations) -> Observations:
        assert seen.state is not None
        services = tuple(
            replace(s, args=("--providers.swarm.refreshseconds=15",))
            if s.name == "translation_traefik"
            else replace(s, healthcheck=None, update_config={"Order": "stop-first", "Parallelism": 2})
            for s in seen.state.services
        )
        return replace(seen, state=replace(seen.state, services=services))

    (late,) = diagnose(bare(updated(REQUEST)), frozenset({"update"})).causes
    assert late.speaks_for[-1] == "translation_traefik runs with --providers.swarm.refreshseconds=15"
    (nobody,) = diagnose(bare(updated(NOBODY)), frozenset({"update"})).causes
    assert nobody.speaks_for[-2:] == (
        f"{FRONTEND} is updated stop-first, 2 at a time",
        f"{FRONTEND} has no health check of its own in the spec: a new replica counts as soon as it is started",
    )
    unread = replace(updated(NOBODY), state=None)
    assert len(diagnose(unread, frozenset({"update"})).causes[0].speaks_for) == 2


def given_up(seen: Observations, short: str, state: str) -> Observations:
    """The Swarm gave up on an update of this service, since a task of it failed."""
    assert seen.state is not None
    status = UpdateStatus(state, "update paused due to failure or early termination of task abc", NOW, NOW)
    services = tuple(
        replace(s, update_status=status) if s.name == f"translation_{short}" else s
        for s in seen.state.services
    )
    failed = samples.task(
        short,
        1,
        samples.TWO,
        99,
        state="failed",
        desired_state="shutdown",
        since=NOW,
        error="task: non-zero exit (1)",
    )
    return replace(seen, state=replace(seen.state, services=services, tasks=(*seen.state.tasks, failed)))


@pytest.mark.parametrize(
    ("ended", "cause"), [("paused", "update-halted"), ("rollback_completed", "rolled-back")]
)
def test_an_update_that_did_not_go_through_has_its_cause(ended: str, cause: str) -> None:
    """By the Swarm's own words on it, also where nothing was dropped."""
    seen = given_up(updated(), "frontend", ended)
    assert seen.updated is not None
    gone = replace(seen.updated, not_through=(f"{FRONTEND}: {ended}",))
    assert diagnose(replace(seen, updated=gone), frozenset({"update"})).ids[0] == cause


def test_another_services_rollback_explains_no_update_of_these() -> None:
    """A deploy of the SFU that rolled itself back earlier lost nobody's request now."""
    found = diagnose(given_up(updated(REQUEST), "mediasoup", "rollback_completed"), frozenset({"update"}))
    assert [each.id for each in found.explaining] == ["update-drops"]


def test_a_cut_overlay_explains_what_an_update_dropped() -> None:
    """Whoever is told to let replicas drain would look in the wrong place."""
    seen = cut(updated(replace(REQUEST, reason="answered 504, wanted 200")), lambda a, b: b == samples.THREE)
    found = diagnose(seen, frozenset({"update"}))
    assert [each.id for each in found.explaining] == ["overlay-cut"]
    assert found.ids == ("overlay-cut",)
