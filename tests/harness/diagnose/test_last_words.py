"""The last lines of tasks that failed: whose are read, how many, and where they are quoted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.diagnose import last_words
from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.last_words import WordsSeen, ended
from fixtures.diagnose.observations import Observations
from fixtures.observe.swarm.state import LogIncompleteError, LogLine, SwarmError, SwarmState, Task
from fixtures.target.values import SwarmApi
from tests.harness.samples import between_nodes, stranded
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import NOW, ONE, THREE, with_tasks


def failing() -> Observations:
    """Two services whose tasks failed, one of them twice; one failed long ago, one on a node that is down."""

    def task(short: str, number: int, age_s: float, node: str) -> Task:
        over = {"state": "failed", "desired_state": "shutdown", "since": NOW - timedelta(seconds=age_s)}
        return replace(samples.task(short, 1, node, number, **over), id=f"{short}-{number}")

    seen = samples.sound()
    for short, number, age, node in (
        ("signaling", 61, 30, ONE), ("signaling", 62, 9, ONE), ("tts", 63, 5, ONE), ("redis", 64, 600, ONE),
        ("coturn", 65, 3, THREE),
    ):  # fmt: skip
        seen = with_tasks(seen, short, lambda t: t, [task(short, number, age, node)])
    return stranded.nodes(lambda n: replace(n, state="down") if n.hostname == THREE else n, seen)


class Read:
    """A Swarm whose tasks said this before they ended."""

    def __init__(self, **said: object) -> None:
        self.said, self.asked = said, list[tuple[str, int | None]]()

    def observe(self) -> SwarmState | None:
        return failing().state

    def task_log(self, task: str, *, tail: int | None, deadline_s: float) -> tuple[LogLine, ...]:
        self.asked.append((task, tail))
        found = self.said[task.partition("-")[0]]
        if isinstance(found, Exception):
            raise found
        return tuple(LogLine(NOW, task, ONE, "stderr", text) for text in str(found).split("|"))


def read(monkeypatch: pytest.MonkeyPatch, swarm: Read) -> tuple[WordsSeen, ...]:
    @contextmanager
    def opened(api: SwarmApi) -> Iterator[Read]:
        yield swarm

    monkeypatch.setattr(last_words, "open_swarm", opened)
    return last_words.last_words(SwarmApi("unix:///nowhere"), "translation")


def test_the_newest_failed_task_of_each_service_is_asked_for() -> None:
    """Not what failed long ago, nor what a node that is down would have to tell."""
    state = failing().state
    assert state is not None
    assert [task.id for task in ended(state, "translation")] == ["tts-63", "signaling-62"]
    assert ended(state, "another") == ()


def test_the_last_lines_are_kept_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lines at most, each in one line of bounded length; a log that cannot be read is left out."""
    swarm = Read(signaling="a|b|  c\td|" + "e" * 300, tts=SwarmError("no container"))
    (seen,) = read(monkeypatch, swarm)
    assert seen == WordsSeen("signaling-62", "translation_signaling", ("b", "c d", "e" * 200))
    assert swarm.asked == [("tts-63", 3), ("signaling-62", 3)]


def test_a_log_that_does_not_end_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came of it counts; nothing is no last word."""
    came = LogIncompleteError("it hangs", (LogLine(NOW, "t", ONE, "stdout", "bye"),))
    assert [each.lines for each in read(monkeypatch, Read(signaling=came, tts=""))] == [("bye",)]


def test_a_program_s_own_words_stand_in_the_cause() -> None:
    """Under restarts and under a halted update, of that service alone."""
    words = (
        WordsSeen("t", "translation_signaling", ("KeyError: REDIS_URL",)),
        WordsSeen("t", "translation_tts", ("not this",)),
    )
    (cause,) = diagnose(replace(between_nodes.restarted(), words=words)).causes
    assert cause.speaks_for[-1] == "its last words: “KeyError: REDIS_URL”"
    page = (WordsSeen("t", "translation_frontend", ("nginx: [emerg] unknown directive", "exit")),)
    (cause,) = diagnose(replace(stranded.halted(), words=page)).causes
    assert "its last words: “nginx: [emerg] unknown directive / exit”" in cause.speaks_for
