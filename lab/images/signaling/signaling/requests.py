"""The requests of a socket that is in a room: each answers through the acknowledgement."""

from typing import Any

from . import payload
from .member import Member
from .rooms import Line, RoomError
from .sfu import Sfu
from .store import Store, StoreError

Answer = dict[str, Any]


class Requests:
    """One method per request; run under the session's lock, with the sender's membership already checked.

    Each raises PayloadError, RoomError, SfuError, StoreError.
    """

    def __init__(self, store: Store, sfu: Sfu, line: Line) -> None:
        self.store, self.sfu, self.line = store, sfu, line
        self.by_event = {
            "getRouterRtpCapabilities": self.capabilities,
            "createWebRtcTransport": self.create_transport,
            "connectWebRtcTransport": self.connect_transport,
            "produce": self.produce,
            "consume": self.consume,
            "resume_consumer": self.resume,
            "producer_closed": self.producer_closed,
        }

    async def capabilities(self, room: str, member: Member, data: Answer) -> Answer:
        return {"rtpCapabilities": await self.sfu.capabilities(room)}

    async def create_transport(self, room: str, member: Member, data: Answer) -> Answer:
        created = await self.sfu.create_transport(room, payload.one_of(data, "type", "send", "recv"))
        member.transports.append(str(created["id"]))
        try:
            # Written at once: should this replica die, another one must know what to close.
            await self.store.put(room, member)
        except StoreError:
            # The sender is told that it failed, so it must not keep one of the few ports.
            member.transports.remove(str(created["id"]))
            await self.sfu.close_transport(room, str(created["id"]))
            raise
        return {key: created[key] for key in ("id", "iceParameters", "iceCandidates", "dtlsParameters")}

    async def connect_transport(self, room: str, member: Member, data: Answer) -> Answer:
        dtls = payload.field(data, "dtlsParameters")
        await self.sfu.connect_transport(room, _own_transport(member, data), dtls)
        return {"success": True}

    async def produce(self, room: str, member: Member, data: Answer) -> Answer:
        kind = payload.one_of(data, "kind", "audio", "video")
        transport, rtp = _own_transport(member, data), payload.field(data, "rtpParameters")
        producer = await self.sfu.produce(room, transport, kind, rtp)
        member.producers.append(producer)
        await self.store.put(room, member)
        news = {"producerId": producer, "producerSocketId": member.socket_id, "kind": kind}
        await self.line.tell("new-producer", news, room, but=member.socket_id)
        return {"id": producer}

    async def consume(self, room: str, member: Member, data: Answer) -> Answer:
        producer, capabilities = payload.text(data, "producerId"), payload.field(data, "rtpCapabilities")
        consumer = await self.sfu.consume(room, _own_transport(member, data), producer, capabilities)
        member.consumers.append(str(consumer["id"]))
        return {key: consumer[key] for key in ("id", "producerId", "kind", "rtpParameters")}

    async def resume(self, room: str, member: Member, data: Answer) -> Answer:
        consumer = payload.text(data, "consumerId")
        if consumer not in member.consumers:
            raise RoomError("this consumer is not yours")
        await self.sfu.resume(room, consumer)
        return {"success": True}

    async def producer_closed(self, room: str, member: Member, data: Answer) -> Answer:
        producer = payload.text(data, "producerId")
        if producer not in member.producers:
            raise RoomError("this producer is not yours")
        member.producers.remove(producer)
        await self.store.put(room, member)
        news = {"userId": member.socket_id, "producerId": producer}
        await self.line.tell("producer-closed", news, room, but=member.socket_id)
        return {"success": True}


def _own_transport(member: Member, data: Answer) -> str:
    transport = payload.text(data, "transportId")
    if transport not in member.transports:
        raise RoomError("this transport is not yours")
    return transport
