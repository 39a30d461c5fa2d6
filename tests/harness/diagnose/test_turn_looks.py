"""Second looks at a TURN server that did not allocate: credentials that last longer, and its port by TCP."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.diagnose import turn_looks
from fixtures.diagnose.observations import TurnSeen
from fixtures.limits import Limits
from fixtures.observe.turn.values import (
    TurnAccess,
    TurnBrokenError,
    TurnError,
    TurnRefusedError,
    TurnServer,
    TurnSilentError,
    TurnUnreachableError,
    access_to,
    credential,
)
from lab.text.secrets import Secret

SECRET = Secret("north")
SERVER = TurnServer("media.example", "192.0.2.7", 3478, limits=Limits(turn_answer_deadline_s=0.2))
OURS = TurnAccess(SERVER, credential(SECRET, 600))
REFUSED, SILENT = TurnRefusedError("no", 401, "Unauthorized", True), TurnSilentError("nothing")
Answer = Callable[[TurnAccess], TurnError | None]


def looked(error: TurnError, answer: Answer, monkeypatch: pytest.MonkeyPatch) -> list[TurnSeen]:
    async def allocation_of(access: TurnAccess) -> None:
        found = answer(access)
        if found is not None:
            raise found

    monkeypatch.setattr(turn_looks, "allocation_of", allocation_of)
    return list(turn_looks.why_refused(OURS, SECRET, error))


def by_a_clock(ahead_s: int) -> Answer:
    """A server with our secret whose clock is ahead."""
    now = OURS.credential.expires - 600
    return lambda access: None if access.credential.expires > now + ahead_s else REFUSED


@pytest.mark.parametrize(
    ("ahead_s", "words"),
    [
        (3600, "that lasts 2 h is taken"), (6 * 3600, "that lasts 26 h is taken"), (90_000, "that lasts 26 h is taken"),
        (200 * 86_400, "that lasts 8784 h is taken"),
    ],
)  # fmt: skip
def test_a_clock_that_is_ahead_shows_in_what_lasts_longer(
    ahead_s: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shortest credential that is taken is told; an hour, some hours, a day, half a year."""
    (seen,) = looked(REFUSED, by_a_clock(ahead_s), monkeypatch)
    assert (seen.what, seen.well) == ("window", True)
    assert seen.detail.endswith(words)


def test_another_secret_refuses_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is no clock."""
    (seen,) = looked(REFUSED, lambda access: REFUSED, monkeypatch)
    assert (seen.what, seen.well) == ("window", False)
    assert "2, 26, 8784 h are refused as well" in seen.detail


def test_a_fixed_users_credential_is_not_made_to_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no expiry, so no clock can be wrong: that much is known without asking."""
    monkeypatch.setattr(turn_looks, "allocation_of", lambda access: pytest.fail("it was asked"))
    access = access_to(replace(SERVER, user="jbcalling"), SECRET)
    (seen,) = turn_looks.why_refused(access, SECRET, REFUSED)
    assert (seen.what, seen.well) == ("window", False)
    assert seen.detail == "the credential is that of jbcalling, which does not expire"


@pytest.mark.parametrize("error", [TurnRefusedError("q", 486, "Quota", True), TurnBrokenError("b")])
def test_what_says_enough_is_not_asked_again(error: TurnError, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another code, words that are none."""
    assert looked(error, lambda access: pytest.fail("it was asked"), monkeypatch) == []


def test_a_port_that_accepts_and_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """By TCP the kernel accepts for a process that hangs; one that answers there has its datagrams dropped."""

    async def accepts(address: str, port: int) -> None:
        assert (address, port) == ("192.0.2.7", 3478)

    monkeypatch.setattr(turn_looks, "_connects", accepts)
    (seen,) = looked(SILENT, lambda access: SILENT if access.server.transport == "tcp" else None, monkeypatch)
    assert (seen.what, seen.well) == ("listens", False)
    assert seen.detail.endswith("3478/tcp accepts the connection, and never answers")
    (seen,) = looked(SILENT, lambda access: None, monkeypatch)
    assert (seen.what, seen.well) == ("listens", True)
    (seen,) = looked(SILENT, lambda access: REFUSED, monkeypatch)
    assert (seen.what, seen.well, seen.detail) == ("listens", True, "no")


def test_a_port_that_nobody_accepts_at_is_not_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused, or dropped on the way: then it is not known to be stalled, and a firewall is likelier."""

    async def refuses(address: str, port: int) -> None:
        raise ConnectionRefusedError

    async def hangs(address: str, port: int) -> None:
        await asyncio.sleep(30)

    for connects, why in ((refuses, "(connection refused)"), (hangs, "within ")):
        monkeypatch.setattr(turn_looks, "_connects", connects)
        (seen,) = looked(SILENT, lambda access: None, monkeypatch)
        assert (seen.what, seen.well) == ("reached", False)
        assert f"3478/tcp takes no connection {why}" in seen.detail
    (seen,) = looked(TurnUnreachableError("closed"), lambda access: None, monkeypatch)
    assert (seen.what, seen.detail) == ("reached", "closed")
