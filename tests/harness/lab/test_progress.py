"""Progress: plain lines in a pipe, live lines on a terminal, and the seconds of each step kept."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rich.console import Console

from lab.host import progress
from lab.host.progress import PLAIN_REPEAT_S, Reporter


class FakeTime:
    """Time that passes only when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(progress, "time", fake)
    return fake


def plain() -> tuple[Reporter, io.StringIO]:
    out = io.StringIO()
    return Reporter(Console(file=out, width=60)), out


def test_a_step_leaves_a_line_with_its_seconds(time: FakeTime) -> None:
    """In a pipe a step is one line, at its end."""
    reporter, out = plain()
    with reporter.step("stack healthy"):
        time.now += 2.5
    assert out.getvalue() == "  stack healthy: 2.5 s\n"
    assert reporter.seconds == {"stack healthy": 2.5}


def test_news_is_repeated_seldom_in_a_pipe(time: FakeTime) -> None:
    """Enough to see life in a CI log, not a line for every look."""
    reporter, out = plain()
    with reporter.step("stack") as step:
        for second in range(25):
            step.update(f"web {second}/25")
            time.now += 1
    assert PLAIN_REPEAT_S == 10
    assert out.getvalue().splitlines() == [
        "  stack ... web 10/25",
        "  stack ... web 20/25",
        "  stack: 25.0 s",
    ]


def test_a_step_that_fails_leaves_no_line_of_success() -> None:
    """What went wrong is in the error alone."""
    reporter, out = plain()
    with pytest.raises(ValueError, match="broken"), reporter.step("stack"):
        raise ValueError("broken")
    assert out.getvalue() == ""
    assert reporter.seconds == {}


def test_text_is_shown_as_it_is() -> None:
    """Brackets are not taken for colours, and a long line is not broken."""
    reporter, out = plain()
    text = "  layer [red]x[/red] [1/3] " + "y" * 100
    reporter.say(text)
    assert out.getvalue() == text + "\n"


def test_steps_of_several_threads_run_side_by_side() -> None:
    """On a terminal all are shown at once, the screen is given back at the end, and each leaves its line."""
    out = io.StringIO()
    reporter = Reporter(Console(file=out, width=80, force_terminal=True))
    both = threading.Barrier(2, timeout=10)

    def run(name: str) -> None:
        with reporter.step(name) as step:
            step.update("[half] way")
            both.wait()

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reporter.seconds) == ["one", "two"]
    assert (
        out.getvalue().count("\x1b[?25l") == out.getvalue().count("\x1b[?25h") == 1
    )  # cursor hidden, and back


def test_a_failed_step_gives_the_screen_back() -> None:
    """The live display ends with its last step, however that ends."""
    out = io.StringIO()
    reporter = Reporter(Console(file=out, force_terminal=True))
    with pytest.raises(ValueError, match="broken"), reporter.step("stack"):
        raise ValueError("broken")
    assert out.getvalue().count("\x1b[?25h") == 1


def test_every_write_is_uncaptured() -> None:
    """pytest hands in what suspends its capture; a line within it would be lost."""
    entered = []

    @contextmanager
    def uncaptured() -> Iterator[None]:
        entered.append("in")
        yield

    Reporter(Console(file=io.StringIO()), uncaptured=uncaptured).say("line")
    assert entered == ["in"]
