"""An end that drops nobody: told to stop, a replica serves on for a while, says goodbye, and only then ends."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

import engineio
import uvicorn

GOODBYE_S = 3.0
"""A websocket takes the goodbye at once, a client that polls with its next poll."""


class Drained(uvicorn.Server):
    """Ends after `hand_over`, which is begun by the first signal; a second signal ends it at once."""

    def __init__(self, config: uvicorn.Config, hand_over: Callable[[], Awaitable[None]] | None) -> None:
        super().__init__(config)
        self._hand_over = hand_over
        self._handing: asyncio.Task[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._hand_over is None or self._handing is not None or sig != signal.SIGTERM:
            super().handle_exit(sig, frame)
            return
        loop = asyncio.get_running_loop()  # Python runs the handlers of signals in the loop's thread
        self._handing = loop.create_task(self._end(self._hand_over, sig))
        loop.call_soon_threadsafe(lambda: None)  # wakes a loop that waits for the network

    async def _end(self, hand_over: Callable[[], Awaitable[None]], sig: int) -> None:
        try:
            await hand_over()
        finally:
            super().handle_exit(sig, None)


async def say_goodbye(sockets: list[Any]) -> None:
    """Engine.IO's CLOSE packet to each socket: its client connects again at once, and not after a timeout.

    The socket itself stays open until the packet was taken: one that is closed answers no poll.
    """

    async def say(socket: Any) -> None:
        await socket.send(engineio.packet.Packet(engineio.packet.CLOSE))
        await socket.queue.join()

    told = [asyncio.create_task(say(socket)) for socket in sockets if not socket.closed]
    if told:
        await asyncio.wait(told, timeout=GOODBYE_S)
