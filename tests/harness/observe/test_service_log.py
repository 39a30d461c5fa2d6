"""A service's log as Docker streams it: frames, times, ids, and what has none of them."""

from datetime import UTC, datetime

import pytest

from fixtures.observe.swarm.service_log import BrokenLogError, log_lines, log_params
from fixtures.observe.swarm.state import LogLine

IDS = "com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s1,com.docker.swarm.task.id=t1"


def frame(kind: int, text: bytes) -> bytes:
    """One frame: stream, three empty bytes, length."""
    return bytes([kind, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


def test_frames_are_told_apart_and_sorted() -> None:
    """Lines of both streams in the order of time, whatever came first; one without a time keeps the front."""
    late = f"2026-01-01T00:00:02Z {IDS} out\r\n".encode()
    early = b"2026-01-01T00:00:01Z err\n"
    lines = log_lines(frame(1, late) + frame(2, early) + frame(9, b"no time\n"))
    assert lines == (
        LogLine(None, None, None, "stdout", "no time"),
        LogLine(datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC), None, None, "stderr", "err"),
        LogLine(datetime(2026, 1, 1, 0, 0, 2, tzinfo=UTC), "t1", "n1", "stdout", "out"),
    )


def test_a_frame_longer_than_a_byte_can_say() -> None:
    """The length has four bytes, big end first, and the next frame begins right behind it."""
    lines = log_lines(frame(1, b"x" * 300) + frame(2, b""))
    assert [(line.stream, len(line.text)) for line in lines] == [("stdout", 300), ("stderr", 0)]


def test_a_cut_frame() -> None:
    """Of a frame that is not whole received kept; less than a header is nothing."""
    assert [line.text for line in log_lines(frame(1, b"whole") + frame(1, b"cut off")[:11])] == [
        "whole",
        "cut",
    ]
    assert [line.text for line in log_lines(frame(1, b"whole") + frame(1, b"x")[:7])] == ["whole"]
    assert log_lines(b"") == ()


def piece(task: str, second: int, text: str, kind: int = 1) -> bytes:
    """A line, or a piece of one, of a task."""
    return frame(
        kind,
        f"2026-01-01T00:00:0{second}Z com.docker.swarm.node.id=n1,com.docker.swarm.task.id={task} {text}".encode(),
    )


def test_a_long_line_is_put_together() -> None:
    """Docker hands it on in pieces of 16 KB, between those of other tasks; the last piece ends in a newline."""
    whole = "GET /?" + "x" * 40_000
    first, second, third = whole[:16_384], whole[16_384:32_768], whole[32_768:]
    received = b"".join([
        piece("t1", 1, first), piece("t2", 1, "between\n"), piece("t1", 1, second), piece("t1", 1, "errors\n", 2),
        piece("t2", 1, first), piece("t1", 1, third + "\n"), piece("t1", 2, "next\n"), piece("t2", 1, "\n"),
    ])  # fmt: skip
    lines = {(line.task, line.stream, line.text) for line in log_lines(received)}
    assert lines == {
        ("t1", "stdout", whole), ("t2", "stdout", "between"), ("t1", "stderr", "errors"), ("t2", "stdout", first),
        ("t1", "stdout", "next"),
    }  # fmt: skip


def test_a_piece_whose_end_does_not_come_is_a_line() -> None:
    """A task that was killed amid a line has written what came of it; another time begins another line."""
    received = piece("t1", 1, "cut") + piece("t1", 2, "then ") + piece("t1", 2, "on")
    assert [line.text for line in log_lines(received)] == ["cut", "then on"]


def test_a_time_that_is_none_is_text() -> None:
    """And one without a zone: it could not be put in order with the others."""
    lines = log_lines(frame(1, b"2026-13-01T00:00:00Z a\n") + frame(1, b"2026-01-01T00:00:00 b\n"))
    assert [(line.when, line.text) for line in lines] == [
        (None, "2026-13-01T00:00:00Z a"), (None, "2026-01-01T00:00:00 b"),
    ]  # fmt: skip


def test_frames_that_end_keep_what_was_before() -> None:
    """What follows is no frame; and of lines no more are taken than may be."""
    with pytest.raises(BrokenLogError, match=r"end at byte 14, followed by \\x7fELF") as caught:
        log_lines(frame(1, b"whole\n") + b"\x7fELF\1\2\3\4")
    assert [line.text for line in caught.value.lines] == ["whole"]
    with pytest.raises(BrokenLogError, match="more than 2 lines") as caught:
        log_lines(b"a\nb\nc\n", 2)
    assert [line.text for line in caught.value.lines] == ["a", "b"]


def test_a_service_with_a_terminal() -> None:
    """Its log is plain text, without frames, line by line; what is no UTF-8 is shown as far as it is."""
    lines = log_lines(b"2026-01-01T00:00:01Z one\r\n2026-01-01T00:00:00Z t\xffo\n")
    assert [(line.stream, line.text) for line in lines] == [("stdout", "t\ufffdo"), ("stdout", "one")]


def test_the_query() -> None:
    """Both streams with times and ids, everything or from a moment on, all lines or the last few."""
    asked = {"stdout": "1", "stderr": "1", "timestamps": "1", "details": "1"}
    assert log_params(None, None) == {**asked, "since": "0", "tail": "all"}
    since = datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)
    assert log_params(since, 5) == {**asked, "since": "1.500000", "tail": "5"}
