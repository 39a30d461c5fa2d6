"""Errors of every kind are words that an operator reads: no Python representation of a value stands in them."""

import asyncio
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests
import trustme
from aioice import stun

from fixtures.observe.http.access_log import AccessLogError, between, parse
from fixtures.observe.http.certificates import CertificateError, certificate
from fixtures.observe.http.requests import failure_text, request
from fixtures.observe.media.link import Link, LinkFailedError
from fixtures.observe.media.peer import Peer, PeerError, PeerSetup, room_name
from fixtures.observe.plainly import data, reason_of
from fixtures.observe.signaling.errors import (
    AckTimeoutError,
    ConnectError,
    ConnectTimeoutError,
    EventTimeoutError,
    OriginRefusedError,
    SignalingError,
    SignalingRefusedError,
    TlsError,
    UnreachableError,
    UnresolvedHostError,
)
from fixtures.observe.signaling.polling import TooFewReplicasError, replicas_of
from fixtures.observe.signaling.socket_client import SignalingClient
from fixtures.observe.signaling.wire import Dial, SocketTransport
from fixtures.observe.swarm.access import open_swarm
from fixtures.observe.swarm.state import SwarmError
from fixtures.observe.turn.relay_client import allocation_of
from fixtures.observe.turn.values import TurnAccess, TurnError, TurnServer, credential
from fixtures.secrets import Secret
from fixtures.target.protocol import ProtocolError, consumer_offer, room_joined
from fixtures.target.reach import Reach
from fixtures.target.values import SwarmApi
from tests.harness.stand_ins import sfu_stub
from tests.harness.stand_ins.engine_api import recording_engine
from tests.harness.stand_ins.signaling_server import HOST, PATIENT, Served, signaling_server
from tests.harness.stand_ins.turn_server import turn_stub

LIKE_CODE = re.compile(
    r"\w\(\w*=|\w+Error\b|<[\w.]+ (object|at)|[(\[{]'\w+',|\{'|\['|\('|, \)|\bNone\b|\bTrue\b|\bFalse\b|\bErrno\b"
)
"""A call with named values, a class of errors, an object's address, a tuple, list or dict with texts, or a constant."""
BRIEF = replace(
    PATIENT, transport_connect_deadline_s=0.2, turn_answer_deadline_s=0.2, socket_connect_deadline_s=1.0
)


def plain(error: object) -> str:
    """The text of an error, once it is plain."""
    text = str(error)
    assert text
    found = LIKE_CODE.search(text)
    assert found is None, f"{found[0]} in: {text}"
    return text


@pytest.fixture
def closed() -> Iterator[int]:
    """A port of this machine on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@pytest.mark.parametrize(
    ("code", "is_code"),
    [
        ("Candidate(host='10.0.0.1', port=3)", True), ("{'a': 1}", True), ("('x', 1)", True), ("ValueError: x", True),
        ("<Task object at 0x7f>", True), ("pair None", True), ("[Errno 111] x", True), ('{"error": "no port"}', False),
        ("udp 10.0.0.1:9 host (dialled at 127.0.0.9)", False), ("504 after 30.00 s", False), ("step 'produce'", False),
    ],
)  # fmt: skip
def test_what_counts_as_code(code: str, is_code: bool) -> None:
    """The net that these tests are made with catches what it should."""
    assert bool(LIKE_CODE.search(code)) == is_code


def _wrapped() -> BaseException:
    inner = OSError(111, "Connect call failed ('127.0.0.1', 1)")
    outer = requests.ConnectionError(requests.exceptions.RetryError(inner))
    outer.__cause__ = ValueError("not this one")
    return outer


def _grouped() -> BaseException:
    error = OSError("All connection attempts failed")
    error.__cause__ = ExceptionGroup(
        "several", [ConnectionRefusedError(111, "Connect call failed ('::1', 1)")]
    )
    return error


def _named(kind: type[Exception]) -> Exception:
    return kind()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (_wrapped(), "Connection refused"),
        (OSError("Both: [Errno 111] Connect call failed ('::1', 1, 0, 0)"), "Both: Connection refused"),
        (_grouped(), "Connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (FileNotFoundError(2, "x", "/run/docker.sock"), "No such file or directory"),
        (ssl.SSLError("record layer failure"), "TLS failed: "),
        (_named(TimeoutError), "timeout"), (_named(ConnectionResetError), "connection reset"),
        (SignalingError("signaling said no"), "signaling said no"),
        (requests.ConnectionError("all that it says"), "all that it says"),
    ],
)  # fmt: skip
def test_the_reason_is_the_innermost_that_matters(error: BaseException, said: str) -> None:
    """A library's error gives way to the network's; a number becomes its meaning; one without a text its name."""
    assert reason_of(error).startswith(said)


def test_an_error_that_holds_itself_ends() -> None:
    """A chain that closes on itself is followed once."""
    first, second = requests.ConnectionError("first"), requests.ConnectionError("second")
    first.__context__, second.__context__ = second, first
    assert reason_of(first) == "second"


def test_a_payload_is_json_and_cut() -> None:
    """What came over the wire is shown as it was written there, as far as it says something."""
    assert (
        data({"message": "kein Port", "n": None, "ü": True})
        == '{"message": "kein Port", "n": null, "ü": true}'
    )
    assert data("x" * 10, 5) == '"xxxx...'
    assert data([1], 3) == "[1]"


def test_http(closed: int, tmp_path: Path) -> None:
    """A closed port, a name that nobody has, and the text of failed requests."""
    reach = Reach({HOST: "127.0.0.1"})
    refused = asyncio.run(request(reach, f"https://{HOST}:{closed}/"))
    nameless = asyncio.run(request(reach, "https://no-such-host.invalid/"))
    assert "Connection refused" in plain(refused.error)
    plain(nameless.error)
    plain(failure_text(reach, [refused, nameless]))
    with pytest.raises(CertificateError) as failed:
        asyncio.run(certificate(reach, HOST, closed))
    assert "no certificate: Connection refused" in plain(failed.value)


def test_the_access_log() -> None:
    """A missing mark, and an access line that is cut."""
    with pytest.raises(AccessLogError) as missing:
        between((), "aa", "bb")
    plain(missing.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:{port}", "tcp://127.0.0.1:{port}", "unix:///nowhere.sock"])
def test_the_swarm_api(url: str, closed: int) -> None:
    """An engine that is not there, by each way."""
    with pytest.raises(SwarmError) as failed:
        open_swarm(SwarmApi(url.format(port=closed)))
    assert re.search("does not answer: (Connection refused|No such file)", plain(failed.value))


def test_a_swarm_that_answers_with_an_error() -> None:
    """Path, status and what the engine said of it."""
    with recording_engine({"/nodes": 500}) as engine:
        with open_swarm(SwarmApi(engine.url)) as swarm, pytest.raises(SwarmError) as failed:
            swarm.observe()
        plain(failed.value)


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


@pytest.mark.parametrize(
    ("read", "payload"),
    [
        (room_joined, None), (room_joined, {"roomId": "r", "userId": "u", "users": [{"user_id": None}]}),
        (consumer_offer, {"id": "c", "kind": "data"}), (consumer_offer, {"id": "c", "kind": "audio", "rtpParameters": None}),
    ],
)  # fmt: skip
def test_the_protocol(read: Callable[[object], object], payload: object) -> None:
    """An answer that lacks something is shown as it came."""
    with pytest.raises(ProtocolError) as failed:
        read(payload)
    plain(failed.value)


def test_a_certificate_that_is_refused(tmp_path: Path) -> None:
    """A distrust is TLS's own sentence."""

    async def scenario() -> None:
        async with _served(tmp_path) as served:
            trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
            reach = replace(served.dial.reach, ca_file=tmp_path / "other.pem")
            seen = await certificate(reach, HOST, served.dial.port)
            plain(seen.distrust)

    asyncio.run(scenario())


def test_a_broken_access_line() -> None:
    """The line itself is shown."""
    mark = '10.0.0.2 - - [01/Jan/2026:00:00:00 +0000] "GET /?{} HTTP/1.1" 200 1 "-" "-" 1 "r" "http://10.0.0.3:80" 1ms'
    lines = [mark.format("aa"), "10.0.0.2 - - [01/Jan/2026", mark.format("bb")]
    with pytest.raises(AccessLogError) as failed:
        between(parse(lines), "aa", "bb")
    assert "the first: 10.0.0.2 - - [01/Jan/2026" in plain(failed.value)
