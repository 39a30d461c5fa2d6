"""The signaling protocol: payloads as the design has them, and answers read into values or refused by name."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fixtures.target.protocol import (
    WORDS,
    ConsumerOffer,
    NewProducer,
    ProtocolError,
    RoomJoined,
    RoomUser,
    TransportOffer,
)
from fixtures.target.protocol_reading import SHOWN, Reading
from fixtures.target.variants import DESIGN, GATEWAY, VARIANTS

USER = {"user_id": "u2", "socket_id": "s2", "username": "b", "producers": ["p1", 2]}
JOINED = {"roomId": "r", "userId": "u", "rtpCapabilities": {"codecs": []}, "users": [USER]}
TRANSPORT = {"id": "t", "iceParameters": {"a": 1}, "iceCandidates": [{"ip": "x"}], "dtlsParameters": {"b": 2}}
CONSUMER = {"id": "c", "producerId": "p", "kind": "video", "rtpParameters": {"codecs": []}}
PRODUCER = {"producerId": "p", "producerSocketId": "s", "kind": "audio"}
Read = Callable[[object], object]


def test_answers_are_read() -> None:
    """Each answer whole."""
    user = RoomUser("u2", "s2", "b", ("p1", "2"))
    assert DESIGN.read_joined(JOINED) == RoomJoined("r", "u", {"codecs": []}, (user,))
    assert DESIGN.read_transport(TRANSPORT) == TransportOffer("t", {"a": 1}, ({"ip": "x"},), {"b": 2})
    assert DESIGN.read_consumer(CONSUMER) == ConsumerOffer("c", "p", "video", {"codecs": []})
    assert DESIGN.read_consumer({**CONSUMER, "kind": "audio"}).kind == "audio"
    assert DESIGN.read_new_producer(PRODUCER) == NewProducer("p", "s", "audio")
    assert DESIGN.read_producer({"id": "i"}) == "i"
    assert DESIGN.read_capabilities({"rtpCapabilities": {"codecs": [1]}}) == {"codecs": [1]}


@pytest.mark.parametrize(
    ("read", "whole", "name"),
    [
        (DESIGN.read_joined, JOINED, "room-joined"),
        (DESIGN.read_transport, TRANSPORT, "createWebRtcTransport's answer"),
        (DESIGN.read_consumer, CONSUMER, "consume's answer"),
        (DESIGN.read_new_producer, PRODUCER, "new-producer"),
    ],
)
def test_what_is_missing_is_named(read: Read, whole: Mapping[str, Any], name: str) -> None:
    """Without any one of its fields, or with one of another kind, an answer is refused with that field's name."""
    for field in whole:
        for answer in ({k: v for k, v in whole.items() if k != field}, {**whole, field: 3}):
            with pytest.raises(ProtocolError, match=f"^{name}: no {field} in "):
                read(answer)
    empty: tuple[object, ...] = (None, [], "text")
    for nothing in empty:
        with pytest.raises(ProtocolError, match=f"^{name}: no "):
            read(nothing)


def test_a_user_is_read_as_strictly() -> None:
    """A user of the room without one of its fields, and a text where a list is wanted."""
    for field in USER:
        with pytest.raises(ProtocolError, match=f"room-joined, a user: no {field} in "):
            DESIGN.read_joined({**JOINED, "users": [{k: v for k, v in USER.items() if k != field}]})
    with pytest.raises(ProtocolError, match="no users in"):
        DESIGN.read_joined({**JOINED, "users": "text"})


def test_another_kind_of_media_is_refused() -> None:
    """Neither audio nor video."""
    with pytest.raises(ProtocolError, match="consume's answer: kind data is neither audio nor video"):
        DESIGN.read_consumer({**CONSUMER, "kind": "data"})


def test_a_long_answer_is_cut() -> None:
    """What is shown of an answer has a bound; a short one is shown whole."""
    with pytest.raises(ProtocolError) as long:
        Reading("x", {"a": "b" * 1000}).text("id")
    assert str(long.value) == 'x: no id in {"a": "' + "b" * 393 + "..."
    exact = {"a": "b" * (SHOWN - len('{"a": ""}'))}
    with pytest.raises(ProtocolError) as short:
        Reading("x", exact).text("id")
    assert str(short.value).endswith('b"}')


def test_refusals_and_leaving() -> None:
    """An acknowledgement with an error is its text; an empty one, or another answer, is no refusal."""
    answers = ({"error": "full"}, {"error": 5}, {"error": ""}, {"id": "x"}, None, ["error"])
    assert [DESIGN.refusal(each) for each in answers] == ["full", "5", None, None, None, None]
    assert [DESIGN.left_user(each) for each in ({"user_id": "u"}, {}, None, "u")] == ["u", None, None, None]


def test_payloads_are_the_designs() -> None:
    """What a client sends, field for field."""
    assert DESIGN.joining("r", "n") == {"roomId": "r", "name": "n"}
    assert DESIGN.in_room("r") == {"roomId": "r"}
    assert DESIGN.creating_transport("r", "send") == {"roomId": "r", "type": "send"}
    connecting = {"roomId": "r", "transportId": "t", "dtlsParameters": {"d": 1}}
    assert DESIGN.connecting_transport("r", "t", {"d": 1}) == connecting
    producing = {"roomId": "r", "transportId": "t", "kind": "audio", "rtpParameters": {"p": 1}}
    assert DESIGN.producing("r", "t", "audio", {"p": 1}) == producing
    consuming = {"roomId": "r", "transportId": "t", "producerId": "p", "rtpCapabilities": {"c": 1}}
    assert DESIGN.consuming("r", "t", "p", {"c": 1}) == consuming
    assert DESIGN.resuming("r", "c") == {"roomId": "r", "consumerId": "c"}


def test_the_designs_words() -> None:
    """The names of events, each as the deployed system has it."""
    assert {name: getattr(DESIGN, name) for name in WORDS} == {
        "path": "/socket.io/", "connected": "connected", "join_room": "join_room", "room_joined": "room-joined",
        "failed": "error", "user_joined": "user-joined", "user_left": "user-left", "leave_room": None,
        "router_capabilities": "getRouterRtpCapabilities", "create_transport": "createWebRtcTransport",
        "connect_transport": "connectWebRtcTransport", "produce": "produce", "new_producer": "new-producer",
        "consume": "consume", "resume_consumer": "resume_consumer",
    }  # fmt: skip


PARTICIPANT = {
    "id": "p2",
    "name": "b",
    "joinedAt": "2026-01-01",
    "producers": [{"id": "v1", "kind": "video"}],
}
ACKNOWLEDGED = {
    "success": True, "roomId": "r", "participantId": "p1", "participants": [PARTICIPANT],
    "rtpCapabilities": {"codecs": []},
}  # fmt: skip


def test_the_gateways_payloads_carry_no_room() -> None:
    """Only joining names the room; what has nothing to say is sent without a payload."""
    assert GATEWAY.joining("r", "n") == {"roomId": "r", "name": "n"}
    assert (GATEWAY.in_room("r"), GATEWAY.leaving("r")) == (None, None)
    assert GATEWAY.creating_transport("r", "send") == {"producing": True}
    assert GATEWAY.creating_transport("r", "recv") == {"consuming": True}
    assert GATEWAY.connecting_transport("r", "t", {"d": 1}) == {
        "transportId": "t",
        "dtlsParameters": {"d": 1},
    }
    producing = {"transportId": "t", "kind": "audio", "rtpParameters": {"p": 1}}
    assert GATEWAY.producing("r", "t", "audio", {"p": 1}) == producing
    assert GATEWAY.consuming("r", "t", "p", {"c": 1}) == {"producerId": "p", "rtpCapabilities": {"c": 1}}
    assert GATEWAY.resuming("r", "c") == {"consumerId": "c"}


def test_the_gateways_answers_are_read() -> None:
    """Under its own names: participants with producers that are objects, the producer's id, the capabilities alone."""
    user = RoomUser("p2", "p2", "b", ("v1",))
    assert GATEWAY.read_joined(ACKNOWLEDGED) == RoomJoined("r", "p1", {"codecs": []}, (user,))
    assert GATEWAY.read_producer({"producerId": "v2"}) == "v2"
    assert GATEWAY.read_capabilities({"codecs": [1]}) == {"codecs": [1]}
    announced = {"producerId": "v2", "participantId": "p2", "kind": "video"}
    assert GATEWAY.read_new_producer(announced) == NewProducer("v2", "p2", "video")
    assert GATEWAY.left_user({"participantId": "p2"}) == "p2"


@pytest.mark.parametrize("field", ["roomId", "participantId", "participants", "rtpCapabilities"])
def test_what_the_gateways_answer_lacks_is_named(field: str) -> None:
    """With the event that was answered, since no event of its own carries it."""
    answer = {name: value for name, value in ACKNOWLEDGED.items() if name != field}
    with pytest.raises(ProtocolError, match=f"^join-room's answer: no {field} in "):
        GATEWAY.read_joined(answer)
    with pytest.raises(ProtocolError, match=r"^join-room's answer, a producer: no id in "):
        GATEWAY.read_joined({**ACKNOWLEDGED, "participants": [{**PARTICIPANT, "producers": ["v1"]}]})
    with pytest.raises(ProtocolError, match=r"^get-router-rtp-capabilities's answer is no object in "):
        GATEWAY.read_capabilities(["codecs"])


def test_the_gateways_refusals() -> None:
    """A code and a message, a text alone, or no more than that it did not succeed."""
    full = {"success": False, "error": {"code": "ROOM_FULL", "message": "ten are in it"}}
    answers = (
        full,
        {"error": {"message": "no"}},
        {"error": "dtls"},
        {"error": {"why": 1}},
        {"success": False},
    )
    assert [GATEWAY.refusal(each) for each in answers] == [
        "ROOM_FULL: ten are in it", "no", "dtls", '{"why": 1}', "success is false, without a reason",
    ]  # fmt: skip
    well: tuple[object, ...] = (ACKNOWLEDGED, {}, None, {"success": True}, {"producerId": "v"})
    assert [GATEWAY.refusal(each) for each in well] == [None] * len(well)
    assert DESIGN.refusal({"success": False}) is None, "the design's acknowledgements do not say so"


def test_every_variant_is_whole() -> None:
    """Each has every word, but for those that it does without, and is known by a name."""
    for name, variant in VARIANTS.items():
        without = {"connected", "room_joined", "leave_room"}
        lacking = [word for word in WORDS if word not in without and not getattr(variant, word)]
        assert lacking == [], name
