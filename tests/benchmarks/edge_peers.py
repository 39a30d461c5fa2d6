"""Edges, signaling servers, relays and visitors that lie or never end, and what the suite says of each."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial

from fixtures.limits import Limits
from fixtures.observe.http.access_log import AccessLine, parse_line
from fixtures.observe.http.requests import request
from fixtures.observe.signaling.dialling import Dial, SocketTransport
from fixtures.observe.signaling.errors import SignalingError
from fixtures.observe.signaling.polling import poll_session
from fixtures.observe.signaling.socket_client import SignalingClient
from fixtures.observe.turn.relay_client import allocation_of
from fixtures.observe.turn.values import TurnAccess, TurnError, credential
from fixtures.target.reach import Reach
from lab.text.secrets import Secret
from tests.harness.stand_ins import hostile_http, hostile_socket, hostile_turn
from tests.harness.stand_ins.hostile import Script, hostile

HOST = "peer.test"
SHORT = Limits(
    edge_deadline_s=5.0,
    socket_connect_deadline_s=5.0,
    socket_event_deadline_s=5.0,
    socket_close_deadline_s=1.0,
    turn_answer_deadline_s=3.0,
)
"""Nobody measures longer for a deadline of forty seconds: that it holds is seen in five."""
REACH = Reach({HOST: "127.0.0.1"}, limits=SHORT)
VISITOR = '10.0.0.2 - - [01/Jan/2026:00:00:00 +0000] "GET /{} HTTP/1.1" 200 1 "-" "{}" 1 "r" "http://10.0.0.3:80" 1ms'
PARSED_BYTES = 40_000
for window in (15, 31):
    hostile_http.gzip_bomb(window)  # packed here, so that no case is charged for it


def _edge(script: Script) -> str:
    with hostile(script) as served:
        made = asyncio.run(request(REACH, f"http://{HOST}:{served.port}/"))
        return f"{made.outcome}, {made.body_bytes} B of body, {len(served.requests)} requests: {made.error}"


async def _by_hand(dial: Dial) -> str:
    return f"session {(await poll_session(dial, polls=2)).sid}"


async def _as_client(dial: Dial) -> str:
    async with SignalingClient(dial) as client:
        return f"came: {(await client.expect('room-joined')).name}"


def _signaling(
    script: Script, transport: SocketTransport, use: Callable[[Dial], Coroutine[None, None, str]]
) -> str:
    with hostile(script) as served:
        try:
            return asyncio.run(use(Dial(REACH, HOST, served.port, "http", transport)))
        except SignalingError as error:
            return f"{type(error).__name__}, {len(served.requests)} requests: {error}"


def _session(made: Callable[[], Script]) -> str:
    return _signaling(made(), "polling", _as_client)


def _relay(answers: hostile_turn.Answers, transport: str) -> str:
    with hostile_turn.hostile_turn(answers, SHORT, transport) as server:
        try:
            return str(asyncio.run(allocation_of(TurnAccess(server, credential(Secret("north"), 600)))))
        except TurnError as error:
            return f"{type(error).__name__}: {error}"


def _visitor(written: str) -> str:
    much = written * (PARSED_BYTES // len(written))
    read = [parse_line(VISITOR.format(much, "-")), parse_line(VISITOR.format("", much)), parse_line(much)]
    whole = sum(isinstance(each, AccessLine) for each in read)
    return f"{whole} of 3 lines of {PARSED_BYTES} bytes read"


CASES: dict[str, Callable[[], str]] = {
    **{
        f"edge: {name}": partial(_edge, script)
        for group in (hostile_http.NO_HEAD, hostile_http.NO_BODY, hostile_http.ODD)
        for name, script in group.items()
    },
    **{
        f"polling: {name}": partial(_signaling, script, "polling", _by_hand)
        for name, script in hostile_socket.HANDSHAKES.items()
    },
    **{
        f"client by polling: {name}": partial(_signaling, script, "polling", _as_client)
        for name, script in hostile_socket.HANDSHAKES.items()
    },
    **{
        f"session by polling: {name}": partial(_session, script)
        for name, script in hostile_socket.POLLS.items()
    },
    **{
        f"websocket: {name}": partial(_signaling, script, "websocket", _as_client)
        for group in (hostile_socket.OPENINGS, hostile_socket.FRAMES)
        for name, script in group.items()
    },
    **{
        f"relay by {transport}: {name}": partial(_relay, answers, transport)
        for transport in ("udp", "tcp")
        for name, answers in hostile_turn.WAYS.items()
    },
    **{
        f"access log: {name}": partial(_visitor, written)
        for name, written in {
            "letters": "a",
            "quotes": '" "',
            "statuses": '" 200 5 "',
            "labels": "com.docker.=",
        }.items()
    },
}
