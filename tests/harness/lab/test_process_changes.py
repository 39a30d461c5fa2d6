"""Stopped processes, replaced files and replaced tasks: what is done in containers, and what proves it."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from lab.faults import process_changes
from lab.faults.process_changes import (
    EndedTask,
    PausedTask,
    ReplacedFile,
    ReplacedTask,
    RunsAgain,
    StoppedTask,
)
from lab.waiting import Look, NotYet, Ready, wait_for
from tests.harness.stand_ins.fake_lab import NODE, TWO, FakeSwarm, fake_lab, service, spread, task, words


class Processes:
    """The processes of one container, by their states; and a file in each of several containers."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)
        self.signals: list[str] = []
        self.files: dict[str, dict[str, str]] = {}

    def __call__(self, container: str, command: list[str]) -> tuple[int, str]:
        script, *arguments = command[2:]
        if script == process_changes.OF_CONTAINER:
            return 0, self._signal(arguments[2], arguments[3])
        return 0, self._file(self.files.setdefault(container, {"/p": "old"}), script, *arguments[1:])

    def _signal(self, what: str, only: str) -> str:
        if what == "states":
            return "\n".join(self.states) + "\n"
        self.signals.append(f"{what} {only}".strip())
        self.states = ["T" if what == "STOP" else "S"] * len(self.states)
        return ""

    def _file(self, files: dict[str, str], script: str, path: str, text: str) -> str:
        if script.startswith("cat"):
            return files[path] + "\n"
        if "echo" in script:
            return f"{path}.kept\n" if f"{path}.kept" in files else "\n"
        if "printf" in script:
            files.setdefault(f"{path}.kept", files[path])
            files[path] = text
        elif f"{path}.kept" in files:
            files[path] = files.pop(f"{path}.kept")
        return ""


def test_a_tasks_processes_are_stopped_and_go_on() -> None:
    """Stopped only when every one is; going on only when none is stopped any more."""
    processes = Processes("S", "S")
    lab, change = fake_lab(FakeSwarm(processes)), StoppedTask(TWO, "c", "t1")
    assert words(change.took(lab)) == "not yet: t1: its processes are in state S S"
    change.apply(lab)
    assert words(change.took(lab)) == "ready: t1 on translation02: all its 2 processes are stopped (T)"
    assert words(change.undone(lab)) == "not yet: t1: a process is still stopped"
    processes.states = ["T", "S"]
    assert words(change.took(lab)) == "not yet: t1: its processes are in state T S"
    assert words(change.undone(lab)) == "not yet: t1: a process is still stopped"
    change.undo(lab)
    assert words(change.undone(lab)) == "ready: t1: no process is stopped"
    assert processes.signals == ["STOP", "CONT"]
    processes.states = []
    assert words(change.took(lab)) == "not yet: t1: its processes are in state gone"


def test_only_the_processes_named_are_stopped() -> None:
    """The name is handed on, and the proof says which."""
    processes = Processes("S")
    lab, change = fake_lab(FakeSwarm(processes)), StoppedTask(TWO, "c", "t1", "worker")
    change.apply(lab)
    assert processes.signals == ["STOP worker"]
    assert words(change.took(lab)) == "ready: t1 on translation02: 1x worker is stopped (T)"


def test_nothing_is_stopped_in_a_node_that_does_not_run() -> None:
    """Nor is anything sent to it."""
    processes = Processes("T")
    lab, change = fake_lab(FakeSwarm(processes, stopped={NODE})), StoppedTask(TWO, "c", "t1")
    change.undo(lab)
    assert processes.signals == []
    assert words(change.undone(lab)) == "ready: t1: no process is stopped"


def test_a_file_is_another_in_every_replica_and_comes_back() -> None:
    """The first one is kept beside it, also when the fault is applied twice; a replica that came since has its own."""
    processes, swarm = Processes(), spread("frontend", "signaling")
    swarm.answer = processes
    lab, change = fake_lab(swarm), ReplacedFile("frontend", "/p", "new")
    assert words(change.took(lab)) == "not yet: frontend: 3 of 3 replicas have /p as it was"
    change.apply(lab)
    change.apply(lab)
    assert set(processes.files) == {"c-frontend-11", "c-frontend-12", "c-frontend-13"}
    assert processes.files["c-frontend-11"] == {"/p": "new", "/p.kept": "old"}
    assert words(change.took(lab)) == "ready: frontend: /p is another in all 3 replicas"
    processes.files["c-frontend-12"]["/p"] = "old"
    assert words(change.took(lab)) == "not yet: frontend: 1 of 3 replicas have /p as it was"
    assert words(change.undone(lab)) == "not yet: frontend: /p.kept is still there"
    change.undo(lab)
    change.undo(lab)
    assert processes.files["c-frontend-11"] == {"/p": "old"}
    assert words(change.undone(lab)) == "ready: frontend: /p is as it was"
    swarm.tasks_ = []
    assert words(change.took(lab)) == "not yet: frontend: 0 of 0 replicas have /p as it was"


def test_a_file_is_another_on_one_node_alone() -> None:
    """The replicas elsewhere keep theirs, and are not looked at."""
    processes, swarm = Processes(), spread("frontend", "signaling")
    swarm.answer = processes
    lab, change = fake_lab(swarm), ReplacedFile("frontend", "/p", "new", TWO)
    change.apply(lab)
    assert set(processes.files) == {"c-frontend-12"}
    assert words(change.took(lab)) == "ready: frontend: /p is another in all 1 replicas"
    change.undo(lab)
    assert words(change.undone(lab)) == "ready: frontend: /p is as it was"


def test_a_task_is_ended_once() -> None:
    """It took when the Swarm no longer runs it, whatever runs instead."""
    swarm = spread("frontend", "signaling")
    lab, change = fake_lab(swarm), EndedTask(TWO, "c-frontend-12", "t-frontend-12")
    change.apply(lab)
    assert swarm.done == ["stop c-frontend-12 after 10 s"]
    assert words(change.took(lab)) == "not yet: the task t-frontend-12 on translation02 still runs"
    swarm.tasks_ = [each for each in swarm.tasks_ if each["ID"] != "t-frontend-12"]
    assert words(change.took(lab)) == "ready: the task t-frontend-12 on translation02 ended"
    change.apply(lab)
    change.undo(lab)
    assert len(swarm.done) == 1
    assert words(change.undone(lab)) == "ready: the task t-frontend-12 on translation02 is gone for good"


def test_a_container_is_paused_once_and_goes_on() -> None:
    """By the engine's own word each way; in a node that does not run there is nothing to go on."""

    class Pausing(FakeSwarm):
        def pause(self, container: str) -> None:
            self.done.append(f"pause {container}")
            self.containers[container] = {"State": {"Paused": True}}

        def unpause(self, container: str) -> None:
            self.done.append(f"unpause {container}")
            self.containers.pop(container)

    swarm = Pausing(services_={"coturn": service("coturn")}, tasks_=[task("coturn", TWO, 4)])
    lab = fake_lab(swarm)
    change = process_changes.paused(lab, "coturn", TWO)
    assert change == PausedTask(TWO, "c-coturn-4", "t-coturn-4")
    assert words(change.took(lab)) == "not yet: t-coturn-4 on translation02 is not paused"
    change.apply(lab)
    change.apply(lab)
    assert words(change.took(lab)) == "ready: t-coturn-4 on translation02 is paused"
    assert words(change.undone(lab)) == "not yet: t-coturn-4 on translation02 is still paused"
    swarm.stopped = {NODE}
    change.undo(lab)
    assert words(change.undone(lab)) == "ready: t-coturn-4 on translation02 is not paused"
    swarm.stopped = set()
    change.undo(lab)
    change.undo(lab)
    assert swarm.done == ["pause c-coturn-4", "unpause c-coturn-4"]
    assert words(change.undone(lab)) == "ready: t-coturn-4 on translation02 is not paused"


def test_what_was_stopped_must_run_again() -> None:
    """On that node, and of that service; nothing is done for it."""
    swarm = spread("frontend")
    lab, change = fake_lab(swarm), RunsAgain("frontend", TWO)
    change.apply(lab)
    change.undo(lab)
    assert swarm.done == []
    assert words(change.took(lab)) == "ready: frontend on translation02 is to run again"
    assert words(change.undone(lab)) == "ready: frontend runs on translation02"
    swarm.tasks_ = [each for each in swarm.tasks_ if each["NodeID"] != f"id-{TWO}"]
    assert words(change.undone(lab)) == "not yet: frontend does not run on translation02"


def really(container: str, command: list[str]) -> tuple[int, str]:
    """The command as this machine's own shell runs it."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return ended.returncode, ended.stdout


def test_the_scripts_that_replace_a_file_do_so(tmp_path: Path) -> None:
    """Run by a real shell: twice is as good as once, text and mode of the first file come back, nothing else is left."""
    page = tmp_path / "a page.html"
    page.write_text("old")
    page.chmod(0o640)
    swarm = FakeSwarm(really, {"frontend": service("frontend")}, [task("frontend", TWO, 1)])
    lab, change = fake_lab(swarm), ReplacedFile("frontend", str(page), "new $1")
    assert words(change.undone(lab)) == f"ready: frontend: {page} is as it was"
    change.undo(lab)
    assert words(change.took(lab)) == f"not yet: frontend: 1 of 1 replicas have {page} as it was"
    change.apply(lab)
    change.apply(lab)
    assert words(change.took(lab)) == f"ready: frontend: {page} is another in all 1 replicas"
    assert words(change.undone(lab)) == f"not yet: frontend: {page}.kept is still there"
    change.undo(lab)
    assert words(change.undone(lab)) == f"ready: frontend: {page} is as it was"
    assert page.read_text() == "old"
    assert page.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [page]


def asleep(look: Look[str]) -> Look[bool]:
    """Ready once the one process is in state S; right after its start it may be running."""
    seen = words(look)
    return Ready(True) if seen == "not yet: t1: its processes are in state S" else NotYet(seen)


def test_the_script_that_looks_at_processes_finds_those_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run by a real shell, only to look: states of the processes of that name, by their first fifteen characters."""
    docker, named = tmp_path / "docker", tmp_path / "fault-stand-in-x"
    docker.write_text(f"#!/bin/sh\n[ $4 = c ] && echo {os.getpid()}\n")
    docker.chmod(0o755)
    shutil.copy("/bin/sleep", named)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    lab, change = fake_lab(FakeSwarm(really)), StoppedTask(TWO, "c", "t1", "fault-stand-in-")
    assert words(change.took(lab)) == "not yet: t1: its processes are in state gone"
    with subprocess.Popen([named, "30"]) as running:
        wait_for("it sleeps", lambda: asleep(change.took(lab)), deadline_s=10)
        running.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, running.pid, os.WSTOPPED | os.WNOWAIT)
        assert words(change.took(lab)) == "ready: t1 on translation02: 1x fault-stand-in- is stopped (T)"
        assert words(change.undone(lab)) == "not yet: t1: a process is still stopped"
        running.kill()


def test_a_task_is_replaced_by_the_swarm() -> None:
    """It is ended in peace, once; replaced when another runs on that node and it does not."""
    swarm = spread("frontend", "signaling")
    lab = fake_lab(swarm)
    change = process_changes.replaced(lab, "frontend", TWO)
    assert change == ReplacedTask("frontend", TWO, "c-frontend-12", "t-frontend-12")
    change.apply(lab)
    assert swarm.done == ["stop c-frontend-12 after 10 s"]
    assert words(change.took(lab)) == "not yet: frontend on translation02 is not replaced yet"
    old = swarm.tasks_.pop(2)
    assert old["ID"] == "t-frontend-12"
    assert words(change.took(lab)) == "not yet: frontend on translation02 is not replaced yet"
    swarm.tasks_ += [task("frontend", "translation03", 18)]
    assert words(change.took(lab)) == "not yet: frontend on translation02 is not replaced yet"
    swarm.tasks_ += [task("frontend", TWO, 19), old]
    assert words(change.took(lab)) == "not yet: frontend on translation02 is not replaced yet"
    swarm.tasks_.pop()
    assert words(change.took(lab)) == "ready: frontend on translation02 was replaced, now at 10.0.1.19"
    change.apply(lab)
    assert len(swarm.done) == 1, "a task that is gone was stopped again"
    change.undo(lab)
    assert words(change.undone(lab)) == "ready: frontend on translation02 stays as it was replaced"


def test_a_stopped_task_is_named_by_its_place() -> None:
    """The task on that node, with the processes meant."""
    lab = fake_lab(spread("frontend"))
    assert process_changes.stopped(lab, "frontend", TWO, "w") == StoppedTask(
        TWO, "c-frontend-12", "t-frontend-12", "w"
    )
