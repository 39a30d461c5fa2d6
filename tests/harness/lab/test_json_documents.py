"""`-o json` of `python -m lab`: one document on stdout, of the shape that is documented, with nothing secret in it."""

import datetime
from pathlib import Path

import pytest

from lab.errors import PreflightError
from lab.faults import record
from lab.faults.catalogue import FAULTS
from lab.host import state
from lab.host.ownership import HOME_LABEL, KEPT, LABEL, OWNER_LABEL
from lab.host.state import LabState
from lab.tools import bench, host_commands, host_report, json_shapes, lab_commands
from lab.tools.bench import Result
from lab.tools.host_report import Ability
from tests.harness.lab.test_status import lab as described
from tests.harness.stand_ins.command_line import ended, one_line, serve
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine
from tests.harness.stand_ins.json_places import document, full

pytestmark = pytest.mark.usefixtures("own_surroundings")
SECRET = "qx7-not-for-a-log"
lab = described


def recorded(name: str = "default", proof: str = "3 packets dropped") -> None:
    record.save(
        name, record.Record("overlay-cut", {"node": "n"}, KEPT, "2025-11-11T11:11:11.5", (), (proof,))
    )


def test_a_lab_as_json(
    lab: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nodes, services, hosts and faults as values; a secret of the lab stays one."""
    state.write_secret("mine", "secrets/dashboard_password", SECRET.encode())
    recorded("mine", f"the node said {SECRET}")
    monkeypatch.setattr(lab_commands, "existing", lambda args: lab)
    with state.in_use("mine", f"pid 7: pytest -k {SECRET}"):
        assert ended(["status", "--name", "mine", "-o", "json"]) == 0
    said = capsys.readouterr()
    found = full(said.out, json_shapes.STATUS)
    assert said.err == ""
    assert SECRET not in said.out
    assert found["injected"][0]["proofs"] == ["the node said ***"]
    assert found["in_use_by"] == ["pid 7: pytest -k ***"]
    assert found["nodes"][1] == {
        "name": "translation02", "state": "down", "role": "worker", "address": "172.28.0.12",
    }  # fmt: skip
    assert found["services"] == [
        {"name": "translation_web", "running": 2, "wanted": 3, "nodes": ["translation01", "translation02"], "image": "web:1"}
    ]  # fmt: skip


def test_all_labs_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], up: FakeApi
) -> None:
    """Each with its age and its users, also where nothing here describes it."""
    up.objects["network"] = {"n": {LABEL: "other", OWNER_LABEL: KEPT, HOME_LABEL: "elsewhere"}}
    created = datetime.datetime.now(datetime.UTC) - datetime.timedelta(hours=3)
    state.save(LabState("default", KEPT, "", created.isoformat(), "", "", {"a": "172.28.0.11"}, {}, False))
    with state.in_use("default", "pid 7: pytest"):
        assert ended(["status", "--all", "--format=json"]) == 0
    found = full(capsys.readouterr().out, json_shapes.LABS)
    ours, others = found["labs"]
    assert 3 * 3600 <= ours.pop("age_s") < 3 * 3600 + 60
    assert ours == {
        "name": "default", "created": created.isoformat(), "nodes": 1, "state": "up", "kept": True,
        "in_use_by": ["pid 7: pytest"],
    }  # fmt: skip
    assert others == {
        "name": "other", "created": None, "age_s": None, "nodes": 0, "state": "another's", "kept": True, "in_use_by": [],
    }  # fmt: skip


def test_faults_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], up: FakeApi
) -> None:
    """Every fault; what is injected is marked; without a lab none is."""
    recorded()
    assert ended(["fault", "list", "-o", "json"]) == 0
    found = full(capsys.readouterr().out, json_shapes.FAULTS)
    assert [each["name"] for each in found["faults"]] == list(FAULTS)
    assert [each["name"] for each in found["faults"] if each["injected"]] == ["overlay-cut"]
    assert found["lab"] == "default"
    serve(FakeEngine(), monkeypatch)
    assert ended(["fault", "list", "-o", "json"]) == 0
    found = document(capsys.readouterr().out, json_shapes.FAULTS)
    assert (found["lab"], found["injected"]) == (None, [])


@pytest.mark.usefixtures("no_engine")
def test_json_is_refused_where_it_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """To inject is no answer to be read by a program."""
    assert ended(["fault", "inject", "redis-gone", "-o", "json"]) == 2
    assert one_line(capsys) == "lab: fault inject: -o json does nothing here: it is for fault list\n"


@pytest.mark.usefixtures("no_engine")
def test_a_format_that_there_is_not_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """As every other name does."""
    assert ended(["status", "-o", "jsn"]) == 2
    assert "did you mean json?" in one_line(capsys)


def test_a_machine_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is lacking is in the document, and the status is that of the command without it."""
    serve(FakeEngine(), monkeypatch)
    monkeypatch.setattr(host_commands, "with_preflight", lambda host, wanted: None)
    monkeypatch.setattr(host_report, "abilities", lambda host: (Ability("IPVS", None, "no image"),))
    assert ended(["check", "-o", "json"]) == 0
    host = [{"what": "IPVS", "has": None, "text": "no image"}]
    assert document(capsys.readouterr().out, json_shapes.CHECK) == {"fit": True, "lacks": [], "host": host}

    def lacking(*_: object) -> None:
        raise PreflightError("disk: 1 MiB free\nmemory: none")

    monkeypatch.setattr(host_commands, "with_preflight", lacking)
    assert ended(["check", "-o", "json"]) == 11
    said = capsys.readouterr()
    assert full(said.out, json_shapes.CHECK)["lacks"] == ["disk: 1 MiB free", "memory: none"]
    assert said.err == ""


def test_figures_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same figures on stdout and, with --json, in a file; no table beside them."""
    machine = {
        "when": "2025-11-11T11:11:11+00:00", "cores": 2, "memory_gib": 7.8, "kernel": "6.1", "engine": "28",
        "storage": "overlay2", "python": "3.14",
    }  # fmt: skip
    result = Result(machine, {"teardown": 3.5}, {"teardown": 7.0}, {"call": 4.0}, ["a note"])
    serve(FakeEngine(), monkeypatch)
    monkeypatch.setattr(bench, "run", lambda *_, cold: result)
    assert ended(["bench", "-o", "json", "--json", str(tmp_path / "f.json")]) == 0
    assert full(capsys.readouterr().out, json_shapes.BENCH) == result.as_json()
    assert (tmp_path / "f.json").exists()


def test_no_lab_is_a_line_and_no_document(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """stdout stays empty: half a document would pass for one."""
    serve(FakeEngine(), monkeypatch)
    assert ended(["status", "-o", "json"]) == 2
    assert one_line(capsys).startswith("lab: no lab 'default' is up")
