"""The diagnosis on what was really observed: every fault was once injected into a lab, and its observations kept."""

from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.diagnose import recorded
from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.values import Cause
from fixtures.sabotage import expectations, matrix
from fixtures.sabotage.matrix import Expected
from lab.faults import catalogue as faults
from tests.harness.samples import observed
from tests.harness.samples.recorded_causes import FRONTEND, THREE, WHAT_IT_IS, Named
from tests.harness.samples.recordings import FOLDER, RECORDED, recording, unless_recorded

FAULTS = [
    pytest.param(each, id=each.fault, marks=unless_recorded(each.fault, injected.needs))
    for each in expectations.table()
    if each.red
    for injected in (faults.FAULTS[each.fault],)
]
AGAIN = "record it again: pytest -m sabotage -n 2 --matrix=docs --record=tests/harness/recorded/faults"


@pytest.mark.parametrize("fault", RECORDED)
def test_each_recording_is_judged_by_what_the_fault_is(fault: str) -> None:
    """Under each criterion just these causes are named, as well known as they can be, with node, service and pair."""
    wanted = WHAT_IT_IS[fault]
    for criterion, seen in recording(fault).items():
        here = [each for each in wanted if not each.under or criterion in each.under]
        causes = diagnose(seen, frozenset({criterion})).causes
        odd = [cause for cause in causes if not any(_is(each, cause) for each in here)]
        missed = [each for each in here if not any(_is(each, cause) for cause in causes)]
        assert (odd, missed) == ([], []), criterion


def _is(named: Named, cause: Cause) -> bool:
    fits = all(frozenset(cause.names(kind)) == names for kind, names in named.subjects.items())
    return (named.cause, named.confidence) == (cause.id, cause.confidence) and fits


def test_every_recording_has_its_expectation() -> None:
    """What is recorded is judged, and nothing is expected of what never was."""
    assert set(RECORDED) == WHAT_IT_IS.keys()


def test_the_replica_that_is_named_is_the_one_that_was_hit() -> None:
    """A lost row and a stopped replica are those of the frontend on the third node."""
    for fault, slug in (("fdb-row-lost", "fdb-row-missing"), ("replica-stopped", "replica-stalled")):
        for criterion, seen in recording(fault).items():
            (cause,) = diagnose(seen, frozenset({criterion})).named(slug)
            (replica,) = cause.names("replica")
            assert seen.state is not None
            there = [t for t in seen.state.tasks_of(FRONTEND) if t.name == replica and t.node == THREE]
            had = {address for task in there for address in task.addresses.values()}
            assert there
            assert set(cause.names("address")) <= had


@pytest.mark.parametrize("expected", FAULTS)
def test_each_fault_is_named_by_what_was_seen(expected: Expected) -> None:
    """From the observations under this fault the diagnosis draws its cause, and no wrong one."""
    file = FOLDER / f"{expected.fault}.json.xz"
    assert file.exists(), f"{file.name} was never recorded; {AGAIN}"
    seen = recording(expected.fault)
    assert expected.red <= seen.keys(), f"{file.name} lacks {sorted(expected.red - seen.keys())}; {AGAIN}"
    drawn = [slug for criterion, each in seen.items() for slug in diagnose(each, frozenset({criterion})).ids]
    assert not matrix.cause_faults(expected, drawn), drawn


def test_nothing_recorded_is_of_no_fault() -> None:
    """A fault that is gone takes its recording along."""
    assert set(RECORDED) <= {each.fault for each in expectations.table()}


@pytest.mark.parametrize(
    ("fault", "slug"), [("middleware-undefined", "router-refused"), ("route-taken", "route-taken")]
)
def test_the_edge_s_log_and_labels_do_where_its_api_is_closed(fault: str, slug: str) -> None:
    """The very same cause, as it was seen, without what the API said."""
    for criterion, seen in recording(fault).items():
        assert seen.edge_config is not None
        assert diagnose(replace(seen, edge_config=None), frozenset({criterion})).ids == (slug,)


def test_observations_survive_being_written_down(tmp_path: Path) -> None:
    """What is read again equals what was seen, but for what is private to a machine."""
    seen = observed.sound()
    (tmp_path / "call.json").write_text(recorded.text_of(seen, {}))
    (tmp_path / "no-504.json").write_text(recorded.text_of(seen, {"jbcalling.site": "elsewhere"}))
    recorded.pack(tmp_path, tmp_path / "packed.xz")
    again = recorded.unpack(tmp_path / "packed.xz")
    assert again.keys() == {"call", "no-504"}
    assert again["call"] == seen
    assert "jbcalling.site" not in recorded.text_of(again["no-504"], {})
