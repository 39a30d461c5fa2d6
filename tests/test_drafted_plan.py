"""Plans drafted from the lab, from its stack file and from its Swarm, judge it as the shipped plan does."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.run.criteria_table import not_exercised
from fixtures.target.plan import load_plan
from lab.tools.target_file import text

if TYPE_CHECKING:
    from lab.cluster.handle import Lab

ROOT = Path(__file__).parents[1]
ASKED = (
    "tests/test_spread.py", "tests/test_mediasoup_pinned.py", "tests/test_no_504.py::test_every_request_is_answered",
    "tests/test_healthy.py", "tests/test_routing.py::test_every_replica_served", "tests/test_socketio.py::test_connects",
)  # fmt: skip
"""Hosts, paths, replicas, pins, ports, nodes and networks: what a draft says, each against what runs."""


def _run(words: list[str], folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    own = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "PYTEST", "LAB_", "DOCKER_"))}
    blind = {"XDG_STATE_HOME": str(folder), "DOCKER_HOST": "unix:///nowhere.sock", "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env={**own, **blind, **variables}, text=True, timeout=180, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


@pytest.mark.needs_lab
@pytest.mark.parametrize("source", ["the stack file", "the Swarm"])
def test_a_drafted_plan_judges_what_runs(
    source: str, pytestconfig: pytest.Config, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Unedited; the Swarm is reached by its target file alone, over a handle that only reads."""
    if pytestconfig.getoption("--stack"):
        not_exercised("the drafts are proved on the reference stack")
    lab: Lab = request.getfixturevalue("lab")
    target, plan = tmp_path / "cluster.toml", tmp_path / "drafted.toml"
    target.write_text(text(lab.state))
    what = [lab.state.stack, "--no-traefik"] if source == "the stack file" else ["--from-swarm"]
    drafted = _run(
        ["-m", "fixtures", "plan", "draft", *what, "--out", str(plan)], tmp_path, TARGET=str(target)
    )
    assert drafted.returncode == 0, drafted.stdout
    nodes = [(node.instance, node.memory_gb is None) for node in load_plan(plan).nodes]
    assert nodes == [(name, source == "the stack file") for name in sorted(lab.nodes)]
    criteria = "spread,mediasoup-pinned,no-504,healthy,routing,socketio"
    judged = _run(
        ["-m", "pytest", "-m", "smoke", "--plan", str(plan), "--require", criteria, *ASKED],
        tmp_path,
        TARGET=str(target),
    )
    assert judged.returncode == 0, judged.stdout
    assert "failed" not in judged.stdout.splitlines()[-2], judged.stdout
