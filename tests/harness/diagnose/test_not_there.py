"""What does not run, and says so: health checks, services and leaders that there are not, tasks that are given up."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import UNKNOWN, diagnose
from fixtures.diagnose.values import Confidence
from fixtures.judge.drift import Drift
from tests.harness.samples import faults, own_words, stranded
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import ONE, PLAN, THREE, attempt, changed, with_tasks

HEALTH = frozenset({"healthy"})


@pytest.mark.parametrize("short", ["tts", "mediasoup", "frontend", "redis", "coturn", "traefik"])
def test_a_check_that_cannot_be_run_is_at_fault_itself(short: str) -> None:
    """Whatever the service is: its program does not stand still, and the check's own words are quoted."""
    found = diagnose(own_words.check_broken(short, node=ONE), HEALTH).explaining
    cause = found[0]
    assert (cause.id, cause.confidence) == ("check-fails", Confidence.PROVED)
    assert any(own_words.NO_PROGRAM in text for text in cause.speaks_for)
    assert "replica-stalled" not in {each.id for each in found}


@pytest.mark.parametrize(
    ("short", "said", "named"),
    [
        ("tts", "curl: (22) The requested URL returned error: 503", "check-fails"),
        ("frontend", "curl: (22) The requested URL returned error: 500", "check-fails"),
        ("tts", "Health check exceeded timeout (3s)", "check-fails"),
        ("frontend", "Health check exceeded timeout (3s)", "replica-stalled"),
        ("redis", "Health check exceeded timeout (3s)", "redis-stalled"),
        ("coturn", "Health check exceeded timeout (3s)", "turn-stalled"),
    ],
)
def test_a_check_that_fails_is_no_proof(short: str, said: str, named: str) -> None:
    """Of what its program lacks; one that is not answered is the sign of a program that stands still."""
    cause = diagnose(own_words.check_broken(short, said, ONE), HEALTH).explaining[0]
    assert (cause.id, cause.confidence) == (named, Confidence.LIKELY)


def test_a_replica_that_is_put_down_again_and_again_is_one_cause() -> None:
    """Each of its tasks fails in the same way."""
    seen = own_words.check_broken("frontend", "")
    assert seen.state is not None
    (task,) = (each for each in seen.state.tasks if each.error)
    seen = with_tasks(seen, "frontend", lambda t: t, [replace(task, id="before")])
    assert len(diagnose(replace(seen, containers=None), HEALTH).named("replica-stalled")) == 1


@pytest.mark.parametrize(
    ("since_s", "said", "named"),
    [(300, "", "check-fails"), (5, "", "still-starting"), (5, "curl: (7) Failed to connect", "check-fails")],
)
def test_a_task_that_starts_for_long_never_gets_healthy(since_s: int, said: str, named: str) -> None:
    """A task that began seconds ago only starts, unless its check says what is wrong."""
    (cause,) = diagnose(own_words.long_starting(since_s, said), HEALTH).explaining
    assert (cause.id, cause.confidence) == (named, Confidence.LIKELY)


def test_replicas_that_nobody_starts_stand_in_what_nobody_knows() -> None:
    """With the last that is known of them, where no policy explains it."""
    (cause,) = diagnose(own_words.given_up(0), HEALTH).explaining
    assert cause.id == UNKNOWN
    assert any(
        "translation_tts runs 0 replicas" in text and "exit code 1" in text for text in cause.speaks_for
    )


def test_a_service_that_is_not_deployed_is_named_with_its_drift() -> None:
    """The drift is how it came; what follows from it is no cause beside it."""
    drift = Drift("translation_redis", "service", "it", "nothing")
    seen = replace(own_words.not_deployed("redis"), drifts=(drift,), calls=faults.no_store().calls)
    found = diagnose(seen, frozenset({"call", "healthy", "drift"}))
    assert found.ids == ("service-missing",)
    every = own_words.not_deployed(*(each.name for each in PLAN.services))
    (cause,) = diagnose(every, HEALTH).explaining
    assert cause.title.startswith("nothing of the stack translation is deployed")


@pytest.mark.parametrize(
    ("attempts", "condition", "state", "policy"),
    [(3, "any", "failed", "max_attempts 3"), (0, "none", "failed", "condition none"), (0, "any", "failed", None),
     (0, "on-failure", "complete", "condition on-failure"), (0, "on-failure", "failed", None)],
)  # fmt: skip
def test_a_task_is_given_up_by_its_policy_alone(
    attempts: int, condition: str, state: str, policy: str | None
) -> None:
    """With any other policy the Swarm tries again, and what is missing is on its way."""
    found = diagnose(own_words.given_up(attempts, condition, state=state), HEALTH).named("not-restarted")
    assert [name for cause in found for name in cause.names("policy")] == ([policy] if policy else [])


def test_a_task_that_is_to_run_is_not_given_up() -> None:
    """Another one waits in its place."""
    seen = changed(stranded.odd_error(), "tts", restart_policy={"Condition": "any", "MaxAttempts": 3})
    assert "not-restarted" not in diagnose(seen, HEALTH).ids


def test_the_store_is_scaled_up_only_where_it_was_scaled_down() -> None:
    """A store whose tasks fail, or that is not deployed, is not mended by a number."""
    assert "service scale" in diagnose(faults.no_store(), frozenset({"call"})).named("redis-gone")[0].remedy
    failing = stranded.waiting("redis", "task: non-zero exit (1)", state="failed", node=ONE)
    found = diagnose(replace(failing, attempts=(attempt(),)), frozenset({"call", "healthy"})).named(
        "redis-gone"
    )
    assert found
    assert all(
        cause.confidence is Confidence.LIKELY and "service scale" not in cause.remedy for cause in found
    )


@pytest.mark.parametrize("why", ["nobody looked", "no Swarm API", "SwarmError: GET /tasks: timed out"])
def test_a_swarm_that_was_not_read_may_have_a_leader(why: str) -> None:
    """Only its own word tells."""
    seen = replace(samples.sound(), state=None, missing={"state": why})
    assert "no-quorum" not in diagnose(seen, HEALTH).ids


@pytest.mark.parametrize(
    "state", ["new", "pending", "assigned", "accepted", "preparing", "ready", "starting"]
)
@pytest.mark.parametrize("criterion", ["healthy", "spread", "routing"])
def test_what_has_just_been_deployed_is_not_up_yet(state: str, criterion: str) -> None:
    """Right after a deploy a replica lacks and nobody says why: that it is on its way, and no unknown."""
    found = diagnose(stranded.on_its_way(state), frozenset({criterion})).explaining
    assert [(each.id, each.confidence) for each in found] == [("still-starting", Confidence.LIKELY)]


@pytest.mark.parametrize("status", [500, 503, 504])
def test_a_replica_that_starts_answers_nothing_and_explains_no_answer(status: int) -> None:
    """The edge does not know it yet, and the others serve: what they answer has another cause."""
    seen = replace(stranded.on_its_way(), attempts=(attempt(status),))
    (cause,) = diagnose(seen, frozenset({"no-504"})).explaining
    assert cause.id == UNKNOWN
    assert any("translation_frontend.3" in text and "preparing" in text for text in cause.speaks_for)


def test_what_keeps_a_task_from_its_start_is_the_cause() -> None:
    """Where a task says why it waits it is not merely on its way; nor is one whose service has all of its replicas."""
    said = stranded.waiting("frontend", "No such image: page:2", state="preparing", node=THREE, slot=3)
    assert "still-starting" not in diagnose(said, frozenset({"healthy"})).ids
    extra = with_tasks(samples.sound(), "frontend", lambda t: t, [
        samples.task("frontend", 3, THREE, 99, desired_state="ready", state="ready", addresses={})
    ])  # fmt: skip
    assert "still-starting" not in diagnose(extra, frozenset({"routing"})).ids
