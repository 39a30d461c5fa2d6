"""A lab addressed exactly as production is: by a process that knows nothing of it but the target file."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.observe.browser.program import find
from fixtures.run.criteria_table import not_exercised
from lab.tools.target_file import text

if TYPE_CHECKING:
    from lab.cluster.handle import Lab

ROOT = Path(__file__).parents[1]
ASKED = ("tests/test_certificates.py", "tests/test_spread.py", "tests/test_socketio.py::test_connects")
"""The edge by its names over TLS, the Swarm API over TCP with TLS, and Socket.IO: each way in, in 2 s."""
IN_A_BROWSER = (
    "tests/test_browser.py::test_every_replica_serves_a_sound_page",
    "tests/test_browser.py::test_the_page_is_connected",
)
"""What a smoke run does besides where a browser is asked for and there: the names lead it where the file says."""


@pytest.mark.needs_lab
def test_smoke_by_the_target_file_alone(
    pytestconfig: pytest.Config, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The smoke run passes where neither the lab's folder nor the host's engine can be found."""
    if pytestconfig.getoption("--stack"):
        not_exercised(
            "proves the way in on the reference stack; a candidate is judged by the criteria themselves"
        )
    lab: Lab = request.getfixturevalue("lab")
    file = tmp_path / "cluster.toml"
    file.write_text(text(lab.state))
    own = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "PYTEST", "LAB_"))}
    blind = {"TARGET": str(file), "XDG_STATE_HOME": str(tmp_path), "DOCKER_HOST": "unix:///nowhere.sock"}
    in_browser = pytestconfig.getoption("browser") is not False and find() is not None
    asked = (*ASKED, *(("--browser", *IN_A_BROWSER) if in_browser else ()))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "smoke", "--require", "no-504,spread,socketio", *asked],
        cwd=ROOT, env={**own, **blind}, text=True, timeout=120, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert f"{7 if in_browser else 5} passed" in done.stdout, done.stdout
