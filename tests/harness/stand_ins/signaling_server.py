"""A real python-socketio server on 127.0.0.1, with TLS, to try the signaling client against."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import socketio
import trustme
from aiohttp import web

from fixtures.limits import Limits
from fixtures.observe.signaling.dialling import Dial
from fixtures.target.reach import Reach
from tests.harness.stand_ins.sfu_stub import CAPABILITIES, Handler

HOST = "api.signaling.test"
ALLOWED = f"https://{HOST}"
PATIENT = Limits(socket_connect_deadline_s=5.0, socket_ack_deadline_s=2.0)
"""A server on this machine answers in milliseconds: a test that waits longer hangs."""


@dataclass
class Served:
    """A server that runs: how to dial it, and what it saw."""

    dial: Dial
    cookies: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    sio: Any = None


@asynccontextmanager
async def signaling_server(
    folder: Path,
    handlers: dict[str, Handler] | None = None,
    *,
    replica: str = "replica-1",
    limits: Limits = PATIENT,
) -> AsyncGenerator[Served, None]:
    """Serve HOST on 127.0.0.1; every answer sets the sticky cookie `_sticky` to `replica`.

    `handlers` maps event names to `async (sid, payload) -> acknowledgement`; None names never acknowledge.
    """
    authority = trustme.CA()
    ca_file = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(tls)
    sio = _socketio_server(handlers or {})
    app = web.Application()
    sio.attach(app)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    served = Served(Dial(Reach({HOST: "127.0.0.1"}, ca_file, limits), HOST))
    app.on_response_prepare.append(_stick(served, replica))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    served.dial = replace(served.dial, port=port)
    served.sio = sio
    sio.on("disconnect", lambda sid, reason: served.left.append(sid))
    try:
        yield served
    finally:
        await sio.shutdown()
        await runner.cleanup()


def _socketio_server(handlers: dict[str, Handler]) -> Any:  # noqa: ANN401 - python-socketio ships no types
    sio = socketio.AsyncServer(async_mode="aiohttp", cors_allowed_origins=[ALLOWED])

    async def connect(sid: str, environ: dict[str, Any]) -> None:
        await sio.emit("connected", {"socket_id": sid}, to=sid)

    async def answer_never(sid: str, payload: object) -> None:
        await asyncio.Event().wait()

    async def refuse(sid: str, payload: object) -> dict[str, str]:
        return {"error": "room is full"}

    async def echo(sid: str, payload: object) -> object:
        return payload

    async def join(sid: str, payload: dict[str, str]) -> None:
        room = payload["roomId"]
        joined = {"roomId": room, "userId": sid, "rtpCapabilities": CAPABILITIES, "users": []}
        await sio.emit("room-joined", joined, to=sid)

    sio.on("connect", connect)
    builtin: dict[str, Handler] = {
        "echo": echo,
        "refuse": refuse,
        "silent": answer_never,
        "join_room": join,
    }
    for name, handler in {**builtin, **handlers}.items():
        sio.on(name, handler)
    return sio


def _stick(served: Served, replica: str) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    async def set_cookie(request: web.Request, response: web.StreamResponse) -> None:
        served.cookies.append(request.headers.get("Cookie", ""))
        response.headers.add("Set-Cookie", f"_sticky={replica}; Path=/; Secure; HttpOnly")

    return set_cookie
