"""What is written down of a fault: who, when and with what proofs, for whoever mends the lab later."""

import datetime
from pathlib import Path

import pytest

from lab.cluster.handle import Lab
from lab.errors import LabError
from lab.faults import control
from lab.faults import record as faults_record
from lab.host import ownership, state
from tests.harness.stand_ins.noted_changes import lab_of_notes


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    return lab_of_notes(tmp_path, monkeypatch)


def test_only_what_a_dead_process_left_is_left_behind(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's fault and a living run's are not; a fault left by a killed injector is found."""
    monkeypatch.setattr(ownership, "is_dead", lambda owner: owner == "dead")
    for owner in ("kept", "alive", "dead"):
        faults_record.save(lab.name, faults_record.Record(owner, {}, owner, "2025", ()))
    assert [record.fault for record in control.left_behind(lab)] == ["dead"]


def test_a_record_that_cannot_be_read_is_an_error(lab: Lab) -> None:
    """A broken record is never taken for a sound lab."""
    place = state.folder(lab.name) / "faults" / "odd.json"
    place.parent.mkdir(parents=True)
    place.write_text("{")
    with pytest.raises(LabError, match=r"odd\.json is not a fault's record"):
        control.injected(lab)


def test_the_record_says_who_and_when_and_is_its_users_alone(lab: Lab) -> None:
    """Arguments, owner and time stand in it; a changed certificate's key may, so nobody else reads it."""
    before = datetime.datetime.now(datetime.UTC).isoformat()
    record = control.inject(lab, "both", {"second": "2"}, owner="me")
    assert (record.fault, record.arguments, record.owner) == ("both", {"second": "2"}, "me")
    assert before <= record.at <= datetime.datetime.now(datetime.UTC).isoformat()
    assert str(record) == f"both second=2 since {record.at[:19]}Z: first took; 2 took"
    file = state.folder(lab.name) / "faults" / "both.json"
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0
    assert control.inject(lab, "other").owner == ownership.KEPT


def test_a_record_without_proofs_says_so() -> None:
    """As long as the effect was not seen nobody may take the lab for broken in that way."""
    assert str(faults_record.Record("f", {}, "kept", "2025-11-11T11:11:11.5", ())) == (
        "f  since 2025-11-11T11:11:11Z: not seen to have taken effect"
    )
    two = faults_record.Record("f", {"a": "1", "b": "2"}, "kept", "2025-11-11T11:11:11.5", ())
    assert str(two).startswith("f a=1 b=2 since ")


def test_forgetting_what_is_forgotten_is_no_error(lab: Lab) -> None:
    """Two commands may heal the same fault at once."""
    control.inject(lab, "both")
    faults_record.drop(lab.name, "both")
    faults_record.drop(lab.name, "both")
    assert control.injected(lab) == ()


def test_the_newest_fault_is_listed_first(lab: Lab) -> None:
    """Whatever order the folder gives them in."""
    for at in ("2025-01-02", "2025-01-03", "2025-01-01"):
        faults_record.save(lab.name, faults_record.Record(f"f{at[-1]}", {}, "kept", at, ()))
    assert [record.fault for record in control.injected(lab)] == ["f3", "f2", "f1"]
