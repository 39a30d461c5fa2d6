"""Stack files with one defect each, read by the real Traefik: the right verdict, by the right rule, in its own words."""

from pathlib import Path

import pytest

from fixtures.rehearse import binary
from tests.stack_cases.judging import Case, cases, judge, needs_traefik, told, told_before, wrong


@pytest.fixture(scope="module")
def traefik() -> None:
    """The real Traefik, or not exercised."""
    try:
        binary.found("traefik", lambda _: None)
    except binary.NoBinaryError as error:
        pytest.skip(f"not exercised: {error}")


@pytest.mark.parametrize("case", [c for c in cases() if needs_traefik(c)], ids=lambda c: c.name)
@pytest.mark.usefixtures("traefik")
def test_what_traefik_says(case: Case, tmp_path: Path) -> None:
    """With the real Traefik: its own words, no word against what is sound; and where it stands."""
    said = judge(case, tmp_path)
    assert wrong(case, said) == ""
    assert told(case, said) == told_before()[case.name]
