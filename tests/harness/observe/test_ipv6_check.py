"""IPv6 candidates: one that answers, one that is silent, one where nobody listens, and addresses without a way to them."""

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aioice import stun

from fixtures.judge.ipv6 import ipv6_faults
from fixtures.observe.media.ipv6_check import Ipv6Seen, ipv6_answers, no_way
from fixtures.observe.media.values import Candidate
from fixtures.target.variants import GATEWAY
from tests.harness.stand_ins.gateway_server import Gateway
from tests.harness.stand_ins.sfu_stub import transport
from tests.harness.stand_ins.signaling_server import PATIENT, signaling_server

PASSWORD = transport("::1")["iceParameters"]["password"].encode()
BRIEF = replace(PATIENT, transport_connect_deadline_s=0.8)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A UDP port on the loopback of IPv6."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
        try:
            udp.bind(("::1", 0))
        except OSError:
            pytest.skip("not exercised: this machine has no IPv6, not even on its loopback")
        udp.setblocking(False)
        yield udp


async def _answer(udp: socket.socket, key: bytes) -> None:
    """As an SFU that is ICE-lite: each check that proves itself is answered, with a proof by `key`."""
    loop = asyncio.get_running_loop()
    while True:
        data, sender = await loop.sock_recvfrom(udp, 2048)
        request = stun.parse_message(data)
        assert request.attributes["USERNAME"].startswith("abcd" * 4 + ":")
        assert request.check_message_integrity(PASSWORD)
        answer = stun.Message(request.message_method, stun.Class.RESPONSE, request.transaction_id)
        answer.attributes["XOR-MAPPED-ADDRESS"] = sender[:2]
        answer.add_message_integrity(key)
        await loop.sock_sendto(udp, bytes(answer), sender)


def _seen(
    folder: Path, host: str, port: int, udp: socket.socket | None = None, key: bytes = PASSWORD
) -> Ipv6Seen:
    offer = transport(host)
    offer["iceCandidates"] = [
        {**offer["iceCandidates"][0], "ip": "127.0.0.1", "address": "127.0.0.1"},
        {**offer["iceCandidates"][0], "port": port},
    ]

    async def scenario() -> tuple[Ipv6Seen, ...]:
        gateway = Gateway({"create-webrtc-transport": offer})
        async with signaling_server(folder, gateway.handlers, limits=BRIEF) as served:
            answering = asyncio.create_task(_answer(udp, key)) if udp is not None else None
            try:
                return await ipv6_answers(replace(served.dial, protocol=GATEWAY), "r")
            finally:
                if answering is not None:
                    answering.cancel()

    (seen,) = asyncio.run(scenario())  # of the IPv4 candidate nothing
    return seen


def test_one_that_answers(tmp_path: Path, listening: socket.socket) -> None:
    """It is reached, and how soon."""
    seen = _seen(tmp_path, "::1", listening.getsockname()[1], listening)
    assert seen.took_s is not None
    assert seen.took_s < 0.5
    assert not seen.why_not


def test_an_answer_of_somebody_else_is_none(tmp_path: Path, listening: socket.socket) -> None:
    """Who cannot prove to know the password is not the SFU."""
    seen = _seen(tmp_path, "::1", listening.getsockname()[1], listening, b"another password")
    assert (seen.took_s, seen.why_not) == (None, "")


def test_one_that_is_silent(tmp_path: Path, listening: socket.socket) -> None:
    """By the deadline; that is a fault, and not a reason to look away."""
    seen = _seen(tmp_path, "::1", listening.getsockname()[1])
    assert (seen.took_s, seen.why_not) == (None, "")
    assert str(seen).endswith(": no answer")


def test_one_where_nobody_listens(tmp_path: Path, listening: socket.socket) -> None:
    """A closed port is as silent."""
    port = listening.getsockname()[1]
    listening.close()
    seen = _seen(tmp_path, "::1", port)
    assert (seen.took_s, seen.why_not) == (None, "")


@pytest.mark.parametrize("address", ["2001:db8::2", "3fff:1::1"])
def test_an_address_for_documentation_is_not_tried(tmp_path: Path, address: str) -> None:
    """Whatever routes this machine has: nobody is there."""
    assert no_way(address) == "an address for documentation, which no network carries"
    assert _seen(tmp_path, address, 40000).why_not == no_way(address)


def test_a_way_is_asked_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says of an address that it has no route to."""

    def refuse(*_: object) -> None:
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert no_way("2a00::1") == "this machine has no way to it (Network is unreachable)"


def candidate(host: str, port: int = 40000, protocol: str = "udp") -> Candidate:
    return Candidate(host, port, protocol, "host", host)


@pytest.mark.parametrize(
    ("offered", "media", "fault"),
    [
        (candidate("2a00::1"), "203.0.113.9", ""),
        (candidate("2a00::1"), "8.8.8.8", ""),
        (candidate("fd00::1"), "172.28.0.11", ""),
        (candidate("2001:db8::2"), "172.28.0.11", ""),
        (candidate("2001:db8::2"), "8.8.8.8", "an address that no client on the Internet can reach"),
        (candidate("fd00::1"), "8.8.8.8", "an address that no client on the Internet can reach"),
        (candidate("::1"), "172.28.0.11", "an address that only its own machine or link can reach"),
        (candidate("::"), "172.28.0.11", "an address that only its own machine or link can reach"),
        (candidate("fe80::1"), "172.28.0.11", "an address that only its own machine or link can reach"),
        (candidate("ff02::1"), "172.28.0.11", "an address that only its own machine or link can reach"),
        (candidate("2a00::1", 40020), "8.8.8.8", "on none of the published ports"),
        (candidate("2a00::1", protocol="tcp"), "8.8.8.8", "tcp, wanted UDP"),
    ],
)
def test_what_a_candidate_says_is_judged(offered: Candidate, media: str, fault: str) -> None:
    """Before anybody tries it: who could use that address, and that port."""
    found = ipv6_faults([offered, offered], media, range(40000, 40020))
    assert len(found) == (1 if fault else 0)
    assert all(fault in each and offered.host in each for each in found)


def test_candidates_are_told_apart_by_their_family() -> None:
    """By the address that is offered, or that a name was dialled at."""
    assert candidate("2a00::1").is_ipv6
    assert Candidate("media.test", 1, "udp", "host", "2a00::1").is_ipv6
    assert not Candidate("media.test", 1, "udp", "host", "192.0.2.1").is_ipv6
    assert ipaddress.ip_address("2a00::1").is_global
