"""A freeze is a pause of the picture; a pause of our own machine is none."""

import pytest

from fixtures.observe.media.playback import Received
from fixtures.observe.media.stamp import Stamp
from fixtures.observe.steady.freezes import FreezeWatch, begun_since

LOOK_S = 0.05


def looked(
    watch: FreezeWatch, arrivals: list[float], *, until: float, late: dict[float, float] | None = None
) -> list[float]:
    """The freezes that looks every 50 ms find; `late` is by how much the look after a moment comes later."""
    found, now = [], 0.0
    while now <= until:
        came = [each for each in arrivals if each <= now]
        if came and (freeze := watch.look(came[-1], now)) is not None:
            found.append(round(freeze, 3))
        now = round(now + LOOK_S + (late or {}).get(now, 0.0), 3)
    return found


def test_a_pause_longer_than_the_limit_is_a_freeze() -> None:
    """Of half a second in this watch; it is said once, when it has ended."""
    assert looked(FreezeWatch(0.5, 0.25), [0.0, 0.1, 0.9, 1.0], until=2.0) == [0.8]


def test_a_shorter_pause_is_none() -> None:
    """Frames that come 0.4 s apart freeze nothing."""
    assert looked(FreezeWatch(0.5, 0.25), [0.0, 0.4, 0.8], until=1.0) == []


def test_a_pause_in_which_we_stood_still_is_not_the_targets() -> None:
    """Looks that were late by a quarter of a second: nobody knows who was."""
    arrivals, late = [0.0, 0.1, 0.9, 1.0], {0.3: 0.4}
    assert looked(FreezeWatch(0.5, 0.25), arrivals, until=2.0, late=late) == []


def test_a_late_look_excuses_its_own_pause_alone() -> None:
    """The next pause is judged by its own looks."""
    arrivals, late = [0.0, 0.1, 0.9, 1.0, 1.8], {0.3: 0.4}
    assert looked(FreezeWatch(0.5, 0.25), arrivals, until=2.0, late=late) == [0.8]


@pytest.mark.parametrize(("now", "said"), [(1.4, None), (1.6, 0.6)])
def test_a_freeze_that_has_not_ended_is_said_at_the_end(now: float, said: float | None) -> None:
    """So that a call that broke off for good is counted."""
    watch = FreezeWatch(0.5, 0.25)
    looked(watch, [0.0, 1.0], until=1.0)
    ended = watch.at_the_end(now)
    assert (None if ended is None else round(ended, 3)) == said


def test_nothing_seen_is_no_freeze() -> None:
    """Before the first frame there is no picture that could freeze."""
    assert FreezeWatch(0.5, 0.25).at_the_end(100.0) is None


@pytest.mark.parametrize(
    ("tracks", "seen"),
    [
        ([], False),
        ([[]], False),
        ([[(7, 4.0), (7, 9.0)]], False),
        ([[(8, 5.5)]], False),
        ([[(7, 4.0), (7, 9.0)], [(7, 5.5)]], True),
    ],
    ids=["none", "no frame", "the old one alone", "somebody else's", "a new one beside it"],
)
def test_who_returned_is_seen_by_a_track_that_began_since(
    tracks: list[list[tuple[int, float]]], seen: bool
) -> None:
    """Only then the old transports may be closed: the other may have been away longer than we were."""
    shown = [[Received(Stamp(sender, 0, 0), at) for sender, at in track] for track in tracks]
    assert begun_since(shown, 7, 5.0) is seen
