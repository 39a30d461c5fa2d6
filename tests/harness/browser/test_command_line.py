"""Which browser is taken, and what its command line says: where names lead, and which keys are trusted."""

import asyncio
from pathlib import Path

import pytest

from fixtures.observe.browser.opened import Setup, opened
from fixtures.observe.browser.program import NAMES, find
from fixtures.observe.browser.switches import resolver_rules, switches
from fixtures.observe.browser.values import NotStartedError
from fixtures.target.plan import load_plan
from fixtures.target.reach import Reach

HOSTS = (
    "jbcalling.site",
    "www.jbcalling.site",
    "api.jbcalling.site",
    "traefik.jbcalling.site",
    "media.jbcalling.site",
)


def test_the_first_browser_that_there_is(tmp_path: Path) -> None:
    """By its name on the PATH, else where macOS has it; None where there is none."""
    app = tmp_path / "Google Chrome"
    assert find(lambda name: None, (str(app),)) is None
    app.touch(mode=0o755)
    assert find(lambda name: None, (str(app),)) == app
    there = {"google-chrome": "/usr/bin/google-chrome", "microsoft-edge": "/usr/bin/microsoft-edge"}
    assert find(there.get, (str(app),)) == Path("/usr/bin/google-chrome")
    assert NAMES[0] == "chromium"


def test_every_host_of_the_target_leads_where_the_reach_says() -> None:
    """Those without an address of their own are resolved as the system does; no other name is."""
    reach = Reach({"jbcalling.site": "192.0.2.7", "api.jbcalling.site": "2001:db8::7"})
    rules = resolver_rules(reach, load_plan("a")).split(", ")
    assert sorted(rules[:-1]) == sorted([
        "MAP jbcalling.site 192.0.2.7", "MAP api.jbcalling.site [2001:db8::7]", "EXCLUDE www.jbcalling.site",
        "EXCLUDE traefik.jbcalling.site", "EXCLUDE media.jbcalling.site",
    ])  # fmt: skip
    assert rules[-1] == "MAP * ~NOTFOUND"


def test_keys_camera_and_rules_are_in_the_command_line() -> None:
    """Without keys no certificate is trusted that the system does not trust; a proxy is never asked."""
    bare = switches("MAP * ~NOTFOUND")
    assert "--no-proxy-server" in bare
    assert "--host-resolver-rules=MAP * ~NOTFOUND" in bare
    assert not any("certificate" in each or "capture" in each for each in bare)
    whole = switches("", {"b=", "a="}, Path("camera.y4m"))
    assert "--ignore-certificate-errors-spki-list=a=,b=" in whole
    assert "--use-file-for-fake-video-capture=camera.y4m" in whole


@pytest.mark.parametrize("lacking", ["--ignore-certificate-errors", "--disable-web-security"])
def test_nothing_is_switched_off_that_protects_people(lacking: str) -> None:
    """What a person's browser would refuse, ours refuses."""
    assert lacking not in switches("", {"a="})


@pytest.mark.parametrize("name", ["chromium", "chromium-browser"])
def test_a_snap_is_no_browser_for_us(tmp_path: Path, name: str) -> None:
    """Neither Ubuntu's script that starts one, nor a link to the snap's own starter: the next browser is taken."""
    script = tmp_path / "script"
    script.write_text(
        '#!/bin/sh\nif ! [ -x /snap/bin/chromium ]; then exit 1; fi\nexec /snap/bin/chromium "$@"\n'
    )
    (tmp_path / "snap").touch(mode=0o755)
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "snap")
    chrome = tmp_path / "chrome"
    chrome.write_text("#!/bin/sh\nexec /opt/google/chrome/chrome\n")
    for snap in (script, link):
        there = {name: str(snap), "google-chrome": str(chrome)}
        assert find(there.get, ()) == chrome
        assert find({name: str(snap)}.get, ()) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("echo 'no folder for a profile' >&2; exit 46", "it ended with status 46 after"),
        ("exit 1", "it ended with status 1 after"),
    ],
)
def test_a_browser_that_does_not_start_says_why_in_one_line(tmp_path: Path, body: str, said: str) -> None:
    """Its own words and its status, and not the driver's page of switches."""
    program = tmp_path / "chrome"
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)

    async def start() -> None:
        async with opened(Setup(program, "MAP * ~NOTFOUND")):
            pytest.fail("it started")

    with pytest.raises(NotStartedError) as raised:
        asyncio.run(start())
    text = str(raised.value)
    assert said in text
    assert ("“no folder for a profile”" in text) == ("folder" in body)
    assert "\n" not in text
    assert len(text) < 400
