"""In a real browser: what a page and its browser say is heard, whatever the page is."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from fixtures.observe.browser.opened import Setup, opened
from fixtures.observe.browser.values import BrowserError, Said
from tests.harness.browser.conftest import setup_of
from tests.harness.stand_ins.web_page import Answer, serving

ASKS_FOR_CAMERA = "navigator.mediaDevices.getUserMedia({video: true}).catch(() => 0)"


def said(setup: Setup, url: str, script: str = "") -> Said:
    """Open a page, run a script in it, and hear what there is to hear."""

    async def act() -> Said:
        async with opened(setup) as browser, browser.tab("a") as tab:
            try:
                await tab.open(url)
            except BrowserError:
                return await tab.said()
            if script:
                await tab.asking(tab.page.evaluate(script))
            return await tab.said()

    return asyncio.run(act())


def of(
    program: Path,
    tmp_path: Path,
    answers: Mapping[str, Answer | Path],
    script: str = "",
    devices: bool = True,
) -> Said:
    with serving(answers) as page:
        return said(replace(setup_of(program, page, tmp_path), devices=devices), page.url, script)


def test_a_sound_page_has_nothing_to_complain_of(program: Path, tmp_path: Path) -> None:
    """Its files are listed, with who served each where the answer says so."""
    html = "<!doctype html><title>p</title><link rel=icon href='data:,'><script src=/a.js></script>"
    script = Answer("window.a = 1", headers={"X-Served-By": "replica-2"})
    found = of(program, tmp_path, {"/": Answer(html), "/a.js": script})
    assert found.complaints() == ()
    assert [(each.kind, each.status, each.by) for each in found.asked] == [
        ("document", 200, ""),
        ("script", 200, "replica-2"),
    ]


def test_a_missing_favicon_is_nothing_to_complain_of(program: Path, tmp_path: Path) -> None:
    """The browser asks for it by itself."""
    html = "<!doctype html><title>p</title>"
    script = "fetch('/favicon.ico').then((answer) => answer.status)"
    assert of(program, tmp_path, {"/": Answer(html)}, script).complaints() == ()


def test_exceptions_missing_files_and_console_errors_are_heard(program: Path, tmp_path: Path) -> None:
    """Each in the browser's words."""
    html = (
        "<!doctype html><link rel=icon href='data:,'><script src=/gone.js></script><script>console.error('it hurts'); "
        "null.x</script>"
    )
    found = of(program, tmp_path, {"/": Answer(html)})
    assert any("it hurts" in each for each in found.errors)
    assert any("exception that nobody caught: Cannot read properties" in each for each in found.errors)
    assert [(each.url.rpartition("/")[2], each.status) for each in found.failed] == [("gone.js", 404)]


def test_what_the_policy_blocks_is_heard(program: Path, tmp_path: Path) -> None:
    """The directive and the address that it kept the page from."""
    policy = {"Content-Security-Policy": "connect-src 'self'"}
    found = of(
        program,
        tmp_path,
        {"/": Answer("<!doctype html><link rel=icon href='data:,'>", headers=policy)},
        "fetch('https://api.page.test/').catch(() => 0)",
    )
    assert [(each.directive, each.blocked) for each in found.violations] == [
        ("connect-src", "https://api.page.test/")
    ]


def test_what_is_asked_without_tls_is_heard(program: Path, tmp_path: Path) -> None:
    """A page over TLS that asks by http is stopped by the browser, which says so."""
    found = of(
        program,
        tmp_path,
        {"/": Answer("<!doctype html><link rel=icon href='data:,'>")},
        "fetch('http://page.test/x').catch(() => 0)",
    )
    assert [each.url for each in found.mixed] == ["http://page.test/x"]
    assert any("Mixed Content" in each for each in found.errors)


def test_a_refused_camera_is_heard(program: Path, tmp_path: Path) -> None:
    """By a person who says no, and by a policy that leaves nobody a choice."""
    html = "<!doctype html><link rel=icon href='data:,'>"
    refused = of(program, tmp_path, {"/": Answer(html)}, ASKS_FOR_CAMERA, devices=False).refused
    denied = {"/": Answer(html, headers={"Permissions-Policy": "camera=()"})}
    by_policy = of(program, tmp_path, denied, ASKS_FOR_CAMERA).refused
    assert [each.name for each in (*refused, *by_policy)] == ["NotAllowedError"] * 2


def test_the_camera_is_given_to_who_may_have_it(program: Path, tmp_path: Path) -> None:
    """A camera that is none: the page has a picture, and nothing was refused."""
    script = "async () => (await navigator.mediaDevices.getUserMedia({video: true, audio: true})).getTracks().length"
    found = of(program, tmp_path, {"/": Answer("<!doctype html><link rel=icon href='data:,'>")}, script)
    assert (found.refused, found.complaints()) == ((), ())


def test_nothing_but_the_target_is_reached(program: Path, tmp_path: Path) -> None:
    """Neither another name nor an address that the page itself writes down: the second server is never asked."""
    with serving({"/": Answer("elsewhere")}) as other:
        script = (
            f"Promise.all(['https://elsewhere.test/', 'https://127.0.0.1:{other.port}/']"
            ".map((each) => fetch(each, {mode: 'no-cors'}).catch(() => 0)))"
        )
        found = of(program, tmp_path, {"/": Answer("<!doctype html><link rel=icon href='data:,'>")}, script)
        assert [each.failure for each in found.failed] == ["net::ERR_NAME_NOT_RESOLVED"] * 2
        assert not other.asked


def test_a_certificate_is_trusted_by_its_key_alone(program: Path, tmp_path: Path) -> None:
    """The same page without the key is refused, in the browser's words."""
    with serving({"/": Answer("<!doctype html>")}) as page:
        setup = setup_of(program, page, tmp_path)
        assert len(setup.keys) == 1
        found = said(replace(setup, keys=frozenset()), page.url)
    assert [each.failure for each in found.failed] == ["net::ERR_CERT_AUTHORITY_INVALID"]


def test_no_key_is_trusted_of_a_certificate_for_another_name(program: Path, tmp_path: Path) -> None:
    """The suite verifies it first, as every other client of the suite does."""
    with serving({"/": Answer("<!doctype html>")}, names=("other.test",)) as page:
        assert setup_of(program, page, tmp_path).keys == frozenset()
