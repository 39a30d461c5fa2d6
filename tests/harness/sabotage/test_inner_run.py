"""Which sabotage runs when, what a broken lab does to the next run, and how the criteria are asked of it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.diagnose.values import Cause, Confidence
from fixtures.judge.verdicts import Outcome, Verdict
from fixtures.report.values import TestEnd
from fixtures.run import outcomes
from fixtures.run.ends import Ended
from fixtures.run.lab_used import left_by_a_crash
from fixtures.sabotage import inner_run
from lab.cluster.handle import Lab
from lab.errors import InputError
from lab.faults import control
from lab.faults.record import Record
from lab.host import ownership


class _Item:
    def __init__(self, name: str, *marks: str) -> None:
        self.name, self.marks = name, marks

    def get_closest_marker(self, name: str) -> object | None:
        return name if name in self.marks else None


def _collected(markexpr: str = "", args: tuple[str, ...] = ("tests",), keyword: str = "") -> list[str]:
    items: list[Any] = [
        _Item("long", "sabotage"), _Item("short", "sabotage", "sabotage_short"), _Item("lab", "lab"), _Item("harness"),
    ]  # fmt: skip
    hook = SimpleNamespace(pytest_deselected=lambda items: None)
    option = SimpleNamespace(markexpr=markexpr, keyword=keyword)
    config = SimpleNamespace(args=list(args), option=option, hook=hook)
    inner_run.pytest_collection_modifyitems(cast(pytest.Config, config), items)
    return [item.name for item in items]


def test_a_plain_run_has_the_short_sabotage_alone_and_last() -> None:
    """`pytest` runs harness and lab first, then one fault per criterion."""
    assert _collected() == ["lab", "harness", "short"]


@pytest.mark.parametrize(
    "asked", [{"markexpr": "sabotage"}, {"args": ("tests/sabotage/test_matrix.py",)}, {"keyword": "long"}]
)
def test_what_is_asked_for_is_not_taken_away(asked: dict[str, Any]) -> None:
    """With -m, -k, or the file named, every fault that is selected runs."""
    assert "long" in _collected(**asked)


def _record(fault: str, owner: str) -> Record:
    return Record(fault, {}, owner, "2025-11-11", ())


def test_what_a_dead_run_left_is_healed_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run heals it before it uses the lab, and says so."""
    left, said = [_record("overlay-cut", "dead")], list[str]()
    monkeypatch.setattr(ownership, "is_dead", lambda owner: owner == "dead")
    monkeypatch.setattr(control, "injected", lambda lab: tuple(left))
    monkeypatch.setattr(control, "heal", lambda lab, name: left.clear())
    left_by_a_crash(cast(Lab, SimpleNamespace(name="kept")), said.append)
    assert left == []
    assert said == ["  lab kept: overlay-cut was left injected by a process that is gone; healing it"]


def test_what_a_person_broke_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault by hand is neither healed nor judged by accident: one line with both commands."""
    monkeypatch.setattr(ownership, "is_dead", lambda owner: False)
    monkeypatch.setattr(control, "injected", lambda lab: (_record("pinned", "kept"),))
    with pytest.raises(
        InputError, match=r"broken by pinned: .*fault heal --all --name kept.*LAB_ATTACH=kept"
    ):
        left_by_a_crash(cast(Lab, SimpleNamespace(name="kept")), lambda text: None)


def test_outcomes_are_read_as_they_were_written(tmp_path: Path) -> None:
    """What the inner run writes is what the matrix judges."""
    pins = Cause("pins", "pinned", Confidence.PROVED, (("service", "a"),), ("seen",), undecided="or not")
    cut = Cause("overlay-cut", "cut", Confidence.LIKELY, (), ())
    end = TestEnd("t.py::test_x[a]", "call", "", "failed", 1.234, ("3 frames",), "too few", causes=(pins,))
    file = tmp_path / "o.json"
    file.write_text(outcomes.text_of([Ended(end)], [cut]))
    said = outcomes.read(file)
    assert said.outcomes == (Outcome("call", "test_x[a]", Verdict.FAILED, ("3 frames",), "too few"),)
    assert (said.causes, said.besides, said.whole[0]["took_s"]) == ((pins, cut), (cut,), 1.23)
