"""The signaling protocol: payloads as the design has them, and answers read into values or refused by name."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fixtures.target import protocol
from fixtures.target.protocol import (
    DESIGN,
    ConsumerOffer,
    NewProducer,
    ProtocolError,
    RoomJoined,
    RoomUser,
    TransportOffer,
)

USER = {"user_id": "u2", "socket_id": "s2", "username": "b", "producers": ["p1", 2]}
JOINED = {"roomId": "r", "userId": "u", "rtpCapabilities": {"codecs": []}, "users": [USER]}
TRANSPORT = {"id": "t", "iceParameters": {"a": 1}, "iceCandidates": [{"ip": "x"}], "dtlsParameters": {"b": 2}}
CONSUMER = {"id": "c", "producerId": "p", "kind": "video", "rtpParameters": {"codecs": []}}
PRODUCER = {"producerId": "p", "producerSocketId": "s", "kind": "audio"}
Read = Callable[[object], object]


def test_answers_are_read() -> None:
    """Each answer whole."""
    user = RoomUser("u2", "s2", "b", ("p1", "2"))
    assert protocol.room_joined(JOINED) == RoomJoined("r", "u", {"codecs": []}, (user,))
    assert protocol.transport_offer(TRANSPORT) == TransportOffer("t", {"a": 1}, ({"ip": "x"},), {"b": 2})
    assert protocol.consumer_offer(CONSUMER) == ConsumerOffer("c", "p", "video", {"codecs": []})
    assert protocol.consumer_offer({**CONSUMER, "kind": "audio"}).kind == "audio"
    assert protocol.new_producer(PRODUCER) == NewProducer("p", "s", "audio")
    assert protocol.identifier("x", {"id": "i"}) == "i"


@pytest.mark.parametrize(
    ("read", "whole", "name"),
    [
        (protocol.room_joined, JOINED, "room-joined"),
        (protocol.transport_offer, TRANSPORT, "createWebRtcTransport's answer"),
        (protocol.consumer_offer, CONSUMER, "consume's answer"),
        (protocol.new_producer, PRODUCER, "new-producer"),
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
            protocol.room_joined({**JOINED, "users": [{k: v for k, v in USER.items() if k != field}]})
    with pytest.raises(ProtocolError, match="no users in"):
        protocol.room_joined({**JOINED, "users": "text"})


def test_another_kind_of_media_is_refused() -> None:
    """Neither audio nor video."""
    with pytest.raises(ProtocolError, match="consume's answer: kind data is neither audio nor video"):
        protocol.consumer_offer({**CONSUMER, "kind": "data"})


def test_a_long_answer_is_cut() -> None:
    """What is shown of an answer has a bound; a short one is shown whole."""
    with pytest.raises(ProtocolError) as long:
        protocol.identifier("x", {"a": "b" * 1000})
    assert str(long.value) == 'x: no id in {"a": "' + "b" * 393 + "..."
    exact = {"a": "b" * (protocol.SHOWN - len('{"a": ""}'))}
    with pytest.raises(ProtocolError) as short:
        protocol.identifier("x", exact)
    assert str(short.value).endswith('b"}')


def test_refusals_and_leaving() -> None:
    """An acknowledgement with an error is its text; an empty one, or another answer, is no refusal."""
    answers = ({"error": "full"}, {"error": 5}, {"error": ""}, {"id": "x"}, None, ["error"])
    assert [protocol.refusal(each) for each in answers] == ["full", "5", None, None, None, None]
    assert [protocol.left_user(each) for each in ({"user_id": "u"}, {}, None, "u")] == ["u", None, None, None]


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
    assert {name: getattr(DESIGN, name) for name in DESIGN.__dataclass_fields__} == {
        "path": "/socket.io/", "connected": "connected", "join_room": "join_room", "room_joined": "room-joined",
        "failed": "error", "user_joined": "user-joined", "user_left": "user-left",
        "router_capabilities": "getRouterRtpCapabilities", "create_transport": "createWebRtcTransport",
        "connect_transport": "connectWebRtcTransport", "produce": "produce", "new_producer": "new-producer",
        "consume": "consume", "resume_consumer": "resume_consumer",
    }  # fmt: skip
