"""Which browser is taken, and what its command line says: where names lead, and which keys are trusted."""

from pathlib import Path

import pytest

from fixtures.observe.browser.program import NAMES, find
from fixtures.observe.browser.switches import resolver_rules, switches
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
