"""Errors of every kind are words that an operator reads: no Python representation of a value stands in them."""

import asyncio
import re
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from fixtures.observe.http.access_log import AccessLogError, between, parse, window
from fixtures.observe.http.certificates import CertificateError, certificate
from fixtures.observe.http.requests import failure_text, request
from fixtures.observe.plainly import data, reason_of
from fixtures.observe.signaling.errors import (
    SignalingError,
)
from fixtures.observe.swarm.access import open_swarm
from fixtures.observe.swarm.state import SwarmError
from fixtures.target.protocol import ProtocolError
from fixtures.target.reach import Reach
from fixtures.target.values import SwarmApi
from fixtures.target.variants import DESIGN
from tests.harness.stand_ins.engine_api import recording_engine
from tests.harness.stand_ins.plain_text import LIKE_CODE, plain
from tests.harness.stand_ins.signaling_server import HOST


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


@pytest.mark.parametrize(
    ("read", "payload"),
    [
        (DESIGN.read_joined, None), (DESIGN.read_joined, {"roomId": "r", "userId": "u", "users": [{"user_id": None}]}),
        (DESIGN.read_consumer, {"id": "c", "kind": "data"}),
        (DESIGN.read_consumer, {"id": "c", "kind": "audio", "rtpParameters": None}),
    ],
)  # fmt: skip
def test_the_protocol(read: Callable[[object], object], payload: object) -> None:
    """An answer that lacks something is shown as it came."""
    with pytest.raises(ProtocolError) as failed:
        read(payload)
    plain(failed.value)


def test_a_broken_access_line() -> None:
    """The line itself is shown, a visitor's in what is told, one of ours in the error."""
    mark = '10.0.0.2 - - [01/Jan/2026:00:00:00 +0000] "GET /?{} HTTP/1.1" 200 1 "-" "-" 1 "r" "http://10.0.0.3:80" 1ms'
    lines = [mark.format("aa"), "10.0.0.2 - - [01/Jan/2026", mark.format("bb")]
    assert 'the first: "10.0.0.2 - - [01/Jan/2026' in plain(window(parse(lines), "aa", "bb").unread_text)
    with pytest.raises(AccessLogError) as failed:
        between(parse([lines[0], mark.format("bb")[:-9]]), "aa", "bb")
    assert "10.0.0.2 - - [01/Jan/2026" in plain(failed.value)
