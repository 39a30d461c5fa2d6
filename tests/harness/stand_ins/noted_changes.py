"""Faults whose changes only note what they have to do, in a lab that is only a name and a folder."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from lab.cluster.handle import Lab
from lab.errors import EngineError
from lab.faults import control, kinds, proof
from lab.faults.fault import Fault
from lab.host import state
from lab.waiting import Look, NotYet, Ready
from tests.harness.stand_ins.fake_engine import api_error

DONE: list[str] = []
"""What the changes of these tests did, in order."""


@dataclass(frozen=True)
class Noted:
    """A change that only notes what it has to do. `takes` off: its effect never shows; `stuck` says why it cannot be
    undone, and `service` makes it one of a service's."""

    name: str
    takes: bool = True
    stuck: str = ""

    def apply(self, lab: Lab) -> None:
        DONE.append(f"apply {self.name}, {len(control.injected(lab))} on record")

    def took(self, lab: Lab) -> Look[str]:
        return Ready(f"{self.name} took") if self.takes else NotYet("nothing")

    def undo(self, lab: Lab) -> None:
        DONE.append(f"undo {self.name}")
        if self.stuck:
            raise {"engine": api_error(500, "no space left"), "mistake": KeyError("typo")}.get(
                self.stuck, EngineError(self.stuck)
            )

    def undone(self, lab: Lab) -> Look[str]:
        return Ready(f"{self.name} undone")


def made(name: str, *changes: Noted) -> Fault:
    return Fault(name, "", lambda lab: changes, {}, None, True, "")


FAULTS = {
    "both": Fault(
        "both", "", lambda lab, second: (Noted("first"), Noted(second)), {"second": "second"}, None, True, ""
    ),
    "never": made("never", Noted("first"), Noted("blunt", takes=False)),
    "other": made("other", Noted("third")),
    "stuck": made("stuck", Noted("a", stuck="a holds"), Noted("b"), Noted("c", stuck="engine")),
    "never-stuck": made("never-stuck", Noted("a", stuck="a holds", takes=False)),
    "mistaken": made("mistaken", Noted("a", stuck="mistake"), Noted("b", stuck="b holds")),
}


def lab_of_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab whose home is `tmp_path`, with FAULTS for its catalogue; DONE begins empty."""
    monkeypatch.setattr(state, "home", lambda: tmp_path)
    monkeypatch.setattr(control, "prove_sound", lambda lab: "sound")
    monkeypatch.setattr(proof, "DEADLINE_S", 0.1)
    monkeypatch.setattr(kinds, "KINDS", {"Noted": Noted})
    monkeypatch.setattr(control, "FAULTS", FAULTS)
    DONE.clear()
    return cast(Lab, SimpleNamespace(name="paper"))
