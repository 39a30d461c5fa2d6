"""`python -m lab` as a process of its own: interrupted, read by `head`, and only reading where it only shows."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab.host.ownership import KEPT, LABEL, OWNER_LABEL
from tests.harness.stand_ins.engine_api import recording_engine

pytestmark = pytest.mark.usefixtures("own_surroundings")


ROOT = Path(__file__).parents[3]
ENDS_S = 20
"""Starting Python and the docker package takes 1 s, several under load; a command that hangs fails here."""


def command(*argv: str, **options: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
    """`python -m lab` in a process of its own."""
    return subprocess.Popen([sys.executable, "-m", "lab", *argv], cwd=ROOT, stderr=subprocess.PIPE, **options)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupted_command_ends_with_130_and_one_line(sign: signal.Signals) -> None:
    """A command that waits for an engine is ended by Ctrl-C or by CI, and says how to see what is up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(ENDS_S)
        host, port = silent.getsockname()
        running = command("status", "--all", env={**os.environ, "DOCKER_HOST": f"tcp://{host}:{port}"})
        with silent.accept()[0]:  # it asks now, and will get no answer
            running.send_signal(sign)
            _, said = running.communicate(timeout=ENDS_S)
    assert running.returncode == 130
    assert said == b"lab: interrupted; python -m lab status --all shows what is up\n"


def test_ctrl_c_while_the_modules_load_leaves_no_traceback() -> None:
    """Until `main` is reached SIGINT ends `python -m lab` at once; imported by others, the lab leaves it alone."""
    script = "import signal, sys; sys.argv[0] = {!r}; import lab; print(signal.getsignal(signal.SIGINT) is signal.SIG_DFL)"
    for argv, dies in (("-m", "True"), ("pytest", "False")):
        ended_ = subprocess.run(
            [sys.executable, "-c", script.format(argv)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert ended_.stdout.strip() == dies, argv


def test_a_reader_that_goes_away_is_no_error() -> None:
    """`python -m lab status --all | head -1` shows a line and nothing else."""
    listed = [
        {"Labels": {LABEL: f"lab-{number}", OWNER_LABEL: KEPT}, "Names": ["/x"]} for number in range(5000)
    ]
    answers = {"/containers/json": listed, "/networks": [], "/volumes": {"Volumes": []}}
    with recording_engine(answers) as there:
        url = there.url.replace("http", "tcp")
        running = command("status", "--all", stdout=subprocess.PIPE, env={**os.environ, "DOCKER_HOST": url})
        assert running.stdout is not None
        assert running.stdout.readline().decode().startswith("┏━━")
        running.stdout.close()
        assert running.stderr is not None
        assert running.stderr.read() == b""
        assert running.wait(ENDS_S) == 1


def test_listing_the_labs_only_reads() -> None:
    """`status` asks the engine, and changes nothing."""
    answers = {"/containers/json": [], "/networks": [], "/volumes": {"Volumes": None}}
    with recording_engine(answers) as there:
        running = command(
            "status", "--all", env={**os.environ, "DOCKER_HOST": there.url.replace("http", "tcp")}
        )
        running.communicate(timeout=ENDS_S)
        assert running.returncode == 0
        assert there.requests == ["GET /version", "GET /containers/json", "GET /networks", "GET /volumes"]
