"""Refusals of a TURN server that a client recovers from: another nonce, another port, a release that was one."""

import aioice
import pytest
from aioice import turn

from fixtures.observe.turn import recoverable
from fixtures.observe.turn.relay_client import allocation_of
from fixtures.observe.turn.values import TurnRefusedError
from tests.harness.stand_ins.turn_server import TurnStub, access_to, with_stub


def test_another_nonce_is_taken() -> None:
    """A server that wants another nonce than the one it gave is asked again with that; one that never has enough refuses."""

    async def scenario(stub: TurnStub) -> None:
        stub.stale = 1
        assert (await allocation_of(access_to(stub.server))).challenged
        assert (stub.stale, stub.relays) == (0, {})
        stub.stale = 9
        with pytest.raises(TurnRefusedError, match="438 Wrong nonce"):
            await allocation_of(access_to(stub.server))
        assert stub.stale == 7

    with_stub(scenario)


def test_the_client_inside_ice_takes_another_nonce_too() -> None:
    """It is made by aioice itself."""
    assert turn.TurnClientUdpProtocol.request_with_retry is recoverable.request_with_retry
    assert turn.TurnClientTcpProtocol.request_with_retry is recoverable.request_with_retry


def test_a_port_that_somebody_had_is_changed() -> None:
    """Where the server still has an allocation for our port another is taken, three in all: then it refuses."""

    async def scenario(stub: TurnStub) -> None:
        stub.taken = 2
        assert (await allocation_of(access_to(stub.server))).challenged
        assert (stub.taken, stub.relays) == (0, {})
        stub.taken = 9
        with pytest.raises(TurnRefusedError, match=r"437 Mismatched allocation: .* each of the 3 ports"):
            await allocation_of(access_to(stub.server))
        assert stub.taken == 6

    with_stub(scenario)


def test_the_client_inside_ice_changes_its_port_too() -> None:
    """It is made by aioice itself, and gathers its relayed candidate from the third port."""

    async def scenario(stub: TurnStub) -> None:
        stub.taken, access = 2, access_to(stub.server)
        agent = aioice.Connection(
            ice_controlling=True,
            turn_server=(stub.server.address, stub.server.port),
            turn_username=access.credential.username,
            turn_password=access.credential.password.reveal(),
            transport_policy=aioice.TransportPolicy.RELAY,
        )
        await agent.gather_candidates()
        assert ([each.type for each in agent.local_candidates], stub.taken) == (["relay"], 0)
        await agent.close()
        assert stub.relays == {}

    with_stub(scenario)


def test_a_release_whose_answer_was_lost_is_a_release() -> None:
    """Asked again the server has no such allocation any more: it is given back, and nothing is wrong."""

    async def scenario(stub: TurnStub) -> None:
        stub.released_twice = True
        assert (await allocation_of(access_to(stub.server))).challenged
        assert stub.relays == {}

    with_stub(scenario)
