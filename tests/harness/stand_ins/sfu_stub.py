"""Answers of an SFU that negotiates like mediasoup and then never sends a packet."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Handler = Callable[[str, Any], Awaitable[Any]]
"""A Socket.IO handler: from socket id and payload to the acknowledgement."""

DEAD_PORT = 9
"""Discard: nothing answers an ICE check there."""

_FEEDBACK = [{"type": "nack"}, {"type": "nack", "parameter": "pli"}, {"type": "ccm", "parameter": "fir"}]
_MID = "urn:ietf:params:rtp-hdrext:sdes:mid"

CAPABILITIES: dict[str, Any] = {
    "codecs": [
        {
            "kind": "audio",
            "mimeType": "audio/opus",
            "clockRate": 48000,
            "channels": 2,
            "preferredPayloadType": 100,
            "rtcpFeedback": [],
        },
        {
            "kind": "video",
            "mimeType": "video/VP8",
            "clockRate": 90000,
            "preferredPayloadType": 101,
            "rtcpFeedback": _FEEDBACK,
        },
    ],
    "headerExtensions": [
        {"kind": kind, "uri": _MID, "preferredId": 1, "preferredEncrypt": False, "direction": "sendrecv"}
        for kind in ("audio", "video")
    ],
}


def transport(host: str) -> dict[str, Any]:
    """What `createWebRtcTransport` answers: one UDP candidate at `host`."""
    candidate = {
        "foundation": "udpcandidate",
        "priority": 1078862079,
        "ip": host,
        "address": host,
        "protocol": "udp",
        "port": DEAD_PORT,
        "type": "host",
    }
    fingerprint = {"algorithm": "sha-256", "value": ":".join(["AB"] * 32)}
    return {
        "id": "transport-1",
        "iceParameters": {"usernameFragment": "abcd" * 4, "password": "p" * 32, "iceLite": True},
        "iceCandidates": [candidate],
        "dtlsParameters": {"role": "auto", "fingerprints": [fingerprint]},
    }


def answers(host: str = "127.0.0.1", others: Mapping[str, object] | None = None) -> dict[str, Handler]:
    """Handlers by event; `others` puts another answer in the place of an event's own."""
    given: dict[str, object] = {
        "createWebRtcTransport": transport(host),
        "connectWebRtcTransport": {"success": True},
        "produce": {"id": "producer-1"},
        **(others or {}),
    }
    return {event: _always(answer) for event, answer in given.items()}


def _always(answer: object) -> Handler:
    async def handler(sid: str, payload: object) -> object:
        return answer

    return handler
