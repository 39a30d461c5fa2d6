"""Whatever pytest prints or hands to its writers, no secret is in it: failures, captured output, lines of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
KNOWN = "hunter2-of-the-environment"
TESTS = """
import os, subprocess, warnings
import pytest

VALUE = os.environ["MY_TOKEN"]
KEY = ["-----BEGIN PRIVATE KEY-----", "seen0MIGHAgEAMBMGByqGSM49AgEG", "-----END PRIVATE KEY-----"]

def test_fails():
    for line in KEY:
        print(line)
    subprocess.run(["sh", "-c", "echo ssh said: cookie: a=seen1 >&2"])
    warnings.warn("token=seen2")
    assert VALUE == "x", f"not let in: DB_PASSWORD=seen3 {VALUE}"

@pytest.fixture
def broken():
    raise RuntimeError("no answer from https://seen4@registry.example/v2/")

def test_is_not_set_up(broken):
    pass

def test_is_skipped():
    pytest.skip("token=seen5")

@pytest.mark.parametrize("given", [VALUE])
def test_has_it_in_its_name(given):
    assert False

def test_dies():
    if os.environ.get("DIE"):
        print(VALUE, flush=True)
        os._exit(3)

"""


def ended(folder: Path, *arguments: str, **environment: str) -> str:
    """All that a run prints and writes: the terminal, and the files in its folder."""
    (folder / "test_inner.py").write_text(TESTS)
    command = [
        sys.executable, "-m", "pytest", "-p", "fixtures.run.masked_run", "-p", "no:cacheprovider", "--rootdir", str(folder),
        "-c", os.devnull, "-rA", "--showlocals", f"--junitxml={folder / 'junit.xml'}", *arguments, str(folder / "test_inner.py"),
    ]  # fmt: skip
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "TARGET"))}
    done = subprocess.run(
        command, cwd=folder, env={**clean, "PYTHONPATH": str(ROOT), "MY_TOKEN": KNOWN, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.stdout


@pytest.mark.parametrize("arguments", [("-n", "0"), ("-n", "0", "-v", "--color=yes"), ("-n", "1", "-q")])
def test_nothing_that_pytest_prints_has_a_secret(arguments: tuple[str, ...], tmp_path: Path) -> None:
    """Neither the terminal nor JUnit shows one, in colour or not, from a worker or not."""
    printed = ended(tmp_path, *arguments)
    written = (tmp_path / "junit.xml").read_text("utf-8")
    assert "2 failed" in printed
    assert "DB_PASSWORD=***" in printed
    assert "DB_PASSWORD=***" in written
    everything = printed + written
    assert KNOWN not in printed
    assert [
        f"seen{number}"
        for number in range(6)
        if f'"seen{number}' not in TESTS and f"seen{number}" in everything
    ] == []


def test_what_a_dead_worker_leaves_has_no_secret(tmp_path: Path) -> None:
    """The controller's own lines on the crash go through the same mask."""
    printed = ended(tmp_path, "-n", "1", DIE="yes")
    assert "crashed" in printed
    assert KNOWN not in printed
