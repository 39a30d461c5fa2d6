"""Breaking a lab and mending it: written down before it acts, proved, undone to the end, by anybody."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
import requests

from lab.cluster.handle import Lab
from lab.errors import CleanUpError, EngineError, InputError, NotReadyError
from lab.faults import control, edge, kinds, proof
from lab.faults import record as faults_record
from lab.faults.fault import Fault
from lab.faults.service_changes import ServiceChange
from lab.waiting import Hopeless, Look, NotYet, Ready
from tests.harness.stand_ins.fake_engine import api_error
from tests.harness.stand_ins.noted_changes import DONE, Noted, lab_of_notes, made


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    return lab_of_notes(tmp_path, monkeypatch)


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
    assert DONE == []


def test_a_fault_that_does_not_take_is_healed(lab: Lab) -> None:
    """Where no effect shows nothing stays broken, and the error says what was seen."""
    with pytest.raises(NotReadyError, match="last seen: nothing"):
        control.inject(lab, "never")
    assert DONE[-2:] == ["undo blunt", "undo first"]
    assert control.injected(lab) == ()


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("none", {}, r"no fault 'none': there are both, .* \(python -m lab fault list\)$"),
        ("both", {"third": "x"}, "no argument 'third': it takes second=second"),
    ],
)
def test_a_wrong_name_or_argument_is_refused(
    lab: Lab, name: str, arguments: dict[str, str], words: str
) -> None:
    """Nothing is done for a fault or an argument that does not exist."""
    with pytest.raises(InputError, match=words):
        control.inject(lab, name, arguments)
    assert DONE == []


def test_a_fault_is_not_injected_twice(lab: Lab) -> None:
    """The second would write down a broken lab as the one to go back to."""
    control.inject(lab, "both")
    with pytest.raises(InputError, match="both is injected already"):
        control.inject(lab, "both")


def test_healing_tries_every_change_and_names_all_that_failed(lab: Lab) -> None:
    """One change that cannot be undone keeps no other from being undone, and the fault stays on record."""
    control.inject(lab, "stuck")
    DONE.clear()
    with pytest.raises(CleanUpError) as caught:
        control.heal(lab, "stuck")
    assert DONE == ["undo c", "undo b", "undo a"]
    assert str(caught.value) == "stuck is not healed: Noted: no space left; Noted: a holds"
    assert [record.fault for record in control.injected(lab)] == ["stuck"]


def test_healing_all_tries_every_fault_and_names_all_that_failed(lab: Lab) -> None:
    """The newest first; those that heal are forgotten although another does not."""
    for fault in ("both", "stuck", "other", "mistaken"):
        control.inject(lab, fault)
    faults_record.drop(lab.name, "mistaken")
    DONE.clear()
    with pytest.raises(
        CleanUpError, match=r"lab paper is not mended: stuck: stuck is not healed: .*; Noted: a holds"
    ):
        control.heal_all(lab)
    assert DONE == ["undo third", "undo c", "undo b", "undo a", "undo second", "undo first"]
    assert [record.fault for record in control.injected(lab)] == ["stuck"]


def test_a_mistake_of_our_own_does_not_stop_healing_and_is_no_lab_error(lab: Lab) -> None:
    """A KeyError surfaces with its traceback, beside what else failed."""
    control.inject(lab, "mistaken")
    with pytest.raises(ExceptionGroup, match="mistaken is not healed") as caught:
        control.heal(lab, "mistaken")
    assert [type(error) for error in caught.value.exceptions] == [EngineError, KeyError]


def test_a_fault_that_neither_takes_nor_heals_says_both(lab: Lab) -> None:
    """Nothing is hidden: what was not seen, and what was left; the next command still finds it on record."""
    with pytest.raises(
        CleanUpError, match=r"fault never-stuck: not within .*; then cleaning up failed as well: .*a holds"
    ):
        control.inject(lab, "never-stuck")
    assert [record.fault for record in control.injected(lab)] == ["never-stuck"]


def test_an_interrupted_injection_says_what_it_left(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C stays Ctrl-C, and bears a note on what could not be undone."""

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(Noted, "took", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        control.inject(lab, "never-stuck")
    assert caught.value.__notes__ == ["cleaning up failed: never-stuck is not healed: Noted: a holds"]


def test_the_last_fault_healed_proves_the_lab_sound(lab: Lab) -> None:
    """With another one still in it the lab need not be."""
    control.inject(lab, "both")
    control.inject(lab, "other")
    assert control.heal(lab, "both").proofs == ("second undone", "first undone")
    assert control.heal(lab, "other").proofs == ("third undone", "sound")


def test_a_lab_that_is_not_sound_after_healing_is_an_error(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the proof says passes through, and the fault itself is healed."""

    def unsound(lab: Lab) -> str:
        raise NotReadyError("a sound lab: not within 60 s; last seen: b does not answer")

    monkeypatch.setattr(control, "prove_sound", unsound)
    control.inject(lab, "both")
    with pytest.raises(NotReadyError, match="b does not answer"):
        control.heal(lab, "both")
    assert control.injected(lab) == ()


def test_two_faults_do_not_change_one_service(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second would take the first one's spec for the one to go back to; other services are free."""

    @dataclass(frozen=True)
    class ServiceChange(Noted):
        service: str = ""

    changed = {
        name: made(name, ServiceChange(name, service=of)) for name, of in (("x", "s"), ("y", "s"), ("z", "t"))
    }
    monkeypatch.setattr(control, "FAULTS", changed)
    monkeypatch.setattr(kinds, "KINDS", {"ServiceChange": ServiceChange})
    control.inject(lab, "x")
    control.inject(lab, "z")
    with pytest.raises(InputError, match="x has changed s already: python -m lab fault heal x --name paper"):
        control.inject(lab, "y")
    assert {record.fault for record in control.injected(lab)} == {"x", "z"}


@pytest.mark.parametrize("listed", [True, False])
def test_the_effect_is_proved_after_traefik_has_taken_over(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, listed: bool
) -> None:
    """Only a service's change has Traefik waited for, and only where the fault leaves it able to; the effect comes last."""
    order: list[str] = []

    def knows(lab: Lab) -> Look[str]:
        order.append("traefik")
        return Ready("knows")

    def effect(lab: Lab) -> Look[str]:
        order.append("effect")
        return Ready("seen")

    class Service(Noted, ServiceChange):
        """A note that passes for a service's change."""

    monkeypatch.setattr(edge, "edge_knows_tasks", knows)
    monkeypatch.setattr(kinds, "KINDS", {"Service": Noted, "Noted": Noted})
    monkeypatch.setattr(kinds, "as_json", lambda change: {"kind": "Noted", "name": change.name})
    one = Fault("one", "", lambda lab: (Service("s"),), {}, effect, listed, "")
    plain = Fault("plain", "", lambda lab: (Noted("n"),), {}, effect, True, "")
    monkeypatch.setattr(control, "FAULTS", {"one": one, "plain": plain})
    assert control.inject(lab, "one").proofs == ("s took", "seen")
    assert order == [*(["traefik"] if listed else []), "effect"]
    order.clear()
    control.inject(lab, "plain")
    assert order == ["effect"]


def test_a_proof_that_an_engine_does_not_give_is_a_lab_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What docker-py and requests raise in a look comes as one line; any other error as itself."""

    def looks(error: Exception) -> Callable[[], Look[str]]:
        def look() -> Look[str]:
            raise error

        return look

    for error in (api_error(500, "ill"), requests.exceptions.ReadTimeout("slow")):
        with pytest.raises(NotReadyError, match=r"healing: .*(ill|slow)"):
            proof.until("healing", looks(error))
    with pytest.raises(KeyError):
        proof.until("healing", looks(KeyError("typo")))
    monkeypatch.setattr(proof, "INTERVAL_S", 0)
    answers: Iterator[Look[str]] = iter([Ready("1"), NotYet("no"), Ready("2"), Ready("3")])
    assert proof.until("it", lambda: next(answers), in_a_row=2) == "3"
    with pytest.raises(NotReadyError, match="it: will not come: gone"):
        proof.until("it", lambda: cast(Look[str], Hopeless("gone")))
