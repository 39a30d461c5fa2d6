"""Where the members of rooms are kept: what every store must do, and the one that lives in this process."""

import asyncio
from collections import defaultdict
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from .member import Member


class StoreError(Exception):
    """The store cannot be asked now; the text can be shown to the user."""


class BusyError(StoreError):
    """Somebody else works on this room."""


@dataclass(frozen=True)
class Beat:
    """What a replica learns when it says that it is alive."""

    lapsed: bool
    """The others may have taken this replica for dead since its last beat, or the store lost its data."""
    swept: bool
    """They did, and removed its members."""


class Store(Protocol):
    """Membership of rooms. Every method raises StoreError when the store cannot be reached."""

    def lock(self, room: str) -> AbstractAsyncContextManager[None]:
        """Joining and closing a room are serialised over all replicas under this lock."""

    async def members(self, room: str) -> list[Member]:
        """Everybody written down for the room, members of dead replicas too."""

    async def put(self, room: str, member: Member) -> None:
        """Write a member; opens the room."""

    async def remove(self, room: str, socket_id: str) -> bool:
        """True for exactly one caller, whoever came first."""

    async def rooms(self) -> set[str]:
        """Rooms opened and not yet forgotten, empty ones too."""

    async def open(self, room: str) -> None:
        """From now on somebody must close it in mediasoup."""

    async def forget(self, room: str) -> None:
        """It is closed in mediasoup."""

    async def beat(self) -> Beat:
        """This replica is alive."""

    async def alive(self) -> set[str]:
        """Replicas whose beat is recent."""

    async def mark_swept(self, replica: str) -> None:
        """Its members were removed: should it only have slept, it must send its sockets away."""

    async def hand_over(self, sessions: list[str], home: str, seconds: int) -> None:
        """For so long the Engine.IO sessions are to be asked for at `home`, an address with a port."""

    async def home_of(self, session: str) -> str:
        """Where a session that was handed over is, empty for any other."""

    async def stop(self) -> None:
        """This replica ends now, and its beat with it."""


class MemoryStore:
    """Rooms of one process. With more than one replica this is the fault to be shown, not a feature."""

    def __init__(self, replica: str) -> None:
        self._replica = replica
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._rooms: dict[str, dict[str, Member]] = {}

    def lock(self, room: str) -> AbstractAsyncContextManager[None]:
        return self._locks[room]

    async def members(self, room: str) -> list[Member]:
        return list(self._rooms.get(room, {}).values())

    async def put(self, room: str, member: Member) -> None:
        self._rooms.setdefault(room, {})[member.socket_id] = member

    async def remove(self, room: str, socket_id: str) -> bool:
        return self._rooms.get(room, {}).pop(socket_id, None) is not None

    async def rooms(self) -> set[str]:
        return set(self._rooms)

    async def open(self, room: str) -> None:
        self._rooms.setdefault(room, {})

    async def forget(self, room: str) -> None:
        self._rooms.pop(room, None)

    async def beat(self) -> Beat:
        return Beat(lapsed=False, swept=False)

    async def alive(self) -> set[str]:
        return {self._replica}

    async def mark_swept(self, replica: str) -> None:
        pass

    async def hand_over(self, sessions: list[str], home: str, seconds: int) -> None:
        pass

    async def home_of(self, session: str) -> str:
        return ""

    async def stop(self) -> None:
        self._rooms.clear()
