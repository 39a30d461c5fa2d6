"""Errors of signaling, of a call and of a relay are words that an operator reads: no Python representation in them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from aioice import stun

from fixtures.observe.http.certificates import certificate
from fixtures.observe.media.link import Link, LinkFailedError
from fixtures.observe.media.peer import Peer, PeerSetup
from fixtures.observe.media.peer_error import PeerError
from fixtures.observe.signaling.dialling import Dial, SocketTransport
from fixtures.observe.signaling.errors import (
    AckTimeoutError,
    ConnectError,
    ConnectTimeoutError,
    EventTimeoutError,
    OriginRefusedError,
    SignalingRefusedError,
    TlsError,
    UnreachableError,
    UnresolvedHostError,
)
from fixtures.observe.signaling.own_rooms import room_name
from fixtures.observe.signaling.polling import TooFewReplicasError, replicas_of
from fixtures.observe.signaling.socket_client import SignalingClient
from fixtures.observe.turn.relay_client import allocation_of
from fixtures.observe.turn.values import TurnAccess, TurnError, TurnServer, credential
from lab.text.secrets import Secret
from tests.harness.stand_ins import sfu_stub
from tests.harness.stand_ins.plain_text import plain
from tests.harness.stand_ins.signaling_server import HOST, PATIENT, Served, signaling_server
from tests.harness.stand_ins.turn_server import turn_stub

BRIEF = replace(
    PATIENT, transport_connect_deadline_s=0.2, turn_answer_deadline_s=0.2, socket_connect_deadline_s=1.0
)


@asynccontextmanager
async def _served(folder: Path, **answers: object) -> AsyncIterator[Served]:
    async with signaling_server(folder, sfu_stub.answers(others=answers), limits=BRIEF) as served:
        yield served


async def _ack(client: SignalingClient) -> None:
    await client.call("silent", {}, deadline_s=0.1)


async def _refused(client: SignalingClient) -> None:
    await client.call("refuse", {})


async def _unseen(client: SignalingClient) -> None:
    client._log.record("received", "error", {"message": "the SFU's answer", "code": None})
    await client.expect("room-joined", deadline_s=0.1)


@pytest.mark.parametrize(
    ("use", "kind"),
    [(_ack, AckTimeoutError), (_refused, SignalingRefusedError), (_unseen, EventTimeoutError)],
)
def test_signaling(
    tmp_path: Path, use: Callable[[SignalingClient], Awaitable[None]], kind: type[Exception]
) -> None:
    """What is not acknowledged, refused, or does not come."""

    async def scenario() -> None:
        async with _served(tmp_path) as served, SignalingClient(served.dial) as client:
            with pytest.raises(kind) as failed:
                await use(client)
            plain(failed.value)

    asyncio.run(scenario())


def _dials(served: Served, closed: int, deaf: int) -> dict[type[ConnectError], Dial]:
    dial = served.dial
    reach = dial.reach
    return {
        OriginRefusedError: replace(dial, origin="https://evil.test"),
        TlsError: replace(dial, reach=replace(reach, ca_file=None)),
        UnreachableError: replace(dial, port=closed),
        UnresolvedHostError: replace(dial, host="no-such-host.invalid"),
        ConnectTimeoutError: replace(dial, port=deaf),
    }


@pytest.mark.parametrize("transport", ["websocket", "polling"])
@pytest.mark.parametrize(
    "kind", [OriginRefusedError, TlsError, UnreachableError, UnresolvedHostError, ConnectTimeoutError]
)
def test_connecting(
    tmp_path: Path, closed: int, kind: type[ConnectError], transport: SocketTransport
) -> None:
    """Each way in which a connection does not come about has its kind, and its words."""

    async def scenario() -> None:
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            async with _served(tmp_path) as served:
                dial = replace(_dials(served, closed, deaf.getsockname()[1])[kind], transport=transport)
                with pytest.raises(kind) as failed:
                    async with SignalingClient(dial):
                        pass
                plain(failed.value)

    asyncio.run(scenario())


def test_replicas_that_are_not_met(tmp_path: Path, closed: int) -> None:
    """What each handshake came to."""

    async def scenario() -> None:
        async with _served(tmp_path) as served:
            for port in (served.dial.port, closed):
                with pytest.raises(TooFewReplicasError) as failed:
                    await replicas_of(replace(served.dial, port=port), want=2, limit=2)
                plain(failed.value)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"createWebRtcTransport": {"error": "no free RTC port"}},
        {"createWebRtcTransport": {"id": 3, "iceParameters": None}},
        {"produce": {"is": ["no", "id"]}},
        {"connectWebRtcTransport": {"error": "gone"}},
    ],
    ids=["no-ice", "refused", "malformed", "no-id", "no-dtls"],
)
def test_a_peer(tmp_path: Path, answers: dict[str, object]) -> None:
    """A peer that fails in any step says so, with offers, states and pairs."""

    async def scenario() -> PeerError:
        async with _served(tmp_path, **answers) as served:
            with pytest.raises(PeerError) as failed:
                async with Peer(PeerSetup(served.dial, room_name(), "anna", 1)) as peer:
                    await peer.join()
            for link in failed.value.links:
                plain(link)
            return failed.value

    plain(asyncio.run(scenario()))


def test_a_link_that_failed() -> None:
    """A transport that ICE or DTLS gave up on."""

    class Pc:
        connectionState = "failed"  # noqa: N815 - as aiortc has it

    async def scenario() -> None:
        link = Link("send", ())
        link._acknowledged.set_result(None)
        link.transport = type("Transport", (), {"handler": type("Handler", (), {"pc": Pc})})
        with pytest.raises(LinkFailedError) as failed:
            await link.connected()
        plain(failed.value)

    asyncio.run(scenario())


def _access(server: TurnServer, secret: str) -> TurnAccess:
    return TurnAccess(server, credential(Secret(secret), 600))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_turn(closed: int, transport: str) -> None:
    """A relay that is not there, has no name, refuses, or is silent."""

    async def scenario() -> None:
        async with turn_stub(BRIEF) as stub:
            servers = [
                TurnServer("turn.test", "127.0.0.1", closed, transport, BRIEF),  # type: ignore[arg-type]
                TurnServer("turn.invalid", "turn.invalid", 3478, transport, BRIEF),  # type: ignore[arg-type]
                stub.server,
            ]
            for server in servers:
                with pytest.raises(TurnError) as failed:
                    await allocation_of(_access(server, "south"))
                plain(failed.value)
            stub.deaf.add(stun.Method.ALLOCATE)
            with pytest.raises(TurnError) as silent:
                await allocation_of(_access(stub.server, "south"))
            plain(silent.value)

    asyncio.run(scenario())


def test_a_certificate_that_is_refused(tmp_path: Path) -> None:
    """A distrust is TLS's own sentence."""

    async def scenario() -> None:
        async with _served(tmp_path) as served:
            trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
            reach = replace(served.dial.reach, ca_file=tmp_path / "other.pem")
            seen = await certificate(reach, HOST, served.dial.port)
            plain(seen.distrust)

    asyncio.run(scenario())
