"""Answers with a Content-Length.

Engine.IO's ASGI answers have none and so go out chunked. Traefik passes a chunked answer on at once, and when
that happens before it has seen the end of the request's body it closes that body under its own transport and
cuts the answer short (traefik/traefik#11767, golang/go#40747): one polling POST in a hundred arrived with status
200 and no body. An answer whose length is known is read whole first.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def sized(application: Application) -> Application:
    """`application`, with the length told on every HTTP answer that comes in one piece."""

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await application(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                held.append(message)
                return
            if held:
                start = held.pop()
                if not message.get("more_body", False) and not _has_length(start):
                    length = str(len(message.get("body", b""))).encode()
                    start = {**start, "headers": [*start.get("headers", ()), (b"content-length", length)]}
                await send(start)
            await send(message)

        await application(scope, receive, hold)

    return wrapped


def _has_length(start: Message) -> bool:
    return any(name.lower() == b"content-length" for name, _ in start.get("headers", ()))
