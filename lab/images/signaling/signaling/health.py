"""`GET /health`, and 404 for everything that is neither that nor Socket.IO."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

HEALTHY = "healthy"
"""The status that is answered with 200; with any other the Swarm sends nobody here."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class HealthPage:
    """ASGI application around a function that gives the health as a JSON object."""

    def __init__(self, health: Callable[[], dict[str, Any]]) -> None:
        self._health = health

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._answer(scope, send)

    async def _answer(self, scope: Scope, send: Send) -> None:
        status, content = 404, {"error": "not found"}
        if scope["path"] == "/health":
            content = self._health()
            status = 200 if content["status"] == HEALTHY else 503
        if scope["method"] not in ("GET", "HEAD"):
            status, content = 405, {"error": "only GET"}
        body = json.dumps(content).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
