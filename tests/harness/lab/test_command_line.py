"""`python -m lab` for a person: every bad input is one line and exit status 2, and nothing ends in a traceback."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker.errors
import pytest
import requests

from lab.__main__ import main
from lab.cluster.handle import Lab
from lab.errors import EngineError
from lab.faults import control, record
from lab.faults.catalogue import FAULTS
from lab.host import engine, ownership, state
from lab.host.ownership import KEPT, LABEL, OWNER_LABEL, STORE_LABEL
from lab.host.state import LabState
from lab.tools import inside
from tests.harness.stand_ins.engine_api import recording_engine
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine, api_error

ROOT = Path(__file__).parents[3]
ENDS_S = 20
"""Starting Python and the docker package takes 1 s, several under load; a command that hangs fails here."""


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No lab of this machine is seen, and the handler that main() sets goes with the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad input is found before any engine is asked."""
    monkeypatch.setattr(engine, "connect", lambda: pytest.fail("an engine was asked"))


def serve(fake: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "connect", lambda: fake)


@pytest.fixture
def up(monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """A lab `default` that is described and has a container."""
    address = {"translation01": "172.28.0.11"}
    state.save(LabState("default", KEPT, "", "", "172.28.0.0/24", "", address, {"ipvs": False}, False))
    api = FakeApi({"container": {"c": {LABEL: "default", OWNER_LABEL: KEPT}}})
    serve(FakeEngine(api), monkeypatch)
    return api


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said on stderr, which must be one line and nothing on stdout."""
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1, said.err
    return said.err


def ended(argv: list[str]) -> int:
    """The exit status, whichever way the command line gives it."""
    try:
        return main(argv)
    except SystemExit as end:
        return int(end.code or 0)


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
        (["down", "--name", "cache"], "lab: lab name 'cache' is taken"),
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
def test_bad_input_is_one_line_and_status_2(
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
    assert one_line(capsys) == "lab: no node 'translation9' in lab default: there are translation01\n"


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


def test_the_labs_are_listed_with_their_owners(up: FakeApi, capsys: pytest.CaptureFixture[str]) -> None:
    """Each lab once, a dead owner marked; the caches are no lab."""
    alive = str(ownership.owner_of(os.getpid()))
    where, pid, started = alive.split("/")
    gone = f"{where}/{pid}/{int(started) - 1}"
    up.objects["volume"] = {
        "store": {LABEL: "cache", STORE_LABEL: "true"},
        "v": {LABEL: "run-1", OWNER_LABEL: gone},
    }
    up.objects["network"] = {"n": {LABEL: "run-2", OWNER_LABEL: alive}}
    assert ended(["status", "--all"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "default: owner kept", f"run-1: owner {gone} (gone; swept by the next run)", f"run-2: owner {alive}",
    ]  # fmt: skip


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
        assert running.stdout.readline() == b"lab-0: owner kept\n"
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


# --- faults ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["inject"], "lab: fault inject: which fault? python -m lab fault list\n"),
        (["heal"], "lab: fault heal: give either the name of a fault or --all\n"),
        (["heal", "overlay-cut", "--all"], "lab: fault heal: give either the name of a fault or --all\n"),
        (["heal", "overlay-cut", "node=x"], "lab: fault heal takes no arguments: node=x\n"),
        (["list", "x", "node=x"], "lab: fault list takes no arguments: node=x\n"),
    ],
)
def test_a_fault_command_that_says_nothing_is_refused(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, before any engine is asked."""
    assert ended(["fault", *argv]) == 2
    assert one_line(capsys) == said


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["inject", "none"], "lab: no fault 'none': there are incident, overlay-cut, "),
        (["heal", "none"], "lab: no fault 'none': there are incident, "),
        (["inject", "overlay-cut", "size=1"], "lab: fault overlay-cut has no argument 'size': it takes node=translation03\n"),
        (["inject", "overlay-cut", "node"], "lab: fault inject: 'node' is no KEY=VALUE\n"),
    ],
)  # fmt: skip
def test_a_fault_or_argument_that_there_is_not_is_refused(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With those that there are."""
    assert ended(["fault", *argv]) == 2
    assert one_line(capsys).startswith(said)


def recorded(fault: str, *proofs: str) -> None:
    record.save("default", record.Record(fault, {"node": "n"}, KEPT, "2025-11-11T11:11:11.5", (), proofs))


@pytest.mark.usefixtures("up")
def test_faults_are_listed_with_what_is_injected(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its defaults; what is injected is marked, and says since when and by what proof."""
    recorded("overlay-cut", "3 packets dropped")
    assert ended(["fault", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "! overlay-cut             udp/4789 dropped on one node (node=translation03)"
    assert "  redis-gone              Redis scaled to nothing" in lines
    assert lines[-1] == "broken by overlay-cut node=n since 2025-11-11T11:11:11Z: 3 packets dropped"


def test_faults_are_listed_without_a_lab(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What could be broken is of interest before there is one."""
    serve(FakeEngine(), monkeypatch)
    assert ended(["fault", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(FAULTS)


@pytest.mark.usefixtures("up")
def test_a_fault_is_injected_and_healed_by_hand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The proofs are shown, and how to heal it; healing without a fault says so."""
    given: list[object] = []

    def inject(lab: Lab, name: str, arguments: dict[str, str]) -> record.Record:
        given.append((lab.name, name, arguments))
        return record.Record(name, {}, KEPT, "", (), ("it took", "seen"))

    monkeypatch.setattr(control, "inject", inject)
    assert ended(["fault", "inject", "redis-gone", "a=b=c", "d="]) == 0
    assert given == [("default", "redis-gone", {"a": "b=c", "d": ""})]
    assert capsys.readouterr().out.splitlines() == [
        "redis-gone: it took", "redis-gone: seen",
        "heal it with: python -m lab fault heal redis-gone --name default",
    ]  # fmt: skip
    assert ended(["fault", "heal", "redis-gone"]) == 0
    assert capsys.readouterr().out == "redis-gone: redis-gone is not injected\n"
    assert ended(["fault", "heal", "--all"]) == 0
    assert capsys.readouterr().out == "lab default: nothing is injected\n"


@pytest.mark.usefixtures("up")
def test_healing_all_by_hand_names_every_fault_that_stays(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, status 1, each fault with its reason."""
    for fault in ("overlay-cut", "redis-gone"):
        recorded(fault)

    def fail(lab: Lab, name: str) -> control.Healed:
        raise EngineError(f"{name} holds")

    monkeypatch.setattr(control, "heal", fail)
    assert ended(["fault", "heal", "--all"]) == 1
    said = one_line(capsys)
    assert said.startswith("lab: lab default is not mended: ")
    assert "overlay-cut: overlay-cut holds" in said
    assert "redis-gone: redis-gone holds" in said


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
