"""Polls of a session whose replica drains: the edge sends them to another replica by now, which passes them on."""

import asyncio
import logging
import time
from collections.abc import Callable, Container
from urllib.parse import parse_qs

import httpx

from .sized import Application, Message, Receive, Send
from .store import Store, StoreError

log = logging.getLogger("signaling")

POLL_S = 40.0
"""A poll is answered by the next ping at the latest, after 10 s."""
WRITTEN_S = 5.0
"""The edge knows before the replica that it is to end: the Swarm's agent waits 2 s for its network to learn of it before it
stops a container (moby, daemon/cluster/executor/container: defaultGossipConvergeDelay). So long, and as long again on a busy
machine, its sessions are waited for."""
LOOK_S = 0.1
PASSED = b"x-passed-on"
"""On a request that was passed on: whoever gets it answers it, so that none goes in a circle."""
BODY_MAX = 1_000_000
"""Bytes. What Engine.IO takes itself, as `max_http_buffer_size`; it answers more with 400, and so do we."""
TAKEN_ALONG = ("content-type", "origin", "accept", "user-agent")


def session_of(scope: Message) -> str:
    """The Engine.IO session that a request by polling belongs to, empty where it opens one, or is something else."""
    query = parse_qs(scope.get("query_string", b"").decode("ascii", "replace"))
    polls = scope["type"] == "http" and query.get("transport") == ["polling"]
    if any(name.lower() == PASSED for name, _ in scope.get("headers", ())):
        return ""
    return query.get("sid", [""])[0] if polls else ""


class MovedSessions:
    """`application`, and for sessions that it does not have, the draining replica that does.

    A session that no replica has handed over is answered as ever: an edge that does not keep a session to its replica
    shows by that.
    """

    def __init__(self, application: Application, own: Callable[[], Container[str]], store: Store) -> None:
        self._application, self._own, self._store = application, own, store
        self._http = httpx.AsyncClient(timeout=POLL_S, trust_env=False, limits=httpx.Limits())

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        session = session_of(scope)
        home = "" if not session or session in self._own() else await self._home_of(session)
        if home:
            await self._pass_on(home, scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _home_of(self, session: str) -> str:
        until = time.monotonic() + WRITTEN_S
        while True:
            try:
                home = await self._store.home_of(session)
            except StoreError:
                return ""
            if home or time.monotonic() > until:
                return home
            await asyncio.sleep(LOOK_S)

    async def _pass_on(self, home: str, scope: Message, receive: Receive, send: Send) -> None:
        try:
            body = await _read(receive)
        except _GoneError:
            return
        except _TooLargeError:
            log.warning("error: a poll of a session that was handed over has more than %d bytes", BODY_MAX)
            await _answer(send, 400, [], b"")
            return
        headers = [(name, value) for name, value in scope["headers"] if name.decode() in TAKEN_ALONG]
        # As it comes: what httpx unpacks would no longer be what its headers say.
        headers += [(PASSED, b"yes"), (b"accept-encoding", b"identity")]
        url = f"http://{home}{scope['path']}?{scope['query_string'].decode()}"
        try:
            answer = await self._http.request(scope["method"], url, content=body, headers=headers)
        except httpx.HTTPError as error:
            log.warning("error: the replica at %s drains and did not answer: %s", home, type(error).__name__)
            await _answer(send, 400, [], b"")
            return
        kept = [
            (n, v) for n, v in answer.headers.raw if n.lower() not in (b"connection", b"transfer-encoding")
        ]
        await _answer(send, answer.status_code, kept, answer.content)


class _GoneError(Exception):
    """Who asked went away before the request was whole."""


class _TooLargeError(Exception):
    """The request has more than BODY_MAX."""


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _GoneError
        body += message.get("body", b"")
        if len(body) > BODY_MAX:
            raise _TooLargeError
        if not message.get("more_body", False):
            return body


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
