"""Socket.IO's Redis manager, made to come back soon after an outage."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import socketio
from redis.exceptions import RedisError

from .redis_store import REDIS_OPTIONS

RETRY_S = 0.5
SILENCE_S = 5.0
"""After so long without a message the connection is asked for a pong: a lost node sends no reset."""


class Bus(socketio.AsyncRedisManager):  # type: ignore[misc]
    """As its base, but listens again half a second later (the base doubles its pause up to a minute), notices a
    connection that died silently, and says whether it is subscribed: a join before that would miss events."""

    def __init__(self, url: str) -> None:
        super().__init__(url, redis_options=dict(REDIS_OPTIONS))
        self.subscribed = False
        self._redis_connect()

    async def _publish(self, data: dict[str, Any]) -> None:
        try:
            await self.redis.publish(self.channel, self.json.dumps(data))
        except (RedisError, OSError) as error:
            self._get_logger().error("error: an event did not reach the other replicas: %s", error)

    async def _redis_listen_with_retries(self) -> AsyncIterator[dict[str, Any]]:
        while True:
            try:
                async for message in self._subscription():
                    yield message
            except (RedisError, OSError) as error:
                self._get_logger().error("error: events of other replicas are cut off: %s", error)
            finally:
                self.subscribed = False
            await asyncio.sleep(RETRY_S)

    async def _subscription(self) -> AsyncIterator[dict[str, Any]]:
        async with self.redis.pubsub() as pubsub:
            await pubsub.subscribe(self.channel)
            asked = False
            while True:
                message = await pubsub.get_message(timeout=SILENCE_S)
                if message is None and asked:
                    raise ConnectionResetError(f"Redis was silent for {2 * SILENCE_S:g} s")
                if message is None:
                    await pubsub.ping()
                    asked = True
                    continue
                asked = False
                self.subscribed = self.subscribed or message["type"] == "subscribe"
                yield message
