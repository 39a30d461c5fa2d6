"""The one client speaks as a gateway wants it: joined by acknowledgement, no room in payloads, its refusals understood."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from fixtures.observe.media.peer import Peer, PeerSetup
from fixtures.observe.media.peer_error import PeerError
from fixtures.observe.signaling.dialling import Dial
from fixtures.observe.signaling.errors import SignalingRefusedError
from fixtures.observe.signaling.joining import joined, left
from fixtures.observe.signaling.socket_client import SignalingClient
from fixtures.target.protocol import RoomUser
from fixtures.target.variants import DESIGN, GATEWAY
from tests.harness.stand_ins.gateway_server import JOINED, Gateway
from tests.harness.stand_ins.sfu_stub import CAPABILITIES
from tests.harness.stand_ins.signaling_server import PATIENT, signaling_server

Result = TypeVar("Result")
BRIEF = replace(PATIENT, transport_connect_deadline_s=0.3)


def _with(folder: Path, gateway: Gateway, use: Callable[[Dial], Awaitable[Result]]) -> Result:
    async def scenario() -> Result:
        async with signaling_server(folder, gateway.handlers, limits=BRIEF) as served:
            return await use(replace(served.dial, protocol=GATEWAY))

    return asyncio.run(scenario())


def test_joining_is_acknowledged(tmp_path: Path) -> None:
    """The acknowledgement says what the design's event does; leaving is said, and nothing else was sent."""
    gateway = Gateway()

    async def use(dial: Dial) -> None:
        async with SignalingClient(dial) as client:
            room = await joined(client, "r", "anna")
            assert (room.room, room.user_id, room.rtp_capabilities) == ("r", "p1", CAPABILITIES)
            assert room.users == (RoomUser("p2", "p2", "berta", ()),)
            await left(client, "r")

    _with(tmp_path, gateway, use)
    assert gateway.asked == [("join-room", {"roomId": "r", "name": "anna"}), ("leave-room", None)]


def test_a_refusal_is_told_with_its_code(tmp_path: Path) -> None:
    """The message for people, behind the code for programs."""
    full = {"success": False, "error": {"code": "ROOM_FULL", "message": "ten are in it"}}

    async def use(dial: Dial) -> str:
        async with SignalingClient(dial) as client:
            with pytest.raises(SignalingRefusedError) as refused:
                await joined(client, "r", "anna")
            return str(refused.value)

    said = _with(tmp_path, Gateway({"join-room": full}), use)
    assert said == "signaling refused join-room: ROOM_FULL: ten are in it"


def test_capabilities_are_asked_for_where_joining_lacks_them(tmp_path: Path) -> None:
    """As a third variant may have it: a value says so, and the client is the same."""
    gateway = Gateway(
        {"join-room": {name: each for name, each in JOINED.items() if name != "rtpCapabilities"}}
    )
    third = replace(GATEWAY, came=replace(GATEWAY.came, rtp_capabilities=None))

    async def use(dial: Dial) -> object:
        async with SignalingClient(replace(dial, protocol=third)) as client:
            return (await joined(client, "r", "anna")).rtp_capabilities

    assert _with(tmp_path, gateway, use) == CAPABILITIES
    assert [event for event, _ in gateway.asked] == ["join-room", "get-router-rtp-capabilities"]


def test_a_peer_asks_for_transports_by_what_they_do(tmp_path: Path) -> None:
    """Up to ICE, which nothing answers here: no payload after joining has a room, and the peer says goodbye."""
    gateway = Gateway()

    async def use(dial: Dial) -> PeerError:
        with pytest.raises(PeerError) as failed:
            async with Peer(PeerSetup(dial, "r", "anna", sender=1)) as peer:
                await peer.join()
        return failed.value

    error = _with(tmp_path, gateway, use)
    assert error.step == "send transport: ICE and DTLS connected"
    sent = dict(gateway.asked)
    assert sent["create-webrtc-transport"] == {"producing": True}
    produced = sent["produce"]
    assert isinstance(produced, dict)
    assert sorted(produced) == ["kind", "rtpParameters", "transportId"]
    assert [
        event for event, payload in gateway.asked if isinstance(payload, dict) and "roomId" in payload
    ] == ["join-room"]
    assert gateway.asked[-1] == ("leave-room", None)


def test_a_room_of_the_design_is_left_with_the_connection(tmp_path: Path) -> None:
    """It has no word for leaving, so none is sent."""

    async def use() -> list[str]:
        async with (
            signaling_server(tmp_path, limits=BRIEF) as served,
            SignalingClient(replace(served.dial, protocol=DESIGN)) as client,
        ):
            await joined(client, "r", "anna")
            await left(client, "r")
            return [each.name for each in client.history if each.kind == "sent"]

    assert asyncio.run(use()) == ["join_room"]
