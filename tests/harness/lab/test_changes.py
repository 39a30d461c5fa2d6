"""Each kind of change, on a lab that is data: what it does, what proves it, and that both ways are idempotent."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab.errors import EngineError, LabError
from lab.faults import kinds, process_changes
from lab.faults.change import Change
from lab.faults.node_changes import KillLoop, StoppedNode
from lab.faults.packet_rules import DropRule, LostRow, ports_dropped
from lab.faults.process_changes import ReplacedFile, ReplacedTask, StoppedTask
from lab.faults.service_changes import NewNetwork, NewSecret, ServiceChange
from lab.waiting import Look, NotYet, Ready, wait_for
from tests.harness.stand_ins.fake_engine import api_error
from tests.harness.stand_ins.fake_lab import FakeSwarm, fake_lab, service, spread, task

TWO = "translation02"
NODE = f"jbcalling-paper-{TWO}"


def words(look: Look[str]) -> str:
    """What a look says, with how it stands."""
    assert isinstance(look, Ready | NotYet)
    return f"ready: {look.value}" if isinstance(look, Ready) else f"not yet: {look.seen}"


@pytest.mark.parametrize(
    "change",
    [
        DropRule("cut", TWO, ("-p", "udp"), ("request", "a", "b"), "OUTPUT", "raw"),
        LostRow(TWO, "ns", "aa:bb", "172.28.0.13", "10.0.1.3"),
        ServiceChange("redis", (["replicas", 0],), {"Name": "r"}, waits=False, first=(["force"],)),
        NewSecret("s", "YQ=="),
        NewNetwork("n", "10.99.0.0/29", {"a": "b"}),
        ReplacedFile("frontend", "/a", "b"),
        ReplacedTask("frontend", TWO, "c", "t"),
        StoppedTask(TWO, "c", "t", "worker"),
        StoppedNode(TWO),
        KillLoop(TWO, "mediasoup", 6, "2025-11-11T11:11:11"),
    ],
    ids=lambda change: type(change).__name__,
)
def test_a_change_is_the_same_after_it_was_written_down(change: Change) -> None:
    """Its kind and its fields are all that a later process needs; JSON's lists are as good as tuples."""
    described = json.loads(json.dumps(kinds.as_json(change)))
    again = kinds.from_json(described)
    assert type(again) is type(change)
    assert json.loads(json.dumps(kinds.as_json(again))) == described
    if isinstance(again, DropRule) and isinstance(change, DropRule):
        assert again.rule == change.rule, "another rule would be undone"


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({"kind": "Magic"}, "a change of kind 'Magic', which is unknown here"),
        ({}, "a change of kind '', which is unknown here"),
        ({"kind": "StoppedNode", "nodes": "x"}, "a StoppedNode of other fields than here: .*'nodes'"),
    ],
)
def test_what_another_version_wrote_down_is_refused(described: dict[str, Any], said: str) -> None:
    """In a line that says what is not known, and no traceback."""
    with pytest.raises(LabError, match=said):
        kinds.from_json(described)


# --- packets ----------------------------------------------------------------------------------------------


class Kernel:
    """The rules and forwarding rows of every node, as its commands show and change them."""

    def __init__(self) -> None:
        self.rules: dict[str, list[list[str]]] = {}
        self.rows: set[str] = set()
        self.learning = ""
        self.packets = 0
        self.refuses: set[str] = set()
        self.asked: list[list[str]] = []

    def __call__(self, container: str, command: list[str]) -> tuple[int, str]:
        if command[0] == "iptables":
            assert command[1:3] == ["-w", "5"]
            return self._iptables(
                self.rules.setdefault(f"{container} {command[4]}", []), command[5], command[6:]
            )
        if command[0] == "nsenter":
            return self._in_namespace(command[1], command[2:])
        self.asked.append([container, *command])
        return 28, ""

    def _iptables(self, rules: list[list[str]], verb: str, rule: list[str]) -> tuple[int, str]:
        if verb in self.refuses:
            return 4, "not permitted\n"
        if verb == "-nvxL":
            return 0, "\n".join(f"  {self.packets} 100 DROP /* {r[-3]} */" for r in rules if r[0] == rule[0])
        if verb == "-I":
            rules.append(rule)
        elif rule not in rules:
            return 1, "no such rule"
        elif verb == "-D":
            rules.remove(rule)
        return 0, ""

    def _in_namespace(self, namespace: str, command: list[str]) -> tuple[int, str]:
        assert namespace == "--net=/ns"
        if command[0] in self.refuses:
            return 1, "no namespace\n"
        if command[:-1] == ["ip", "link", "set", "vxlan0", "type", "vxlan"]:
            self.learning = command[-1]
        elif command == ["bridge", "fdb", "show", "dev", "vxlan0"]:
            return 0, "\n".join(sorted(self.rows))
        else:
            verb, mac, *where = command[2:]
            row = f"{mac} dst {where[3]} self permanent"
            assert where == [
                "dev",
                "vxlan0",
                "dst",
                where[3],
                "self",
                *(["permanent"] if verb == "add" else []),
            ]
            (self.rows.add if verb == "add" else self.rows.remove)(row)
        return 0, ""


def test_a_rule_is_there_once_counts_and_goes() -> None:
    """Applied twice it is one rule; its own counter proves it; undone twice nothing is left and nothing fails."""
    kernel = Kernel()
    lab = fake_lab(FakeSwarm(kernel))
    rule = DropRule("cut", TWO, ("-p", "udp"))
    other = DropRule("cut", TWO, ("-p", "tcp"))
    other.apply(lab)
    rule.apply(lab)
    rule.apply(lab)
    assert kernel.rules == {f"{NODE} filter": [other.rule, rule.rule]}
    assert words(rule.took(lab)) == "not yet: translation02: the rule -p udp has dropped nothing yet"
    kernel.packets = 3
    assert words(rule.took(lab)) == "ready: translation02: 3 packets dropped by INPUT -p udp"
    assert words(rule.undone(lab)) == "not yet: translation02: the rule stands"
    kernel.rules[f"{NODE} filter"].append(rule.rule)  # as two processes at once would leave it
    rule.undo(lab)
    rule.undo(lab)
    assert kernel.rules == {f"{NODE} filter": [other.rule]}
    assert words(rule.undone(lab)) == "ready: translation02: the rule is gone"


def test_a_rule_that_iptables_refuses_is_an_error() -> None:
    """Neither a rule that was not made nor one that does not go is passed over, and neither is tried for ever."""
    kernel = Kernel()
    lab, rule = fake_lab(FakeSwarm(kernel)), DropRule("cut", TWO, ("-p", "udp"))
    kernel.refuses = {"-I"}
    with pytest.raises(EngineError, match=r"translation02: iptables refused INPUT -p udp .*: not permitted$"):
        rule.apply(lab)
    kernel.refuses = set()
    rule.apply(lab)
    kernel.refuses = {"-D"}
    with pytest.raises(EngineError, match=r"translation02: iptables kept INPUT -p udp .*: not permitted$"):
        rule.undo(lab)


def test_a_node_that_does_not_run_has_no_rules() -> None:
    """They went with it, so there is nothing to undo, and nothing is asked of it."""
    swarm = FakeSwarm(Kernel(), stopped={NODE})
    rule = DropRule("cut", TWO, ("-p", "udp"))
    rule.undo(fake_lab(swarm))
    assert (
        words(rule.undone(fake_lab(swarm))) == "ready: translation02 does not run, and its rules went with it"
    )
    assert swarm.commands == []


def test_each_rule_has_a_comment_of_its_own() -> None:
    """The counter of one rule is never read from another's line: node, table, chain and match all tell."""
    rules = [DropRule("cut", node, ("-s", peer)) for node in "ab" for peer in "cd"]
    rules += [
        DropRule("cut", "a", ("-s", "c"), chain="OUTPUT"),
        DropRule("cut", "a", ("-s", "c"), table="raw"),
    ]
    assert len({rule.comment for rule in rules}) == len(rules)
    assert all(rule.comment.startswith("jbcalling-lab-fault:cut:") for rule in rules)
    assert rules[0].rule == [
        "INPUT", "-s", "c", "-m", "comment", "--comment", rules[0].comment, "-j", "DROP",
    ]  # fmt: skip


def test_a_rule_provokes_the_packets_that_it_drops() -> None:
    """A request between tasks of two nodes, or a large answer from a replica; where none is asked for, none is made."""
    kernel = Kernel()
    lab = fake_lab(spread("frontend"))
    lab.host.api.answer = kernel  # type: ignore[attr-defined] # the stand-in has one
    DropRule("cut", TWO, (), ("request", "translation01", TWO)).took(lab)
    DropRule("cut", TWO, (), ("large", "translation01", TWO)).took(lab)
    DropRule("cut", TWO, ()).took(lab)
    assert [(each[0], each[-1]) for each in kernel.asked] == [
        ("c-traefik-9", "http://10.0.1.12:80/health"),
        ("c-traefik-9", "http://10.0.1.12:80/assets/app.js"),
    ]


def test_a_datagram_is_sent_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the node's own address, at the first of the ports that are dropped."""
    sent: list[tuple[str, int]] = []

    class Socket:
        def __init__(self, *kind: object) -> None:
            pass

        def __enter__(self) -> "Socket":
            return self

        def __exit__(self, *error: object) -> None:
            pass

        def sendto(self, data: bytes, address: tuple[str, int]) -> None:
            sent.append(address)

    monkeypatch.setattr("lab.faults.packet_rules.socket.socket", Socket)
    lab = fake_lab(FakeSwarm(Kernel()))
    rule = ports_dropped(lab, "closed", TWO, "40000:40009")
    rule.took(lab)
    assert sent == [("172.28.0.12", 40000)]
    assert (rule.table, rule.chain) == ("raw", "PREROUTING")
    assert rule.match == ("-p", "udp", "--dport", "40000:40009", "-d", "172.28.0.12")


ROW = "02:42 dst 172.28.0.13 self permanent"


def lost_row() -> tuple[Kernel, FakeSwarm, LostRow]:
    kernel, swarm = Kernel(), spread("frontend")
    kernel.rows = {ROW, "02:43 dst 172.28.0.13 self permanent"}
    swarm.answer = kernel
    return kernel, swarm, LostRow(TWO, "/ns", "02:42", "172.28.0.13", "10.0.1.13")


def test_a_row_is_lost_and_put_back() -> None:
    """Only that row goes; the device does not learn it again until it is put back."""
    kernel, swarm, row = lost_row()
    lab = fake_lab(swarm)
    assert words(row.took(lab)) == "not yet: translation02: the row of 02:42 stands"
    row.apply(lab)
    row.apply(lab)
    assert len(kernel.rows) == 1
    assert kernel.learning == "nolearning"
    assert words(row.took(lab)) == "ready: translation02: no row for 02:42 (10.0.1.13) behind 172.28.0.13"
    assert words(row.undone(lab)) == "not yet: translation02: the row of 02:42 is missing"
    row.undo(lab)
    row.undo(lab)
    assert ROW in kernel.rows
    assert kernel.learning == "learning"
    assert words(row.undone(lab)) == "ready: translation02: the row of 02:42 stands"


def test_the_row_of_a_task_that_is_gone_stays_away() -> None:
    """Its address may be another's by now."""
    kernel, swarm, row = lost_row()
    row.apply(fake_lab(swarm))
    swarm.tasks_ = [each for each in swarm.tasks_ if each["ID"] != "t-frontend-13"]
    row.undo(fake_lab(swarm))
    assert ROW not in kernel.rows
    assert words(row.undone(fake_lab(swarm))) == "ready: the task at 10.0.1.13 is gone, and its row with it"


def test_rows_that_cannot_be_read_or_set_are_an_error() -> None:
    """A namespace that is not there is never taken for a table without the row."""
    kernel, swarm, row = lost_row()
    kernel.refuses = {"bridge"}
    with pytest.raises(
        EngineError, match=r"translation02: the forwarding table cannot be read: no namespace$"
    ):
        row.took(fake_lab(swarm))
    kernel.refuses = {"ip"}
    with pytest.raises(EngineError, match=r"cannot be set to nolearning: no namespace$"):
        row.apply(fake_lab(swarm))
    swarm.stopped = {NODE}
    row.undo(fake_lab(swarm))
    assert (
        words(row.undone(fake_lab(swarm))) == "ready: translation02 does not run, and its rows went with it"
    )


# --- processes, files, tasks --------------------------------------------------------------------------------


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
    assert swarm.done == ["stop c-frontend-12 after 3 s"]
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


# --- nodes ------------------------------------------------------------------------------------------------


def test_a_loop_kills_a_services_tasks_until_it_is_ended() -> None:
    """Proved by tasks that failed since it began; ended by its file and its process."""
    there, lab_commands = {"file": False}, list[list[str]]()

    def answer(container: str, command: list[str]) -> tuple[int, str]:
        lab_commands.append(command)
        return (0 if there["file"] else 1), ""

    swarm = FakeSwarm(answer, {"mediasoup": service("mediasoup")})
    lab, change = fake_lab(swarm), KillLoop(TWO, "mediasoup", 6, "2025-11-11T11:11:11")
    change.apply(lab)
    assert swarm.commands[-1] == (
        NODE, ["sh", "-c", swarm.commands[-1][1][2], "sh", "/lab/fault-kill-mediasoup.pid", "translation_mediasoup", "6"],
    )  # fmt: skip
    for state, at in (("failed", "10"), ("running", "12")):
        status = {"State": state, "Timestamp": f"2025-11-11T11:11:{at}.5Z"}
        swarm.tasks_.append(task("mediasoup", TWO, 1, Status=status))
    assert words(change.took(lab)) == "not yet: mediasoup: no task has ended yet"
    for at in ("11", "12"):
        status = {"State": "failed", "Timestamp": f"2025-11-11T11:11:{at}.5Z"}
        swarm.tasks_.append(task("mediasoup", TWO, 2, Status=status))
    swarm.tasks_.append(task("redis", TWO, 3, Status=status))
    assert words(change.took(lab)) == (
        "ready: translation_mediasoup: 2 tasks ended since 2025-11-11T11:11:11"
    )
    there["file"] = True
    assert words(change.undone(lab)) == "not yet: translation02: the loop still kills mediasoup"
    change.undo(lab)
    assert "kill -9" in lab_commands[-1][2]
    assert lab_commands[-1][-1] == "/lab/fault-kill-mediasoup.pid"
    there["file"] = False
    assert words(change.undone(lab)) == "ready: translation02: nothing kills mediasoup any more"
    swarm.stopped, there["file"] = {NODE}, True
    asked = len(lab_commands)
    change.undo(lab)
    assert words(change.undone(lab)) == "ready: translation02: nothing kills mediasoup any more"
    assert len(lab_commands) == asked, "a node that does not run was asked"


def test_a_node_goes_and_comes_back() -> None:
    """Gone only once the Swarm takes it for down and has its routed replicas elsewhere; back once it is ready."""
    swarm = spread("frontend", "tts")
    for each in swarm.tasks_:
        each["Spec"] = {"ContainerSpec": {}}
    lab, change = fake_lab(swarm), StoppedNode(TWO)
    change.apply(lab)
    change.apply(lab)
    assert swarm.done == [f"kill {NODE}"]
    assert words(change.took(lab)) == "not yet: translation02 is ready"
    swarm.states[TWO] = "down"
    assert words(change.took(lab)) == "not yet: frontend, tts still counted on translation02"
    assert words(change.undone(lab)) == "not yet: translation02 is down"
    moved = [each for each in swarm.tasks_ if each["NodeID"] == f"id-{TWO}"]
    swarm.tasks_ = [each for each in swarm.tasks_ if each not in moved]
    assert words(change.took(lab)) == "not yet: not yet elsewhere: translation_frontend 2/3"
    swarm.tasks_.append(task("frontend", "translation03", 14))
    assert words(change.took(lab)) == "ready: translation02 is down, its replicas run elsewhere"
    change.undo(lab)
    change.undo(lab)
    assert swarm.done == [f"kill {NODE}", f"start {NODE}"]
    swarm.states[TWO] = "ready"
    assert words(change.undone(lab)) == "ready: translation02 is ready"
    del swarm.states[TWO]
    assert words(change.undone(lab)) == "not yet: translation02 is unknown to the Swarm"


# --- the Swarm's objects ------------------------------------------------------------------------------------


def test_a_secret_is_made_once_and_only_ours_is_removed() -> None:
    """Found by the fault's label: another of the same name is not touched."""
    swarm = FakeSwarm()
    lab, change = fake_lab(swarm), NewSecret("s-fault", "YWJj")
    assert words(change.took(lab)) == "not yet: no secret s-fault"
    assert words(change.undone(lab)) == "ready: secret s-fault is gone"
    change.apply(lab)
    swarm.secrets_["s-fault"]["data"] += b"!"
    change.apply(lab)
    assert swarm.secrets_["s-fault"]["data"] == b"abc!", "it was made anew"
    assert words(change.took(lab)) == "ready: secret s-fault is there"
    assert words(change.undone(lab)) == "not yet: secret s-fault is still there"
    swarm.create_secret("theirs", b"", labels={})
    change.undo(lab)
    change.undo(lab)
    assert list(swarm.secrets_) == ["theirs"]


def test_a_network_is_made_once_and_goes_with_its_last_task() -> None:
    """While a task holds it the removal is tried again at each look; any other refusal is an error."""
    swarm = FakeSwarm()
    lab, change = fake_lab(swarm), NewNetwork("small", "10.99.99.0/29", {"a": "b"})
    assert words(change.took(lab)) == "not yet: no network small"
    change.apply(lab)
    made = swarm.networks_["small"]
    change.apply(lab)
    assert swarm.networks_["small"] is made
    assert made["driver"] == "overlay"
    assert made["labels"] == {"site.jbcalling.lab.fault": "small", "a": "b"}
    assert made["ipam"]["Config"][0]["Subnet"] == "10.99.99.0/29"
    assert words(change.took(lab)) == "ready: network small is 10.99.99.0/29"
    swarm.in_use = True
    change.undo(lab)
    assert words(change.undone(lab)) == "not yet: network small is still in use"
    swarm.in_use = False
    assert words(change.undone(lab)) == "ready: network small is gone"
    change.undo(lab)


def test_a_network_that_is_refused_otherwise_is_an_error() -> None:
    """Only "in use" is waited out."""

    @dataclasses.dataclass
    class Refusing(FakeSwarm):
        def remove_network(self, identity: str) -> None:
            raise api_error(403, "not allowed")

    lab, change = fake_lab(Refusing()), NewNetwork("small", "10.99.99.0/29")
    change.apply(lab)
    with pytest.raises(EngineError, match="network small: not allowed"):
        change.undo(lab)
