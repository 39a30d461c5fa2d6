"""The TURN client: what it is given, how it is refused, what it says of a relay that is not there."""

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import aioice
import pytest
from aioice import stun

from fixtures.observe.media.link import _ice_servers
from fixtures.observe.media.peer import Peer, PeerSetup
from fixtures.observe.media.peer_error import PeerError
from fixtures.observe.signaling.own_rooms import room_name
from fixtures.observe.turn.relay_client import TurnClient, allocation_of, refusal_of
from fixtures.observe.turn.trip import round_trip, why_cut
from fixtures.observe.turn.values import (
    RelayTrip,
    TurnAccess,
    TurnError,
    TurnRefusedError,
    TurnServer,
    TurnSilentError,
    TurnUnreachableError,
    credential,
)
from lab.text.secrets import Secret, masked
from tests.harness.stand_ins import sfu_stub
from tests.harness.stand_ins.signaling_server import signaling_server
from tests.harness.stand_ins.turn_server import IMPATIENT, SECRET, TurnStub, access_to, with_stub


def test_a_credential_is_what_coturn_computes() -> None:
    """Username and password are those of `printf '600:acceptance' | openssl dgst -sha1 -hmac north -binary | base64`."""
    made = credential(Secret("north"), 600, now=0)
    assert (made.username, made.expires) == ("600:acceptance", 600)
    assert made.password.reveal() == "k+UD49PFmEL0x6eQ0372BXoeJfQ="


def test_no_secret_shows_itself() -> None:
    """Neither the shared secret nor a password is in any text that a value gives of itself."""
    access = access_to(TurnServer("turn.test", "127.0.0.1", 3478))
    hidden = access.credential.password
    shown = f"{access} {access!r} {hidden} {hidden!r} {Secret(SECRET)} {_ice_servers(access)} {access.server.command}"
    assert hidden.reveal() not in shown
    assert SECRET not in shown
    assert (
        masked(f"password {hidden.reveal()} of {SECRET}", hidden, Secret(SECRET), None)
        == "password *** of ***"
    )


def test_an_allocation_is_made_and_given_back() -> None:
    """The relayed address is the server's, the challenge is recorded, and afterwards nothing is allocated."""

    async def scenario(stub: TurnStub) -> None:
        given = await allocation_of(access_to(stub.server))
        assert (given.relayed_host, given.relayed_port) == stub.given[0]
        assert given.challenged
        assert stub.relays == {}

    with_stub(scenario)


@pytest.mark.parametrize(("secret", "lifetime_s"), [("south", 600), (SECRET, -1)], ids=["other", "expired"])
def test_a_refusal_is_named(secret: str, lifetime_s: int) -> None:
    """Another secret and an expired credential are refused as 401, after the challenge, and the text says why."""
    refusal = with_stub(lambda stub: refusal_of(access_to(stub.server, secret, lifetime_s)))
    assert refusal is not None
    assert (refusal.code, refusal.challenged) == (401, True)
    for hint in ("another shared secret, or the credential has expired", "turnutils_uclient"):
        assert hint in str(refusal)


def test_an_open_relay_refuses_nobody() -> None:
    """A server that asks for no credential is seen to: no refusal, and an allocation without a challenge."""

    async def scenario(stub: TurnStub) -> None:
        stub.is_open = True
        assert await refusal_of(access_to(stub.server, "south")) is None
        assert not (await allocation_of(access_to(stub.server))).challenged

    with_stub(scenario)


def _closed_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize(
    ("server", "kind", "said"),
    [
        (TurnServer("turn.test", "127.0.0.1", _closed_port()), TurnUnreachableError, "nothing listens on"),
        (TurnServer("turn.test", "127.0.0.1", 9, "tcp"), TurnUnreachableError, "nothing listens on 9/tcp"),
        (TurnServer("turn.invalid", "turn.invalid", 3478), TurnUnreachableError, "has no address"),
    ],
    ids=["udp", "tcp", "name"],
)
def test_a_relay_that_is_not_there_is_named(server: TurnServer, kind: type[TurnError], said: str) -> None:
    """A closed port, by UDP or TCP, and a name without address are told apart from a refusal, at once."""
    with pytest.raises(kind, match=said):
        asyncio.run(allocation_of(access_to(server)))


def test_a_silent_relay_is_named() -> None:
    """Where packets vanish the error says that, with the deadline and a command to try by hand."""

    async def scenario(stub: TurnStub) -> None:
        stub.deaf.add(stun.Method.ALLOCATE)
        with pytest.raises(TurnSilentError, match=r"not answered within 0\.5 s.*turnutils_uclient"):
            await allocation_of(access_to(stub.server))

    with_stub(scenario)


@pytest.mark.parametrize("lost", [set(), {"in"}, {"out"}], ids=["open", "in", "out"])
def test_a_closed_relay_port_is_seen(lost: set[str]) -> None:
    """A datagram goes in and out through the relay; the way that is cut, and no other, has no time."""

    async def scenario(stub: TurnStub) -> RelayTrip:
        stub.cut = lost
        return await round_trip(access_to(stub.server))

    trip = with_stub(scenario)
    assert (trip.in_s is None) == ("in" in lost)
    assert (trip.out_s is None) == bool(lost)


@pytest.mark.parametrize(
    ("lost", "secret", "said"),
    [
        ({"in"}, SECRET, "ports are closed"),
        (set(), SECRET, "between relay and SFU"),
        (set(), "x", "now fails"),
    ],
    ids=["ports", "sfu", "relay"],
)
def test_why_no_media_comes_through(lost: set[str], secret: str, said: str) -> None:
    """Closed relay ports, a cut between relay and SFU, and a relay that fails by now are told apart."""

    async def scenario(stub: TurnStub) -> str:
        stub.cut = lost
        return await why_cut(access_to(stub.server, secret))

    assert said in with_stub(scenario)


def test_an_allocation_that_cannot_be_given_back_is_told() -> None:
    """A release without an answer is an error of its own, and a note on the error that came before it."""

    async def scenario(stub: TurnStub) -> None:
        stub.deaf.add(stun.Method.REFRESH)
        with pytest.raises(TurnSilentError, match="release"):
            await allocation_of(access_to(stub.server))
        with pytest.raises(KeyError) as first:
            async with TurnClient(access_to(stub.server)):
                raise KeyError("of the block")
        assert "release was not answered" in first.value.__notes__[0]

    with_stub(scenario)


async def _relayed_peer(folder: Path, stub: TurnStub, access: TurnAccess) -> PeerError:
    async with signaling_server(folder, sfu_stub.answers(), limits=IMPATIENT) as served:
        setup = PeerSetup(served.dial, room_name(), "anna", sender=1, relay=access)
        with pytest.raises(PeerError) as failed:
            async with Peer(setup) as peer:
                await peer.join()
        return failed.value


def test_a_forced_peer_has_relayed_candidates_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forced through a relay, a peer gathers its one relayed candidate, no other, and gives it back on leaving."""
    gathered: list[str] = []
    gather = aioice.Connection.gather_candidates

    async def recorded(agent: aioice.Connection) -> None:
        await gather(agent)
        gathered.extend(candidate.type for candidate in agent.local_candidates)

    monkeypatch.setattr(aioice.Connection, "gather_candidates", recorded)

    async def scenario(stub: TurnStub) -> None:
        error = await _relayed_peer(tmp_path, stub, access_to(stub.server))
        assert error.step == "send transport: ICE and DTLS connected"  # the SFU's stand-in answers no check
        assert set(gathered) == {"relay"}
        assert len(stub.given) == 2, "one of the trial, one of the transport"
        assert stub.relays == {}

    with_stub(scenario)


def test_a_peer_whom_the_relay_refuses_says_so(tmp_path: Path) -> None:
    """A relay's refusal is the failing step of the peer, in the relay's words and not as a silence of ICE."""

    async def scenario(stub: TurnStub) -> PeerError:
        return await _relayed_peer(tmp_path, stub, access_to(stub.server, "south"))

    error = with_stub(scenario)
    assert error.step == "relay: allocated and given back"
    assert isinstance(error.__cause__, TurnRefusedError)
    assert "401 Unauthorized" in str(error)


def test_a_transport_is_part_of_the_url() -> None:
    """The ICE configuration names address, port and transport, so that TCP is not silently UDP."""
    server = TurnServer("turn.test", "192.0.2.1", 3478)
    assert server.url == "turn:192.0.2.1:3478?transport=udp"
    assert replace(server, transport="tcp").url == "turn:192.0.2.1:3478?transport=tcp"
