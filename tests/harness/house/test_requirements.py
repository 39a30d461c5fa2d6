"""Each requirements.txt: made of its .in file, every file by its hash, and no word of where it comes from."""

import re
from pathlib import Path

import pytest

FILES = ("requirements", "requirements-tools", "lab/images/signaling/requirements")
ROOT = Path(__file__).parents[3]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.M)


def pins(name: str) -> dict[str, str]:
    """Versions by name, as packaging compares names."""
    found = PIN.findall((ROOT / name).read_text())
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in found}


@pytest.mark.parametrize("name", FILES)
def test_every_direct_requirement_is_pinned_as_asked(name: str) -> None:
    """A version changed in the short list only was not renewed: `./accept requirements`."""
    direct, every = pins(f"{name}.in"), pins(f"{name}.txt")
    assert direct
    assert {package: every.get(package) for package in direct} == direct


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_hashes(name: str) -> None:
    """pip then refuses a file that is not the one that was looked at."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", (ROOT / f"{name}.txt").read_text(), flags=re.M)[1:]
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", FILES)
def test_no_index_and_no_path_is_named(name: str) -> None:
    """Where packages come from is the machine's setting, not the project's."""
    text = (ROOT / f"{name}.txt").read_text()
    assert re.findall(r"https?://|index-url|find-links|file:|(?<!\w)/\w+/", text) == []


def test_every_direct_requirement_has_its_reason() -> None:
    """One line, behind the pin."""
    for name in FILES:
        lines = [line for line in (ROOT / f"{name}.in").read_text().splitlines() if "==" in line]
        assert [line for line in lines if "  # " not in line] == []
