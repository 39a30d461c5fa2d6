"""In a real browser: the lab's own page is used as a person uses it, and what it shows is read."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from fixtures.limits import Limits
from fixtures.observe.browser.opened import Setup, opened
from fixtures.observe.browser.pages.driver import Driver, driver_for
from fixtures.observe.browser.pages.markup import OURS, Markup
from fixtures.observe.browser.stamped_camera import SENDER, read_png, write
from fixtures.observe.browser.tab import Tab
from fixtures.observe.browser.two_tabs import leaving_seen, seen_by
from fixtures.observe.browser.values import Step, StepError, TabSeen
from tests.harness.browser.conftest import setup_of
from tests.harness.stand_ins.own_page import answers
from tests.harness.stand_ins.web_page import serving

T = TypeVar("T")
SHORT = Limits(call_media_deadline_s=4.0, call_leave_deadline_s=2.0)


def in_tab(setup: Setup, url: str, use: Callable[[Tab], Awaitable[T]]) -> T:
    """Open the page in a tab, and use it."""

    async def act() -> T:
        async with opened(setup) as browser, browser.tab("Ada") as tab:
            await tab.open(url)
            return await use(tab)

    return asyncio.run(act())


def test_a_person_makes_a_room_and_sees_another(program: Path, tmp_path: Path) -> None:
    """By the keyboard alone; the other's frames have the stamps of our own camera, since this server sends them back."""

    async def use(tab: Tab) -> tuple[str, TabSeen, float | None, str]:
        driver = await driver_for(tab, None)
        assert driver is not None
        link = await driver.create("Ada")
        (seen,) = await seen_by((tab, 0.0))
        await driver.leave()
        return link, seen, await leaving_seen(tab), await tab.title()

    with serving(answers()) as page:
        setup = replace(setup_of(program, page, tmp_path), camera=write(tmp_path / "camera.y4m"))
        link, seen, left, title = in_tab(setup, page.url, use)
    assert link.startswith(f"{page.url}#")
    assert (title, seen.said.complaints(), seen.name) == ("JB Calling", (), "Ada")
    assert seen.rate > 5
    assert seen.loudness > 0.001
    assert {(each.width, each.height) for each in seen.after.pictures} <= {(640, 360), (480, 270), (320, 180)}
    assert not seen.relayed
    stamps = [read_png(each.png) for each in seen.strip]
    assert stamps
    assert {stamp.sender for stamp in stamps if stamp} == {SENDER}
    assert seen.screenshot is not None
    assert seen.screenshot.png.startswith(b"\x89PNG")
    assert left is not None


def test_a_page_is_driven_by_the_selectors_that_its_target_describes(program: Path, tmp_path: Path) -> None:
    """Another markup of the same page: no field for a name, no button to leave, the address as the link."""
    markup = Markup(create="form button", in_call="section >> visible=true")

    async def use(tab: Tab) -> str:
        driver = await driver_for(tab, markup)
        assert driver is not None
        return await driver.create("Ada")

    with serving(answers()) as page:
        assert in_tab(setup_of(program, page, tmp_path), page.url, use).startswith(f"{page.url}#")


def test_a_page_that_nobody_has_described_has_no_driver(program: Path, tmp_path: Path) -> None:
    """It is loaded, and nothing more."""

    async def use(tab: Tab) -> Driver | None:
        await tab.asking(tab.page.evaluate("document.querySelector('#lobby').id = 'entrance'"))
        return await driver_for(tab, None)

    with serving(answers()) as page:
        assert in_tab(setup_of(program, page, tmp_path), page.url, use) is None


def test_a_refused_camera_ends_the_step_with_the_pages_words(program: Path, tmp_path: Path) -> None:
    """What the page shows, and what the browser said to it."""
    with serving(answers({"Permissions-Policy": "camera=(), microphone=()"})) as page:
        setup = replace(setup_of(program, page, tmp_path), limits=SHORT)
        with pytest.raises(StepError) as failed:
            in_tab(setup, page.url, lambda tab: Driver(OURS, tab).create("Ada"))
    assert failed.value.step is Step.CREATED
    assert "The browser was not allowed to use the camera and microphone" in str(failed.value)
    assert "NotAllowedError" in str(failed.value)
    assert failed.value.picture is not None


def test_a_button_that_the_keyboard_does_not_reach_is_said(program: Path, tmp_path: Path) -> None:
    """Whoever has no mouse cannot enter."""

    async def use(tab: Tab) -> str:
        await tab.asking(tab.page.evaluate("document.querySelector('#join').tabIndex = -1"))
        return await Driver(OURS, tab).create("Ada")

    with serving(answers()) as page, pytest.raises(StepError, match="#join is not reached by the Tab key"):
        in_tab(setup_of(program, page, tmp_path), page.url, use)
