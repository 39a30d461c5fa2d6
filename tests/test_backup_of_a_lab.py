"""A backup of the lab, addressed as a real cluster: taken whole, by reads alone, and all of it holds a moment later."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.backup import folder
from fixtures.backup.values import Kind
from fixtures.observe.swarm.state import SwarmState
from lab.tools.target_file import text

if TYPE_CHECKING:
    from lab.cluster.handle import Lab

ROOT = Path(__file__).parents[1]


def _run(words: list[str], target: Path) -> "subprocess.CompletedProcess[str]":
    own = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "PYTEST", "LAB_", "DOCKER_"))}
    blind = {"XDG_STATE_HOME": str(target.parent), "DOCKER_HOST": "unix:///nowhere.sock", "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "fixtures", "backup", *words], cwd=ROOT, env={**own, **blind, "TARGET": str(target)},
        text=True, timeout=60, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.mark.needs_lab
def test_a_backup_holds_what_the_swarm_holds(lab: "Lab", state: SwarmState, tmp_path: Path) -> None:
    """Every service and node is in it, no service was written to, and `check` finds all of it the same."""
    target, before = tmp_path / "cluster.toml", tmp_path / "before"
    target.write_text(text(lab.state))
    taken = _run([str(before)], target)
    assert taken.returncode == 0, taken.stdout
    found = folder.read(before)
    versions = {each.name: each.content["Version"]["Index"] for each in found.of(Kind.SERVICE)}
    assert versions == {each.name: each.version for each in state.services}
    assert {each.name for each in found.of(Kind.NODE)} == set(lab.state.addresses)
    assert all("Data" not in each.content["Spec"] for each in found.of(Kind.SECRET))
    checked = _run(["check", str(before)], target)
    assert checked.returncode == 0, checked.stdout
