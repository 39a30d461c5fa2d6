"""A system without SFU, Socket.IO and TURN in a lab of its own: what it has is green, the rest is not exercised."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sabotage
ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "harness" / "samples" / "page_and_api"
GREEN = ("no-504", "spread", "routing", "healthy", "drift")
WITHOUT = ("call", "media-host", "socketio", "mediasoup-pinned", "turn")


def test_a_page_and_an_api_are_a_system_too(tmp_path: Path) -> None:
    """Every criterion with a subject passes on three nodes; each other one says which part the plan does not name."""
    own = {
        key: value for key, value in os.environ.items() if not key.startswith(("TARGET", "PYTEST", "LAB_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "lab", "--stack", SAMPLE / "stack.yml", "--plan", SAMPLE / "plan.toml",
         "--require", ",".join(GREEN), "--evidence", str(tmp_path), "-p", "no:cacheprovider",
         "--no-browser"],  # the page is the lab's own, and asks for signaling
        cwd=ROOT, env={**own, "COLUMNS": "240"}, text=True, timeout=600, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    rows = {line.split("│")[1].strip(): line for line in done.stdout.splitlines() if line.count("│") == 4}
    assert [name for name in GREEN if "│ passed " not in rows[name]] == []
    assert [
        name for name in WITHOUT if "not exercised: the plan of plan.toml names no " not in rows[name]
    ] == []
