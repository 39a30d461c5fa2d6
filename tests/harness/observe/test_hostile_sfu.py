"""An SFU whose answers have wrong shapes or absurd sizes: the step that asked fails, with what came and what was wanted."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pymediasoup.rtp_parameters import RtpParameters

from fixtures.observe.media.peer import Peer, PeerSetup
from fixtures.observe.media.peer_error import PeerError
from fixtures.observe.media.step_failures import cause_of
from fixtures.observe.media.watch import VideoWatch
from fixtures.observe.signaling.errors import SignalingRefusedError
from fixtures.observe.signaling.events import Event
from fixtures.observe.signaling.socket_client import SignalingClient
from tests.harness.stand_ins import sfu_stub
from tests.harness.stand_ins.plain_text import plain
from tests.harness.stand_ins.sfu_stub import CAPABILITIES
from tests.harness.stand_ins.signaling_server import PATIENT, signaling_server

BRIEF = replace(
    PATIENT, transport_connect_deadline_s=0.3, device_load_deadline_s=2.0, socket_event_deadline_s=2.0
)
TRANSPORT = sfu_stub.transport("127.0.0.1")
CANDIDATE: Mapping[str, Any] = TRANSPORT["iceCandidates"][0]


def offer(**fields: object) -> dict[str, object]:
    """An offer of a transport with other fields."""
    return {**TRANSPORT, **fields}


def candidate(**fields: object) -> dict[str, object]:
    """An offer whose one candidate has other fields."""
    return offer(iceCandidates=[{**CANDIDATE, **fields}])


def joined(**fields: object) -> dict[str, object]:
    """A greeting of the room with other fields."""
    return {"roomId": "r", "userId": "u", "rtpCapabilities": CAPABILITIES, "users": [], **fields}


async def _refused(folder: Path, answers: Mapping[str, object], greeting: object = None) -> PeerError:
    async with signaling_server(folder, sfu_stub.answers(others=answers), limits=BRIEF) as served:
        if greeting is not None:

            async def greet(sid: str, payload: object) -> None:
                await served.sio.emit("room-joined", greeting, to=sid)

            served.sio.on("join_room", greet)
        began = time.monotonic()
        with pytest.raises(PeerError) as failed:
            async with Peer(PeerSetup(served.dial, "room", "anna", sender=1)) as peer:
                await peer.join()
        assert time.monotonic() - began < 15
        return failed.value


OFFERS: dict[str, tuple[object, str]] = {
    "nothing": (None, "no iceCandidates in "),
    "a list": ([1], "no iceCandidates in "),
    "id of a number": (offer(id=5), "no id in"),
    "id of 100 kB": (offer(id="x" * 100_000), "id is no text of up to 500 characters"),
    "1000 candidates": (offer(iceCandidates=[CANDIDATE] * 1000), "the SFU offers 1000 candidates, 32 are tried"),
    "candidates of texts": (offer(iceCandidates=["x"]), "a candidate is no object"),
    "candidate without an address": (offer(iceCandidates=[{"port": 1}]), "without a usable address"),
    "port of letters": (candidate(port="x"), "without a usable address"),
    "port of 99999": (candidate(port=99999), "without a usable address"),
    "port of 90 digits": (candidate(port=10**90), "without a usable address"),
    "host of a number": (candidate(ip=7, address=7), "without a usable address"),
    "host of 10 kB": (candidate(ip="a" * 10_000), "without a usable address"),
    "host of a long label": (candidate(ip="a" * 64 + ".test"), "label"),
    "protocol of nobody": (candidate(protocol="smoke"), "Input should be 'udp' or 'tcp'"),
    "priority of letters": (candidate(priority="high"), "priority: Input should be a valid integer"),
    "ice parameters of numbers": (offer(iceParameters={"usernameFragment": 5}), "usernameFragment: Input should be"),
    "no fingerprints": (offer(dtlsParameters={"role": "auto"}), "fingerprints: Field required"),
    "a role of nobody": (offer(dtlsParameters={"role": "x", "fingerprints": []}), "role: Input should be"),
    "refusal that is an object": ({"error": {"code": None}}, 'signaling refused createWebRtcTransport: {"code": null}'),
}  # fmt: skip


@pytest.mark.parametrize("name", OFFERS)
def test_an_offer_of_a_transport(tmp_path: Path, name: str) -> None:
    """It fails before anything is dialled."""
    answer, said = OFFERS[name]
    error = asyncio.run(_refused(tmp_path, {"createWebRtcTransport": answer}))
    assert error.step.startswith("send transport: ")
    assert said in str(error)
    assert len(str(error)) < 2500
    assert "Traceback" not in str(error)


GREETINGS: dict[str, tuple[object, str]] = {
    "a text": ("hello", 'room-joined: no roomId in "hello"'),
    "users of a number": (joined(users=7), "room-joined: no users in"),
    "user of a number": (joined(users=[7]), "room-joined, a user: no user_id in 7"),
    "producers of objects": (
        joined(users=[{"user_id": "a", "socket_id": "b", "username": "c", "producers": [{}]}]),
        "a producer is no text",
    ),
    "codecs of a text": (joined(rtpCapabilities={"codecs": "x"}), "codecs: Input should be a valid list"),
    "codecs of numbers": (joined(rtpCapabilities={"codecs": [7]}), "codecs.0: Input should be"),
    "clock of letters": (
        joined(rtpCapabilities={"codecs": [{"kind": "audio", "mimeType": "audio/opus", "clockRate": "x"}]}),
        "codecs.0.clockRate: Input should be a valid integer",
    ),
}


@pytest.mark.parametrize("name", GREETINGS)
def test_a_greeting_of_the_room(tmp_path: Path, name: str) -> None:
    """The room is not joined, or the device cannot be loaded, and it is said with what."""
    greeting, said = GREETINGS[name]
    error = asyncio.run(_refused(tmp_path, {}, greeting))
    assert said in str(error)
    assert len(str(error)) < 2500


@pytest.mark.parametrize("answer", [None, {}, {"id": 5}, {"id": "x" * 600}, [], {"error": "no"}])
def test_an_answer_to_produce(tmp_path: Path, answer: object) -> None:
    """The step that produces fails, with the answer."""
    error = asyncio.run(_refused(tmp_path, {"produce": answer}))
    assert error.step == "produce audio"
    assert "produce" in plain(str(error).partition("step")[2].replace("{}", ""))


def test_more_producers_than_are_taken(tmp_path: Path) -> None:
    """Each more would be a decoder: none is asked for beyond the limit, which is named."""

    async def scenario() -> None:
        async with signaling_server(tmp_path, limits=BRIEF) as served:
            peer = Peer(PeerSetup(served.dial, "room", "anna", sender=1))
            peer.watches.all = [VideoWatch("video/VP8")] * BRIEF.call_producers_max
            with pytest.raises(
                PeerError, match=r"more producers are announced .* 8 are taken \(call_producers_max\)"
            ):
                await peer._consume_all(("one more",))
            async with peer:
                pass

    asyncio.run(scenario())


def test_joining_has_a_deadline_of_its_own(tmp_path: Path) -> None:
    """However each step keeps its deadline, all of them together end."""

    async def scenario() -> PeerError:
        limits = replace(BRIEF, call_join_deadline_s=0.5, transport_connect_deadline_s=20.0)
        async with signaling_server(tmp_path, sfu_stub.answers(), limits=limits) as served:
            with pytest.raises(PeerError, match=r"not joined within 0\.5 s") as failed:
                async with Peer(PeerSetup(served.dial, "room", "anna", sender=1)) as peer:
                    await peer.join()
            return failed.value

    assert asyncio.run(scenario()).step == "send transport: ICE and DTLS connected"


def test_a_refusal_is_shown_escaped_and_short(tmp_path: Path) -> None:
    """What a server gives as its reason is its own text: no terminal obeys it, and no page is filled by it."""

    async def answer(sid: str, payload: object) -> object:
        return {"error": "\x1b[2J" + "x" * 10_000}

    async def scenario() -> SignalingRefusedError:
        async with (
            signaling_server(tmp_path, {"produce": answer}) as served,
            SignalingClient(served.dial) as client,
        ):
            with pytest.raises(SignalingRefusedError) as failed:
                await client.call("produce", {})
            return failed.value

    text = str(asyncio.run(scenario()))
    assert text.startswith("signaling refused produce: \\x1b[2Jxxx")
    assert len(text) < 500


def test_what_cannot_be_used_is_shown_with_the_last_that_came() -> None:
    """Of pydantic's page the first error, of the answer its beginning; and without an answer none."""
    with pytest.raises(ValueError, match="codecs") as failed:
        RtpParameters(codecs="x")
    history = (
        Event(0.0, "answered", "consume", {"rtpParameters": {"codecs": "x"}}),
        Event(1.0, "sent", "produce", 7),
    )
    said = "the answer cannot be used (codecs: Input should be a valid list)"
    last = '; the last that came is consume {"rtpParameters": {"codecs": "x"}}'
    assert cause_of(failed.value, 1.0, history) == said + last
    assert cause_of(failed.value, 1.0, history[1:]) == said
    assert cause_of(TimeoutError(), 1.5, history) == "not within 1.5 s"
