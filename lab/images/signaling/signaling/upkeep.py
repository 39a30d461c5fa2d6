"""What keeps rooms true over outages and deaths: the beat of this replica, and the sweep of all rooms."""

import logging

from .rooms import Rooms, Session
from .sfu import SfuError
from .store import BusyError, StoreError

log = logging.getLogger("signaling")

BEAT_S = 2.0
FIRST_BEATS_S = 0.5
"""Until Redis was reached for the first time: it mostly starts beside its users, and nobody can join before."""


class Upkeep:
    """Two steps, each repeated every BEAT_S in a loop of its own: mediasoup may delay sweeps, never a beat."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms, self._store = rooms, rooms.store
        self._lapsed = self._swept = False

    async def beat(self) -> None:
        """Say that this replica is alive; and learn what the others made of its silence."""
        try:
            beat = await self._store.beat()
        except StoreError as error:
            self._rooms.doubt()
            log.error("error: rooms are not shared now: %s", error)
            return
        if beat.lapsed:
            self._rooms.doubt()
        self._lapsed |= beat.lapsed
        self._swept |= beat.swept

    async def sweep(self) -> None:
        """Put right what an outage, a dead replica or a failed close has left."""
        try:
            await self._recover()
            for room in await self._store.rooms():
                await self._sweep(room)
        except StoreError as error:
            log.error("error: rooms are not swept now: %s", error)

    async def _recover(self) -> None:
        # Taken before anything is awaited: a beat meanwhile may set them anew.
        lapsed, swept = self._lapsed, self._swept
        self._lapsed = self._swept = False
        try:
            if swept:
                await self._send_away()
            elif lapsed:
                for session in list(self._rooms.sessions.values()):
                    await self._write_again(session)
            await self._finish_leaves()
        except StoreError:
            self._lapsed, self._swept = self._lapsed or lapsed, self._swept or swept
            raise

    async def _send_away(self) -> None:
        """The others took this replica for dead and closed what its users had: these must join again."""
        for session in list(self._rooms.sessions.values()):
            if session.member is not None:
                log.error("socket=%s room=%s error: was taken for dead", session.socket_id, session.room)
                await self._rooms.line.hang_up(session.socket_id)

    async def _finish_leaves(self) -> None:
        todo = self._rooms.unfinished
        while todo.leaves:
            room, member = todo.leaves[0]
            await self._store.remove(room, member.socket_id)
            # Said even when the store, having lost its data, does not know them: the others still see them.
            await self._rooms.say_left(room, member)
            todo.leaves.remove((room, member))
            todo.rooms.add(room)
        for room in list(todo.rooms):
            await self._store.open(room)
            todo.rooms.discard(room)

    async def _write_again(self, session: Session) -> None:
        """Redis keeps nothing over a restart; who is still connected is still in the room."""
        async with session.lock:
            if session.room is not None and session.member is not None and not session.gone:
                await self._store.put(session.room, session.member)

    async def _sweep(self, room: str) -> None:
        try:
            members = await self._store.members(room)
            if members and not await self._rooms.stale(room, members):
                return
            async with self._store.lock(room):
                if not await self._rooms.evict_stale(room):
                    await self._rooms.close_locked(room)
        except (SfuError, BusyError) as error:
            log.error("room=%s error: not swept yet: %s", room, error)
