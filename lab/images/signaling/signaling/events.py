"""Socket.IO's events, tied to rooms and requests; one log line per event."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import socketio

from . import payload
from .requests import Requests
from .rooms import RoomError, Rooms
from .sfu import SfuError
from .store import StoreError

log = logging.getLogger("signaling")

Refusal = (RoomError, SfuError, StoreError, payload.PayloadError)


class SocketLine:
    """Rooms' view of the Socket.IO server."""

    def __init__(self, sio: socketio.AsyncServer) -> None:
        self._sio = sio

    async def tell(self, event: str, data: dict[str, Any], room: str, *, but: str | None = None) -> None:
        await self._sio.emit(event, data, room=room, skip_sid=but)

    async def tell_one(self, event: str, data: dict[str, Any], socket_id: str) -> None:
        await self._sio.emit(event, data, to=socket_id, ignore_queue=True)

    async def enter(self, socket_id: str, room: str) -> None:
        await self._sio.enter_room(socket_id, room)

    async def exit(self, socket_id: str, room: str) -> None:
        await self._sio.leave_room(socket_id, room)

    async def hang_up(self, socket_id: str) -> None:
        await self._sio.disconnect(socket_id)


class Events:
    """Registers every handler on the server."""

    def __init__(
        self, sio: socketio.AsyncServer, rooms: Rooms, requests: Requests, not_ready: Callable[[], str]
    ) -> None:
        self._line, self._rooms, self._requests, self._not_ready = rooms.line, rooms, requests, not_ready
        sio.on("connect", self._connect)
        sio.on("disconnect", self._disconnect)
        sio.on("join_room", self._join)
        for event in requests.by_event:
            sio.on(event, self._request(event))

    async def _connect(self, socket_id: str, environ: dict[str, Any]) -> None:
        self._rooms.arrive(socket_id)
        transport = "websocket" if "HTTP_UPGRADE" in environ else "polling"
        origin = environ.get("HTTP_ORIGIN", "-")
        log.info("socket=%s room=- connected by %s origin=%s", socket_id, transport, origin)
        await self._line.tell_one("connected", {"socket_id": socket_id}, socket_id)

    async def _disconnect(self, socket_id: str, reason: str) -> None:
        session = self._rooms.sessions.get(socket_id)
        log.info("socket=%s room=%s disconnected: %s", socket_id, (session and session.room) or "-", reason)
        await self._rooms.leave(socket_id)

    async def _join(self, socket_id: str, *arguments: object) -> dict[str, Any]:
        async def join(data: dict[str, Any]) -> dict[str, Any]:
            reason = self._not_ready()
            if reason:
                raise StoreError(reason)
            session = self._rooms.session(socket_id)
            return await self._rooms.join(session, payload.room_id(data), payload.user_name(data))

        answer = await self._answer(socket_id, "join_room", arguments, join)
        if "error" in answer:
            complaint = {"message": answer["error"], "event": "join_room"}
            await self._line.tell_one("error", complaint, socket_id)
        return answer

    def _request(self, event: str) -> Callable[..., Awaitable[dict[str, Any]]]:
        serve = self._requests.by_event[event]

        async def handle(socket_id: str, *arguments: object) -> dict[str, Any]:
            async def act(data: dict[str, Any]) -> dict[str, Any]:
                room, session = payload.room_id(data), self._rooms.session(socket_id)
                async with session.lock:
                    return await serve(room, session.in_room(room), data)

            return await self._answer(socket_id, event, arguments, act)

        return handle

    async def _answer(
        self,
        socket_id: str,
        event: str,
        arguments: tuple[object, ...],
        act: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]],
    ) -> dict[str, Any]:
        started = time.monotonic()
        data = arguments[0] if arguments else None
        try:
            answer = await act(payload.table(data))
        except Refusal as error:
            log.warning("socket=%s room=%s %s error: %s", socket_id, _room(data), event, error)
            return {"error": str(error)}
        milliseconds = 1000 * (time.monotonic() - started)
        log.info("socket=%s room=%s %s done in %.0f ms", socket_id, _room(data), event, milliseconds)
        return answer


def _room(data: object) -> str:
    """The room a client names, fit for a log line."""
    try:
        return payload.room_id(payload.table(data))
    except payload.PayloadError:
        return "-"
