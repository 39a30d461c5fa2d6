"""Progress for a person: live lines on a terminal, plain lines in a pipe or CI."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from lab.text.masking import Masker
from lab.text.screen import plain_console
from lab.text.shown import for_terminal, shown

PLAIN_REPEAT_S = 10.0
"""In a pipe a long step repeats its news at most this often: enough to see life, few lines in a CI log."""


class Step(Protocol):
    """A step that is running."""

    def update(self, news: str) -> None:
        """Say how far it is."""


class Reporter:
    """Shows steps as they run, several at once from several threads; also keeps how long each took.

    `uncaptured` is entered around every write: pytest hands in what suspends its capture. `quiet` shows nothing at all;
    with `every`, a pipe gets all news of a step, not some of it.
    """

    def __init__(
        self,
        console: Console | None = None,
        *,
        uncaptured: Callable[[], AbstractContextManager[None]] = nullcontext,
        quiet: bool = False,
        every: bool = False,
    ) -> None:
        self._console, self._uncaptured, self._quiet = console, uncaptured, quiet
        self.repeat_s = 0.0 if every else PLAIN_REPEAT_S
        self._lock, self._open = threading.RLock(), 0
        self._live: Progress | None = None
        self.seconds: dict[str, float] = {}

    def _screen(self) -> Console:
        return self._console if self._console is not None else plain_console(file=sys.stderr)

    def say(self, text: str) -> None:
        """One line that stays."""
        if self._quiet:
            return
        with self._lock, self._uncaptured():
            console = self._live.console if self._live is not None else self._screen()
            console.print(Text(for_terminal(Masker()(text))), soft_wrap=True)

    @contextmanager
    def step(self, what: str) -> Iterator[Step]:
        """Show `what` as running until the block ends; on success a line with its seconds stays."""
        started = time.monotonic()
        live = self._screen().is_terminal and not self._quiet
        show = _LiveStep(self, what) if live else _PlainStep(self, what)
        try:
            yield show
        finally:
            show.end()
        self.seconds[what] = time.monotonic() - started
        self.say(f"  {what}: {self.seconds[what]:.1f} s")

    def _join(self) -> Progress:
        with self._lock:
            if self._live is None:
                columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
                self._live = Progress(*columns, console=self._screen(), transient=True)
                with self._uncaptured():
                    self._live.start()
            self._open += 1
            return self._live

    def _leave(self) -> None:
        with self._lock:
            self._open -= 1
            if self._open == 0 and self._live is not None:
                with self._uncaptured():
                    self._live.stop()
                self._live = None


class _LiveStep:
    def __init__(self, reporter: Reporter, what: str) -> None:
        self._reporter, self._what = reporter, what
        self._progress = reporter._join()
        self._task = self._progress.add_task(shown(what))

    def update(self, news: str) -> None:
        self._progress.update(self._task, description=shown(Masker()(f"{self._what}: {news}")[:150]))

    def end(self) -> None:
        self._progress.remove_task(self._task)
        self._reporter._leave()


class _PlainStep:
    def __init__(self, reporter: Reporter, what: str) -> None:
        self._reporter, self._what, self._said = reporter, what, time.monotonic()

    def update(self, news: str) -> None:
        if time.monotonic() - self._said >= self._reporter.repeat_s:
            self._said = time.monotonic()
            self._reporter.say(f"  {self._what} ... {news}")

    def end(self) -> None:
        """Nothing to take down."""
