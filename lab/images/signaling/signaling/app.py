"""One replica, put together: an ASGI application and the two loops that keep rooms true."""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import socketio

from .bus import Bus
from .config import Config
from .draining import say_goodbye
from .events import Events, SocketLine
from .health import HEALTHY, HealthPage
from .moved import MovedSessions
from .redis_store import RedisStore
from .requests import Requests
from .rooms import Rooms
from .sfu import Sfu
from .sized import Application, sized
from .store import MemoryStore, Store, StoreError
from .upkeep import BEAT_S, FIRST_BEATS_S, Upkeep

log = logging.getLogger("signaling")

PING_S = 10
"""A peer whose network is cut vanishes after two of these; Socket.IO's default would keep it for 45 s."""
DRAIN_S = 0.5
"""A stopping replica frees what its users had, as far as it comes within this; the others do the rest."""
SAY_S = 0.2
"""Between two looks at which sessions a draining replica has: new ones come until the edge knows."""
HANDED_OVER_S = 10
"""How long after its end the others look for it: then they say that the session is gone."""


class Replica:
    """Everything one process holds."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.started = time.monotonic()
        self._ready = self._draining = False
        self.bus = Bus(config.redis_url) if config.shared_rooms else None
        self.store: Store = _store(config)
        self.sfu = Sfu(config.mediasoup_url)
        self.sio = socketio.AsyncServer(
            async_mode="asgi",
            client_manager=self.bus,
            cors_allowed_origins=_origins(config),
            ping_interval=PING_S,
            ping_timeout=PING_S,
            logger=logging.getLogger("signaling.socketio"),
            engineio_logger=logging.getLogger("signaling.engineio"),
            always_connect=True,  # the connect handler sends `connected`, which must come after the handshake
        )
        line = SocketLine(self.sio)
        self.rooms = Rooms(config.replica, self.store, self.sfu, line)
        Events(self.sio, self.rooms, Requests(self.store, self.sfu, line), self._not_ready)
        self.upkeep = Upkeep(self.rooms)
        self._loops: list[asyncio.Task[None]] = []

    def application(self) -> Application:
        page = HealthPage(self.health)
        served = socketio.ASGIApp(self.sio, page, on_startup=self.start, on_shutdown=self.stop)
        return sized(MovedSessions(served, lambda: self.sio.eio.sockets, self.store))

    def health(self) -> dict[str, Any]:
        """A replica is healthy once it has reached Redis: before that nobody can join through it.

        From then on Redis is reported and not judged: an outage of it must not make Swarm kill every replica.
        One that drains is healthy as well: it serves.
        """
        return {
            "status": HEALTHY if self._is_ready() else "starting",
            "service": "signaling",
            "replica": self.config.hostname,
            "redis": self._redis_state(),
            "roomState": "redis" if self.config.shared_rooms else "memory",
            "sockets": len(self.rooms.sessions),
            "draining": self._draining,
            "uptimeSeconds": round(time.monotonic() - self.started, 1),
        }

    async def start(self) -> None:
        # Otherwise done at the first connection, whose first events from other replicas would then be lost.
        self.sio.manager_initialized = True
        self.sio.manager.initialize()
        await self.upkeep.beat()
        self._loops = [
            _loop(name, step, self._is_ready)
            for name, step in (("beat", self.upkeep.beat), ("sweep", self.upkeep.sweep))
        ]
        name, port = self.config.replica, self.config.port
        log.info("signaling replica=%s serves socket and room events on port %d", name, port)

    async def hand_over(self) -> None:
        """Serve on until the edge knows, then send everybody to the other replicas.

        Meanwhile the others pass on what they get of our sessions by polling, from the moment that the edge knows.
        Nobody has left by that: what they send and receive stays in mediasoup until they are back, and what of it nobody
        came back for the other replicas sweep once this replica has not beaten for as long as a dead one.
        """
        self._draining = True
        log.info(
            "draining for %g s, then %d sockets are sent away", self.config.drain_s, len(self.rooms.sessions)
        )
        until = time.monotonic() + self.config.drain_s
        while time.monotonic() < until:
            await self._say_where_we_are()
            await asyncio.sleep(SAY_S)
        self._end_loops()
        self.rooms.hand_over()
        with suppress(StoreError):
            await self.store.beat()
        await say_goodbye(list(self.sio.eio.sockets.values()))
        log.info("drained")

    async def _say_where_we_are(self) -> None:
        home = f"{socket.gethostbyname(self.config.hostname)}:{self.config.port}"
        with suppress(StoreError):
            await self.store.hand_over(
                list(self.sio.eio.sockets), home, int(self.config.drain_s) + HANDED_OVER_S
            )

    def _end_loops(self) -> None:
        for task in self._loops:
            task.remove_done_callback(_die)
            task.cancel()

    async def stop(self) -> None:
        self._end_loops()
        if self._draining:
            return
        try:
            async with asyncio.timeout(DRAIN_S):
                await self.rooms.drain()
                await self.store.stop()
        except (TimeoutError, StoreError) as error:
            log.warning("stopped before all rooms were left, the other replicas finish it: %r", error)

    def _is_ready(self) -> bool:
        """Whether Redis was reached once, where rooms are there."""
        self._ready = self._ready or self._redis_state() != "down"
        return self._ready

    def _redis_state(self) -> str:
        if self.bus is None or not isinstance(self.store, RedisStore):
            return "unused"
        return "up" if self.store.up and self.bus.subscribed else "down"

    def _not_ready(self) -> str:
        """Why nobody can join now; empty when they can."""
        if self.bus is None or self.bus.subscribed:
            return ""
        return "the room store (Redis) is not reachable"


def _store(config: Config) -> Store:
    if config.shared_rooms:
        return RedisStore(config.redis_url, config.replica)
    return MemoryStore(config.replica)


def _origins(config: Config) -> str | list[str]:
    return "*" if config.allowed_origins == ("*",) else list(config.allowed_origins)


def _loop(name: str, step: Callable[[], Awaitable[None]], ready: Callable[[], bool]) -> asyncio.Task[None]:
    async def run() -> None:
        while True:
            await asyncio.sleep(BEAT_S if ready() else FIRST_BEATS_S)
            await step()

    task = asyncio.create_task(run(), name=name)
    task.add_done_callback(_die)
    return task


def _die(task: asyncio.Task[None]) -> None:
    """A replica that has stopped beating would be half alive; Swarm starts a whole one instead."""
    log.critical("error: the %s loop ended", task.get_name(), exc_info=task.exception())
    os._exit(1)
