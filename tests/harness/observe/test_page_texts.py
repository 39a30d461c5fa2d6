"""What is read of a page: its inline scripts, the plan's file, and scripts of its own that configure it."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from fixtures.observe.http import page_texts
from fixtures.observe.http.attempts import Attempt, Failure
from fixtures.observe.http.page_texts import FILES_MAX, READ_BYTES, PageText
from fixtures.target.planned import PlannedHost
from fixtures.target.reach import Reach
from tests.harness.samples.observed import NOW

HTML = """<!doctype html><script src="/env-config.js"></script><script type="module" src='/assets/app.js'></script>
<script src="https://elsewhere.example/config.js"></script><script>window.A = "http://a.example"</script>
<SCRIPT SRC=settings.js></SCRIPT>"""
BASE = "https://jbcalling.site"


def host(config_path: str | None = None) -> PlannedHost:
    return PlannedHost("jbcalling.site", "page", "/", (200,), None, None, config_path=config_path)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Path -> what is answered, 404 for all else."""
    files: dict[str, str] = {}

    async def request(reach: Reach, url: str, **_: Any) -> Attempt:  # noqa: ANN401
        assert reach.limits.body_head_bytes == READ_BYTES
        body = files.get(url.removeprefix(BASE))
        status = 404 if body is None else 200
        return Attempt(url, "GET", "jbcalling.site", NOW, 0.01, status, body_head=(body or "").encode())

    monkeypatch.setattr(page_texts, "request", request)
    return files


def read(page: PlannedHost) -> Mapping[str, PageText]:
    return {
        each.where.removeprefix(BASE): each for each in asyncio.run(page_texts.page_texts(Reach({}), page))
    }


def test_what_configures_a_page_is_read(served: dict[str, str]) -> None:
    """Found in the page itself; a bundle of code and other sites are left alone."""
    served.update({"/": HTML, "/env-config.js": "A", "/settings.js": "B", "/assets/app.js": "C"})
    found = read(host())
    assert {where: each.text for where, each in found.items()} == {
        "/": 'window.A = "http://a.example"', "/env-config.js": "A", "/settings.js": "B",
    }  # fmt: skip


def test_the_file_of_the_plan_is_read_whatever_the_page_says(served: dict[str, str]) -> None:
    """Once, also where the page names it too; what is not there says so."""
    served.update({"/": HTML, "/env-config.js": "A"})
    assert list(read(host("/env-config.js"))) == ["/", "/env-config.js", "/settings.js"]
    served.clear()
    found = read(host("/told.json"))
    assert {where: each.why_not for where, each in found.items()} == {
        "/": f"{BASE}/ was answered 404", "/told.json": f"{BASE}/told.json was answered 404",
    }  # fmt: skip


def test_a_page_may_name_only_so_many(served: dict[str, str]) -> None:
    """However many scripts a page says it has."""
    served["/"] = "".join(f'<script src="/config-{n}.js"></script>' for n in range(99))
    assert len(read(host())) == 1 + FILES_MAX


def test_a_body_that_breaks_off_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a file may lack what is wrong in it."""

    async def request(reach: Reach, url: str, **_: Any) -> Attempt:  # noqa: ANN401
        late = Failure.BODY_NEVER_ENDED
        return Attempt(url, "GET", "jbcalling.site", NOW, 5.0, 200, body_head=b"x", failure=late)

    monkeypatch.setattr(page_texts, "request", request)
    assert [each.why_not for each in read(host("/a.js")).values()] == [
        f"{BASE}/ was answered 200, body never ended",
        f"{BASE}/a.js was answered 200, body never ended",
    ]
