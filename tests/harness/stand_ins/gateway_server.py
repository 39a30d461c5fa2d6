"""Handlers by which the signaling stand-in speaks as a gateway does: all is acknowledged, and the socket knows its room."""

from collections.abc import Mapping
from typing import Any

from fixtures.target.protocol_reading import Payload
from tests.harness.stand_ins.sfu_stub import CAPABILITIES, Handler, transport

OTHER: Payload = {"id": "p2", "name": "berta", "joinedAt": "2026-01-01T00:00:00Z", "producers": []}
JOINED: Payload = {
    "success": True, "roomId": "r", "participantId": "p1", "participants": [OTHER], "rtpCapabilities": CAPABILITIES,
}  # fmt: skip


class Gateway:
    """What it answers by event, and what it was sent, in order; `others` puts other answers in their places."""

    def __init__(self, others: Mapping[str, object] | None = None, host: str = "127.0.0.1") -> None:
        self.asked: list[tuple[str, object]] = []
        self._answers: dict[str, object] = {
            "join-room": JOINED,
            "get-router-rtp-capabilities": CAPABILITIES,
            "create-webrtc-transport": transport(host),
            "connect-webrtc-transport": {},
            "produce": {"producerId": "producer-1"},
            "leave-room": None,
            **(others or {}),
        }

    @property
    def handlers(self) -> dict[str, Handler]:
        """For `signaling_server`."""
        return {event: self._handler(event) for event in self._answers}

    def _handler(self, event: str) -> Handler:
        async def handle(sid: str, *payload: Any) -> object:  # noqa: ANN401 - whatever a client sends, or nothing
            self.asked.append((event, payload[0] if payload else None))
            return self._answers[event]

        return handle
