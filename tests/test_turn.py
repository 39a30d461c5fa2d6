"""turn: whose network lets nothing through to the SFU is relayed, and nobody without a credential is."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest

from fixtures.diagnose.recorder import Recorder
from fixtures.judge.media import call_faults
from fixtures.observe.media.values import CallObservation
from fixtures.observe.turn.relay_client import allocation_of, refusal_of
from fixtures.observe.turn.trip import round_trip
from fixtures.observe.turn.values import Credential, TurnAccess, TurnServer, access_to, credential
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from fixtures.target.values import Target
from lab.text.secrets import Secret
from tests.texts import listed, one_per_line

pytestmark = [
    pytest.mark.criterion("turn"), pytest.mark.lab, pytest.mark.smoke, pytest.mark.xdist_group("calls"),
]  # fmt: skip
Note = Callable[[str], None]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_credential_gets_a_relay(
    transport: Literal["udp", "tcp"], turn_access: TurnAccess, target: Target, plan: Plan, measured: Note
) -> None:
    """Who has the shared secret is given an address of the media host, on a published relay port."""
    server = replace(turn_access.server, transport=transport)
    given = asyncio.run(allocation_of(replace(turn_access, server=server)))
    assert given.challenged, (
        f"{given}, and asked for no credential: anybody may relay; is use-auth-secret or lt-cred-mech on?"
    )
    assert given.relayed_host == target.media_address, (
        f"{given}, wanted {target.media_address}: is EXTERNAL_IP the media host's address?"
    )
    assert given.relayed_port in plan.relay_ports, f"{given}, wanted a port of {_range(plan)}"
    measured(f"allocated by {transport} in {given.took_s * 1000:.0f} ms")


def _expired(relay: TurnServer, secret: Secret) -> Credential:
    if relay.user is not None:
        not_exercised(f"the relay's user {relay.user} is a fixed one: its credential does not expire")
    return credential(secret, -relay.limits.turn_expired_s)


def _guessed(relay: TurnServer, _: Secret) -> Credential:
    return access_to(relay, Secret(secrets.token_hex(16))).credential


@pytest.mark.parametrize("wrong", [_guessed, _expired], ids=["another-secret", "expired"])
def test_a_wrong_credential_is_refused(
    wrong: Callable[[TurnServer, Secret], Credential],
    relay: TurnServer,
    turn_secret: Secret,
    observed: Recorder,
    measured: Note,
) -> None:
    """Who has another secret, or a credential of an hour ago, is given nothing."""
    refusal = asyncio.run(refusal_of(TurnAccess(relay, wrong(relay, turn_secret))))
    kind = "wrong-secret" if wrong is _guessed else "expired"
    observed.turn(kind, refusal is not None, detail=str(refusal or "an allocation was granted"))
    assert refusal is not None, (
        f"{relay} relays for anybody: is use-auth-secret or lt-cred-mech on, and no-auth off?"
    )
    assert (refusal.code, refusal.challenged) == (401, True), f"refused, but not as unauthorized: {refusal}"
    measured(f"{'another secret' if wrong is _guessed else 'an expired credential'} refused")


def test_the_relay_is_open_both_ways(turn_access: TurnAccess, plan: Plan, measured: Note) -> None:
    """A datagram from outside reaches its client through the relayed port, and the answer comes back."""
    trip = asyncio.run(round_trip(turn_access))
    at = f"{trip.allocation}; is {_range(plan)} published and open? Packets by hand, on that host: tcpdump -ni any"
    port = trip.allocation.relayed_port
    assert trip.in_s is not None, (
        f"nothing from outside came in through the relayed port: {at} udp port {port}"
    )
    assert trip.out_s is not None, f"nothing came out through the relayed port: {at} udp port {port}"
    measured(f"datagrams pass port {port} both ways")


def test_a_call_goes_through_the_relay(
    relayed_call: CallObservation, target: Target, plan: Plan, measured: Note
) -> None:
    """The forced peer's media leaves from a relay port of the media host, and ends at the SFU; the other's is direct."""
    relayed, direct = relayed_call.peers
    sfu = {port.published for port in plan.media.ports}
    for pair in relayed.pairs:
        assert pair.local_type == "relay", f"{relayed.name} was to be relayed: {pair}"
        assert (pair.local_host, pair.remote_host) == (target.media_address,) * 2, (
            f"not the media host: {pair}"
        )
        assert pair.local_port in plan.relay_ports, f"{pair}: relayed from none of {_range(plan)}"
        assert pair.remote_port in sfu, f"{pair}: ends at none of {listed(sorted(p for p in sfu if p))}"
    assert (len(relayed.pairs), len(direct.pairs)) == (2, 2), f"{listed((*relayed.links, *direct.links))}"
    assert all(pair.local_type != "relay" for pair in direct.pairs), (
        f"{direct.name} is relayed: {listed(direct.pairs)}"
    )
    measured(f"relayed from {', '.join(str(pair.local_port) for pair in relayed.pairs)}")


def test_each_sees_and_hears_the_other(relayed_call: CallObservation, measured: Note) -> None:
    """Through the relay picture and sound are within the same limits as without, both ways."""
    wrong = one_per_line(call_faults(relayed_call))
    assert not wrong, wrong
    first, second = relayed_call.videos
    p95 = max(first.latency_p95_ms or 0, second.latency_p95_ms or 0)
    measured(
        f"{first.frames}+{second.frames} frames, {first.lost + second.lost} lost, p95 {p95:.0f} ms{relayed_call.void_text}"
    )


def _range(plan: Plan) -> str:
    return f"UDP {min(plan.relay_ports)}-{max(plan.relay_ports)}"
