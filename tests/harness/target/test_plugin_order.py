"""The order in which conftest lists its plugins means nothing: each is handed what it needs."""

import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SETTINGS = ("pytest.ini", "pyproject.toml")
LISTED = re.compile(r"pytest_plugins = \[\n(.*?)\]\n", re.DOTALL)
IN_FORCE = """
def test_it(limits, reach, dial, relay, target):
    for each in (limits, reach.limits, dial.limits, relay.limits, target.limits):
        assert (each.edge_requests, each.call_freeze_s) == (7, 0.9)
"""


def _shuffled(folder: Path, seed: int | None) -> Path:
    """A copy of the repository's root whose conftest lists the plugins in another order."""
    for name in SETTINGS:
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, folder)
    for name in ("fixtures", "lab", "tests"):
        (folder / name).symlink_to(ROOT / name)
    conftest = (ROOT / "conftest.py").read_text()
    found = LISTED.search(conftest)
    assert found is not None
    plugins = found[1].splitlines(keepends=True)
    if seed is not None:
        random.Random(seed).shuffle(plugins)
    (folder / "conftest.py").write_text(conftest.replace(found[1], "".join(plugins)))
    (folder / "test_in_force.py").write_text(IN_FORCE)
    return folder


def _run(folder: Path, *arguments: str) -> str:
    own = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "PYTEST", "LAB_", "DOCKER_"))}
    limits = {"TARGET": "production", "TARGET_LIMITS": "EDGE_REQUESTS=7,call_freeze_s=0.9"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=folder, env={**own, **limits}, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def _collected(output: str) -> list[str]:
    return [line for line in output.splitlines() if "::" in line]


@pytest.fixture(scope="module")
def as_listed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a smoke run collects with the plugins as conftest lists them."""
    folder = _shuffled(tmp_path_factory.mktemp("listed"), None)
    found = _collected(_run(folder, "-m", "smoke", "--collect-only", "-q", "tests"))
    assert len(found) > 30, found
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_plugins_means_nothing(tmp_path: Path, as_listed: list[str], seed: int) -> None:
    """In another order the same tests are collected in the same order, and an overridden limit reaches everybody."""
    folder = _shuffled(tmp_path, seed)
    assert _collected(_run(folder, "-m", "smoke", "--collect-only", "-q", "tests")) == as_listed
    output = _run(folder, "test_in_force.py")
    assert "1 passed" in output
    assert "limits overridden: edge_requests 7, call_freeze_s 0.9, call_latency_p95_ms 600" in output
    assert "warning" not in output
