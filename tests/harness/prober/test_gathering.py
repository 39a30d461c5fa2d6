"""Which looks are taken when criteria have failed, and what is said of those that are not."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from fixtures.diagnose import complaints, last_words
from fixtures.diagnose import looks as looks_taken
from fixtures.diagnose.last_words import WordsSeen
from fixtures.diagnose.recorder import Recorder
from fixtures.judge.criteria import CRITERIA
from fixtures.observe.http.traefik_api import EdgeApiError, EdgeConfiguration, Element
from fixtures.prober import gathering, inside_nodes
from fixtures.prober.gathering import NO_API, NO_NODES, NO_PROBER, NOT_ASKED, Witness, gather
from fixtures.target.reach import Reach
from fixtures.target.values import SwarmApi, Target
from tests.harness.samples import observed as samples

if TYPE_CHECKING:
    from lab.cluster.handle import Lab

INSIDE = ("containers", "dependencies")
"""What the lab's nodes are asked, whatever failed."""
LOOKS = (
    "state", "words", "complaints", "log", "edge_words", "edge_config", "names", "probe", "certificates", "turns", "drifts",
    *INSIDE,
)  # fmt: skip
EVERY, EDGE = {*LOOKS}, {*LOOKS} - {"turns"}
ROUTED = EDGE - {"complaints"}
PLAIN = {"state", "words", "drifts", *INSIDE}
CONFIG = EdgeConfiguration(routers=(Element("page@swarm", "enabled", ()),))


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the looks that were taken; each finds the sample's value, or nothing."""
    found: set[str] = set()
    sound = samples.sound()
    values: tuple[tuple[object, str, str, object], ...] = (
        (looks_taken, "state_of", "state", sound.state), (looks_taken, "edge_log", "log", ((), ())),
        (looks_taken, "edge_words", "edge_words", ("WRN b", "ERR a")), (looks_taken, "edge_configuration", "edge_config", CONFIG),
        (looks_taken, "names", "names", ()),
        (looks_taken, "certificates", "certificates", sound.certificates), (looks_taken, "turns", "turns", sound.turns),
        (gathering, "_probe", "probe", sound.probe), (gathering, "_drifts", "drifts", ()),
        (last_words, "last_words", "words", ()), (complaints, "complaints", "complaints", ()),
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
        (("no-504",), ROUTED), (("routing",), ROUTED), (("call",), EDGE), (("media-host",), EDGE), (("socketio",), EDGE),
        (("turn",), {*PLAIN, "certificates", "turns", "complaints"}), (("drift",), EVERY), (("spread", "turn", "call"), EVERY),
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
    assert taken == {"certificates", "turns", "edge_config", "names"}
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


def test_what_traefik_says_of_itself_comes_from_its_api_and_its_log(
    taken: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log is read twice, since our first request and since the Swarm last changed: each line of it counts once."""
    monkeypatch.setattr(looks_taken, "edge_log", lambda *_: ((), ("ERR a", "ERR c")))
    seen = gather(witness(), frozenset({"routing"}))
    assert (seen.edge_config, seen.edge_log) == (CONFIG, ("WRN b", "ERR a", "ERR c"))


def test_an_api_that_is_closed_outside_is_asked_from_within(
    taken: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the lab alone; where neither answers, both reasons stand in one line."""

    def closed(*_: object) -> EdgeConfiguration:
        raise EdgeApiError("answered 401")

    def from_within(lab: object, service: str) -> EdgeConfiguration:
        assert service == "traefik"
        return CONFIG

    monkeypatch.setattr(looks_taken, "edge_configuration", closed)
    monkeypatch.setattr("fixtures.prober.probing.configuration_of", from_within)
    assert gather(witness(), frozenset({"routing"})).edge_config == CONFIG
    outside = gather(witness(lab=False), frozenset({"routing"}))
    assert (outside.edge_config, outside.missing["edge_config"]) == (None, "EdgeApiError: answered 401")
    monkeypatch.setattr("fixtures.prober.probing.configuration_of", closed)
    neither = gather(witness(), frozenset({"routing"}))
    assert neither.missing["edge_config"] == "EdgeApiError: answered 401; answered 401"


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


def test_what_the_plan_leaves_out_is_not_looked_at(taken: set[str]) -> None:
    """No log of a Traefik that is not there, no allocation at a relay that is not there; the reason is the plan's."""
    bare = replace(samples.PLAN, edge_service="", turn_port=None)
    seen_by = witness()
    assert seen_by.target is not None
    seen_by.target = replace(seen_by.target, plan=bare)
    seen = gather(seen_by, frozenset(CRITERIA))
    assert {"log", "edge_words", "turns"} & taken == set()
    assert (seen.why_not("turns"), seen.why_not("lines")) == (
        "plan A names no TURN server ([turn])", "plan A names no Traefik (edge_service)",
    )  # fmt: skip
