"""What programs complain of: whose logs are read, which lines count, and where they are quoted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from fixtures.diagnose import complaints
from fixtures.diagnose.complaints import ComplaintSeen, folded
from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.rules.routing import speaks_http
from fixtures.diagnose.rules.store_refuses import REFUSALS, Refusal
from fixtures.observe.media.steps import StepName
from fixtures.observe.swarm.state import LogIncompleteError, LogLine, SwarmError, SwarmState
from fixtures.target.values import SwarmApi
from tests.harness.samples import observed as samples
from tests.harness.samples import stranded
from tests.harness.samples.observed import NOW, PLAN, call

SIGNALING = "translation_signaling"


def logged(*texts: str) -> tuple[LogLine, ...]:
    return tuple(LogLine(NOW, "t", "n", "stderr", text) for text in texts)


class Read:
    """A Swarm whose services' logs are these."""

    def __init__(self, **logs: object) -> None:
        self.logs, self.asked = logs, list[tuple[str, datetime | None]]()

    def observe(self) -> SwarmState | None:
        return samples.sound().state

    def service_log(
        self, name: str, *, since: datetime | None, tail: int, deadline_s: float
    ) -> tuple[LogLine, ...]:
        self.asked.append((name, since))
        found = self.logs.get(name.removeprefix("translation_"), "")
        if isinstance(found, Exception):
            raise found
        return logged(*str(found).split("|"))


def read(monkeypatch: pytest.MonkeyPatch, swarm: Read) -> tuple[ComplaintSeen, ...]:
    @contextmanager
    def opened(api: SwarmApi) -> Iterator[Read]:
        yield swarm

    monkeypatch.setattr(complaints, "open_swarm", opened)
    return complaints.complaints(SwarmApi("unix:///nowhere"), PLAN, NOW)


def test_those_that_a_call_goes_through_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Since our first request; a log that breaks off counts as far as it came, one that cannot be read is left out."""
    cut = LogIncompleteError("cut", logged("ERROR no worker"))
    swarm = Read(signaling="INFO fine|ERROR no room", mediasoup=cut, coturn=SwarmError("gone"))
    assert read(monkeypatch, swarm) == (
        ComplaintSeen(SIGNALING, "ERROR no room"),
        ComplaintSeen("translation_mediasoup", "ERROR no worker"),
    )
    assert swarm.asked == [
        (f"translation_{short}", NOW) for short in ("signaling", "mediasoup", "coturn", "redis")
    ]


def test_a_service_that_is_not_there_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its log would be an error."""
    swarm = Read()
    state = samples.sound().state
    assert state is not None
    left = tuple(service for service in state.services if service.name != SIGNALING)
    monkeypatch.setattr(swarm, "observe", lambda: replace(state, services=left))
    read(monkeypatch, swarm)
    assert SIGNALING not in dict(swarm.asked)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("2026-11-23 ERROR rooms are not swept", True), ('{"level":"error","msg":"x"}', True), ("panic: nil", True),
        ("connection refused by redis:6379", True), ("READONLY You can't write", True), ("all is well", False),
        ("errors: none of the terror", False), ("request refused method=GET path=/ status=404", False),
        ('GET /x 403 "denied"', False), ("GET /x failed with status 500", True), ("POST failed: 10.0.1.4 timed out", True),
        ("", False),
    ],
)  # fmt: skip
def test_which_lines_are_complaints(text: str, counts: bool) -> None:
    """What a program could not do; a visitor who was sent away is none."""
    assert bool(folded(SIGNALING, logged(text))) is counts


def test_alike_lines_are_one() -> None:
    """By all but numbers and ids, the most frequent first, each cut to a bounded length; four kinds at most."""
    lines = logged(
        "ERROR a", "ERROR at 10:01 in 7f3a9c21ee", "ERROR  at 10:02 in 0011223344", *(f"ERROR {c * 300}" for c in "uvwxyz")
    )  # fmt: skip
    found = folded(SIGNALING, lines)
    assert (found[0].text, found[0].count, len(found)) == ("ERROR at 10:02 in 0011223344", 2, 4)
    assert str(found[0]) == f"{SIGNALING} says: “ERROR at 10:02 in 0011223344” (2 times)"
    assert str(found[1]) == f"{SIGNALING} says: “ERROR a”"
    assert {len(each.text) for each in found[2:]} == {complaints.SHOWN}


def test_what_nobody_knows_quotes_them() -> None:
    """Only under the criteria that the service has a part in."""
    said = ComplaintSeen(SIGNALING, "ERROR out of cheese")
    seen = replace(
        samples.sound(),
        complaints=(said, ComplaintSeen("translation_tts", "ERROR no voice")),
        calls=(call(failed_step=StepName.ROOM_JOINED, error="no"),),
    )
    (cause,) = diagnose(seen, frozenset({"call"})).causes
    assert cause.id == "unknown"
    assert str(said) in cause.speaks_for
    assert not any("no voice" in text for text in cause.speaks_for)


WORDS = {
    "DENIED": "DENIED Redis is running in protected mode because protected mode is enabled",
    "NOAUTH": "HELLO must be called with the client already authenticated, otherwise the HELLO AUTH option",
    "WRONGPASS": "WRONGPASS invalid username-password pair or user is disabled.",
    "READONLY": "You can't write against a read only replica.",
    "MISCONF": "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist on disk.",
    "OOM": "command not allowed when used memory > 'maxmemory'.",
    "MAXCLIENTS": "ERR max number of clients reached",
    "LOADING": "LOADING Redis is loading the dataset in memory",
    "MASTERDOWN": "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    "CLUSTERDOWN": "CLUSTERDOWN Hash slot not served",
    "NOPERM": "User default has no permissions to run the 'set' command",
}


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.code)
def test_each_refusal_of_redis_is_told_from_the_others(refusal: Refusal) -> None:
    """As libraries pass it on, with or without its code; each has its own remedy."""
    code = refusal.code
    seen = stranded.store_refuses(f"error: {WORDS[code]}")
    found = diagnose(seen, frozenset({"call"})).explaining
    assert [cause.names("refusal") for cause in found] == [(code,)]
    assert len({each.remedy for each in REFUSALS}) == len(REFUSALS) == len(WORDS)


def test_redis_is_asked_itself_where_that_can_be() -> None:
    """An answer that begins with a minus sign is its own word; a PONG refuses nothing, nor does another service."""
    seen = stranded.store_wants_a_password()
    (cause,) = diagnose(seen, frozenset({"call"})).explaining
    assert cause.id == "redis-refuses"
    assert "answers “-NOAUTH Authentication required.”" in cause.speaks_for[0]
    assert seen.dependencies is not None
    cases: list[dict[str, Any]] = [{"said": "10.0.1.72 +PONG"}, {"how": "mute"}, {"host": "mediasoup"}]
    for over in cases:
        other = replace(seen, dependencies=(replace(seen.dependencies[0], **over),))
        assert "redis-refuses" not in diagnose(other, frozenset({"call"})).ids


@pytest.mark.parametrize(
    ("answer", "plain"),
    [("HTTP/1.1 200 OK", True), ("HTTP/1.0 404 Not Found", True), ("HTTP/1.1 400 Bad Request", False), ("", False),
     (None, False), ("SSH-2.0", False)],
)  # fmt: skip
def test_a_server_of_tls_answers_a_plain_question_with_400(answer: str | None, plain: bool) -> None:
    """So that answer does not show that the port speaks plainly."""
    assert speaks_http(answer) is plain
