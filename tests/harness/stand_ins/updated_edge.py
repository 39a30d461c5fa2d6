"""An edge with one replica behind it that can be told what to do while it is asked: on port 443 of a loopback address,
in a thread of its own, with pages, health and Socket.IO."""

import asyncio
import os
import ssl
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import engineio
import socketio
import trustme
from aiohttp import web

from fixtures.target.plan import load_plan
from fixtures.target.reach import Reach
from fixtures.target.values import Target
from tests.harness.stand_ins.sfu_stub import CAPABILITIES

HOSTS = ("jbcalling.site", "api.jbcalling.site")
SERVED_BY = "0123456789ab"


@dataclass
class UpdatedEdge:
    """`answers` is what HTTP is answered: a status, or `reset` for a connection that is broken off. `connections` counts
    those that came with HTTP other than Socket.IO's."""

    target: Target
    loop: asyncio.AbstractEventLoop
    sio: Any
    replica: str = "replica-1"
    answers: int | str = 200
    asked: int = 0
    refuses: bool = False
    rooms: list[str] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    sockets: set[asyncio.Transport] = field(default_factory=set)

    def do(self, what: Coroutine[Any, Any, Any]) -> None:
        """In the server's own loop, to its end."""
        asyncio.run_coroutine_threadsafe(what, self.loop).result(5.0)

    def goodbye(self, then: str) -> None:
        """Every socket is told by Engine.IO's CLOSE packet to go; from now on the replica is another one."""

        async def say() -> None:
            self.replica = then
            for socket in list(self.sio.eio.sockets.values()):
                # Taken by the write loop of a websocket, or by the next poll; a socket that is closed answers no poll.
                await socket.send(engineio.packet.Packet(engineio.packet.CLOSE))

        self.do(say())

    def cut(self) -> None:
        """Every connection under a socket breaks, with nothing said."""

        async def break_off() -> None:
            for transport in list(self.sockets):
                transport.abort()
            self.sio.eio.sockets.clear()

        self.do(break_off())


def _http(edge: UpdatedEdge) -> Any:  # noqa: ANN401 - aiohttp's handler
    async def answer(request: web.Request) -> web.StreamResponse:
        edge.asked += 1
        edge.connections.add(id(request.transport))
        if edge.answers == "reset":
            if isinstance(request.transport, asyncio.Transport):
                request.transport.abort()
            return web.Response()
        body = '{"status":"healthy"}' if request.path == "/health" else "<!doctype html>"
        return web.Response(status=int(edge.answers), text=body, headers={"X-Served-By": SERVED_BY})

    return answer


def _middleware(edge: UpdatedEdge) -> Any:  # noqa: ANN401
    @web.middleware
    async def keep(request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401
        if request.path.startswith("/socket.io/"):
            if isinstance(request.transport, asyncio.Transport):
                edge.sockets.add(request.transport)
            if edge.refuses:
                return web.Response(status=502, text="Bad Gateway")
        answer: web.StreamResponse = await handler(request)
        return answer

    return keep


async def _stick(edge: UpdatedEdge, request: web.Request, response: web.StreamResponse) -> None:
    if "sid" in request.query:  # of a session that its replica still answers
        return
    response.headers.add("Set-Cookie", f"signaling_replica={edge.replica}; Path=/; Secure; HttpOnly")


def _socketio(rooms: list[str]) -> Any:  # noqa: ANN401 - python-socketio ships no types
    sio = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins="*")

    async def connect(sid: str, environ: dict[str, Any]) -> None:
        await sio.emit("connected", {"socket_id": sid}, to=sid)

    async def join(sid: str, payload: dict[str, str]) -> None:
        room = payload["roomId"]
        rooms.append(room)
        joined = {"roomId": room, "userId": sid, "rtpCapabilities": CAPABILITIES, "users": []}
        await sio.emit("room-joined", joined, to=sid)

    async def capabilities(sid: str, payload: dict[str, str]) -> dict[str, Any]:
        if payload["roomId"] not in rooms:
            return {"error": f"you are not in room {payload['roomId']}"}
        return {"rtpCapabilities": CAPABILITIES}

    sio.on("connect", connect)
    sio.on("join_room", join)
    sio.on("getRouterRtpCapabilities", capabilities)
    return sio


async def _cancel_the_rest() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


@contextmanager
def updated_edge(folder: Path) -> Iterator[UpdatedEdge]:
    """The edge, while the block lasts; PermissionError where port 443 is not for this user."""
    number, authority, ca_file = os.getpid(), trustme.CA(), folder / "ca.pem"
    address = f"127.44.{number >> 8 & 255}.{number & 255 or 1}"
    authority.cert_pem.write_to_path(str(ca_file))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*HOSTS).configure_cert(tls)
    reach = Reach(dict.fromkeys(HOSTS, address), ca_file)
    target = Target("stand-in", reach, load_plan("a"), sticky_cookie="signaling_replica")
    loop, rooms = asyncio.new_event_loop(), list[str]()
    sio = _socketio(rooms)
    edge = UpdatedEdge(target, loop, sio, rooms=rooms)
    app = web.Application(middlewares=[_middleware(edge)])
    app.router.add_get("/", _http(edge))
    app.router.add_get("/health", _http(edge))
    sio.attach(app)
    app.on_response_prepare.append(partial(_stick, edge))
    runner = web.AppRunner(app, shutdown_timeout=0.1)

    async def start() -> None:
        await runner.setup()
        await web.TCPSite(runner, address, 443, ssl_context=tls).start()

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        edge.do(start())
        yield edge
    finally:
        edge.do(runner.cleanup())
        edge.do(_cancel_the_rest())  # pings that sleep, polls that wait
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5.0)
        loop.close()
