"""Stack files with one defect each: the right verdict, by the right rule, in words that name the defect."""

import collections
from pathlib import Path

import pytest

from fixtures.judge.rules import EVERY
from tests.stack_cases.judging import Case, cases, judge, needs_traefik, told, told_before, wrong

OF_THE_FILE = [c for c in cases() if not needs_traefik(c)]


@pytest.mark.parametrize("case", OF_THE_FILE, ids=lambda c: c.name)
def test_what_the_file_shows(case: Case, tmp_path: Path) -> None:
    """Without Traefik: what needs nothing but the file is said with or without it; and where it stands."""
    said = judge(case, tmp_path, ask_traefik=False)
    assert wrong(case, said) == ""
    assert told(case, said) == told_before()[case.name]


def test_cases_are_named_once_and_of_known_rules() -> None:
    """A case of a rule that there is not could never be right."""
    names = collections.Counter(case.name for case in cases())
    assert [name for name, times in names.items() if times > 1] == []
    assert [c.name for c in cases() if c.expect in ("red", "note") and c.rule not in EVERY] == []
    assert [c.name for c in cases() if c.expect != "green" and not c.says] == []
    assert list(told_before()) == [c.name for c in cases()]
