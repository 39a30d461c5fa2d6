"""What is concluded from received stamps."""

import pytest

from fixtures.limits import Limits
from fixtures.observe.media.playback import Received, media_report
from fixtures.observe.media.stamp import stamped

PERIOD_S, DELAY_S = 0.066, 0.080
FREEZE_S = Limits().call_freeze_s


def _stream(numbers: list[int], sender: int = 1, start: float = 1000.0) -> list[Received]:
    """Frames of these numbers, one a period in the order given, each painted DELAY_S before it came."""
    times = [start + place * PERIOD_S for place in range(len(numbers))]
    return [
        Received(stamped(sender, number, at - DELAY_S), at) for number, at in zip(numbers, times, strict=True)
    ]


def test_a_clean_stream() -> None:
    """Thirty frames in order: nothing lost, the delay as it was."""
    report = media_report(1, _stream(list(range(5, 35))), FREEZE_S)
    assert (report.frames, report.lost, report.out_of_order) == (30, 0, 0)
    assert (report.lost, report.out_of_order, report.duplicates, report.freezes) == (0, 0, 0, ())
    assert report.loss_share == 0
    assert report.latency_p50_ms == pytest.approx(80, abs=1)
    assert report.duration_s == pytest.approx(29 * PERIOD_S)


def test_lost_frames_are_those_missing_in_between() -> None:
    """Gaps between the first and the last frame count as lost; what came before the first does not."""
    report = media_report(1, _stream([7, 8, 11, 12, 14]), FREEZE_S)
    assert (report.frames, report.lost) == (5, 3)
    assert report.loss_share == pytest.approx(3 / 8)


def test_out_of_order_and_twice_are_different_things() -> None:
    """A late frame is out of order and not lost; one that comes again is a duplicate."""
    report = media_report(1, _stream([1, 3, 2, 4, 4, 3]), FREEZE_S)
    assert (report.frames, report.lost, report.out_of_order, report.duplicates) == (4, 0, 1, 2)


def test_freezes_are_pauses_beyond_the_limit() -> None:
    """Only a pause longer than the limit is a freeze, and it tells its length."""
    stream = _stream([0, 1]) + _stream([2, 3], start=1000.0 + PERIOD_S + 0.9)
    report = media_report(1, stream, freeze_s=0.5)
    assert [freeze.seconds for freeze in report.freezes] == [pytest.approx(0.9)]
    assert media_report(1, stream, freeze_s=1.0).freezes == ()


def test_delays_are_ranked() -> None:
    """Of twenty frames with one slow one, the middle and the 95th are quick and the largest is reported."""
    stream = _stream(list(range(20)))
    stream[10] = Received(stamped(1, 10, stream[10].at - 0.5), stream[10].at)
    report = media_report(1, stream, FREEZE_S)
    assert report.latency_p95_ms == pytest.approx(80, abs=1)
    assert report.latency_max_ms == pytest.approx(500, abs=1)


def test_sixteen_bits_may_start_again() -> None:
    """Numbers that wrap are neither lost nor out of order."""
    report = media_report(1, _stream([65534, 65535, 0, 1]), FREEZE_S)
    assert (report.frames, report.lost, report.out_of_order) == (4, 0, 0)


def test_only_the_senders_own_frames_count() -> None:
    """Frames of somebody else are left out, and nothing at all is total loss."""
    strangers = _stream([1, 2, 3], sender=9)
    assert media_report(1, _stream([1, 2]) + strangers, FREEZE_S).frames == 2
    none = media_report(1, strangers, FREEZE_S)
    assert (none.frames, none.loss_share, none.latency_p95_ms, str(none)) == (
        0,
        1.0,
        None,
        "sender 1: no frame",
    )


def test_where_a_freeze_begins() -> None:
    """A pause of just the limit is none, and a freeze says when it ended and how long it was."""
    marks = [Received(stamped(1, n, at), at) for n, at in enumerate((10.0, 10.5, 11.25))]
    (freeze,) = media_report(1, marks, freeze_s=0.5).freezes
    assert (freeze.at, freeze.seconds, str(freeze)) == (11.25, 0.75, "0.75 s")


def test_percentiles_are_ranks() -> None:
    """Of delays of 1 to 20 ms the median is the tenth and the 95th percentile the nineteenth; of one it is that one."""
    marks = [Received(stamped(1, n, 100.0), 100.0 + n / 1000) for n in range(1, 21)]
    report = media_report(1, marks, FREEZE_S)
    found = (report.latency_p50_ms, report.latency_p95_ms, report.latency_max_ms)
    assert found == pytest.approx((10, 19, 20), abs=0.01)
    one = media_report(1, marks[6:7], FREEZE_S)
    assert (one.latency_p50_ms, one.latency_p95_ms, one.latency_max_ms) == pytest.approx((7, 7, 7), abs=0.01)
    assert (one.duration_s, one.frames, one.lost, one.loss_share) == (0.0, 1, 0, 0.0)


def test_nothing_at_all() -> None:
    """Without a frame there is nothing to say of delays, and everything is lost."""
    report = media_report(4, [], FREEZE_S)
    assert (report.sender, report.frames, report.lost, report.out_of_order, report.duplicates) == (
        4,
        0,
        0,
        0,
        0,
    )
    assert (report.latency_p50_ms, report.latency_max_ms, report.duration_s, report.freezes) == (
        None,
        None,
        0.0,
        (),
    )


@pytest.mark.parametrize(
    ("numbers", "lost", "late"),
    [
        ([65535, 1, 0], 0, 1), ([0, 65535], 0, 1), ([65534, 1], 2, 0), ([0, 40000, 1], 25535, 1), ([5, 5, 4, 4], 0, 1),
        ([0, 32767], 32766, 0), ([0, 32768], 32767, 1), ([0], 0, 0), ([3, 2, 1], 0, 2), ([1, 0, 2], 0, 1),
    ],
)  # fmt: skip
def test_sixteen_bits_both_ways(numbers: list[int], lost: int, late: int) -> None:
    """The shorter way round counts: less than half of the numbers forward is later, the rest is earlier."""
    report = media_report(1, _stream(numbers), FREEZE_S)
    assert (report.lost, report.out_of_order) == (lost, late)


def test_the_report_in_words() -> None:
    """Everything that was counted, with the longest freeze where there is one."""
    report = media_report(1, _stream([1, 3, 2, 4, 4]), FREEZE_S)
    assert str(report) == (
        "sender 1: 4 frames in 0.26 s, 0 lost, 1 out of order, 1 twice, 0 freezes, "
        "delay 80 ms (95 in 100 below 81, at most 81)"
    )
    frozen = media_report(1, _stream([0]) + _stream([1], start=1001.0) + _stream([2], start=1001.6), FREEZE_S)
    assert "2 freezes (longest 1.00 s), delay" in str(frozen)
