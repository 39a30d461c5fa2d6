"""`python -m lab` for a person: every bad input is one line and exit status 2, and nothing ends in a traceback."""

import os
from pathlib import Path
from typing import Any

import docker.errors
import pytest
import requests

from lab.host import engine, ownership, state
from lab.host.ownership import LABEL, NODE_LABEL, OWNER_LABEL, STORE_LABEL
from lab.tools import inside
from tests.harness.stand_ins.command_line import ended, one_line, serve
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine, api_error

pytestmark = pytest.mark.usefixtures("own_surroundings")


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "lab: the following arguments are required: COMMAND (see python -m lab --help)"),
        (["frobnicate"], "lab: argument COMMAND: invalid choice: 'frobnicate' (choose from 'up', 'down'"),
        (["up", "--nodes", "0"], "lab: --nodes 0: a lab has 1 to 9 nodes; the design's has 3"),
        (["up", "--nodes", "99"], "lab: --nodes 99: a lab has 1 to 9 nodes"),
        (
            ["up", "--nodes", "three"],
            "lab: argument --nodes: invalid int value: 'three' (see python -m lab up --help)",
        ),
        (["up", "--name", "Bad Name"], "lab: lab name 'Bad Name': use lower-case letters"),
        (["down", "--name", "/etc"], "lab: lab name '/etc': use lower-case letters"),
        (["down", "--name", "../.."], "lab: lab name '../..': use lower-case letters"),
        (["down", "--name", ""], "lab: lab name '': use lower-case letters"),
        (["down", "--name", "cache"], "lab: lab name 'cache' belongs to an object"),
        (["down", "--name", "suite"], "lab: lab name 'suite' belongs to an object"),
        (["exec", "translation01"], "lab: exec: no command: python -m lab exec"),
        (
            ["exec", "translation01", "--name", "other", "--", "ls"],
            "lab: exec: no command: python -m lab exec [--name",
        ),
        (["logs"], "lab: the following arguments are required: service"),
        (["deploy", "/no/such.yml"], "lab: stack file /no/such.yml"),
        (
            ["bench", "--json", "/no/such/folder/f.json"],
            "lab: --json /no/such/folder/f.json: there is no folder",
        ),
        (["engine", "--name", "x"], "lab: unrecognized arguments: --name x"),
    ],
)
def test_bad_input_is_one_line_and_status_4(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The value that is wrong, what would be right; no traceback, no usage to scroll past."""
    assert ended(argv) == 2
    assert one_line(capsys).startswith(said)


@pytest.mark.usefixtures("no_engine")
def test_a_broken_stack_file_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """File and line, before any lab is touched."""
    path = tmp_path / "broken.yml"
    path.write_text("services:\n  web:\n    image: [a\n  other: {}\n")
    assert ended(["deploy", str(path)]) == 2
    assert f"{path}:4" in one_line(capsys)


@pytest.mark.parametrize("command", ["status", "logs web", "exec translation01 -- ls", "collect DIR"])
def test_no_lab_is_refused_with_the_way_to_one(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command on a lab that is not up says how to bring it up."""
    serve(FakeEngine(), monkeypatch)
    name, *rest = command.split()
    assert ended([name, "--name", "mine", *rest]) == 2
    assert one_line(capsys) == "lab: no lab 'mine' is up: python -m lab up --name mine\n"


@pytest.mark.usefixtures("up")
def test_an_unknown_node_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt node is one line."""
    assert ended(["exec", "translation9", "--", "ls"]) == 2
    assert (
        one_line(capsys)
        == "lab: no node 'translation9' in lab default: there are translation01; did you mean translation01?\n"
    )


@pytest.mark.usefixtures("up")
def test_a_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in the folder's place is one line."""
    (tmp_path / "file").write_text("")
    assert ended(["collect", str(tmp_path / "file")]) == 2
    assert one_line(capsys).startswith(f"lab: nothing can be written to {tmp_path / 'file'}: File exists")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (api_error(409, "container is paused"), "lab: the engine refused: container is paused\n"),
        (
            requests.exceptions.ConnectionError("refused"),
            "lab: an engine does not answer: refused; python -m lab up",
        ),
        (docker.errors.DockerException("odd"), "lab: an engine does not answer: odd; python -m lab up"),
    ],
)
def test_an_engine_that_fails_is_one_line(
    error: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever an engine does in the middle of a command, no traceback is shown, and the status is 1."""

    def fail(*_: object, **__: object) -> list[Any]:
        raise error

    api = FakeApi()
    monkeypatch.setattr(api, "containers", fail)
    serve(FakeEngine(api), monkeypatch)
    assert ended(["status", "--all"]) == 1
    assert one_line(capsys).startswith(said)


def test_the_labs_are_listed_with_their_users(up: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    """Each lab once, with who is at it, a dead owner marked; the caches are no lab."""
    alive = str(ownership.owner_of(os.getpid()))
    where, pid, started = alive.split("/")
    gone = f"{where}/{pid}/{int(started) - 1}"
    up.objects["volume"] = {
        "store": {LABEL: "cache", STORE_LABEL: "true"},
        "v": {LABEL: "run-1", OWNER_LABEL: gone},
    }
    up.objects["network"] = {"n": {LABEL: "run-2", OWNER_LABEL: alive}}
    up.objects["container"]["n"] = {LABEL: "run-2", OWNER_LABEL: alive, NODE_LABEL: "translation01"}
    with state.in_use("default", "pid 7: pytest -m lab"), state.in_use("default", "pid 8: python -m lab up"):
        assert ended(["status", "--all"]) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]
    assert rows == [
        ["default", "up", "?", "1", "pid 7: pytest -m lab"], ["", "", "", "", "pid 8: python -m lab up"],
        ["run-1", "abandoned", "?", "0", "nobody"],
        ["run-2", "being changed", "?", "1", f"pid {os.getpid()}: a run whose lab it is"],
    ]  # fmt: skip
    assert "abandoned: its owner is gone: the next run removes it" in lines


def test_no_lab_at_all_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Silence would leave a person wondering."""
    serve(FakeEngine(), monkeypatch)
    assert ended(["status", "--all"]) == 0
    assert capsys.readouterr().out == "no lab is up\n"


def test_down_removes_the_lab_and_its_folder(up: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    """What was removed is named, and a second time there is nothing to do."""
    assert ended(["down"]) == 0
    assert ended(["down"]) == 0
    assert capsys.readouterr().out == "lab default: removed c\nlab default: nothing was up\n"
    assert state.names() == ()
    assert up.removed == ["container c"]


def test_an_interruption_says_what_could_not_be_cleaned_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C while a lab comes up, and then a removal that fails: one line holds both."""

    def interrupted() -> None:
        stop = KeyboardInterrupt()
        stop.add_note("cleaning up failed: c is in use")
        raise stop

    monkeypatch.setattr(engine, "connect", interrupted)
    assert ended(["status"]) == 130
    assert one_line(capsys).endswith("status --all shows what is up; cleaning up failed: c is in use\n")


def test_labs_that_the_suite_left_in_its_container_are_all_removed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that refuses keeps no other; a failed removal is the command's failure."""
    own = str(ownership.owner_of(os.getpid()))
    made = {f"c{n}": {LABEL: f"run-{n}", OWNER_LABEL: own} for n in (1, 2)}
    api = FakeApi({"container": made}, in_use=frozenset({"c1"}))
    serve(FakeEngine(api), monkeypatch)
    monkeypatch.setattr(inside, "run", lambda *_: 0)
    assert ended(["inside", "--", "-m", "lab"]) == 1
    assert api.removed == ["container c2"]
    assert "not every lab was removed: run-1: " in one_line(capsys)
