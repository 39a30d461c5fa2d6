"""Silence is waited for to its deadline, until its cause is known."""

import asyncio
import pickle
import threading
import time

import pytest

from fixtures.limits import Limits
from fixtures.observe.http import requests
from fixtures.observe.http.attempts import Failure
from fixtures.target.patience import NOT_WAITED_OUT, Patience, Wait
from fixtures.target.reach import Reach

LONG_S = 30.0
CAUSE = "overlay cut into translation03 (proved)"


def _silence(patience: Patience, deadline_s: float) -> str:
    """Wait for what never comes; what is said of it."""

    async def wait() -> str:
        try:
            async with patience.timeout(deadline_s) as waiting:
                await asyncio.Event().wait()
        except TimeoutError:
            return waiting.reason
        return "answered"

    return asyncio.run(wait())


def test_without_a_cause_the_deadline_holds() -> None:
    patience = Patience(silence_s=0.01)
    began = time.monotonic()
    assert _silence(patience, 0.2) == "not done within 0.2 s"
    assert time.monotonic() - began >= 0.2
    assert patience.waits_cut == 0


def test_a_known_cause_ends_the_wait_and_is_said() -> None:
    patience = Patience(silence_s=0.1)
    patience.learn(CAUSE)
    began = time.monotonic()
    said = _silence(patience, LONG_S)
    assert time.monotonic() - began < LONG_S / 3
    assert (said, patience.waits_cut) == (f"{NOT_WAITED_OUT} after 0.1 s: {CAUSE}", 1)


def test_a_cause_that_is_found_meanwhile_ends_the_wait_too() -> None:
    """Whoever is silent first has the cause looked for, from another thread, and is told of it."""
    patience = Patience(silence_s=0.05, ask_after_s=0.05)
    asked: list[int] = []

    def ask() -> None:
        asked.append(1)
        threading.Timer(0.2, patience.learn, [CAUSE]).start()

    patience.ask = ask
    began = time.monotonic()

    async def many() -> list[str]:
        return await asyncio.gather(*(asyncio.to_thread(_silence, patience, LONG_S) for _ in range(3)))

    said = asyncio.run(many())
    assert time.monotonic() - began < LONG_S / 3
    assert all(each.startswith(NOT_WAITED_OUT) and each.endswith(CAUSE) for each in said)
    assert (asked, patience.waits_cut) == ([1], 3)


def test_a_deadline_that_is_shorter_stands() -> None:
    patience = Patience(silence_s=LONG_S)
    patience.learn(CAUSE)
    assert _silence(patience, 0.05) == "not done within 0.05 s"
    assert patience.waits_cut == 0


def test_who_answers_is_not_cut() -> None:
    patience = Patience(silence_s=0.5, ask_after_s=0.0)
    patience.ask = lambda: patience.learn(CAUSE)

    async def answered() -> str:
        async with patience.timeout(LONG_S):
            await asyncio.sleep(0.1)  # the answer's way
        return "answered"

    assert asyncio.run(answered()) == "answered"
    assert patience.waits_cut == 0


def test_the_first_cause_stays() -> None:
    patience = Patience(silence_s=0.01)
    patience.learn(CAUSE)
    patience.learn("another")
    assert _silence(patience, LONG_S).endswith(CAUSE)


def test_a_copy_knows_nothing_and_asks_nobody() -> None:
    patience = Patience(ask=lambda: None, silence_s=1.0, cause=CAUSE)
    assert pickle.loads(pickle.dumps(patience)) == Patience()


def test_a_request_that_is_silent_says_why_it_was_not_waited_out() -> None:
    """Over a real socket that accepts and says nothing; what was being waited for stays the failure."""

    async def asked() -> tuple[Failure | None, str, bool]:
        held: list[asyncio.StreamWriter] = []
        server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            patience = Patience(silence_s=0.1)
            patience.learn(CAUSE)
            reach = Reach({"silent.test": "127.0.0.1"}, limits=Limits(), patience=patience)
            seen = await requests.request(reach, f"http://silent.test:{port}/")
            for writer in held:
                writer.close()
        return seen.failure, seen.error, seen.cut_short

    failure, error, cut_short = asyncio.run(asked())
    assert (failure, cut_short) == (Failure.NO_FIRST_BYTE, True)
    assert error == f"{NOT_WAITED_OUT} after 0.1 s: {CAUSE}; last phase reached: sent"


@pytest.mark.parametrize("deadline_s", [0.05])
def test_a_request_at_its_deadline_was_waited_out(deadline_s: float) -> None:
    async def asked() -> tuple[str, bool]:
        held: list[asyncio.StreamWriter] = []
        server = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reach = Reach({"silent.test": "127.0.0.1"})
            seen = await requests.request(reach, f"http://silent.test:{port}/", deadline_s=deadline_s)
            for writer in held:
                writer.close()
        return seen.error, seen.cut_short

    error, cut_short = asyncio.run(asked())
    assert error.startswith("not done within 0.05 s")
    assert not cut_short


def test_a_wait_that_ended_with_its_loop_keeps_no_other_from_being_told() -> None:
    """Between the cause and the word of it a wait may end, and its loop be closed: the others are cut all the same."""
    gone = asyncio.new_event_loop()
    gone.close()
    patience = Patience(silence_s=0.1, ask_after_s=0.05)
    patience._open.append(Wait(LONG_S, "", gone, 0.0, asyncio.Timeout(None)))
    patience.ask = lambda: patience.learn(CAUSE)
    began = time.monotonic()
    assert _silence(patience, LONG_S).endswith(CAUSE)
    assert time.monotonic() - began < LONG_S / 3
