"""How long it took until all was well again, of what a recorder wrote down."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from fixtures.observe.steady.values import Dropped, Loss, Seen, Way
from fixtures.runbook.losing import Endured

AT = datetime(2026, 11, 28, 3, 12, 40, tzinfo=UTC)


def lost(after_s: float, lasted_s: float = 0.0, way: Way = Way.FRESH) -> Dropped:
    at = AT + timedelta(seconds=after_s)
    return Dropped(at, way, Loss.REQUEST, "jbcalling.site", "a1", "answered 502", lasted_s)


def endured(*dropped: Dropped) -> Endured:
    sent = Counter({Way.FRESH: 40, Way.KEPT: 40, Way.POLLING: 9, Way.WEBSOCKET: 9})
    return Endured(AT, Seen(AT, sent, dropped))


def test_it_is_counted_to_the_end_of_the_last_loss() -> None:
    """A request that was sent after 3 s and given up after 5 more is over after 8."""
    assert endured(lost(1.0), lost(3.0, 5.0), lost(4.0)).back_after_s() == 8.0


def test_what_lost_nothing_was_never_away() -> None:
    """No seconds, and every way stayed up."""
    seen = endured()
    assert seen.back_after_s() == 0.0
    assert seen.stayed_up == (Way.FRESH, Way.KEPT, Way.POLLING, Way.WEBSOCKET)


def test_what_was_lost_before_is_not_counted() -> None:
    """The moment of the loss is what is counted from."""
    assert endured(lost(-2.0, 1.0)).back_after_s() == 0.0


def test_each_way_has_its_own_seconds() -> None:
    """And what stayed up is said by way."""
    seen = endured(lost(1.0, 1.0), lost(2.0, 10.0, Way.WEBSOCKET))
    assert seen.back_after_s([Way.FRESH]) == 2.0
    assert seen.back_after_s([Way.WEBSOCKET]) == 12.0
    assert seen.stayed_up == (Way.KEPT, Way.POLLING)
    assert str(seen).startswith("stayed up: a kept connection, polling; lost: fresh connections 1 of 40")
