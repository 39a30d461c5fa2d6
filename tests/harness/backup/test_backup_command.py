"""`python -m fixtures backup [check] DIR`: it only reads, masks secrets, and says what of a backup still holds."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.__main__ import main
from fixtures.backup import taking
from fixtures.backup.values import MANIFEST, Kind
from fixtures.commands import json_answers
from fixtures.observe.swarm.state import ReadOnlyError
from fixtures.target import flags
from fixtures.target.values import SwarmApi
from tests.harness.samples import whole_swarm
from tests.harness.samples.engine_calls import WRITES, call
from tests.harness.samples.whole_swarm import spec_of
from tests.harness.stand_ins.engine_api import RecordingEngine, recording_engine
from tests.harness.stand_ins.json_places import full

Captured = pytest.CaptureFixture[str]
STACK = "# deployed by hand\nservices:\n  web:\n    image: nginx\n"


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith(("TARGET", "DOCKER_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[RecordingEngine]:
    """A small Swarm, which Docker's client would be led to."""
    with recording_engine(whole_swarm.answers()) as engine:
        monkeypatch.setenv("DOCKER_HOST", f"http://127.0.0.1:{engine.server_address[1]}")
        yield engine


@pytest.fixture
def taken(engine: RecordingEngine, tmp_path: Path, capsys: Captured) -> Path:
    """A backup of it."""
    folder = tmp_path / "before"
    assert main(["backup", str(folder)]) == 0
    capsys.readouterr()
    return folder


def test_a_swarm_is_only_read(engine: RecordingEngine, tmp_path: Path, capsys: Captured) -> None:
    """Five lists are asked for, once each, by GET; what was kept is counted on stderr."""
    assert main(["backup", str(tmp_path / "before")]) == 0
    paths = ("/version", "/nodes", "/networks", "/configs", "/secrets", "/services")
    assert engine.requests == [f"GET {path}" for path in paths]
    said = capsys.readouterr()
    assert said.out == ""
    assert "2 services, 1 network, 3 nodes, 1 config, 1 secret, of http://127.0.0.1" in said.err


def test_nothing_but_lists_of_reads_passes(engine: RecordingEngine) -> None:
    """Its handle reads two lists more than any other, and is refused every write, and each secret by itself."""
    with taking.open_for_backup(SwarmApi(engine.url)) as swarm:
        assert [each.needed("ID") for each in swarm.listed("/secrets")] == ["s1"]
        calls = [
            *WRITES.values(),
            *(call("GET", path) for path in ("/secrets/s1", "/configs/c1", "/configs/../exec")),
        ]
        for each in calls:
            with pytest.raises(ReadOnlyError, match="was not sent"):
                each(swarm.client)
    assert engine.requests == ["GET /version", "GET /secrets"]


def test_no_secret_is_written(taken: Path) -> None:
    """Whatever place it stands in: environment, URL, option, label, the data of a config; and what is none is kept."""
    whole = "".join(file.read_text() for file in taken.iterdir())
    assert [secret for secret in whole_swarm.SECRETS if secret in whole] == []
    services = {
        each["Spec"]["Name"]: each["Spec"] for each in json.loads((taken / "services.json").read_text())
    }
    container = services["translation_signaling"]["TaskTemplate"]["ContainerSpec"]
    assert container["Env"] == ["DB_PASSWORD=***", "REDIS_URL=redis://user:***@redis:6379", "LOG=info"]
    assert container["Args"] == ["serve", "--auth-token", "***", "--port", "80"]
    (config,) = json.loads((taken / "configs.json").read_text())
    assert config["Spec"]["Text"] == "users:\n  admin: yes\npassword: ***\n"
    assert "Data" not in config["Spec"]


def test_of_a_secret_names_and_labels_are_kept(
    engine: RecordingEngine, tmp_path: Path, capsys: Captured
) -> None:
    """Even where an engine were to give more of it."""
    engine.answers["/secrets"][0]["Spec"]["Data"] = "Z2VoZWlt"
    assert main(["backup", str(tmp_path / "before")]) == 0
    (secret,) = json.loads((tmp_path / "before" / "secrets.json").read_text())
    assert secret["Spec"] == {
        "Name": "translation_turn", "Labels": {"com.docker.stack.namespace": "translation"},
    }  # fmt: skip


def test_times_versions_and_hashes_are_in_the_manifest(taken: Path) -> None:
    """With the versions of each engine, of the API and of the suite."""
    found = json.loads((taken / MANIFEST).read_text())
    assert found["begun"] <= found["ended"]
    assert found["engines"] == {f"translation0{each}": "26.1.5" for each in (1, 2, 3)}
    assert (found["api"], found["format"]) == ("1.45", 1)
    assert set(found["files"]) == {kind.file for kind in Kind}
    assert found["files"]["services.json"]["masked"] == 5


def test_a_folder_that_holds_something_is_not_touched(
    engine: RecordingEngine, tmp_path: Path, capsys: Captured
) -> None:
    """Before the Swarm is asked; an empty one is taken."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    assert main(["backup", str(tmp_path / "full")]) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), "is not empty: name another folder" in said) == (1, True), said
    assert engine.requests == []
    assert [each.name for each in tmp_path.rglob("*")] == ["full", "mine.txt"]
    (tmp_path / "empty").mkdir()
    assert main(["backup", str(tmp_path / "empty")]) == 0
    assert main(["backup", "check", str(tmp_path / "empty")]) == 0


def test_a_swarm_that_is_not_read_whole_leaves_nothing(
    engine: RecordingEngine, tmp_path: Path, capsys: Captured
) -> None:
    """One line, status 2, and no folder."""
    engine.answers["/configs"] = 500
    assert main(["backup", str(tmp_path / "before")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("backup: the Swarm API at http://127.0.0.1")
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_stack_file_is_kept_byte_by_byte(engine: RecordingEngine, tmp_path: Path, capsys: Captured) -> None:
    """One with a literal secret is kept masked, and is said not to be deployable."""
    plain, secret = tmp_path / "a.yml", tmp_path / "b.yml"
    plain.write_text(STACK)
    secret.write_text(STACK + "    environment:\n      DB_PASSWORD: hunter2abc\n")
    folder = tmp_path / "before"
    assert main(["backup", str(folder), "--stack-file", str(plain), "--stack-file", str(secret)]) == 0
    said = capsys.readouterr().err
    assert (folder / "stack.yml").read_text() == STACK
    assert (folder / "stack-2.yml").read_text().endswith("DB_PASSWORD: ***\n")
    assert "stack-2.yml: 1 lines are masked: it cannot be deployed as it stands" in said
    assert "stack.yml: " not in said


def test_all_of_it_holds(taken: Path, engine: RecordingEngine, capsys: Captured) -> None:
    """Each object in a line, then the counts; what every update counts up is no change."""
    spec = spec_of(engine.answers, "frontend")
    spec["TaskTemplate"]["ForceUpdate"] = 3
    assert main(["backup", "check", str(taken)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "service translation_frontend: same" in lines
    assert lines[-1].endswith(": 8 same")
    assert main(["backup", "check", str(taken), "-q"]) == 0
    assert capsys.readouterr().out == ""


def test_what_changed_is_named_field_by_field(taken: Path, engine: RecordingEngine, capsys: Captured) -> None:
    """With what was and what is; what is gone and what is new too; status 1."""
    spec = spec_of(engine.answers, "frontend")
    spec["TaskTemplate"]["Placement"]["Constraints"] = []
    spec["Mode"]["Replicated"]["Replicas"] = 5
    engine.answers["/configs"] = []
    engine.answers["/services"].append({"ID": "x", "Spec": {"Name": "other_web"}})
    engine.answers["/nodes"][2]["Status"]["State"] = "down"
    assert main(["backup", "check", str(taken), "-q"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "node translation03: changed",
        "  Status.State: was ready, is down",
        "config translation_tls: gone",
        "service translation_frontend: changed",
        "  Spec.TaskTemplate.Placement.Constraints: was node.labels.instance == translation03, is nothing",
        "  Spec.Mode.Replicated.Replicas: was 3, is 5",
        "service other_web: not in the backup",
    ]


def test_the_document_says_the_same(taken: Path, engine: RecordingEngine, capsys: Captured) -> None:
    """Every place of it is filled."""
    spec_of(engine.answers, "signaling")["TaskTemplate"]["ContainerSpec"]["Env"][2] = "LOG=debug"
    engine.answers["/services"][1]["Version"]["Index"] = 43
    assert main(["backup", "check", str(taken), "-o", "json"]) == 1
    found = full(capsys.readouterr().out, json_answers.BACKUP)
    (changed,) = (each for each in found["objects"] if each["state"] == "changed")
    assert changed == {
        "kind": "service", "name": "translation_signaling", "state": "changed",
        "remark": "4 masked texts cannot be compared",
        "fields": [{"place": "Spec.TaskTemplate.ContainerSpec.Env", "was": "LOG=info", "now": "LOG=debug"}],
    }  # fmt: skip


WRONG = {
    "check alone": (["check"], "check: which backup?"),
    "no folder": ([], "the following arguments are required: DIR"),
    "two folders": (["a", "b"], "one folder is wanted"),
    "a stack file for a check": (["check", "a", "--stack-file", "x.yml"], "--stack-file does nothing here"),
    "a document of a new backup": (["a", "-o", "json"], "-o json does nothing here"),
    "no backup": (["check", "nowhere"], "nowhere: is no backup: No such file or directory"),
    "no stack file": (["new", "--stack-file", "nowhere.yml"], "nowhere.yml: cannot be read"),
    "no parent": (["nowhere/new"], "there is no folder"),
    "a file": (["pyproject.toml"], "is there already, and is no folder"),
    "a name that no file has": (["a\0b"], "no file's name can hold such a character"),
    "nobody listens": (["new", "--target", "production", "--target-swarm-api", "unix:///nowhere.sock"], "nowhere.sock"),
    "no Swarm API": (["new", "--target", "production", "--target-swarm-api", "none"], "names no Swarm API"),
}  # fmt: skip


@pytest.mark.parametrize(("argv", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_used_is_one_line(
    argv: list[str], said: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With status 2 and nothing on stdout."""
    monkeypatch.setattr(flags, "_given", {})
    for name in ("TARGET", "TARGET_SWARM_API"):
        monkeypatch.setenv(name, "")  # so that what the options set is undone
        monkeypatch.delenv(name)
    try:
        status = main(["backup", *argv])
    except SystemExit as ended:
        status = int(ended.code or 0)
    shown = capsys.readouterr()
    assert (status, shown.out) == (2, ""), shown
    assert shown.err.startswith("backup: ")
    assert (shown.err.count("\n"), said in shown.err) == (1, True), shown.err
    assert not Path("new").exists()
