"""The signaling client against a real python-socketio server."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from socketio import AsyncServer

from fixtures.observe.signaling.dialling import SocketTransport, Sticky
from fixtures.observe.signaling.errors import (
    AckTimeoutError,
    EventTimeoutError,
    OriginRefusedError,
    SignalingLostError,
    SignalingRefusedError,
    TlsError,
    UnreachableError,
    UnresolvedHostError,
)
from fixtures.observe.signaling.joining import joined
from fixtures.observe.signaling.polling import TooFewReplicasError, poll_session, replicas_of
from fixtures.observe.signaling.socket_client import SignalingClient
from fixtures.target.reach import Reach
from tests.harness.stand_ins.signaling_server import ALLOWED, HOST, signaling_server


@pytest.mark.parametrize(
    ("asked", "stands_on"),
    [("websocket", "websocket"), ("polling", "polling"), ("upgrade", "websocket")],
)
def test_connects_by_each_transport(tmp_path: Path, asked: SocketTransport, stands_on: str) -> None:
    """Each transport connects through the override with verified TLS, is greeted, and carries a call."""

    async def scenario() -> None:
        async with signaling_server(tmp_path) as served:
            async with SignalingClient(replace(served.dial, transport=asked)) as client:
                greeting = await client.expect("connected")
                assert (client.transport, greeting.payload) == (stands_on, {"socket_id": client.socket_id})
                assert await client.call("echo", {"n": 7}) == {"n": 7}
            assert not client.connected

    asyncio.run(scenario())


@pytest.mark.parametrize("transport", ["websocket", "polling", "upgrade"])
def test_replica_is_read_from_the_handshake(tmp_path: Path, transport: SocketTransport) -> None:
    """The sticky cookie names the replica, on the websocket's 101 too."""

    async def scenario() -> None:
        async with (
            signaling_server(tmp_path, replica="a1b2") as served,
            SignalingClient(replace(served.dial, transport=transport)) as client,
        ):
            assert client.replica == Sticky("_sticky", "a1b2")

    asyncio.run(scenario())


def test_a_sticky_cookie_is_presented(tmp_path: Path) -> None:
    """The replica asked for is named in the handshake's Cookie header."""

    async def scenario() -> list[str]:
        async with signaling_server(tmp_path) as served:
            async with SignalingClient(replace(served.dial, sticky=Sticky("_sticky", "wanted"))):
                pass
            return served.cookies

    assert asyncio.run(scenario())[0] == "_sticky=wanted"


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_foreign_origin_is_refused_and_the_own_served(tmp_path: Path, transport: SocketTransport) -> None:
    """An origin that the server does not allow is a typed error with its status; an allowed one connects."""

    async def scenario() -> None:
        async with signaling_server(tmp_path) as served:
            dial = replace(served.dial, transport=transport)
            async with SignalingClient(replace(dial, origin=ALLOWED)) as client:
                assert client.connected
            with pytest.raises(
                OriginRefusedError,
                match=r"refused, perhaps for the origin https://evil\.test",
            ) as refused:
                async with SignalingClient(replace(dial, origin="https://evil.test")):
                    pass
            assert refused.value.status == 400

    asyncio.run(scenario())


def test_a_refusal_carries_the_servers_reason(tmp_path: Path) -> None:
    """An acknowledgement with `error` raises, with the server's own text."""

    async def scenario() -> None:
        async with signaling_server(tmp_path) as served, SignalingClient(served.dial) as client:
            with pytest.raises(SignalingRefusedError, match="signaling refused refuse: room is full"):
                await client.call("refuse", {})

    asyncio.run(scenario())


async def _answer_with_error(sio: AsyncServer, payload: object, sid: str, _: object) -> None:
    await sio.emit("error", payload, to=sid)


def test_a_join_that_is_answered_with_an_error_is_a_refusal(tmp_path: Path) -> None:
    """By an event of its own, with the server's words for people, or with all that came where it has none."""

    async def scenario() -> list[str]:
        async with signaling_server(tmp_path) as served, SignalingClient(served.dial) as client:
            said: list[str] = []
            for payload in ({"message": "the room store is not reachable", "event": "join_room"}, {"no": 1}):
                served.sio.on("join_room", partial(_answer_with_error, served.sio, payload))
                with pytest.raises(SignalingRefusedError) as refused:
                    await joined(client, "acceptance-room", "first")
                said.append(str(refused.value))
            return said

    assert asyncio.run(scenario()) == [
        "signaling refused join_room: the room store is not reachable",
        'signaling refused join_room: {"no": 1}',
    ]


def test_what_never_comes_is_a_timeout_that_says_what_came(tmp_path: Path) -> None:
    """Acknowledgement and event each have a deadline, and its error says what was seen instead."""

    async def scenario() -> None:
        async with signaling_server(tmp_path) as served, SignalingClient(served.dial) as client:
            async with asyncio.timeout(2):
                with pytest.raises(AckTimeoutError, match=r"silent not acknowledged within 0\.2 s"):
                    await client.call("silent", {}, deadline_s=0.2)
                with pytest.raises(
                    EventTimeoutError, match=r"no matching room-joined .* received: .*connected"
                ):
                    await client.expect("room-joined", deadline_s=0.2)
                client._log.record("received", "error", {"message": "the SFU did not answer"})
                with pytest.raises(EventTimeoutError, match=r"received: .*error .*the SFU did not answer"):
                    await client.expect("room-joined", deadline_s=0.2)

    asyncio.run(scenario())


def test_expect_takes_the_event_that_matches(tmp_path: Path) -> None:
    """Of several events of one name the one that satisfies the predicate is returned, early or late."""

    async def scenario() -> None:
        async with signaling_server(tmp_path) as served, SignalingClient(served.dial) as client:
            waiting = asyncio.create_task(client.expect("user-left", lambda who: who["user_id"] == "b"))
            for user in ("a", "b"):
                await served.sio.emit("user-left", {"user_id": user})
            assert (await waiting).payload == {"user_id": "b"}
            assert (await client.expect("user-left")).payload == {"user_id": "a"}

    asyncio.run(scenario())


@pytest.mark.parametrize("transport", ["websocket", "upgrade"])
def test_after_a_dropped_connection_the_client_is_back(tmp_path: Path, transport: SocketTransport) -> None:
    """With reconnection on, a cut TCP connection is noticed, and a new socket then carries calls."""

    async def scenario() -> None:
        async with signaling_server(tmp_path) as served:
            dial = replace(served.dial, transport=transport, reconnect=True)
            async with SignalingClient(dial) as client:
                before = client.socket_id
                assert await client.back(client.drop()) > 0
                assert client.socket_id != before
                assert await client.call("echo", 1) == 1

    asyncio.run(scenario())


def test_a_lost_connection_fails_what_waits_at_once(tmp_path: Path) -> None:
    """Without reconnection a cut ends pending calls and waits with an error, long before their deadline."""

    async def scenario() -> None:
        async with signaling_server(tmp_path) as served, SignalingClient(served.dial) as client:
            calls = [
                asyncio.create_task(client.call("silent", {}, deadline_s=60)),
                asyncio.create_task(client.expect("user-left", deadline_s=60)),
            ]
            await client.call("echo", 1)
            client.drop()
            async with asyncio.timeout(5):
                for ended in await asyncio.gather(*calls, return_exceptions=True):
                    assert isinstance(ended, SignalingLostError)

    asyncio.run(scenario())


def test_connection_failures_have_names(tmp_path: Path) -> None:
    """An untrusted certificate, a name without address and a closed port are told apart."""

    async def scenario() -> None:
        async with signaling_server(tmp_path) as served:
            reach = served.dial.reach
            for dial, error in (
                (replace(served.dial, reach=Reach(reach.overrides)), TlsError),
                (replace(served.dial, reach=Reach({}, reach.ca_file)), UnresolvedHostError),
                (replace(served.dial, port=1), UnreachableError),
            ):
                with pytest.raises(error, match=f"curl -i .*{HOST}"):
                    async with SignalingClient(dial):
                        pass

    asyncio.run(scenario())


def test_polling_session_stays_where_its_cookie_says(tmp_path: Path) -> None:
    """A raw polling session presents the cookie it was given, or none, and records every answer."""

    async def scenario() -> None:
        async with signaling_server(tmp_path, replica="r7") as served:
            sticky = await poll_session(served.dial, polls=3)
            loose = await poll_session(served.dial, stick=False, polls=3)
            assert sticky.replica == Sticky("_sticky", "r7")
            assert [poll.status for poll in sticky.polls] == [200] * 6
            assert {poll.presented for poll in sticky.polls} == {"_sticky=r7"}
            assert {poll.presented for poll in loose.polls} == {None}

    asyncio.run(scenario())


def test_replicas_are_found_or_the_shortage_is_told(tmp_path: Path) -> None:
    """One replica is found where one answers; wanting two of it fails after a bounded number of tries."""

    async def scenario() -> None:
        async with signaling_server(tmp_path, replica="only") as served:
            assert await replicas_of(served.dial, want=1) == (Sticky("_sticky", "only"),)
            with pytest.raises(TooFewReplicasError, match=r"1 signaling replicas met in 3 .* 3x only"):
                await replicas_of(served.dial, want=2, limit=3)

    asyncio.run(scenario())
