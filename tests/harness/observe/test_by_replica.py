"""Who answered what: requests with a token each, found again in the edge's log by that."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.limits import Limits
from fixtures.observe.http import by_replica
from fixtures.observe.http.attempts import Attempt, Failure
from fixtures.observe.http.by_replica import Asked, answers_of, dialled_for, in_words
from fixtures.observe.http.log_marks import CLOCK_SLACK
from fixtures.observe.swarm.reader import Swarm
from fixtures.observe.swarm.state import LogIncompleteError, LogLine
from lab.waiting import WaitError

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
WELL = Attempt(
    "https://a/", "GET", "a", NOW, 0.1, 200, body_bytes=7, body_digest="ab" * 32, headers={"server": "nginx"}
)
CLF = '10.0.0.1 - - [23/Nov/2026:17:00:00 +0000] "GET /?{} HTTP/1.1" 200 7 "-" "suite" 1 "frontend@swarm" "http://{}:80" 2ms'


class Log:
    """A Swarm that has this log of the edge, whole or not."""

    limits = Limits(access_log_deadline_s=0.1)

    def __init__(self, *texts: str, ends: bool = True) -> None:
        self.lines = tuple(LogLine(NOW, "t", "n", "stdout", text) for text in texts)
        self.ends = ends

    def running_log(self, name: str, *, since: datetime) -> tuple[LogLine, ...]:
        assert (name, since) == ("edge", NOW - CLOCK_SLACK)
        if not self.ends:
            raise LogIncompleteError("it does not end", self.lines)
        return self.lines


def asked(*tokens: str, **over: Any) -> tuple[Asked, ...]:  # noqa: ANN401
    return tuple(Asked(token, replace(WELL, **over)) for token in tokens)


@pytest.mark.parametrize("ends", [True, False])
def test_the_log_says_who_was_dialled(ends: bool) -> None:
    """By the token alone; other lines are nobody's, and a log that does not end is as good."""
    log = Log(CLF.format("x", "10.0.2.2"), "level=info", CLF.format("stranger", "10.0.2.9"), ends=ends)
    assert dialled_for(cast(Swarm, log), "edge", asked("x"), NOW) == {"x": "10.0.2.2"}


def test_who_was_not_answered_is_not_waited_for() -> None:
    """Only requests with an answer must be in the log."""
    log = cast(Swarm, Log(CLF.format("x", "10.0.2.2")))
    lost = asked("y", status=None, failure=Failure.NO_FIRST_BYTE)
    assert dialled_for(log, "edge", (*asked("x"), *lost), NOW) == {"x": "10.0.2.2"}
    with pytest.raises(WaitError, match="1 of 2 requests are not in the log"):
        dialled_for(log, "edge", asked("x", "z"), NOW)


def test_each_replica_s_answers_are_told_apart() -> None:
    """Equal ones count once; a request that was dialled for nobody, broke off, or that the edge gave
    up says nothing of a replica."""
    other = replace(WELL, body_bytes=9, body_digest="cd" * 32, headers={})
    seen = (
        *asked("a", "b"),
        Asked("c", other),
        *asked("d", failure=Failure.PROTOCOL),
        *asked("e"),
        *asked("f", status=504),
    )
    dialled = {"a": "10.0.2.3", "b": "10.0.2.3", "c": "10.0.2.2", "d": "10.0.2.4", "e": "", "f": "10.0.2.5"}
    assert answers_of(seen, dialled) == {
        "10.0.2.2": ("200, 9 B, sha256 cdcdcdcdcdcd",),
        "10.0.2.3": ("200, 7 B, sha256 abababababab, Server nginx",),
    }
    assert in_words(replace(WELL, body_bytes=0, body_digest="", headers={})) == "200, 0 B, sha256 of nothing"


def test_without_a_log_that_names_anybody_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """No replica is made up."""

    async def ask(*_: object) -> tuple[Asked, ...]:
        return asked("x")

    monkeypatch.setattr(by_replica, "ask", ask)
    silent = SimpleNamespace(running_log=lambda *_, **__: (), limits=Limits(access_log_deadline_s=0.1))
    assert by_replica.replica_answers(cast(Swarm, silent), cast(Any, None), "edge", "https://a/", 3) == {}
