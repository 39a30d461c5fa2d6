"""Which looks are taken when criteria have failed, and what is said of those that are not."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from fixtures.diagnose import last_words
from fixtures.diagnose import looks as looks_taken
from fixtures.diagnose.last_words import WordsSeen
from fixtures.diagnose.recorder import Recorder
from fixtures.prober import gathering, inside_nodes
from fixtures.prober.gathering import NO_API, NO_NODES, NO_PROBER, NOT_ASKED, Witness, gather
from fixtures.target.reach import Reach
from fixtures.target.values import SwarmApi, Target
from tests.harness.samples import observed as samples

if TYPE_CHECKING:
    from lab.cluster.handle import Lab

INSIDE = ("containers", "dependencies")
"""What the lab's nodes are asked, whatever failed."""
LOOKS = ("state", "words", "log", "probe", "certificates", "turns", "drifts", *INSIDE)
EVERY, EDGE = {*LOOKS}, {"state", "log", "probe", "certificates", "drifts", "words", *INSIDE}
PLAIN = {"state", "words", "drifts", *INSIDE}


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the looks that were taken; each finds the sample's value, or nothing."""
    found: set[str] = set()
    sound = samples.sound()
    values: tuple[tuple[object, str, str, object], ...] = (
        (looks_taken, "state_of", "state", sound.state), (looks_taken, "edge_log", "log", ((), ())),
        (looks_taken, "certificates", "certificates", sound.certificates), (looks_taken, "turns", "turns", sound.turns),
        (gathering, "_probe", "probe", sound.probe), (gathering, "_drifts", "drifts", ()),
        (last_words, "last_words", "words", ()),
        (inside_nodes, "containers_of", "containers", ()), (inside_nodes, "dependencies_of", "dependencies", ()),
    )  # fmt: skip
    for module, function, name, value in values:

        def look(*_: object, name: str = name, value: object = value) -> object:
            found.add(name)
            return value

        monkeypatch.setattr(module, function, look)
    return found


def witness(*, api: bool = True, lab: bool = True) -> Witness:
    reach = Reach({host.name: "127.0.0.1" for host in samples.PLAN.hosts})
    target = Target("t", reach, samples.PLAN, SwarmApi("unix:///nowhere") if api else None)
    return Witness(None, Recorder(), target, cast("Lab", object()) if lab else None)


@pytest.mark.parametrize(
    ("failed", "looks"),
    [
        ((), PLAIN), (("spread",), PLAIN), (("healthy", "mediasoup-pinned"), PLAIN),
        (("no-504",), EDGE), (("routing",), EDGE), (("call",), EDGE), (("media-host",), EDGE), (("socketio",), EDGE),
        (("turn",), {*PLAIN, "certificates", "turns"}), (("drift",), EVERY), (("spread", "turn", "call"), EVERY),
    ],
)  # fmt: skip
def test_what_the_failed_criteria_need_is_looked_at(
    failed: tuple[str, ...], looks: set[str], taken: set[str]
) -> None:
    """No more than that, and each look that is left out says why."""
    seen = gather(witness(), frozenset(failed))
    assert taken == looks
    left_out = {name for name, why in seen.missing.items() if why == NOT_ASKED}
    assert left_out == ({*LOOKS, "lines"} - looks - ({"lines"} if "log" in looks else set()))


def test_what_cannot_be_looked_at_says_why(taken: set[str]) -> None:
    """Without an API there is no state and no log, without a lab no probe and no stack file."""
    seen = gather(witness(api=False, lab=False), frozenset({"drift"}))
    assert taken == {"certificates", "turns"}
    wanted = {
        "state": NO_API,
        "log": NO_API,
        "lines": NO_API,
        "probe": NO_PROBER,
        "drifts": "the stack file is not known",
        "containers": NO_NODES,
        "dependencies": NO_NODES,
    }
    assert {name: seen.missing[name] for name in wanted} == wanted


def test_the_probe_is_made_once_for_all_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second process reads what the first one found; without a shared folder each makes its own."""
    made: list[object] = []

    def probe_of(lab: object) -> object:
        made.append(lab)
        return samples.sound().probe

    monkeypatch.setattr("fixtures.prober.probing.probe_of", probe_of)
    lab = cast("Lab", object())
    shared = [gathering._probe(Witness(tmp_path), lab) for _ in range(2)]
    assert shared == [samples.sound().probe] * 2
    assert len(made) == 1
    gathering._probe(Witness(), lab)
    assert len(made) == 2


def test_a_look_that_fails_or_hangs_is_missing(taken: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are there, the reason is one line, and nobody waits longer than the deadline."""

    def fails(*_: object) -> object:
        raise OSError("no\nanswer")

    gate = threading.Event()
    monkeypatch.setattr(gathering, "DEADLINE_S", 0.2)
    monkeypatch.setattr(looks_taken, "certificates", fails)
    monkeypatch.setattr(looks_taken, "turns", lambda *_: gate.wait(30))
    seen = gather(witness(), frozenset({"drift"}))
    gate.set()
    assert (seen.certificates, seen.turns) == (None, None)
    assert seen.missing["certificates"] == "OSError: no answer"
    assert seen.missing["turns"] == "not within 0.2 s"
    assert seen.state == samples.sound().state


def test_what_a_look_found_is_kept_and_nothing_is_not(
    taken: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last words of programs are read once there are any: reading them again would cost seconds at each failure."""
    bye, later = (WordsSeen(task, "translation_tts", ("x",)) for task in ("t1", "t2"))
    answers: list[tuple[WordsSeen, ...]] = [(), (bye,), (later,)]
    monkeypatch.setattr(last_words, "last_words", lambda *_: answers.pop(0))
    monkeypatch.setattr(gathering, "FRESH_S", 0.0)
    one = witness()
    found = [gather(one, frozenset({"healthy"})).words for _ in range(3)]
    assert found == [(), (bye,), (bye,)]
