"""Following logs by reading what came since: no line twice, none lost, and what cannot be had is said."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from fixtures.limits import Limits
from fixtures.observe.swarm.access import open_swarm
from fixtures.target.values import SwarmApi
from fixtures.watch.following import Follower, Round
from tests.harness.samples import swarm_api as samples
from tests.harness.stand_ins.engine_api import RecordingEngine, serving

NAME = "translation_media"


class LoggingEngine(RecordingEngine):
    """Tasks whose logs grow; `paths` holds each request with its query."""

    def __init__(self) -> None:
        super().__init__()
        self.logs: dict[str, Any] = {"t1": b"", "t2": b""}

    def say(self, task: str, at: str, text: str) -> None:
        line = f"2026-11-23T16:02:{at}Z com.docker.swarm.node.id=n1,com.docker.swarm.task.id={task} {text}\n"
        self.logs[task] += samples.frame(1, line)

    def answer(self, method: str, path: str, body: bytes) -> Any:  # noqa: ANN401
        if path == "/services":
            return [samples.service("media"), samples.service("other")]
        if path == "/tasks":
            places = sorted(self.logs)
            return [
                samples.task(t, "media", n + 1, "n1", address=f"10.0.1.{n + 5}") for n, t in enumerate(places)
            ]
        if path.startswith("/tasks/"):
            return self.logs[path.split("/")[2]]
        return super().answer(method, path, body)


@pytest.fixture
def engine() -> Iterator[LoggingEngine]:
    with serving(LoggingEngine()) as server:
        yield server


@pytest.fixture
def follower(engine: LoggingEngine) -> Iterator[Follower]:
    with open_swarm(SwarmApi(engine.url)) as swarm:
        yield Follower(swarm, [NAME], all_s=0.5)


def texts(found: Round) -> list[str]:
    return [each.line.text for each in found.lines]


def test_what_came_since_is_given_once_in_the_order_of_the_engines_clocks(
    engine: LoggingEngine, follower: Follower
) -> None:
    """What was said before the watch is not, alike lines of one moment are two, a late one of that moment is not lost."""
    engine.say("t1", "01.000001", "before")
    assert texts(follower.round()) == []
    engine.say("t2", "02.000002", "second")
    engine.say("t1", "02.000001", "first")
    engine.say("t1", "03.5", "alike")
    engine.say("t1", "03.5", "alike")
    assert texts(follower.round()) == ["first", "second", "alike", "alike"]
    engine.say("t1", "03.5", "alike")
    engine.say("t1", "03.5", "other")
    assert texts(follower.round()) == ["alike", "other"]
    assert texts(follower.round()) == []


def test_nothing_but_reads_of_these_tasks_is_asked(engine: LoggingEngine, follower: Follower) -> None:
    """No request is held open, and no log of another service is read."""
    follower.round()
    asked = {each for each in engine.requests if each != "GET /version"}
    assert asked == {"GET /services", "GET /tasks", "GET /tasks/t1/logs", "GET /tasks/t2/logs"}


def test_a_watch_may_begin_with_the_last_lines(engine: LoggingEngine) -> None:
    """So many of each task, or all where there are fewer."""
    for second in range(1, 4):
        engine.say("t1", f"0{second}.0", f"line {second}")
    engine.say("t2", "01.5", "alone")
    with open_swarm(SwarmApi(engine.url)) as swarm:
        assert texts(Follower(swarm, [NAME], tail=2).round()) == ["alone", "line 2", "line 3"]
        assert texts(Follower(swarm, [NAME], tail=0).round()) == []


def test_a_replica_that_comes_later_is_read_from_its_beginning(
    engine: LoggingEngine, follower: Follower
) -> None:
    """A task of an update: what it says as it starts matters; one that is gone is asked no more."""
    follower.round()
    engine.logs["t3"] = b""
    engine.say("t3", "01.0", "it starts")
    del engine.logs["t1"]
    assert texts(follower.round()) == ["it starts"]
    assert "t1" not in engine.requests[-1]


def test_a_log_that_cannot_be_read_is_said_and_the_others_go_on(
    engine: LoggingEngine, follower: Follower
) -> None:
    """As where a node's logging driver cannot be read back."""
    follower.round()
    engine.logs["t1"] = 501
    engine.say("t2", "01.0", "well")
    found = follower.round()
    assert texts(found) == ["well"]
    assert [each.partition(":")[0] for each in found.problems] == ["no log of media.1 can be read"]


def test_a_swarm_that_does_not_answer_ends_nothing(engine: LoggingEngine, follower: Follower) -> None:
    """The round is empty and says why; the next one finds what came."""
    follower.round()
    engine.say("t1", "01.0", "meanwhile")
    engine.answers["/x"] = None
    whole, engine.answer = engine.answer, lambda method, path, body: 500  # type: ignore[method-assign]
    assert follower.round().lines == ()
    assert "was answered 500" in follower.round().problems[0]
    engine.answer = whole  # type: ignore[method-assign]
    assert texts(follower.round()) == ["meanwhile"]


def test_a_log_that_is_more_than_is_taken_skips_to_the_present(engine: LoggingEngine) -> None:
    """What came until then is shown, the gap is said, and the watch is not behind afterwards."""
    limits = Limits(swarm_log_lines_max=3)
    with open_swarm(SwarmApi(engine.url, limits=limits)) as swarm:
        follower = Follower(swarm, [NAME])
        follower.round()
        for number in range(9):
            engine.say("t1", f"0{number}.0", f"line {number}")
        found = follower.round()
        assert texts(found) == ["line 0", "line 1", "line 2"]
        assert "what came between is left out" in found.problems[0]
        engine.logs["t1"] = b""
        engine.say("t1", "09.0", "line 9")  # what a tail of one line gives
        assert texts(follower.round()) == []
        engine.say("t1", "10.0", "now")
        assert texts(follower.round()) == ["now"]


def test_replicas_are_named_by_their_addresses(engine: LoggingEngine, follower: Follower) -> None:
    """So that a request at the edge can say who answered it."""
    assert follower.round().names == {"10.0.1.5": "media.1", "10.0.1.6": "media.2"}


def test_a_service_that_is_not_there_has_no_lines(engine: LoggingEngine) -> None:
    """Nothing else is asked for."""
    with open_swarm(SwarmApi(engine.url)) as swarm:
        assert Follower(swarm, ["translation_absent"]).round() == Round((), (), {})


def test_where_the_next_round_begins_is_by_the_engines_clock(
    engine: LoggingEngine, follower: Follower
) -> None:
    """A line of last year, by a node whose clock is off, is as new as any other."""
    follower.round()
    engine.say("t1", "01.0", "fresh")
    (came,) = follower.round().lines
    assert came.line.when == datetime(2026, 11, 23, 16, 2, 1, tzinfo=UTC)
