"""Steady requests against a replica that is told what to do: each loss is counted, with moment, replica and reason."""

import asyncio
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.observe.http.access_log import AccessLine, parse_line
from fixtures.observe.steady.steady_requests import SteadyError, SteadyRequests, placed
from fixtures.observe.steady.values import UNNAMED, Dropped, Loss, Moved, Seen, Way, described
from lab.waiting import Look, NotYet, Ready, wait_for
from tests.harness.stand_ins.updated_edge import HOSTS, SERVED_BY, UpdatedEdge, updated_edge

AT = datetime(2026, 11, 28, 3, 12, 40, tzinfo=UTC)
UNDER_WAY = timedelta(seconds=1)
"""A request that was sent before the change may meet it."""
HTTP, SOCKETS = (Way.FRESH, Way.KEPT), (Way.POLLING, Way.WEBSOCKET)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[UpdatedEdge]:
    """The edge and its replica, all well."""
    try:
        with updated_edge(tmp_path) as edge:
            yield edge
    except PermissionError:
        pytest.skip("not exercised: port 443 is not for this user")


def until(what: str, holds: Callable[[], bool]) -> None:
    """Wait for it, five seconds at most."""

    def look() -> Look[None]:
        return Ready(None) if holds() else NotYet("not so")

    wait_for(what, look, deadline_s=5.0, interval_s=0.02)


def sent(steady: SteadyRequests, ways: tuple[Way, ...], more: int) -> None:
    """Wait until so many more requests were sent by each of these ways."""
    before = steady.seen.sent
    until("more requests", lambda: all(steady.seen.sent[way] >= before[way] + more for way in ways))


def test_nothing_is_dropped_where_all_is_well(served: UpdatedEdge) -> None:
    """Every way sends, and nothing is lost."""
    with SteadyRequests(served.target) as steady:
        sent(steady, (*HTTP, *SOCKETS), 4)
    assert steady.dropped() == (), steady.text()
    assert steady.seen.moved == ()
    assert set(steady.seen.sent) == {*HTTP, *SOCKETS}


def test_kept_connections_are_kept_and_fresh_ones_fresh(served: UpdatedEdge) -> None:
    """One connection for each host that is kept; one for each request that is not."""
    with SteadyRequests(served.target, ways=[Way.KEPT]) as steady:
        sent(steady, (Way.KEPT,), 12)
    assert len(served.connections) == len(HOSTS)


@pytest.mark.parametrize("way", HTTP)
def test_a_502_is_a_dropped_request_of_the_replica_that_answered(served: UpdatedEdge, way: Way) -> None:
    """With the moment, and with who answered, where the answer names it."""
    with SteadyRequests(served.target, ways=[way]) as steady:
        sent(steady, (way,), 2)
        before, served.answers = datetime.now(UTC), 502
        until("a loss", lambda: bool(steady.dropped()))
        served.answers = 200
    lost = steady.dropped()[0]
    assert (lost.way, lost.loss, lost.replica) == (way, Loss.REQUEST, SERVED_BY)
    assert lost.reason == "answered 502, wanted 200"
    assert before - UNDER_WAY <= lost.at <= datetime.now(UTC)
    assert lost.host in HOSTS
    assert steady.dropped(since=datetime.now(UTC)) == ()


@pytest.mark.parametrize("way", HTTP)
def test_a_404_is_dropped_as_well(served: UpdatedEdge, way: Way) -> None:
    """An edge that lost a service's router answers so."""
    with SteadyRequests(served.target, ways=[way]) as steady:
        served.answers = 404
        until("a loss", lambda: bool(steady.dropped()))
    assert steady.dropped()[0].reason == "answered 404, wanted 200"


@pytest.mark.parametrize("way", HTTP)
def test_a_connection_that_breaks_off_is_a_dropped_request(served: UpdatedEdge, way: Way) -> None:
    """Nobody says who should have answered; the request carries a token, by which the edge's log does."""
    with SteadyRequests(served.target, ways=[way]) as steady:
        served.answers = "reset"
        until("a loss", lambda: bool(steady.dropped()))
        served.answers = 200
    lost = steady.dropped()[0]
    assert (lost.loss, lost.replica) == (Loss.REQUEST, UNNAMED)
    assert "answered" not in lost.reason
    assert lost.token


@pytest.mark.parametrize("way", SOCKETS)
def test_a_socket_that_breaks_is_counted_and_comes_back(served: UpdatedEdge, way: Way) -> None:
    """No goodbye was said: a broken socket of the replica that the cookie names; the person is back afterwards."""
    with SteadyRequests(served.target, ways=[way]) as steady:
        sent(steady, (way,), 4)
        served.cut()
        until("a broken socket", lambda: steady.seen.counts[Loss.SOCKET] >= 3)
        sent(steady, (way,), 4)
    broken = [lost for lost in steady.dropped() if lost.loss is Loss.SOCKET]
    assert {(lost.way, lost.replica) for lost in broken} == {(way, "signaling_replica=replica-1")}
    assert "no goodbye" in broken[0].reason
    assert len(broken) == 3, steady.text()
    assert steady.seen.moved == ()


@pytest.mark.parametrize("way", SOCKETS)
def test_a_socket_whose_server_says_goodbye_is_moved_and_not_lost(served: UpdatedEdge, way: Way) -> None:
    """It stands again at another replica, and nothing was dropped."""
    with SteadyRequests(served.target, ways=[way]) as steady:
        sent(steady, (way,), 4)
        served.goodbye(then="replica-2")
        until("moved", lambda: len(steady.seen.moved) >= 3)
        sent(steady, (way,), 4)
    assert steady.dropped() == (), steady.text()
    moved = {(each.way, each.replica, each.to) for each in steady.seen.moved}
    assert moved == {(way, "signaling_replica=replica-1", "signaling_replica=replica-2")}
    assert 0.1 < max(each.away_s for each in steady.seen.moved) < 3.0


def test_a_socket_that_finds_no_way_back_is_lost(served: UpdatedEdge) -> None:
    """Each attempt that fails is a dropped request; the goodbye excuses the first moment only."""
    with SteadyRequests(served.target, ways=[Way.WEBSOCKET]) as steady:
        served.refuses = True
        served.goodbye(then="replica-2")
        until("refused", lambda: steady.seen.counts[Loss.REQUEST] >= 2)
    lost = steady.dropped()
    assert any("502" in each.reason for each in lost if each.loss is Loss.REQUEST), steady.text()
    assert [e.reason for e in lost if e.loss is Loss.SOCKET and "not back" in e.reason], steady.text()


def test_a_target_that_does_not_answer_is_said_before_anything_is_changed(
    served: UpdatedEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The block is never entered: an update of a broken system would prove nothing."""
    monkeypatch.setattr("fixtures.observe.steady.steady_requests.STEADY_DEADLINE_S", 0.6)
    served.answers = 502
    with (
        pytest.raises(SteadyError, match=r"before anything was changed .* jbcalling\.site by fresh") as why,
        SteadyRequests(served.target, ways=[Way.FRESH]),
    ):
        pytest.fail("entered")
    assert "answered 502" in str(why.value)


def test_it_ends_in_time_with_its_block(served: UpdatedEdge) -> None:
    """Whoever updates is not held up afterwards."""
    with SteadyRequests(served.target) as steady:
        sent(steady, HTTP, 1)
        began = time.monotonic()
    assert time.monotonic() - began < 6.0
    after = steady.seen.sent.total()
    assert after == steady.seen.sent.total()


LINE = (
    '10.0.1.1 - - [28/Nov/2026:03:12:40 +0000] "GET /?acceptance-steady-1 HTTP/1.1" 502 11 "-" "-" 7 '
    '"frontend@swarm" "http://10.0.1.9:80" 3ms'
)


def lost(**changed: object) -> Dropped:
    given = {
        "at": AT,
        "way": Way.FRESH,
        "loss": Loss.REQUEST,
        "host": HOSTS[0],
        "replica": UNNAMED,
        "reason": "502",
    }
    return Dropped(**{**given, **changed})  # type: ignore[arg-type]


def test_the_edges_log_names_the_replica() -> None:
    """By the token of the request; what is named already stays as it is."""
    line = parse_line(LINE)
    assert isinstance(line, AccessLine)
    asked = (
        lost(token="acceptance-steady-1"),
        lost(token="acceptance-steady-2"),
        lost(replica="a1", token="acceptance-steady-1"),
    )
    assert [each.replica for each in placed(asked, [line])] == ["the task at 10.0.1.9", UNNAMED, "a1"]


def test_a_text_has_a_line_for_each_loss_and_an_end() -> None:
    """Moment, what, where, who, why; the earliest first, and no more than a screen."""
    first = lost(at=AT.replace(second=1), lasted_s=0.25, replica="a1")
    text = described([*(lost() for _ in range(4)), first], most=2)
    assert text.splitlines() == [
        "03:12:01.000Z dropped request, jbcalling.site by fresh connections, a1: 502 (after 250 ms)",
        f"03:12:40.000Z dropped request, jbcalling.site by fresh connections, {UNNAMED}: 502 (after 0 ms)",
        "and 3 more",
    ]


def test_a_recorders_line_counts_each_way() -> None:
    """What was sent by each way, what of it was lost, and how long a socket was away."""
    seen = Seen(AT, dropped=(lost(),), moved=(Moved(AT, Way.WEBSOCKET, HOSTS[1], "a", "b", 0.4),))
    seen.sent.update({Way.FRESH: 40, Way.WEBSOCKET: 9})
    assert (
        str(seen) == "lost: fresh connections 1 of 40, websocket 0 of 9; 1 sockets moved, away 400 ms at most"
    )


def test_a_stream_that_does_not_end_is_cut_off(served: UpdatedEdge, monkeypatch: pytest.MonkeyPatch) -> None:
    """What somebody who never ends had met by then is kept."""
    monkeypatch.setattr("fixtures.observe.steady.steady_requests.ENDING_S", 0.3)

    async def never(self: object, stopped: object, steady: asyncio.Event) -> None:
        steady.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("fixtures.observe.steady.socket_streams.SocketStream.run", never)
    with SteadyRequests(served.target, ways=[Way.WEBSOCKET, Way.FRESH]) as steady:
        sent(steady, (Way.FRESH,), 2)
        began = time.monotonic()
    assert time.monotonic() - began < 3.0
    assert steady.dropped() == ()


def test_sockets_that_join_no_room_are_answered_by_a_refusal(served: UpdatedEdge) -> None:
    """Signaling itself refuses what is asked outside a room: that needs no SFU, and is no loss."""
    with SteadyRequests(served.target, ways=SOCKETS, joins=False) as steady:
        sent(steady, SOCKETS, 4)
    assert served.rooms == []
    assert steady.dropped() == (), steady.text()
