"""The logs kept with a failure: of the services of its criterion, since the test began, the newest lines."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.observe.swarm.reader import Swarm
from fixtures.observe.swarm.state import LogIncompleteError, LogLine, SwarmError
from fixtures.run.failure_logs import DEADLINE_S, LINES, logs_of_failure
from fixtures.target.plan import load_plan

PLAN = load_plan("a")
BEGAN = 1_000.0


class FakeSwarm:
    """Logs by service: lines, or the error that reading raises."""

    def __init__(self, **logs: list[LogLine] | Exception) -> None:
        self.logs, self.asked = logs, list[tuple[str, datetime | None, float]]()

    def service_log(self, service: str, *, since: datetime | None, deadline_s: float) -> list[LogLine]:
        self.asked.append((service, since, deadline_s))
        found = self.logs.get(service.removeprefix("translation_"), [])
        if isinstance(found, Exception):
            raise found
        return found


def line(text: str, when: datetime | None = None) -> LogLine:
    return LogLine(when, None, None, "stdout", text)


def kept(swarm: FakeSwarm, criterion: str | None) -> list[Any]:
    mark = None if criterion is None else pytest.mark.criterion(criterion).mark
    item = SimpleNamespace(name="test_it", get_closest_marker=lambda name: mark)
    return list(logs_of_failure(cast(Swarm, swarm), PLAN, cast(pytest.Item, item), BEGAN))


def test_the_services_of_the_criterion_are_read() -> None:
    """Each of them, since the test began and within the deadline; a test of no criterion has no logs."""
    swarm = FakeSwarm()
    assert [log.source for log in kept(swarm, "call")] == ["translation_signaling", "translation_mediasoup"]
    assert swarm.asked == [
        (name, datetime.fromtimestamp(BEGAN, UTC), DEADLINE_S) for name in ("translation_signaling", "translation_mediasoup")
    ]  # fmt: skip
    assert kept(swarm, "spread") == kept(swarm, None) == []


def test_the_newest_lines_are_kept_with_their_time() -> None:
    """How many were left out is counted; a line without a time has none."""
    when = datetime(2026, 11, 23, 17, 2, 3, 456_000, UTC)
    (log,) = kept(FakeSwarm(traefik=[line(f"n{n}") for n in range(LINES + 2)]), "routing")
    assert (log.lines[0], len(log.lines), log.left_out) == ("n2", LINES, 2)
    (log,) = kept(FakeSwarm(traefik=[line("first", when), line("second")]), "routing")
    assert (log.why, log.lines, log.left_out) == ("while test_it failed", ("17:02:03.456 first", "second"), 0)


def test_a_log_that_cannot_be_read_says_why() -> None:
    """Never a failure of its own: what came before the cut is kept, and the reason is in its place."""
    (cut,) = kept(FakeSwarm(traefik=LogIncompleteError("not within 5 s", (line("one"),))), "routing")
    assert (cut.lines, cut.why) == (("one",), "while test_it failed; cut off: not within 5 s")
    (none,) = kept(FakeSwarm(traefik=SwarmError("no answer")), "routing")
    assert (none.lines, none.why) == ((), "while test_it failed: the log could not be read: no answer")
