"""The diagnosis on what was really observed: every fault was once injected into a lab, and its observations kept."""

from pathlib import Path

import pytest

from fixtures.clients import matrix, matrix_table, observations_file
from fixtures.clients.diagnosis import diagnose
from fixtures.clients.matrix import Expected
from tests.harness import diagnosis_samples

RECORDED = Path(__file__).parent / "recorded" / "faults"
FAULTS = [pytest.param(each, id=each.fault) for each in matrix_table.table() if each.red]
AGAIN = "record it again: pytest -m sabotage -n 2 --matrix=docs --record=tests/harness/recorded/faults"


@pytest.mark.parametrize("expected", FAULTS)
def test_each_fault_is_named_by_what_was_seen(expected: Expected) -> None:
    """From the observations under this fault the diagnosis draws its cause, and no wrong one."""
    file = RECORDED / f"{expected.fault}.json.xz"
    assert file.exists(), f"{file.name} was never recorded; {AGAIN}"
    seen = observations_file.unpack(file)
    assert expected.red <= seen.keys(), f"{file.name} lacks {sorted(expected.red - seen.keys())}; {AGAIN}"
    drawn = [slug for criterion, each in seen.items() for slug in diagnose(each, frozenset({criterion})).ids]
    assert not matrix.cause_faults(expected, drawn), drawn


def test_nothing_recorded_is_of_no_fault() -> None:
    """A fault that is gone takes its recording along."""
    assert {file.name.partition(".")[0] for file in RECORDED.iterdir()} <= {each.fault for each in matrix_table.TABLE}


def test_observations_survive_being_written_down(tmp_path: Path) -> None:
    """What is read again equals what was seen, but for what is private to a machine."""
    seen = diagnosis_samples.sound()
    assert observations_file.observations_of(observations_file.text_of(seen, {})) == seen
    (tmp_path / "no-504.json").write_text(observations_file.text_of(seen, {"jbcalling.site": "elsewhere"}))
    observations_file.pack(tmp_path, tmp_path / "packed.xz")
    again = observations_file.unpack(tmp_path / "packed.xz")
    assert again.keys() == {"no-504"}
    assert "jbcalling.site" not in observations_file.text_of(again["no-504"], {})
