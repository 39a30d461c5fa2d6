"""Loading the page and meeting on it go on side by side, and neither takes the other's result along when it fails."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from fixtures.observe.browser import visit as module
from fixtures.observe.browser.meeting import Meeting
from fixtures.observe.browser.opened import Opened
from fixtures.observe.browser.page_loads import Loads
from fixtures.observe.browser.undisturbed import CHANGED
from fixtures.observe.browser.values import BrowserError, Step, StepError
from fixtures.observe.browser.visit import Visit, visit
from fixtures.observe.signaling.dialling import Dial
from fixtures.target.plan import load_plan

LOADS = Loads("https://page.test/", (), 3, known=True)
DEAD = BrowserError("load 1: the browser did not answer in time")
LOST = StepError(Step.CREATED, "no room")


class Met:
    """Stands for a meeting that nothing disturbed."""

    heard = ()


MET = cast("Meeting", Met())


def record(trace: Path | None) -> None:
    if trace is None:
        return
    assert not trace.exists(), "the recording of an earlier try is still there"
    trace.write_text("recorded")


def visited(
    monkeypatch: pytest.MonkeyPatch,
    loads: object,
    *meetings: object,
    dial: object = "a dial",
    trace: Path | None = None,
) -> Visit:
    """What comes of loads and meetings that end so; the second meeting is that of a second try."""
    left = iter(meetings)

    def end(of: object) -> object:
        if isinstance(of, BaseException):
            raise of
        return of

    async def load_everywhere(*_: Any) -> object:  # noqa: ANN401 - a stand-in takes what comes
        return end(loads)

    async def meeting(*_: Any) -> object:  # noqa: ANN401
        record(trace)
        return end(next(left))

    monkeypatch.setattr(module, "load_everywhere", load_everywhere)
    monkeypatch.setattr(module, "meeting", meeting)
    opened, page = cast("Opened", None), load_plan("a").host_of("page")
    return asyncio.run(visit(opened, page, 3, None, cast("Dial | None", dial), trace))


def test_each_keeps_its_own_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that cannot be loaded, and a meeting that does not come about; and where nobody can meet, there is none."""
    assert visited(monkeypatch, LOADS, MET) == Visit(LOADS, MET)
    assert visited(monkeypatch, DEAD, MET) == Visit(DEAD, MET)
    assert visited(monkeypatch, LOADS, LOST) == Visit(LOADS, LOST)
    assert visited(monkeypatch, LOADS, dial=None) == Visit(LOADS, None)


def test_a_second_try_has_its_own_recording(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That of a meeting which this machine's network broke off says nothing of the target."""
    broken = StepError(Step.OPENED, f"net::{CHANGED}")
    assert visited(monkeypatch, LOADS, broken, MET, trace=tmp_path / "tab.zip") == Visit(LOADS, MET)


def test_a_run_that_is_broken_off_is_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends both."""
    with pytest.raises(asyncio.CancelledError):
        visited(monkeypatch, asyncio.CancelledError(), MET)
