"""Faults as data: what they edit, that they are written down before they act, and that anybody can heal them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from lab.cluster.lifecycle import Lab
from lab.errors import InputError, LabError, NotReadyError
from lab.faults import change, control, spec_edits
from lab.faults import record as faults_record
from lab.faults.catalogue import Fault
from lab.faults.packet_rules import DropRule
from lab.faults.service_changes import ServiceChange
from lab.faults.spec_edits import Json
from lab.host import ownership, state
from lab.waiting import Look, NotYet, Ready

SPEC: Json = {
    "Name": "translation_signaling",
    "Labels": {"sticky": "true"},
    "TaskTemplate": {
        "ContainerSpec": {"Env": ["A=1", "AB=2"], "Secrets": [{"SecretName": "s", "SecretID": "1"}]}
    },
    "EndpointSpec": {"Ports": [{"PublishedPort": 1}, {"PublishedPort": 2}]},
    "UpdateConfig": {"Parallelism": 1, "Order": "start-first"},
}
NODE = {
    "Spec": {"Role": "worker", "Labels": {"instance": "translation02"}}, "Description": {"Hostname": "translation02"},
}  # fmt: skip
DONE: list[str] = []
"""What the changes of these tests did, in order."""


@dataclass(frozen=True)
class Noted:
    """A change that only says what it is told to do; `takes` off, its effect never shows."""

    name: str
    takes: bool = True
    service: str = ""

    def apply(self, lab: Lab) -> None:
        DONE.append(f"apply {self.name}, {len(control.injected(lab))} on record")

    def took(self, lab: Lab) -> Look[str]:
        return Ready(f"{self.name} took") if self.takes else NotYet("nothing")

    def undo(self, lab: Lab) -> None:
        DONE.append(f"undo {self.name}")

    def undone(self, lab: Lab) -> Look[str]:
        return Ready(f"{self.name} undone")


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab that is only a name and a folder, with faults of notes."""
    monkeypatch.setattr(state, "home", lambda: tmp_path)
    monkeypatch.setattr(control, "prove_sound", lambda lab: "sound")
    monkeypatch.setattr(change, "DEADLINE_S", 0)
    monkeypatch.setattr(change.until, "__defaults__", (0,))
    monkeypatch.setattr(change, "KINDS", {"Noted": Noted})
    both = Fault("both", "", lambda lab, a: (Noted("first"), Noted(a["second"])), {"second": "second"})
    never = Fault("never", "", lambda lab, a: (Noted("first"), Noted("blunt", takes=False)))
    monkeypatch.setattr(control, "FAULTS", {"both": both, "never": never})
    DONE.clear()
    return cast(Lab, SimpleNamespace(name="paper"))


def test_a_fault_is_on_record_before_it_acts(lab: Lab) -> None:
    """Whatever moment the injector dies at, the next one finds what to undo."""
    record = control.inject(lab, "both")
    assert DONE == ["apply first, 1 on record", "apply second, 1 on record"]
    assert record.proofs == ("first took", "second took")
    assert control.injected(lab) == (record,)


def test_healing_undoes_in_reverse_and_forgets(lab: Lab) -> None:
    """The last change is undone first, the lab is proved sound, and nothing stays on record."""
    control.inject(lab, "both", {"second": "other"})
    DONE.clear()
    assert control.heal(lab, "both").proofs == ("other undone", "first undone", "sound")
    assert DONE == ["undo other", "undo first"]
    assert control.injected(lab) == ()


def test_healing_what_is_not_injected_is_no_error(lab: Lab) -> None:
    """Healing twice is as good as once."""
    assert control.heal(lab, "both").proofs == ("both is not injected",)
    assert control.heal_all(lab) == ()


def test_a_fault_that_does_not_take_is_healed_and_told(lab: Lab) -> None:
    """Where no effect shows nothing stays broken, and the error says what was seen."""
    with pytest.raises(NotReadyError, match="last seen: nothing"):
        control.inject(lab, "never")
    assert DONE[-2:] == ["undo blunt", "undo first"]
    assert control.injected(lab) == ()


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("none", {}, "no fault 'none'"),
        ("both", {"third": "x"}, "no argument 'third': it takes second=second"),
    ],
)
def test_a_wrong_name_or_argument_is_refused(
    lab: Lab, name: str, arguments: dict[str, str], told: str
) -> None:
    """Nothing is done for a fault or an argument that does not exist."""
    with pytest.raises(InputError, match=told):
        control.inject(lab, name, arguments)
    assert DONE == []


def test_a_fault_is_not_injected_twice(lab: Lab) -> None:
    """The second would write down a broken lab as the one to go back to."""
    control.inject(lab, "both")
    with pytest.raises(InputError, match="both is injected already"):
        control.inject(lab, "both")


def test_only_what_a_dead_process_left_is_left_behind(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's fault and a living run's are theirs; a dead one's is nobody's."""
    monkeypatch.setattr(ownership, "is_dead", lambda owner: owner == "dead")
    for owner in ("kept", "alive", "dead"):
        faults_record.save(lab.name, faults_record.Record(owner, {}, owner, "2025", ()))
    assert [record.fault for record in control.left_behind(lab)] == ["dead"]


def test_a_record_that_cannot_be_read_is_told(lab: Lab) -> None:
    """A broken record is never taken for a sound lab."""
    place = state.folder(lab.name) / "faults" / "odd.json"
    place.parent.mkdir(parents=True)
    place.write_text("{")
    with pytest.raises(LabError, match=r"odd\.json is not a fault's record"):
        control.injected(lab)


def test_changes_survive_being_written_down() -> None:
    """A change is the same change after JSON, and an unknown kind is refused."""
    rule = DropRule("cut", "translation03", ("-p", "udp"), ("request", "a", "b"))
    again = change.from_json({**change.as_json(rule), "match": ["-p", "udp"]})
    assert isinstance(again, DropRule)
    assert again.rule == rule.rule
    spec = change.as_json(ServiceChange("redis", (["replicas", 0],), SPEC))
    assert change.from_json(spec) == ServiceChange("redis", (["replicas", 0],), SPEC)
    with pytest.raises(LabError, match="'Magic'"):
        change.from_json({"kind": "Magic"})


def test_each_rule_has_a_comment_of_its_own() -> None:
    """The counter of one rule is never read from another's line."""
    rules = [DropRule("cut", node, ("-s", peer)) for node in "ab" for peer in "cd"]
    assert len({rule.comment for rule in rules}) == len(rules)
    assert all(rule.comment.startswith("jbcalling-lab-fault:cut:") for rule in rules)


@pytest.mark.parametrize(
    ("edit", "seen"),
    [
        (["label", "sticky", None], lambda spec: spec["Labels"] == {}),
        (["label", "port", "81"], lambda spec: spec["Labels"] == {"sticky": "true", "port": "81"}),
        (["env", "A", "3"], lambda spec: spec["TaskTemplate"]["ContainerSpec"]["Env"] == ["AB=2", "A=3"]),
        (["constraints", ["x"]], lambda spec: spec_edits.constraints(spec) == ["x"]),
        (["constraint", "y"], lambda spec: spec_edits.constraints(spec) == ["y"]),
        (["unpublish", 2], lambda spec: spec["EndpointSpec"]["Ports"] == [{"PublishedPort": 1}]),
        (["replicas", 0], lambda spec: spec["Mode"] == {"Replicated": {"Replicas": 0}}),
        (["argument", "--t", "2s"], lambda spec: spec["TaskTemplate"]["ContainerSpec"]["Args"] == ["--t=2s"]),
        (["network", "n"], lambda spec: spec["TaskTemplate"]["Networks"] == [{"Target": "n"}]),
        (
            ["secret", "s", "t", "2"],
            lambda spec: (
                spec["TaskTemplate"]["ContainerSpec"]["Secrets"] == [{"SecretName": "t", "SecretID": "2"}]
            ),
        ),
    ],
)
def test_an_edit_changes_what_it_says_and_no_more(edit: list[Any], seen: Callable[[Json], bool]) -> None:
    """Each edit has its effect on a copy; the spec to go back to stays as it is."""
    before = str(SPEC)
    assert seen(spec_edits.edited(SPEC, [edit]))
    assert str(SPEC) == before


@pytest.mark.parametrize("edit", [["label", "none", None], ["unpublish", 9], ["secret", "none", "t", "2"]])
def test_an_edit_of_what_is_not_there_is_refused(edit: list[Any]) -> None:
    """A fault that would change nothing is told, not injected."""
    with pytest.raises(InputError, match="translation_signaling"):
        spec_edits.edited(SPEC, [edit])


@pytest.mark.parametrize(
    ("constraint", "met"),
    [
        ("node.labels.instance == translation02", True),
        ("node.labels.instance==translation03", False),
        ("node.labels.instance != translation03", True),
        ("node.role == manager", False),
        ("node.hostname != translation02", False),
        ("node.labels.absent != x", True),
    ],
)
def test_constraints_are_read_as_the_swarm_reads_them(constraint: str, met: bool) -> None:
    """Labels, role and host name, equal or not; a label that is absent equals nothing."""
    assert spec_edits.satisfies(NODE, constraint) == met


def test_placement_alone_restarts_nothing() -> None:
    """Only a change of what runs, or of its ports, makes the Swarm replace every task."""
    moved = spec_edits.edited(SPEC, [["constraints", ["x"]], ["label", "l", "v"], ["replicas", 1]])
    assert not spec_edits.restarts_tasks(SPEC, moved)
    assert spec_edits.restarts_tasks(SPEC, spec_edits.edited(SPEC, [["env", "A", "9"]]))
    assert spec_edits.restarts_tasks(SPEC, spec_edits.edited(SPEC, [["unpublish", 1]]))
