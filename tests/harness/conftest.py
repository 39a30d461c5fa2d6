"""What every harness test starts from, however the run itself was started."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _as_wide_as_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """xdist tells its workers how wide the terminal is, and the runs that are tested would take that for their own."""
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """A run in a shell's background ignores SIGINT, and hands that on to the processes whose interruption is tested."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, signal.SIG_IGN)
