"""A signaling server that lies or never ends: one typed error in time, few bytes held, nothing asked of another host."""

import asyncio
import contextlib
import logging
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.limits import Limits
from fixtures.observe.http.meter import METER, LoadExceededError
from fixtures.observe.signaling.dialling import Dial, SocketTransport
from fixtures.observe.signaling.errors import (
    ConnectError,
    ConnectTimeoutError,
    HandshakeStatusError,
    SignalingError,
    SignalingLostError,
    StrangeServerError,
)
from fixtures.observe.signaling.polling import TooFewReplicasError, poll_session, replicas_of
from fixtures.observe.signaling.socket_client import SignalingClient
from fixtures.target.reach import Reach
from tests.harness.stand_ins.hostile import Script, hostile, says
from tests.harness.stand_ins.hostile_http import answer, redirect
from tests.harness.stand_ins.hostile_socket import (
    FRAMES,
    GREETING,
    HANDSHAKES,
    OPENINGS,
    POLLS,
    frame,
    polling,
    websocket,
)
from tests.harness.stand_ins.plain_text import plain
from tests.harness.stand_ins.signaling_server import signaling_server

HOST = "api.test"
LIMITS = Limits(
    socket_connect_deadline_s=6.0,
    socket_ack_deadline_s=6.0,
    socket_event_deadline_s=6.0,
    socket_close_deadline_s=1.0,
)
BRIEF = replace(LIMITS, socket_connect_deadline_s=0.5)
WAITS = {"body byte by byte", "silence", "no namespace", "many 1xx"}
"""What nothing but the deadline ends, or not soon."""
Use = Callable[[Dial], Awaitable[object]]


async def _by_hand(dial: Dial) -> object:
    return await poll_session(dial, polls=2)


async def _as_client(dial: Dial) -> object:
    async with SignalingClient(dial) as client:
        return await client.expect("room-joined")


def _fails(
    script: Script, use: Use, transport: SocketTransport, limits: Limits = LIMITS
) -> tuple[SignalingError, int]:
    """The error, which came in time, is plain, and left nothing for asyncio to complain of; and the requests made."""
    allowed = (
        limits.socket_connect_deadline_s + limits.socket_event_deadline_s + limits.socket_close_deadline_s
    )
    complaints: list[str] = []

    async def run(dial: Dial) -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: complaints.append(context["message"])
        )
        await use(dial)

    with hostile(script) as served:
        dial = Dial(Reach({HOST: "127.0.0.1"}, limits=limits), HOST, served.port, "http", transport)
        before, began = METER.sent.get(HOST, 0), time.monotonic()
        with pytest.raises(SignalingError) as failed:
            asyncio.run(run(dial))
        assert time.monotonic() - began < allowed
        # A request that was counted may have been cut before it left, none may have left uncounted.
        assert METER.sent[HOST] - before - len(served.requests) in (0, 1)
    plain(failed.value)
    assert complaints == []
    return failed.value, len(served.requests)


@pytest.mark.parametrize("use", [_by_hand, _as_client], ids=["by hand", "client"])
@pytest.mark.parametrize("name", [each for each in HANDSHAKES if not each.startswith("cookie")])
def test_a_polling_handshake(name: str, use: Use) -> None:
    """Whatever answers it, no connection comes about, after one request, and the text holds the command to repeat it."""
    error, requests = _fails(HANDSHAKES[name], use, "polling", BRIEF if name in WAITS else LIMITS)
    assert isinstance(error, ConnectError)
    assert requests == 1
    assert "by hand: curl -i" in str(error)
    if (
        name != "many 1xx"
    ):  # ends by the deadline or by the bound of bytes, whichever the machine reaches first
        assert isinstance(error, ConnectTimeoutError) == (name in WAITS)
    assert isinstance(error, HandshakeStatusError) == name.startswith("400")


@pytest.mark.parametrize("name", ["cookie of octal escapes"])
@pytest.mark.parametrize("use", [_by_hand, _as_client], ids=["by hand", "client"])
def test_a_cookie_that_would_break_a_header(name: str, use: Use) -> None:
    """It is sent back as it was given, and nothing raises but our own errors."""
    _fails(HANDSHAKES[name], use, "polling")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("html", 'received "<!DOCTYPE html><html><body>It works!</body></html>"'),
        ("no sid", "the handshake has no usable sid: \"0{\"upgrades\": []"),
        ("bad utf-8", 'a polling answer is not UTF-8: "0\\xff\\xfe\\x80"'),
        ("ping interval of a year", "pingInterval is no number from 1 to 300000 ms"),
        ("body without end", "an answer has more than 1000000 bytes (socket_message_bytes_max): \"xxx"),
        ("gzip bomb", 'answered in content-encoding "gzip", which was not asked for'),
        ("no http", 'Bad status line: Expected HTTP/, RTSP/ or ICE/: "\\x15\\x03\\x01\\x00\\x02\\x02F"); wanted an HTTP answer'),
        ("redirect", 'answered 302, a redirect to "http://elsewhere.test/socket.io/?EIO=4&transport=polling", which is not'),
    ],
)  # fmt: skip
def test_what_is_said_of_a_handshake(name: str, said: str) -> None:
    """What came, escaped, and what was wanted of it."""
    assert said in str(_fails(HANDSHAKES[name], _as_client, "polling")[0])
    assert said in str(_fails(HANDSHAKES[name], _by_hand, "polling")[0])


@pytest.mark.parametrize("name", POLLS)
def test_a_poll(name: str) -> None:
    """A session that stands is given up for what it is then sent, and asked no more often than is allowed."""
    error, requests = _fails(POLLS[name](), _as_client, "polling")
    assert isinstance(error, SignalingLostError | StrangeServerError)
    assert requests <= LIMITS.socket_requests_max


@pytest.mark.parametrize("name", ["html", "bad utf-8", "event of 2 MB"])
def test_a_poll_by_hand(name: str) -> None:
    """The same without the library."""
    script = polling(last={"html": b"<html>", "bad utf-8": b"\xff"}.get(name, b"42" + b"x" * 2_000_000))
    error, requests = _fails(script, _by_hand, "polling")
    assert isinstance(error, StrangeServerError)
    assert requests == 3  # handshake, a packet, its answer


@pytest.mark.parametrize("name", OPENINGS)
def test_a_websockets_beginning(name: str) -> None:
    """No connection comes about, whatever answers instead of the upgrade or comes first over it."""
    error, requests = _fails(OPENINGS[name], _as_client, "websocket", BRIEF if name in WAITS else LIMITS)
    assert isinstance(error, ConnectTimeoutError if name in WAITS else StrangeServerError)
    assert requests == 1


@pytest.mark.parametrize("name", FRAMES)
def test_frames(name: str) -> None:
    """A websocket that stands is cut for what it is sent, long before anybody's deadline."""
    began = time.monotonic()
    error, _ = _fails(FRAMES[name], _as_client, "websocket")
    assert isinstance(error, ConnectError | SignalingLostError)
    assert not isinstance(error, ConnectTimeoutError)
    assert time.monotonic() - began < LIMITS.socket_connect_deadline_s


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("frame of 2**40 bytes", "Message size 1099511627776 exceeds limit 1000000"),
        ("fragments without end", "exceeds limit 1000000"),
        ("empty fragments without end", "more than 4000000 bytes came (socket_bytes_max)"),
        ("flood of events", "more than 2000 messages came (socket_messages_max)"),
        ("flood of control frames", "more than 2000 messages came (socket_messages_max)"),
        ("compressed bomb", "Received frame with non-zero reserved bits"),
        ("event of a number", 'received "42[7,{}]"; wanted a packet of Engine.IO and Socket.IO'),
        ("event deeper than we show", "the answer is nested deeper than 64"),
        ("attachment with no place", 'received "data", which is part of no message'),
    ],
)
def test_what_is_said_of_frames(name: str, said: str) -> None:
    """The limit by its name, or what came and what was wanted."""
    assert said in str(_fails(FRAMES[name], _as_client, "websocket")[0])


def test_a_server_that_never_answers_a_pong() -> None:
    """A ping of ours has no answer to wait for: what is not acknowledged ends by its own deadline."""
    brief = replace(LIMITS, socket_event_deadline_s=0.3)
    script = websocket(*GREETING, then=frame(b"2"), every_s=0.1)
    assert "no matching room-joined within 0.3 s" in str(_fails(script, _as_client, "websocket", brief)[0])


@pytest.mark.parametrize(
    "name", ["flood of events", "fragments without end", "frame of 2**63 bytes", "flood of pings"]
)
def test_frames_take_little_memory(name: str) -> None:
    """What is held of a flood stays below 24 MB, the bytes of a connection and what the parsers make of them."""
    assert _peak(FRAMES[name], "websocket") < 24_000_000


@pytest.mark.parametrize("name", ["body without end", "gzip bomb", "deep json", "headers without end"])
def test_an_answer_takes_little_memory(name: str) -> None:
    """Nothing is unpacked, and no more is held than one message may have."""
    assert _peak(HANDSHAKES[name], "polling") < 12_000_000


def _peak(script: Script, transport: SocketTransport) -> int:
    with hostile(script) as served:
        dial = Dial(Reach({HOST: "127.0.0.1"}, limits=LIMITS), HOST, served.port, "http", transport)
        tracemalloc.start()
        try:
            with contextlib.suppress(SignalingError):
                asyncio.run(_as_client(dial))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("transport", ["polling", "websocket", "upgrade"])
def test_no_redirect_is_followed(transport: SocketTransport) -> None:
    """The other host is asked nothing, and nothing is counted for it."""
    with hostile(says(answer(b"here"))) as elsewhere:
        to = f"http://127.0.0.1:{elsewhere.port}/socket.io/"
        before = METER.sent.get("127.0.0.1", 0)
        for status in ("301 M", "302 F", "303 S", "307 T", "308 P"):
            error, _ = _fails(redirect(status, to), _as_client, transport)
            assert f'a redirect to "{to}", which is not followed' in str(error)
        assert elsewhere.requests == []
    assert METER.sent.get("127.0.0.1", 0) == before


def test_replicas_are_not_looked_for_without_end() -> None:
    """A handshake that answers nonsense is one of the few that are allowed, each told."""
    with hostile(HANDSHAKES["html"]) as served:
        dial = Dial(Reach({HOST: "127.0.0.1"}, limits=LIMITS), HOST, served.port, "http", "polling")
        with pytest.raises(TooFewReplicasError, match=r"0 signaling replicas met in 3 .*received") as failed:
            asyncio.run(replicas_of(dial, want=1, limit=3))
        plain(failed.value)
        assert len(served.requests) == 3


def test_the_requests_that_a_run_may_make_end_a_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the meter refuses, whoever waits for the session is told so at once, though a library made the request."""

    def full(host: str) -> None:
        raise LoadExceededError("400 requests were sent, the most that a run may send")

    async def scenario() -> None:
        async with (
            signaling_server(tmp_path, limits=LIMITS) as served,
            SignalingClient(replace(served.dial, transport="polling")) as client,
        ):
            monkeypatch.setattr(METER, "note", full)
            with pytest.raises(SignalingLostError, match="400 requests were sent"):
                await client.call("echo", 1)

    logging.getLogger("asyncio").disabled = True  # the library drops the error that it was given
    try:
        asyncio.run(scenario())
    finally:
        logging.getLogger("asyncio").disabled = False
