"""How much a run may ask: requests are counted by host and over all processes, and one too many is not sent."""

from pathlib import Path

import pytest

from fixtures.observe.http.meter import LoadExceededError, Meter, describe


def test_requests_are_counted_by_host() -> None:
    """Without a bound as many as there are, and the count is the reader's own."""
    meter = Meter()
    assert meter.sent == {}
    for host in ("b.test", "a.test", "b.test"):
        meter.note(host)
    assert meter.sent == {"a.test": 1, "b.test": 2}
    assert meter.sent is not meter.sent


def test_as_many_as_allowed_are_sent_and_no_more(tmp_path: Path) -> None:
    """The one that would be too many is refused before it is counted, and so is each after it."""
    meter = Meter()
    meter.bind(3, tmp_path / "tally")
    for host in ("a.test", "b.test", "a.test"):
        meter.note(host)
    for _ in range(2):
        with pytest.raises(LoadExceededError) as refused:
            meter.note("a.test")
    assert str(refused.value) == (
        "3 requests were sent, the most that a run may send; by this process: 3 requests: a.test 2, b.test 1; "
        "see smoke_requests_max and browser_requests_max in docs/settings.md"
    )
    assert meter.sent == {"a.test": 2, "b.test": 1}


def test_processes_that_name_one_file_share_the_bound(tmp_path: Path) -> None:
    """Each counts at once in the file, after what is there already; what it sent itself stays its own."""
    first, second, tally = Meter(), Meter(), tmp_path / "tally"
    first.bind(3, tally)
    first.note("a.test")
    assert tally.read_bytes() == b"."
    second.bind(3, tally)
    second.note("a.test")
    first.note("a.test")
    assert tally.read_bytes() == b"..."
    with pytest.raises(LoadExceededError, match=r"by this process: 1 requests: a\.test 1;"):
        second.note("b.test")
    assert (first.sent, second.sent) == ({"a.test": 2}, {"a.test": 1})


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "0 requests"), ({"a.test": 1}, "1 requests: a.test 1"),
        ({"b.test": 2, "a.test": 30}, "32 requests: a.test 30, b.test 2"),
    ],
)  # fmt: skip
def test_what_was_sent_is_told_by_host(sent: dict[str, int], told: str) -> None:
    """The sum first, then each host in the order of names."""
    assert describe(sent) == told
