"""Who is in which room, over all replicas, and what mediasoup must close when they go.

Joining a room and closing it run under the room's lock, so a room is never closed under somebody who just
came. Everything of one socket runs under its session's lock, so a leave finds every transport that a request
before it made.
"""

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from .member import Member
from .redis_store import ALIVE_S
from .sfu import Sfu, SfuError
from .store import Store, StoreError

log = logging.getLogger("signaling")


class RoomError(Exception):
    """The request cannot be served; the text is for the user."""


class Line(Protocol):
    """What rooms need of Socket.IO."""

    async def tell(self, event: str, data: dict[str, Any], room: str, *, but: str | None = None) -> None:
        """Send to everybody in a room, on whatever replica, `but` one socket."""

    async def tell_one(self, event: str, data: dict[str, Any], socket_id: str) -> None:
        """Send to one socket of this replica: nothing of it goes through Redis."""

    async def enter(self, socket_id: str, room: str) -> None:
        """From now on the socket gets what the room is told."""

    async def exit(self, socket_id: str, room: str) -> None:
        """No longer."""

    async def hang_up(self, socket_id: str) -> None:
        """Disconnect the socket."""


@dataclass
class Session:
    """A socket of this replica."""

    socket_id: str
    room: str | None = None
    member: Member | None = None
    gone: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def in_room(self, room: str) -> Member:
        """Raises RoomError when the socket is not in this very room."""
        if self.member is None or self.room != room or self.gone:
            raise RoomError(f"you are not in room {room}")
        return self.member


@dataclass
class Unfinished:
    """What an outage kept from being done; the next sweep does it."""

    leaves: list[tuple[str, Member]] = field(default_factory=list)
    rooms: set[str] = field(default_factory=set)
    """Rooms that may be empty and not closed in mediasoup."""


class Rooms:
    """The rooms as one replica serves them."""

    def __init__(self, replica: str, store: Store, sfu: Sfu, line: Line) -> None:
        self.replica, self.store, self.sfu, self.line = replica, store, sfu, line
        self.sessions: dict[str, Session] = {}
        self.unfinished = Unfinished()
        self._leaving: set[asyncio.Task[None]] = set()
        self._handed_over = False
        self._doubted_at = time.monotonic()

    def arrive(self, socket_id: str) -> None:
        self.sessions[socket_id] = Session(socket_id)

    def session(self, socket_id: str) -> Session:
        """Raises RoomError when the socket has gone meanwhile."""
        session = self.sessions.get(socket_id)
        if session is None:
            raise RoomError("the socket is disconnected")
        return session

    async def join(self, session: Session, room: str, name: str) -> dict[str, Any]:
        """The payload of `room-joined`. Raises RoomError, SfuError, StoreError."""
        async with session.lock:
            if session.gone:
                raise RoomError("the socket is disconnected")
            if session.room is not None:
                raise RoomError(f"you are already in room {session.room}")
            async with self.store.lock(room):
                return await self._join_locked(session, room, name)

    async def _join_locked(self, session: Session, room: str, name: str) -> dict[str, Any]:
        await self.store.open(room)
        capabilities = await self.sfu.capabilities(room)
        # The socket listens before the list is read: who produces meanwhile is in the list, told, or both.
        await self.line.enter(session.socket_id, room)
        try:
            users = [member.public() for member in await self.evict_stale(room)]
            member = Member(session.socket_id, name, self.replica)
            await self.store.put(room, member)
        except StoreError:
            await self.line.exit(session.socket_id, room)
            raise
        session.room, session.member = room, member
        joined = {"roomId": room, "userId": member.socket_id, "rtpCapabilities": capabilities, "users": users}
        await self.line.tell_one("room-joined", joined, member.socket_id)
        arrival = {"userId": member.socket_id, "name": name, "timestamp": time.time()}
        await self.line.tell("user-joined", arrival, room, but=member.socket_id)
        return joined

    async def leave(self, socket_id: str) -> None:
        """The socket is gone: tell the others, free what it had, close the room after the last one."""
        session = self.sessions.pop(socket_id, None)
        if session is None:
            return
        session.gone = True
        if self._handed_over:
            return
        # A task of its own: a server that stops cancels the handler this is called from.
        task = asyncio.create_task(self._leave(session))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
        await asyncio.shield(task)

    def hand_over(self) -> None:
        """From now on a socket that goes has not left its room: it comes back at another replica."""
        self._handed_over = True

    async def drain(self) -> None:
        """Everybody leaves; returns when all of it is done."""
        await asyncio.gather(*(self.leave(socket_id) for socket_id in list(self.sessions)))
        await asyncio.gather(*self._leaving)

    async def _leave(self, session: Session) -> None:
        async with session.lock:
            room, member = session.room, session.member
            session.room = session.member = None
        if room is not None and member is not None:
            await self._depart(room, member)

    async def _depart(self, room: str, member: Member) -> None:
        try:
            removed = await self.store.remove(room, member.socket_id)
        except StoreError as error:
            log.warning("socket=%s room=%s leave is finished later: %s", member.socket_id, room, error)
            self.unfinished.leaves.append((room, member))
            await self._free(room, member)
            return
        if removed:
            await self.say_left(room, member)
        await self._free(room, member)
        await self._close_if_empty(room)

    async def say_left(self, room: str, member: Member) -> None:
        """On every replica."""
        departure = {"user_id": member.socket_id, "timestamp": time.time()}
        await self.line.tell("user-left", departure, room, but=member.socket_id)

    async def _free(self, room: str, member: Member) -> None:
        closing = (self.sfu.close_transport(room, transport) for transport in member.transports)
        for result in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(result, SfuError):
                log.error("socket=%s room=%s error: not freed: %s", member.socket_id, room, result)
            elif isinstance(result, BaseException):
                raise result

    async def _close_if_empty(self, room: str) -> None:
        try:
            async with self.store.lock(room):
                if not await self.store.members(room):
                    await self.close_locked(room)
        except (StoreError, SfuError) as error:
            # The room stays in the store's list of open rooms: the next sweep of any replica closes it.
            self.unfinished.rooms.add(room)
            log.error("room=%s error: not closed yet: %s", room, error)

    async def close_locked(self, room: str) -> None:
        """Under the room's lock, which proved that it is empty."""
        await self.sfu.close_room(room)
        await self.store.forget(room)
        log.info("room=%s closed, nobody is in it", room)

    async def evict_stale(self, room: str) -> list[Member]:
        """Under the room's lock: remove who is on no living replica any more, and return the others."""
        members = await self.store.members(room)
        stale = await self.stale(room, members)
        await asyncio.gather(*(self._evict(room, member) for member in stale))
        return [member for member in members if member not in stale]

    async def _evict(self, room: str, member: Member) -> None:
        if not await self.store.remove(room, member.socket_id):
            return
        log.warning("socket=%s room=%s swept from replica %s", member.socket_id, room, member.replica)
        if member.replica != self.replica:
            await self.store.mark_swept(member.replica)
        await self.say_left(room, member)
        await self._free(room, member)

    async def stale(self, room: str, members: list[Member]) -> list[Member]:
        """Those among `members` whom no replica holds any more."""
        alive = await self.store.alive() | {self.replica}
        settled = time.monotonic() - self._doubted_at > ALIVE_S
        return [member for member in members if self._is_stale(room, member, alive, settled)]

    def doubt(self) -> None:
        """After an outage the other replicas have not beaten yet; they are given the time for it."""
        self._doubted_at = time.monotonic()

    def _is_stale(self, room: str, member: Member, alive: set[str], settled: bool) -> bool:
        if member.replica == self.replica:
            session = self.sessions.get(member.socket_id)
            return session is None or session.room != room
        return settled and member.replica not in alive
