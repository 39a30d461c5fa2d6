"""The diagnosis on what was really observed: every fault was once injected into a lab, and its observations kept."""

from pathlib import Path

import pytest

from fixtures.diagnose import recorded
from fixtures.diagnose.engine import diagnose
from fixtures.sabotage import expectations, matrix
from fixtures.sabotage.matrix import Expected
from tests.harness.samples import observed

RECORDED = Path(__file__).parents[1] / "recorded" / "faults"
FAULTS = [pytest.param(each, id=each.fault) for each in expectations.table() if each.red]
AGAIN = "record it again: pytest -m sabotage -n 2 --matrix=docs --record=tests/harness/recorded/faults"


@pytest.mark.parametrize("expected", FAULTS)
def test_each_fault_is_named_by_what_was_seen(expected: Expected) -> None:
    """From the observations under this fault the diagnosis draws its cause, and no wrong one."""
    file = RECORDED / f"{expected.fault}.json.xz"
    assert file.exists(), f"{file.name} was never recorded; {AGAIN}"
    seen = recorded.unpack(file)
    assert expected.red <= seen.keys(), f"{file.name} lacks {sorted(expected.red - seen.keys())}; {AGAIN}"
    drawn = [slug for criterion, each in seen.items() for slug in diagnose(each, frozenset({criterion})).ids]
    assert not matrix.cause_faults(expected, drawn), drawn


def test_nothing_recorded_is_of_no_fault() -> None:
    """A fault that is gone takes its recording along."""
    assert {file.name.partition(".")[0] for file in RECORDED.iterdir()} <= {
        each.fault for each in expectations.table()
    }


def test_observations_survive_being_written_down(tmp_path: Path) -> None:
    """What is read again equals what was seen, but for what is private to a machine."""
    seen = observed.sound()
    assert recorded.observations_of(recorded.text_of(seen, {})) == seen
    (tmp_path / "no-504.json").write_text(recorded.text_of(seen, {"jbcalling.site": "elsewhere"}))
    recorded.pack(tmp_path, tmp_path / "packed.xz")
    again = recorded.unpack(tmp_path / "packed.xz")
    assert again.keys() == {"no-504"}
    assert "jbcalling.site" not in recorded.text_of(again["no-504"], {})
