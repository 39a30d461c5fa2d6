"""A recording of a tab is kept where what it recorded failed, and holds no secret."""

import asyncio
import zipfile
from pathlib import Path

import pytest

from fixtures.observe.browser.masked_trace import mask_trace
from fixtures.observe.browser.opened import Setup, opened
from tests.harness.browser.conftest import setup_of
from tests.harness.stand_ins.web_page import Answer, serving

SECRET = "hunter2hunter2"


def recorded(setup: Setup, url: str, trace: Path, fails: bool) -> None:
    """Open a page in a tab that is recorded, and let it fail or not."""

    async def act() -> None:
        async with opened(setup) as browser, browser.tab("a", trace=trace) as tab:
            await tab.open(url)
            if fails:
                raise RuntimeError("as a step would")

    asyncio.run(act())


def texts(trace: Path) -> str:
    """Everything in a recording."""
    with zipfile.ZipFile(trace) as found:
        return "\n".join(found.read(each).decode("utf-8", "replace") for each in found.namelist())


def test_a_failure_is_recorded_and_masked(program: Path, tmp_path: Path) -> None:
    """The page's own address of a file holds a secret; the recording is of use without it."""
    trace = tmp_path / "t.zip"
    html = Answer(
        f"<!doctype html><link rel=icon href='data:,'><script src=/env.js?credential={SECRET}></script>"
    )
    with serving({"/": html, "/env.js": Answer("window.a = 1")}) as page, pytest.raises(RuntimeError):
        recorded(setup_of(program, page, tmp_path), page.url, trace, fails=True)
    assert SECRET in texts(trace)
    mask_trace(trace, lambda text: text.replace(SECRET, "***"))
    shown = texts(trace)
    assert SECRET not in shown
    assert "https://page.test/env.js" in shown
    assert sorted(each.name for each in tmp_path.glob("t.*")) == ["t.zip"]


def test_what_went_well_is_not_kept(program: Path, tmp_path: Path) -> None:
    """Nobody looks at it."""
    trace = tmp_path / "t.zip"
    with serving({"/": Answer("<!doctype html>")}) as page:
        recorded(setup_of(program, page, tmp_path), page.url, trace, fails=False)
    assert not trace.exists()
