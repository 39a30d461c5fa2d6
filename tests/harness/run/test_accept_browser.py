"""The browser that `./accept` finds, installs, or does without."""

from pathlib import Path

import pytest

from tests.harness.stand_ins.bare_host import BareHost

debian = pytest.mark.skipif(
    not Path("/etc/debian_version").exists(), reason="not exercised: packages are installed on Debian only"
)


@pytest.fixture
def host(tmp_path: Path) -> BareHost:
    """A bare machine."""
    return BareHost(tmp_path)


def test_without_a_browser_all_else_is_judged(host: BareHost) -> None:
    """A user who has none is told in one line what is not exercised; `--no-browser` asks for none."""
    (host.folder / "bin" / "chromium").unlink()
    assert host.accept("lab")[-1] == "word lab"
    assert host.status == 0
    assert "accept: no browser on this machine: the criterion browser will not be exercised" in host.said
    calls = host.accept("lab", "--no-browser")
    assert "no browser" not in host.said
    assert (host.status, calls[-1]) == (0, "word --no-browser")


@debian
@pytest.mark.parametrize(("apt", "said"), [("0", False), ("100", True)])
def test_root_on_debian_gets_a_browser(apt: str, said: bool, host: BareHost) -> None:
    """Where apt-get has none, the run goes on without it, and says so."""
    (host.folder / "bin" / "chromium").unlink()
    host.install("apt-get")
    calls = host.accept("lab", USER_ID="0", APT=apt)
    assert "apt-get install -y -q --no-install-recommends chromium" in calls or apt == "100"
    assert (host.status, calls[-1]) == (0, "word lab")
    assert ("the criterion browser will not be exercised" in host.said) is said


@debian
def test_nothing_is_installed_against_ones_will(host: BareHost) -> None:
    """`--no-install` does without a browser."""
    host.accept("lab")
    (host.folder / "bin" / "chromium").unlink()
    host.install("apt-get")
    calls = host.accept("lab", "--no-install", USER_ID="0")
    assert host.status == 0
    assert not [call for call in calls if "apt-get" in call]
    assert "the criterion browser will not be exercised" in host.said


def test_inside_hands_everything_else_on(host: BareHost) -> None:
    """`--inside` runs the suite in a container, with pytest's own arguments."""
    assert host.accept("lab", "--inside", "-k", "a b")[-1] == "python -m lab inside -- -m lab -k a b"
