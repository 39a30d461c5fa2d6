"""A service that ended by itself with 0 and was replaced is named as what happened, and nothing else is put down to it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.last_words import ended as words_of
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules.destinations import fdb_row
from fixtures.diagnose.rules.ended_cleanly import ended_cleanly
from fixtures.diagnose.symptoms import UNKNOWN
from fixtures.diagnose.values import Confidence
from fixtures.observe.swarm.state import UpdateStatus
from tests.harness.samples import between_nodes
from tests.harness.samples import observed as samples
from tests.harness.samples.between_nodes import ended, since_the_run_began
from tests.harness.samples.observed import NOW, ONE, blind, changed, with_tasks


def clean(short: str = "signaling", *ages_s: float) -> Observations:
    return ended(short, *(ages_s or (6,)), state="complete")


def test_a_replaced_edge_is_what_happened() -> None:
    """Not gossip that is lost: a task that has run for seconds is not known everywhere yet."""
    found = diagnose(between_nodes.replaced(), frozenset({"no-504", "healthy"}))
    assert found.ids == ("ended-cleanly",)
    (cause,) = found.causes
    assert cause.title.startswith(
        "translation_traefik ended with exit code 0 (complete) at 16:59:51Z, and runs again since "
    )
    assert "gossip" not in "".join((cause.title, *cause.speaks_for, cause.remedy))
    assert any("complete" in text for text in cause.speaks_for)


def during(started_s: float, completed_s: float | None) -> Observations:
    """A clean end six seconds ago, and an update of the service that began and ended so many seconds ago."""
    done = None if completed_s is None else NOW - timedelta(seconds=completed_s)
    return changed(
        clean(),
        "signaling",
        update_status=UpdateStatus("updating", "", NOW - timedelta(seconds=started_s), done),
    )


@pytest.mark.parametrize(
    ("seen", "count"),
    [
        (clean(), 1), (clean("mediasoup"), 1), (clean("redis", 4, 8), 1),
        (ended("signaling", 6, state="shutdown"), 0), (ended("signaling", 6, state="failed"), 0),
        (clean("signaling", 121), 0), (clean("signaling", 119), 1),
        (blind(clean(), "state"), 0),
        (since_the_run_began(lambda: clean("signaling", 60), 54), 0),
        (since_the_run_began(lambda: clean("signaling", 60), 56), 1),
        (during(10, None), 0), (during(10, 4), 0), (during(10, 7), 1), (during(5, None), 1),
        (with_tasks(clean(), "signaling", lambda t: replace(t, desired_state="complete") if t.state == "complete" else t), 0),
    ],
)  # fmt: skip
def test_what_counts_as_a_clean_end(seen: Observations, count: int) -> None:
    """By itself, of late, and neither a job's end nor an update's."""
    assert len(list(ended_cleanly(seen))) == count


def test_it_turns_red_only_what_the_service_has_a_part_in() -> None:
    """A store that was replaced explains no page that fails."""
    assert diagnose(clean("redis"), frozenset({"no-504"})).causes[0].id == UNKNOWN
    assert diagnose(clean("redis"), frozenset({"socketio"})).causes[0].id == "ended-cleanly"


def test_its_last_words_are_read() -> None:
    """A program that ends without an error says why as well."""
    state = with_tasks(samples.sound(), "tts", lambda t: t, [
        samples.task("tts", 1, ONE, 63, state="complete", desired_state="shutdown", since=NOW - timedelta(seconds=5)),
    ]).state  # fmt: skip
    assert state is not None
    assert [task.service for task in words_of(state, "translation")] == ["translation_tts"]


def aged(seen: Observations, age_s: float | None) -> Observations:
    return samples.rows(seen, lambda row: replace(row, age_s=age_s))


@pytest.mark.parametrize(
    ("make", "age_s", "confidences"),
    [
        (between_nodes.row_lost, None, [Confidence.PROVED]), (between_nodes.row_lost, 40.0, [Confidence.PROVED]),
        (between_nodes.row_lost, 4.0, [Confidence.LIKELY]), (between_nodes.row_lost_and_reached, 4.0, []),
        (between_nodes.row_lost_and_reached, 40.0, [Confidence.LIKELY]),
    ],
)  # fmt: skip
def test_a_row_of_a_task_that_runs_for_seconds_is_no_lost_one(
    make: Callable[[], Observations], age_s: float | None, confidences: list[Confidence]
) -> None:
    """Entry and row of a new task, or of one that has an ended one's address, come one after the other."""
    assert [cause.confidence for cause in fdb_row(aged(make(), age_s))] == confidences
