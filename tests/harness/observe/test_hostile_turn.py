"""A relay that sends what is no TURN, or too much: one typed error within its deadline, and the first bytes of what came."""

import asyncio
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from fixtures.limits import Limits
from fixtures.observe.turn.relay_client import allocation_of, refusal_of
from fixtures.observe.turn.trip import round_trip
from fixtures.observe.turn.values import (
    Allocation,
    TurnAccess,
    TurnBrokenError,
    TurnError,
    TurnRefusedError,
    TurnServer,
    TurnSilentError,
    credential,
)
from lab.text.secrets import Secret
from tests.harness.stand_ins.hostile_turn import (
    CONTENT,
    DATA,
    PEER,
    WAYS,
    Answers,
    address,
    allocated,
    attribute,
    hostile_turn,
    message,
    once,
)
from tests.harness.stand_ins.plain_text import plain

LIMITS = Limits(turn_answer_deadline_s=0.4, relay_trip_deadline_s=0.3)
PATIENT = Limits(turn_answer_deadline_s=5.0, relay_trip_deadline_s=0.3)
REFUSALS = {
    "error with a reason of 60 kB": 500,
    "error with control characters": 403,
    "challenge again and again": 401,
    "try another server": 300,
}
"""What is a refusal, however odd, with its code."""


def _access(server: TurnServer) -> TurnAccess:
    return TurnAccess(server, credential(Secret("north"), 600))


def _fails(answers: Answers, transport: str, limits: Limits = LIMITS, every_s: float = 0.0) -> TurnError:
    complaints: list[str] = []

    async def run(server: TurnServer) -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: complaints.append(context["message"])
        )
        await allocation_of(_access(server))

    with hostile_turn(answers, limits, transport, every_s) as server:
        began = time.monotonic()
        with pytest.raises(TurnError) as failed:
            asyncio.run(run(server))
        assert time.monotonic() - began < 2 * limits.turn_answer_deadline_s + 1
    assert complaints == []
    plain(failed.value)
    return failed.value


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("name", WAYS)
def test_what_is_no_answer(name: str, transport: str) -> None:
    """Each way is named for what it is: silence, a refusal, or a server that does not speak TURN."""
    error = _fails(WAYS[name], transport)
    silent = name == "nothing" or (name == "empty" and transport == "tcp")
    kind = TurnSilentError if silent else TurnRefusedError if name in REFUSALS else TurnBrokenError
    assert type(error) is kind
    if isinstance(error, TurnRefusedError):
        assert error.code == REFUSALS[name]
    assert len(str(error)) < 700


@pytest.mark.parametrize(
    ("name", "transport", "said"),
    [
        ("letters", "udp", 'the server sent no TURN answer to it (1 message, the first: "SSH-2.0-OpenSSH_9.2p1 Debian\\r\\n")'),
        ("http", "tcp", 'the first: "HTTP/1.1 400 Bad Request\\r\\nConnection: close\\r\\n\\r\\n")'),
        ("error with control characters", "udp", "403 \\x1b[2Jno"),
        ("lifetime zero", "udp", "for 0 s; wanted ports, and 20 s or more"),
        ("relayed at port 0", "tcp", "it relays at 127.0.0.1:0"),
        ("error without a code", "udp", "refused without an error code"),
        ("flood of letters", "udp", "more than 1000 messages came (turn_messages_max)"),
        ("flood of data", "tcp", "more than 1000 messages came (turn_messages_max)"),
    ],
)  # fmt: skip
def test_what_is_said(name: str, transport: str, said: str) -> None:
    """What came, escaped, and what was wanted, or the limit by its name."""
    limits = PATIENT if "flood" in name else LIMITS
    assert said in str(_fails(WAYS[name], transport, limits))


def test_byte_by_byte() -> None:
    """A sound answer that comes by TCP byte by byte in time is one; what did not come whole is told as far as it came."""
    with hostile_turn(once(allocated), PATIENT, "tcp", every_s=0.005) as server:
        given = asyncio.run(allocation_of(_access(server)))
        assert isinstance(given, Allocation)
        assert (given.relayed_host, given.challenged) == ("127.0.0.1", False)
    error = _fails(once(allocated), "tcp", every_s=0.1)
    assert "the first: \"\\x01\\x03\\x00" in str(error)  # fmt: skip


def test_messages_that_come_in_one_piece_are_cut_apart() -> None:
    """Two answers in one segment, the first to nobody: the second is read."""

    def both(request: bytes) -> bytes:
        return message(0x0103, request, transaction=b"x" * 12) + allocated(request)

    with hostile_turn(once(both), PATIENT, "tcp") as server:
        assert asyncio.run(allocation_of(_access(server))).relayed_port == 9


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_flood_after_the_grant_ends_the_trip(transport: str) -> None:
    """An allocation that was given is no leave to send without end."""

    def granted(request: bytes) -> Iterator[bytes]:
        yield allocated(request)
        while True:
            yield message(DATA, request, address(PEER), attribute(CONTENT, b"d" * 1000))

    with (
        hostile_turn(granted, PATIENT, transport) as server,
        pytest.raises(TurnError, match="turn_messages_max"),
    ):
        asyncio.run(round_trip(_access(server)))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("name", ["flood of data", "flood of letters", "challenge with a nonce of 60 kB"])
def test_a_flood_takes_little_memory(name: str, transport: str) -> None:
    """No more is kept than what is counted, and of each message no more than a packet holds."""
    tracemalloc.start()
    try:
        _fails(WAYS[name], transport, LIMITS)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_a_refusal_is_asked_for_as_before() -> None:
    """Whoever looks for a refusal gets it as a value, and what is no TURN as an error."""
    with hostile_turn(WAYS["challenge again and again"], PATIENT) as server:
        refusal = asyncio.run(refusal_of(_access(server)))
        assert refusal is not None
        assert (refusal.code, refusal.challenged) == (401, True)
    with hostile_turn(WAYS["letters"], LIMITS) as server, pytest.raises(TurnBrokenError):
        asyncio.run(refusal_of(_access(server)))
