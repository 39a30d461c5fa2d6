"""Our page and the report break no rule of axe-core, fit in narrow windows, and are as sound in the dark."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from fixtures.observe.browser.opened import Setup, opened
from fixtures.observe.browser.pages.driver import Driver
from fixtures.observe.browser.pages.markup import OURS
from fixtures.report.page import page as report_page
from tests.harness.browser.accessible import WIDTHS, schemes, too_wide, violations
from tests.harness.browser.conftest import setup_of
from tests.harness.samples import report as samples
from tests.harness.stand_ins.own_page import answers
from tests.harness.stand_ins.web_page import Answer, serving

CUT_OFF = """() => [...document.querySelectorAll('.mark, .sign')].filter((each) => each.checkVisibility()).flatMap((each) => {
  const box = each.getBoundingClientRect();
  const parts = each.matches('.mark') ? [...each.children] : [...each.querySelectorAll('path')];
  const outside = parts.some((part) => {
    const drawn = part.getBoundingClientRect();
    return drawn.left < box.left || drawn.right > box.right || drawn.top < box.top || drawn.bottom > box.bottom;
  });
  const shrunk = each.matches('.sign') && box.width < Number(each.getAttribute('width'));
  const beyond = box.right > window.innerWidth || box.left < 0 || each.scrollWidth > each.clientWidth + 1;
  return outside || shrunk || (each.matches('.mark') && beyond) ? [each.outerHTML.slice(0, 80)] : [];
})"""
STRUCTURE = """() => ({
  title: document.title, heads: document.querySelectorAll('h1').length, main: document.querySelectorAll('main').length,
  levels: [...document.querySelectorAll('h1, h2, h3, h4, h5')].map((each) => Number(each.tagName[1])),
  without_name: [...document.querySelectorAll('img')].filter((each) => !each.alt).length,
})"""


def faults(setup: Setup, url: str, enters: bool) -> dict[str, list[str]]:
    """What is wrong, by colour scheme and width; the page of a room as well where one is entered."""

    async def act() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        async with opened(setup) as browser, browser.tab("Ada") as tab:
            await tab.open(url)
            for place in ("as it opens", "in a room") if enters else ("as it opens",):
                if place == "in a room":
                    await Driver(OURS, tab).create("Ada")
                for scheme in schemes():
                    for width in WIDTHS:
                        await tab.page.emulate_media(color_scheme=scheme)
                        await tab.page.set_viewport_size({"width": width, "height": 800})
                        wide = [f"wider than its window: {each}" for each in await too_wide(tab.page)]
                        found[f"{place}, {scheme}, {width}"] = [*wide, *await violations(tab.page)]
            found["said"] = list((await tab.said()).complaints())
        return found

    return asyncio.run(act())


def test_our_own_page(program: Path, tmp_path: Path) -> None:
    """In the lobby and in a room, in light and dark, at 320 and 1280 pixels."""
    with serving(answers()) as page:
        found = faults(setup_of(program, page, tmp_path), page.url, enters=True)
    assert len(found) == 9
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("red", [False, True], ids=["green", "red"])
def test_the_report(program: Path, tmp_path: Path, red: bool) -> None:
    """A green and a red one, with all folds closed as it opens."""
    answered = {"/": Answer(report_page(samples.report(red=red))), "/favicon.ico": Answer()}
    with serving(answered) as page:
        found = faults(setup_of(program, page, tmp_path), page.url, enters=False)
    assert len(found) == 5
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("width", [*WIDTHS, 240])
def test_no_mark_of_the_report_is_cut_off(program: Path, tmp_path: Path, width: int) -> None:
    """With every fold open: the tick of a passed test stands whole in its badge, and the page is built of headings."""

    async def act(setup: Setup, url: str) -> tuple[list[str], dict[str, object]]:
        async with opened(setup) as browser, browser.tab("a") as tab:
            await tab.page.set_viewport_size({"width": width, "height": 800})
            await tab.open(url)
            await tab.page.evaluate(
                "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
            )
            return await tab.page.evaluate(CUT_OFF), await tab.page.evaluate(STRUCTURE)

    with serving({"/": Answer(report_page(samples.report(red=True)))}) as page:
        cut, structure = asyncio.run(act(setup_of(program, page, tmp_path), page.url))
    assert cut == []
    assert (structure["heads"], structure["main"], structure["without_name"]) == (1, 1, 0)
    levels = structure["levels"]
    assert isinstance(levels, list)
    assert levels[0] == 1
    assert all(later <= former + 1 for former, later in pairwise(levels))
