"""A service's log as Docker streams it: frames, times, ids, and what has none of them."""

from datetime import UTC, datetime

from fixtures.observe.swarm.service_log import log_lines, log_params
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
    """Of a frame that is not whole what came is kept; less than a header is nothing."""
    assert [line.text for line in log_lines(frame(1, b"whole") + frame(1, b"cut off")[:11])] == [
        "whole",
        "cut",
    ]
    assert [line.text for line in log_lines(frame(1, b"whole") + frame(1, b"x")[:7])] == ["whole"]
    assert log_lines(b"") == ()


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
