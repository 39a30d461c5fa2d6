"""The mediasoup service, over HTTP."""

from typing import Any
from urllib.parse import quote

import httpx

ANSWER_S = 4.0
"""It answers in milliseconds; a person who waits for a call to start gives up after a few seconds."""
CONNECT_S = 2.0
KEEPALIVE_S = 2.0
"""Below Node's own 5 s, so that a request never meets a connection that the other side is just closing."""


class SfuError(Exception):
    """mediasoup refused or did not answer; the text can be shown to the user."""


class Sfu:
    """One pooled HTTP client; every call is bounded and raises SfuError."""

    def __init__(self, base_url: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=base_url,
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            limits=httpx.Limits(max_connections=100, keepalive_expiry=KEEPALIVE_S),
            trust_env=False,
        )

    async def capabilities(self, room: str) -> dict[str, Any]:
        answer = await self._ask("GET", f"/router/{quote(room, safe='')}/capabilities")
        capabilities: dict[str, Any] = answer.get("rtpCapabilities", answer)
        return capabilities

    async def create_transport(self, room: str, kind: str) -> dict[str, Any]:
        return await self._ask("POST", "/transport/create", {"roomId": room, "type": kind})

    async def connect_transport(self, room: str, transport: str, dtls: dict[str, Any]) -> None:
        body = {"roomId": room, "transportId": transport, "dtlsParameters": dtls}
        await self._ask("POST", "/transport/connect", body)

    async def close_transport(self, room: str, transport: str) -> None:
        body = {"roomId": room, "transportId": transport}
        await self._ask("POST", "/transport/close", body, gone_is_fine=True)

    async def produce(self, room: str, transport: str, kind: str, rtp: dict[str, Any]) -> str:
        body = {"roomId": room, "transportId": transport, "kind": kind, "rtpParameters": rtp}
        answer = await self._ask("POST", "/producer/create", body)
        return str(answer["id"])

    async def consume(
        self, room: str, transport: str, producer: str, capabilities: dict[str, Any]
    ) -> dict[str, Any]:
        body = {
            "roomId": room,
            "transportId": transport,
            "producerId": producer,
            "rtpCapabilities": capabilities,
        }
        return await self._ask("POST", "/consumer/create", body)

    async def resume(self, room: str, consumer: str) -> None:
        await self._ask("POST", f"/consumer/{quote(consumer, safe='')}/resume", {"roomId": room})

    async def close_room(self, room: str) -> None:
        await self._ask("DELETE", f"/room/{quote(room, safe='')}", gone_is_fine=True)

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, gone_is_fine: bool = False
    ) -> dict[str, Any]:
        try:
            answer = await self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise SfuError(f"mediasoup did not answer ({type(error).__name__}): {method} {path}") from error
        if answer.status_code == httpx.codes.NOT_FOUND and gone_is_fine:
            return {}
        if answer.is_error:
            raise SfuError(f"mediasoup answered {answer.status_code}: {_reason(answer)}")
        return _object(answer)


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError as error:
        raise SfuError("mediasoup answered with something that is not JSON") from error
    return value if isinstance(value, dict) else {}


def _reason(answer: httpx.Response) -> str:
    try:
        return str(_object(answer).get("error", answer.text))[:300]
    except SfuError:
        return answer.text[:300]
