"""socketio: signaling is reached over every transport, through every replica, by many, and again after a loss."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from fixtures.diagnose.recorder import Recorder
from fixtures.judge.page_config import faults_of
from fixtures.limits import Limits
from fixtures.observe.http.page_texts import page_texts
from fixtures.observe.signaling.dialling import Dial, SocketTransport, Sticky
from fixtures.observe.signaling.errors import EventTimeoutError, OriginRefusedError
from fixtures.observe.signaling.joining import joined
from fixtures.observe.signaling.own_rooms import room_name
from fixtures.observe.signaling.polling import PollingSession, poll_session
from fixtures.observe.signaling.socket_client import SignalingClient
from fixtures.plugins.sockets import Replicas
from fixtures.report.files import secrets_of
from fixtures.run.criteria_table import not_exercised
from fixtures.target.current import planned
from fixtures.target.planned import Plan, PlannedHost
from fixtures.target.values import Target
from tests.texts import listed, one_per_line

pytestmark = [pytest.mark.criterion("socketio"), pytest.mark.lab, pytest.mark.smoke]
Note = Callable[[str], None]
ENDS_AS = {"websocket": "websocket", "polling": "polling", "upgrade": "websocket"}


@pytest.mark.parametrize("transport", get_args(SocketTransport))
def test_connects(dial: Dial, transport: SocketTransport, measured: Note) -> None:
    """A client connects by this transport, is greeted, and ends on the transport meant."""

    async def connect() -> tuple[str | None, str | None]:
        async with SignalingClient(replace(dial, transport=transport)) as client:
            return client.transport, client.socket_id

    used, socket_id = asyncio.run(connect())
    assert (used, bool(socket_id)) == (ENDS_AS[transport], True), (
        f"{transport}: ended on {used}, socket {socket_id}"
    )
    measured(transport)


def test_ten_at_once(dial: Dial, limits: Limits, measured: Note) -> None:
    """Ten clients connect at once and all hold sockets of their own."""

    async def one() -> tuple[str | None, Sticky | None]:
        async with SignalingClient(dial) as client:
            return client.socket_id, client.replica

    async def all_of_them() -> list[tuple[str | None, Sticky | None]]:
        return await asyncio.gather(*(one() for _ in range(limits.sockets_at_once)))

    ends = asyncio.run(all_of_them())
    assert len({socket_id for socket_id, _ in ends if socket_id}) == limits.sockets_at_once, (
        f"sockets: {listed(f'{socket_id} on {replica}' for socket_id, replica in ends)}"
    )
    replicas = len({str(replica) for _, replica in ends})
    measured(f"{len(ends)} clients at once on {replicas} replica{'s' * (replicas > 1)}")


def test_polling_stays_with_its_replica(
    dial: Dial, replicas: Replicas, measured: Note, observed: Recorder
) -> None:
    """Every poll of a session finds it, on each replica; a session that wandered would be unknown (400)."""

    if len(replicas) < 2:
        not_exercised("signaling has one replica: no session can wander to another")

    async def sessions() -> list[PollingSession]:
        return [await poll_session(replace(dial, sticky=sticky)) for sticky in replicas]

    polled = asyncio.run(sessions())
    for session, wanted in zip(polled, replicas, strict=True):
        observed.polled(session)
        assert not session.refused, (
            f"session on {session.replica} wandered: {listed(session.refused)}; is the sticky cookie on?"
        )
        assert session.replica == wanted, f"a handshake presenting {wanted} was given {session.replica}"
    assert {s.replica for s in polled} == set(replicas)
    measured(f"{sum(len(s.polls) for s in polled)} polls stayed on {len(polled)} replicas")


def test_room_events_cross_replicas(
    dial: Dial, replicas: Replicas, measured: Note, observed: Recorder
) -> None:
    """Who joins on one replica is announced to, and listed with, those on every other."""
    if len(replicas) < 2:
        not_exercised("signaling has one replica: no event has to cross to another")
    room = room_name()

    async def meet(here: Sticky | None, there: Sticky | None) -> float:
        async with (
            SignalingClient(replace(dial, sticky=here)) as first,
            SignalingClient(replace(dial, sticky=there)) as second,
        ):
            here_in = await joined(first, room, "first")
            mark, began = first.mark(), time.monotonic()
            there_in = await joined(second, room, "second")
            try:
                told = await first.expect(dial.protocol.user_joined, since=mark)
            except EventTimeoutError:
                observed.socket("meet", False, f"who joined on {there} was not announced on {here}")
                raise
            there_are = {each for user in there_in.users for each in (user.user_id, user.socket_id)}
            assert {here_in.user_id, first.socket_id} & there_are, (
                f"{there} lists {listed(user.user_id for user in there_in.users)}, {here} has {here_in.user_id}"
            )
            return told.at - began

    took = [asyncio.run(meet(replicas[i - 1], replicas[i])) for i in range(len(replicas))]
    measured(f"room events crossed {len(took)} pairs of replicas, slowest {max(took) * 1000:.0f} ms")


def test_allowed_origins_are_served(dial: Dial, plan: Plan) -> None:
    """Every origin that the page is served from may connect."""

    if not plan.allowed_origins:
        not_exercised("the plan names no origin that the page is served from")

    async def connect(origin: str) -> str | None:
        async with SignalingClient(replace(dial, origin=origin, transport="polling")) as client:
            return client.socket_id

    for origin in plan.allowed_origins:
        assert asyncio.run(connect(origin)), f"{origin} got no socket"


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_foreign_origin_is_refused(
    dial: Dial, plan: Plan, transport: SocketTransport, measured: Note, observed: Recorder
) -> None:
    """A page of another site may not connect."""

    async def connect() -> None:
        async with SignalingClient(replace(dial, origin=plan.foreign_origin, transport=transport)):
            observed.socket("origin", False, f"accepted by {transport}", origin=plan.foreign_origin)

    with pytest.raises(OriginRefusedError):
        asyncio.run(connect())
    measured(f"foreign origin refused by {transport}")


@pytest.mark.parametrize("page", planned().hosts_of("page"), ids=lambda page: str(page.name))
def test_the_page_tells_browsers_what_they_can_use(
    page: PlannedHost, target: Target, plan: Plan, measured: Note, observed: Recorder
) -> None:
    """What the page hands to browsers leads to public hosts of the plan, over TLS, and holds no secret."""
    texts = asyncio.run(page_texts(target.reach, page))
    read = [each for each in texts if not each.why_not]
    faults = [fault for each in read for fault in faults_of(each.where, each.text, plan, secrets_of(target))]
    observed.pages(faults)
    assert not faults, one_per_line(map(str, faults))
    if not any(each.text for each in read):
        not_exercised(
            "; ".join(each.why_not for each in texts if each.why_not) or "the page configures nothing"
        )
    measured(f"{page.name} tells browsers no wrong address and no secret ({len(read)} files read)")


def test_back_after_a_drop(dial: Dial, measured: Note) -> None:
    """A client whose connection is cut under it is connected again by itself, and works."""

    async def drop() -> float:
        async with SignalingClient(replace(dial, reconnect=True)) as client:
            away = await client.back(client.drop())
            await joined(client, room_name(), "back")
            return away

    measured(f"connected again {asyncio.run(drop()):.1f} s after the connection was cut")
