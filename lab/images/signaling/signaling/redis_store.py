"""Membership of rooms in Redis, so that they span replicas.

Keys: `jb:rooms` (set of open rooms), `jb:room:<room>` (hash: socket id to member), `jb:lock:<room>`,
`jb:alive:<replica>` (gone when the replica does not beat), `jb:swept:<replica>`, `jb:moved:<Engine.IO session>` (where a replica
that drains is reached).
"""

import logging
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import LockError, RedisError

from .member import Member
from .store import Beat, BusyError, StoreError

ALIVE_S = 6
"""Three missed beats of 2 s: a replica that pauses for one garbage collection is not taken for dead."""
ANSWER_S = 1.5
"""Redis on the same overlay answers in milliseconds; with one retry a caller knows within 3 s."""
LOCK_S = 10.0
"""Longer than the longest use (two mediasoup requests of 4 s); a killed holder blocks the room so long."""
LOCK_WAIT_S = 5.0
SWEPT_S = 3600
DOUBT_S = 60.0
"""TCP's pause between retransmissions grows to about this before it gives up in an outage of minutes."""

log = logging.getLogger("signaling")

REDIS_OPTIONS: dict[str, Any] = {
    "socket_timeout": ANSWER_S,
    "socket_connect_timeout": ANSWER_S,
    "retry": Retry(NoBackoff(), 1),
}


@dataclass(frozen=True)
class _Doubtful:
    """A lock whose acquire or release was sent and not answered: TCP may still deliver it after the outage,
    and nobody else would release it."""

    lock: Lock
    token: bytes
    until: float


class RedisStore:
    """Fails fast while the last beat found Redis down, so that no user waits for a time-out."""

    def __init__(self, url: str, replica: str) -> None:
        self._redis: Redis = Redis.from_url(url, decode_responses=True, **REDIS_OPTIONS)
        self._replica = replica
        self.up = False
        self._doubtful: list[_Doubtful] = []

    def lock(self, room: str) -> AbstractAsyncContextManager[None]:
        return self._lock(room)

    @asynccontextmanager
    async def _lock(self, room: str) -> AsyncIterator[None]:
        lock = self._redis.lock(f"jb:lock:{room}", timeout=LOCK_S, sleep=0.02, blocking_timeout=LOCK_WAIT_S)
        token = uuid.uuid4().hex.encode()
        try:
            with self._asking():
                acquired = await lock.acquire(token=token)
        except StoreError as error:
            if error.__cause__ is not None:  # else nothing was sent
                self._doubt(lock, token)
            raise
        if not acquired:
            raise BusyError(f"room {room} is busy, try again")
        try:
            yield
        finally:
            await self._release(lock, token)

    async def _release(self, lock: Lock, token: bytes) -> None:
        try:
            await lock.do_release(token)
        except LockError as error:
            log.warning("error: a room's lock ran out before its work was done: %s", error)
        except (RedisError, OSError):
            self._doubt(lock, token)

    def _doubt(self, lock: Lock, token: bytes) -> None:
        self._doubtful.append(_Doubtful(lock, token, time.monotonic() + DOUBT_S))

    async def _release_doubtful(self) -> None:
        now = time.monotonic()
        self._doubtful = [doubtful for doubtful in self._doubtful if doubtful.until > now]
        for doubtful in self._doubtful:
            with suppress(LockError):  # it has not taken effect, or not yet
                await doubtful.lock.do_release(doubtful.token)

    async def members(self, room: str) -> list[Member]:
        with self._asking():
            return [Member.from_json(text) for text in await self._redis.hvals(f"jb:room:{room}")]

    async def put(self, room: str, member: Member) -> None:
        with self._asking():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.sadd("jb:rooms", room)
                pipe.hset(f"jb:room:{room}", member.socket_id, member.to_json())
                await pipe.execute()

    async def remove(self, room: str, socket_id: str) -> bool:
        with self._asking():
            return bool(await self._redis.hdel(f"jb:room:{room}", socket_id))

    async def rooms(self) -> set[str]:
        with self._asking():
            return {str(room) for room in await self._redis.smembers("jb:rooms")}

    async def open(self, room: str) -> None:
        with self._asking():
            await self._redis.sadd("jb:rooms", room)

    async def forget(self, room: str) -> None:
        with self._asking():
            await self._redis.srem("jb:rooms", room)

    async def beat(self) -> Beat:
        with self._asking(always=True):
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.set(f"jb:alive:{self._replica}", "1", ex=ALIVE_S, get=True)
                pipe.getdel(f"jb:swept:{self._replica}")
                before, swept = await pipe.execute()
            await self._release_doubtful()
        return Beat(lapsed=before is None, swept=swept is not None)

    async def alive(self) -> set[str]:
        with self._asking():
            keys = self._redis.scan_iter("jb:alive:*", count=1000)
            return {str(key).removeprefix("jb:alive:") async for key in keys}

    async def mark_swept(self, replica: str) -> None:
        with self._asking():
            await self._redis.set(f"jb:swept:{replica}", "1", ex=SWEPT_S)

    async def hand_over(self, sessions: list[str], home: str, seconds: int) -> None:
        with self._asking():
            async with self._redis.pipeline(transaction=False) as pipe:
                for session in sessions:
                    pipe.set(f"jb:moved:{session}", home, ex=seconds)
                await pipe.execute()

    async def home_of(self, session: str) -> str:
        with self._asking():
            return str(await self._redis.get(f"jb:moved:{session}") or "")

    async def stop(self) -> None:
        with self._asking():
            await self._redis.delete(f"jb:alive:{self._replica}")
        await self._redis.aclose()

    @contextmanager
    def _asking(self, *, always: bool = False) -> Iterator[None]:
        if not self.up and not always:
            raise StoreError("the room store (Redis) is not reachable")
        try:
            yield
            self.up = True
        except (RedisError, OSError) as error:
            self.up = False
            raise StoreError(f"the room store (Redis) is not reachable: {error}") from error
