"""`python -m fixtures watch` whole, against an engine: the command beside it, its ends, and what is refused."""

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.commands import watch_command
from fixtures.target.plan import load_plan
from fixtures.target.reach import Reach
from fixtures.target.values import SwarmApi, Target, TargetError
from fixtures.watch import beside
from tests.harness.samples import swarm_api as samples
from tests.harness.stand_ins.engine_api import RecordingEngine, serving

PLAN = load_plan("a")


class Engine(RecordingEngine):
    def answer(self, method: str, path: str, body: bytes) -> Any:  # noqa: ANN401
        known: dict[str, Any] = {
            "/nodes": [samples.node("n1")], "/services": [samples.service("signaling")], "/networks": [],
            "/tasks": [samples.task("t1", "signaling", 1, "n1")],
            "/tasks/t1/logs": samples.frame(1, samples.LOGGED.format(second=2, text="socket=1 room=a connected")),
        }  # fmt: skip
        return known.get(path, super().answer(method, path, body))


@pytest.fixture
def target() -> Iterator[Target]:
    with serving(Engine()) as engine:
        yield Target("calls", Reach(), PLAN, swarm_api=SwarmApi(engine.url))


def run(target: Target, folder: Path, *words: str, tail: int = 5) -> int:
    args = argparse.Namespace(tail=tail, out=folder)
    return watch_command._watched(target, args, list(words) or None)


@pytest.mark.parametrize(
    ("ends", "status"),
    [("raise SystemExit(0)", 0), ("raise SystemExit(7)", 7), ("os.kill(os.getpid(), 9)", 137)],
)
def test_it_ends_with_the_status_of_the_command(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str], ends: str, status: int
) -> None:
    """What it printed stands between the lines of the logs, then the summary and where the evidence lies."""
    assert (
        run(target, tmp_path, sys.executable, "-c", f"import os; print('at work', flush=True); {ends}")
        == status
    )
    out = capsys.readouterr().out
    assert "16:02:02.000Z signaling.1   socket=1 room=a connected" in out
    assert "| at work\n" in out
    assert "  signaling: 1 of 1 lines\n" in out
    (evidence,) = tmp_path.iterdir()
    assert f"evidence: {evidence}" in out
    assert evidence.read_text().endswith("socket=1 room=a connected\n")


def test_ctrl_c_ends_it_with_a_summary(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command is told once, ends in its own way, and its status is that of the watch."""
    program = (
        "import os, signal, sys, time\n"
        "def end(*_):\n    print('ending', flush=True)\n    sys.exit(3)\n"
        f"signal.signal(signal.SIGINT, end)\nos.kill({os.getpid()}, signal.SIGINT)\ntime.sleep(60)\n"
    )
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert run(target, tmp_path, sys.executable, "-c", program) == 3
    finally:
        signal.signal(signal.SIGINT, before)
    out = capsys.readouterr().out
    assert "| ending\n" in out
    assert out.rstrip().rpartition("\n")[2].startswith("evidence: ")


def test_ctrl_c_while_the_command_is_started_leaves_none_running(
    target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes once there is a process, and before anybody else knows of it: the process is told, and has ended."""
    started: list[beside.Beside] = []

    class Hasty(beside.Beside):
        def __init__(self, words: Sequence[str]) -> None:
            super().__init__(words)
            started.append(self)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(beside, "Beside", Hasty)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert run(target, tmp_path, sys.executable, "-c", "import time; time.sleep(60)") != 0
    finally:
        signal.signal(signal.SIGINT, before)
    assert started[0].ended.is_set()


def test_a_target_without_access_to_logs_says_so(target: Target, tmp_path: Path) -> None:
    """No API; one that does not answer; no such service there; nothing that a plan would have watched."""
    with pytest.raises(TargetError, match="names no Swarm API, so no log of it can be read"):
        run(replace(target, swarm_api=None), tmp_path)
    with pytest.raises(TargetError, match="the logs of calls cannot be read: the Swarm API at"):
        run(replace(target, swarm_api=SwarmApi("http://127.0.0.1:9")), tmp_path)
    elsewhere = replace(PLAN, services=tuple(replace(s, full_name=f"x{s.full_name}") for s in PLAN.services))
    with pytest.raises(TargetError, match="none of the services is deployed"):
        run(replace(target, plan=elsewhere), tmp_path)
    nothing = replace(PLAN, edge_service="", media_service=None, signaling_service=None, hosts=())
    with pytest.raises(TargetError, match="names no service whose log is watched"):
        run(replace(target, plan=nothing), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_is_refused_in_a_line(
    target: Target, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that is none, one that is not there, a folder that is a file, a tail that is no number."""
    (tmp_path / "file").write_text("")
    with pytest.raises(TargetError, match="absent-program cannot be started: No such file"):
        run(target, tmp_path / "out", "absent-program")
    with pytest.raises(TargetError, match=r"--out .*/file: .*; name a folder"):
        run(target, tmp_path / "file")
    for words, what in (
        (["--during", "a 'b"], "--during"),
        (["--during", ""], "is empty"),
        (["--tail", "x"], "--tail"),
    ):
        try:
            status: object = watch_command.main(words)
        except SystemExit as ended:
            status = ended.code
        assert status == 2
        said = capsys.readouterr().err
        assert what in said
        assert said.count("\n") == 1
