"""The page is opened until each replica has served each file, and each time by somebody who is not known there."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from fixtures.observe.browser import page_loads
from fixtures.observe.browser.opened import Opened, opened
from fixtures.observe.browser.page_loads import LOADS_PER_REPLICA, Load, Loads, load_everywhere
from fixtures.observe.browser.values import Asked, Said
from fixtures.target.plan import load_plan
from fixtures.target.planned import PlannedHost
from tests.harness.browser.conftest import setup_of
from tests.harness.stand_ins.web_page import Answer, serving

FILES = ("", "app.js", "style.css")


@dataclass
class Edge:
    """Gives each request to the next of its replicas, and counts how many loads are made at once at most."""

    replicas: tuple[str, ...]
    files: int = 1
    failing: int = 0
    visitors: int = 0
    at_once: int = 0
    most_at_once: int = 0
    wheel: Iterator[int] = field(default_factory=count)
    pauses: random.Random = field(default_factory=lambda: random.Random(1))

    @asynccontextmanager
    async def visitor(self) -> AsyncIterator["Edge"]:
        self.visitors += 1
        yield self

    async def load(self, number: int) -> Load:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        asked = []
        for name in FILES[: self.files]:
            by = self.replicas[next(self.wheel) % len(self.replicas)] if self.replicas else ""
            asked.append(Asked(f"https://page.test/{name}", "script", status=200, by=by))
            for _ in range(self.pauses.randrange(3)):
                await asyncio.sleep(0)  # another load may be served before the next file
        self.at_once -= 1
        return Load(number, Said(asked=tuple(asked)), "", failure="cut off" * (number == self.failing))


def loads(monkeypatch: pytest.MonkeyPatch, edge: Edge) -> Loads:
    """What comes of opening the page of three replicas at that edge."""

    async def _load(visitor: Any, *rest: Any) -> tuple[Load, bool]:  # noqa: ANN401 - a stand-in takes what comes
        return await edge.load(rest[2]), True

    monkeypatch.setattr(page_loads, "_load", _load)
    return asyncio.run(load_everywhere(cast("Opened", edge), page_host(), 3, None))


def page_host() -> PlannedHost:
    return load_plan("a").host_of("page")


def test_a_wheel_that_turns_needs_a_load_for_each_replica(monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, so that nothing else moves it."""
    edge = Edge(("a", "b", "c"))
    found = loads(monkeypatch, edge)
    assert (len(found.loads), found.complete, edge.most_at_once, edge.visitors) == (3, True, 1, 1)


def test_a_page_in_step_with_the_wheel_is_met_by_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three files from three replicas: one visitor alone would get each file from the same replica for ever."""
    edge = Edge(("a", "b", "c"), files=3)
    found = loads(monkeypatch, edge)
    assert found.complete
    assert (edge.most_at_once, edge.visitors) == (2, 2)
    assert len(found.loads) < LOADS_PER_REPLICA * 3


def test_a_replica_that_is_never_met_ends_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what was met is not taken for all."""
    found = loads(monkeypatch, Edge(("a", "b")))
    assert (len(found.loads), found.complete) == (LOADS_PER_REPLICA * 3, False)
    assert found.served == {"/": frozenset({"a", "b"})}


def test_answers_that_do_not_say_who_they_are_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice as many loads as there are replicas, and none of them is said to be of each."""
    found = loads(monkeypatch, Edge(()))
    assert (len(found.loads), found.complete, found.served) == (6, False, {})


def test_a_load_that_fails_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong is known; the rest would wait for the same."""
    assert len(loads(monkeypatch, Edge(("a", "b"), failing=2)).loads) == 2


REMEMBERS = """<!doctype html><title>x</title><script src="/app.js"></script><script>
document.title = [document.cookie, localStorage.getItem('known')].join('|');
document.cookie = 'known=1'; localStorage.setItem('known', '1');
</script>"""


def test_a_visitor_is_never_known(program: Path, tmp_path: Path) -> None:
    """No cookie, nothing stored, and no file from a cache: each time the server is asked for all of it."""

    async def use(opened_browser: Opened, url: str) -> list[str]:
        titles = []
        async with opened_browser.visitor() as visitor:
            for number in range(3):
                async with visitor.tab(f"load {number}", url.rstrip("/")) as tab:
                    await tab.open(url)
                    titles.append(await tab.title())
        return titles

    async def act(url: str) -> list[str]:
        async with opened(setup) as browser:
            return await use(browser, url)

    kept = {"Cache-Control": "max-age=3600"}
    with serving({"/": Answer(REMEMBERS), "/app.js": Answer("1", headers=kept)}) as page:
        setup = setup_of(program, page, tmp_path)
        assert asyncio.run(act(page.url)) == ["|", "|", "|"]
    assert (page.asked["/"], page.asked["/app.js"]) == (3, 3)
