"""What is put together at the end of a run: all that was observed, once, and the look nearest to each failure."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.diagnose import recorded
from fixtures.diagnose.observations import Observations, SocketSeen, TurnSeen
from fixtures.diagnose.recorder import Recorder
from fixtures.diagnose.values import Cause, Confidence
from fixtures.diagnose.whole_run import (
    CriterionDiagnosis,
    Handed,
    RunDiagnosis,
    Sighting,
    diagnose_run,
    observed_by_all,
)
from fixtures.observe.media.values import CallRelation
from fixtures.sabotage import expectations, matrix
from fixtures.sabotage.matrix import Expected
from lab.faults.catalogue import FAULTS
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import NOW, PLAN, attempt, call, line
from tests.harness.samples.recordings import RECORDED as RECORDINGS
from tests.harness.samples.sound_cluster import state

CALL, SOCKETIO = "call", "socketio"
RECORDED = Path(__file__).parents[1] / "recorded" / "faults"


def bare(**over: object) -> Observations:
    return replace(Observations(PLAN), **over)  # type: ignore[arg-type]


def sighting(criterion: str, at: float, seen: Observations | None = None, **over: object) -> Sighting:
    return Sighting(criterion, f"test_{criterion}_{at:g}", at, seen, **over)  # type: ignore[arg-type]


def test_what_all_processes_handed_over_is_there() -> None:
    """Attempts, calls and sockets of every process, and not once more for each look that repeats them."""
    one, other = call(CallRelation.ACROSS, frames=(0, 0)), call(CallRelation.SAME)
    met = SocketSeen("meet", False, "not announced")
    looks = [sighting(CALL, 1.0, bare(calls=(one,))), sighting(SOCKETIO, 2.0, bare(sockets=(met,)))]
    handed = [Handed(calls=(one,), attempts=(attempt(),)), Handed(calls=(other,), sockets=(met,))]
    for criterion in (CALL, SOCKETIO):
        seen = observed_by_all(criterion, looks, handed)
        assert (seen.calls, seen.sockets, seen.attempts) == ((one, other), (met,), (attempt(),))


def test_lines_that_several_looks_read_count_once() -> None:
    """Each look reads the log from the run's first request on."""
    first, second, third = line("10.0.1.5", 80), line("10.0.1.6", 80), line("10.0.1.7", 80)
    looks = [
        sighting(CALL, 1.0, bare(lines=(first, second))),
        sighting(CALL, 2.0, bare(lines=(first, third))),
    ]
    seen = observed_by_all(CALL, looks, [Handed(lines=(second,))])
    assert sorted(each.server_url or "" for each in seen.lines or ()) == [
        "http://10.0.1.5:80", "http://10.0.1.6:80", "http://10.0.1.7:80",
    ]  # fmt: skip


def test_what_changes_is_as_it_was_at_the_criterions_last_failure() -> None:
    """Its own last look counts before others', though those are nearer in time to the end."""
    at = [replace(state(), at=NOW.replace(microsecond=number)) for number in range(3)]
    looks = [
        sighting(criterion, float(moment), bare(state=at[moment]))
        for moment, criterion in enumerate((CALL, CALL, SOCKETIO))
    ]
    assert observed_by_all(CALL, looks, ()).state is at[1]
    assert observed_by_all(SOCKETIO, looks, ()).state is at[2]


def test_what_a_look_lacks_comes_from_the_nearest_that_has_it() -> None:
    """With it goes the reason for which it was missing; other reasons stay."""
    near, far = (replace(samples.probe(samples.sound()), took_s=took) for took in (1.0, 2.0))
    why = {"probe": "no criterion that failed needs it", "certificates": "refused"}
    looks = [
        sighting(CALL, 1.0, bare(probe=far)), sighting("spread", 10.0, bare(missing=why)), sighting(CALL, 12.0, bare(probe=near)),
    ]  # fmt: skip
    seen = observed_by_all("spread", looks, ())
    assert seen.probe is near
    assert seen.missing == {"certificates": "refused"}


def test_an_empty_list_is_an_observation() -> None:
    """No drift and no line are not the same as nobody having looked."""
    seen = observed_by_all(CALL, [sighting(CALL, 1.0, bare(drifts=(), lines=()))], [Handed()])
    assert (seen.drifts, seen.lines, seen.turns) == ((), (), None)


@pytest.mark.parametrize("kind", ["attempts", "lines", "calls", "sockets", "drifts", "turns"])
def test_what_no_process_handed_over_was_not_observed(kind: str) -> None:
    """It is not an empty list, from which a rule would conclude that nothing happened."""
    assert getattr(observed_by_all(CALL, [sighting(CALL, 1.0, bare())], [Handed(), Handed()]), kind) is None


def test_of_a_process_that_handed_nothing_over_nothing_is_known() -> None:
    """In any kind of observation."""
    kinds = fields(Handed)
    assert len(kinds) == 10
    assert {getattr(Handed(), each.name) for each in kinds} == {None}


def test_the_tests_that_were_looked_at_are_named() -> None:
    """Also those of which nothing could be seen."""
    looks = [sighting(CALL, 1.0, problem="OSError: no"), sighting("spread", 2.0, bare())]
    assert diagnose_run(looks, ()).tests == {"test_call_1", "test_spread_2"}
    assert RunDiagnosis().tests == frozenset()


def test_a_record_is_all_that_a_recorder_holds() -> None:
    """Every kind that can be handed over reaches the end of the run."""
    recorder = Recorder()
    recorder.attempts([attempt()])
    recorder.lines([line("10.0.1.5", 80)])
    recorder.socket("connect", True)
    recorder.turn("allocate", False, 401)
    recorder.drifts([])
    handed = Handed.of(recorder)
    assert handed.attempts == (attempt(),)
    assert handed.lines == (line("10.0.1.5", 80),)
    assert handed.sockets == (SocketSeen("connect", True),)
    assert handed.turns == (TurnSeen("allocate", False, 401),)
    assert (handed.drifts, handed.calls) == ((), None)


def test_of_a_criterion_without_a_look_the_reason_is_kept() -> None:
    """And one look that succeeded is enough for a diagnosis."""
    blind = diagnose_run([sighting(CALL, 1.0, problem="OSError: no")], ())
    assert blind.by_criterion[CALL] == CriterionDiagnosis(CALL, problem="OSError: no")
    seen = diagnose_run(
        [sighting(CALL, 1.0, problem="OSError: no"), sighting(CALL, 2.0, samples.sound())], ()
    )
    assert (seen.by_criterion[CALL].problem, len(seen.by_criterion[CALL].causes)) == ("", 1)


def test_a_cause_that_explains_anything_is_not_besides() -> None:
    """Though for another criterion it was found and explains nothing."""
    cut, pins = (Cause(slug, slug, Confidence.PROVED, (), ()) for slug in ("overlay-cut", "pins"))
    again = replace(cut, speaks_for=("seen at another time",))
    found = RunDiagnosis({
        CALL: CriterionDiagnosis(CALL, causes=(cut,), besides=(pins,)),
        "spread": CriterionDiagnosis("spread", besides=(again, pins)),
    })  # fmt: skip
    assert found.besides == (pins,)


@pytest.mark.parametrize("cause", [
    Cause("pins", "pinned", Confidence.PROVED, (("service", "a"), ("node", "b")), ("for",), ("against",), "c", "r", "u"),
    Cause("unknown", "unknown", Confidence.POSSIBLE, (), ()),
])  # fmt: skip
def test_a_cause_travels_as_json(cause: Cause) -> None:
    """Nothing is lost on the way through xdist and files, and what is no cause is refused."""
    assert Cause.from_json(cause.as_json()) == cause
    with pytest.raises(ValueError, match="sure"):
        Cause.from_json({**cause.as_json(), "confidence": "sure"})
    with pytest.raises(KeyError):
        Cause.from_json({"id": "pins"})


@pytest.mark.parametrize(
    "expected",
    [e for e in expectations.table() if e.red and not (FAULTS[e.fault].needs and e.fault not in RECORDINGS)],
    ids=lambda each: str(each.fault),
)
def test_every_recorded_fault_is_named_by_what_explains_it(expected: Expected) -> None:
    """Put together as at the end of a run, what was observed under a fault names its cause, and no other beside it."""
    recordings = recorded.unpack(RECORDED / f"{expected.fault}.json.xz")
    looks = [
        sighting(criterion, seen.state.at.timestamp() if seen.state else 0.0, seen)
        for criterion, seen in recordings.items()
    ]

    def longest(name: str) -> Any:  # noqa: ANN401 - a tuple of whatever the field holds
        return max((getattr(seen, name) or () for seen in recordings.values()), key=len) or None

    handed = Handed(attempts=longest("attempts"), calls=longest("calls"), sockets=longest("sockets"))
    found = diagnose_run(looks, [handed])
    assert not [each.problem for each in found.by_criterion.values() if each.problem]
    explaining = [cause.id for each in found.by_criterion.values() for cause in each.causes]
    assert not matrix.cause_faults(expected, explaining)
    assert found.besides == ()
