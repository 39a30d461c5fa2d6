"""Why a connection to signaling failed: each kind by its own name, with the request that decided it."""

import socket
import ssl
from typing import Any

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from fixtures.observe.signaling import errors
from fixtures.observe.signaling.dialling import Dial, Exchange
from fixtures.target.reach import Reach

KEY: Any = ConnectionKey("api.test", 443, True, True, None, None, None)
DIAL = Dial(Reach({"api.test": "192.0.2.1"}), "api.test", transport="polling")
FOREIGN = Dial(DIAL.reach, "api.test", transport="polling", origin="https://foreign.example")


def expired() -> ssl.SSLCertVerificationError:
    """As OpenSSL raises it, with the words that only it sets."""
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message, error.verify_code = "certificate has expired", 10
    return error


def asked(status: int | None = None, error: BaseException | None = None) -> Exchange:
    return Exchange(1.0, 0.25, "GET", "/socket.io/", status, error)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "no TLS")), errors.TlsError),
        (aiohttp.ClientConnectorCertificateError(KEY, expired()), errors.TlsError),
        (aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(-2, "no address")), errors.UnresolvedHostError),
        (TimeoutError(), errors.ConnectTimeoutError),
        (ConnectionResetError("reset"), errors.UnreachableError),
    ],
)
def test_a_broken_request_is_named_by_what_broke(error: BaseException, kind: type) -> None:
    """With the request, where it went, and the line to repeat it."""
    last = asked(error=error)
    found = errors.connect_error(DIAL, [asked(200), last], "library's word")
    assert type(found) is kind
    assert found.exchange is last
    assert str(found) == f"Socket.IO to {DIAL.url} by polling: {last}; by hand: {DIAL.curl()}"


@pytest.mark.parametrize(
    ("status", "dial", "kind", "more"),
    [
        (101, DIAL, errors.NamespaceRefusedError, ""), (200, FOREIGN, errors.NamespaceRefusedError, ""),
        (400, FOREIGN, errors.OriginRefusedError, ""), (403, FOREIGN, errors.OriginRefusedError, ""),
        (404, FOREIGN, errors.HandshakeStatusError, ""), (400, DIAL, errors.HandshakeStatusError, ""),
        (504, DIAL, errors.HandshakeStatusError, " (Traefik could not connect to the replica)"),
        (502, DIAL, errors.HandshakeStatusError, ""),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_welcome_is_named_by_its_status(
    status: int, dial: Dial, kind: type, more: str
) -> None:
    """An origin is refused only where one was sent; what came after without an answer decides nothing."""
    last = asked(status)
    found = errors.connect_error(dial, [last, asked()], "library's word")
    assert type(found) is kind
    assert found.exchange is last
    assert getattr(found, "status", status) == status
    refused = f"refused, perhaps for the origin {dial.origin}: " if kind is errors.OriginRefusedError else ""
    where = f"Socket.IO to {dial.url} by polling: {last} (library's word); by hand: {dial.curl()}"
    assert str(found) == f"{refused}{where}{more}"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("The client is using an unsupported version of the Socket.IO or Engine.IO protocols", errors.ProtocolVersionError),
        ("{'code': 5, 'message': 'Unsupported protocol version'}", errors.ProtocolVersionError),
        ("Session ID unknown", errors.HandshakeStatusError), ("Invalid session", errors.HandshakeStatusError),
        ("https://foreign.example is not an accepted origin.", errors.OriginRefusedError),
        ("Unexpected status code 400 in server response", errors.OriginRefusedError),
    ],
)  # fmt: skip
def test_the_server_s_own_words_go_before_its_status(said: str, kind: type) -> None:
    """400 is the answer to a foreign origin, and to much else besides, which servers name."""
    found = errors.connect_error(FOREIGN, [asked(400)], said)
    assert type(found) is kind
    assert said in str(found)


def test_no_answer_at_all_is_no_request_that_decided() -> None:
    """Nothing is claimed of why."""
    found = errors.connect_error(DIAL, [asked()], "gave up")
    assert type(found) is errors.ConnectError
    assert found.exchange is None
    assert (
        str(found)
        == f"Socket.IO to {DIAL.url} by polling: gave up; no request was answered; by hand: {DIAL.curl()}"
    )


def test_a_refusal_keeps_the_event_and_the_servers_reason() -> None:
    """In its text too."""
    found = errors.SignalingRefusedError("join-room", "room is full")
    assert (found.event, found.reason) == ("join-room", "room is full")
    assert str(found) == "signaling refused join-room: room is full"


def test_a_handshake_by_hand_presents_the_origin() -> None:
    """As the client did; without one it presents none."""
    assert " -H 'Origin: https://foreign.example' " in FOREIGN.curl()
    assert "-H" not in DIAL.curl()


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        (
            "https://foreign.example is not an accepted origin.",
            "origin https://foreign.example was refused: ",
        ),
        ("Forbidden", "refused, perhaps for the origin https://foreign.example: "),
    ],
)
def test_an_origin_is_said_to_be_refused_where_the_server_says_so(said: str, begins: str) -> None:
    """A list of allowed addresses on the way answers 403 as well, and knows of no origin."""
    assert str(errors.connect_error(FOREIGN, [asked(403)], said)).startswith(begins)
