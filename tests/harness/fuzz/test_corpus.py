"""Bad inputs that were met: each is one line that says where and what; none hangs, exhausts or crashes a run."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from fixtures.target.plan import PLANS as PLAN_FILES
from tests.fuzz.child import Outcome
from tests.fuzz.entries import ENTRIES, Input, prepared, tried
from tests.harness.fuzz import corpus

BY_NAME = {entry.name: entry for entry in ENTRIES}
PLAN = (PLAN_FILES / "option-a.toml").read_text("utf-8")
INTO_PLAN = {
    "much memory": 'memory_limit = "128M"', "an origin that is none": "https://jbcalling.site",
    "many replicas": "replicas = 3", "a host with a blank": "www.jbcalling.site",
}  # fmt: skip
"""What of a sound plan the bad part takes the place of."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return prepared(tmp_path)


def of_files(name: str, cases: Mapping[str, tuple[str, str]]) -> list[object]:
    return [
        pytest.param(name, text.encode(), said, id=f"{name}: {case}") for case, (text, said) in cases.items()
    ]


def plans() -> dict[str, tuple[str, str]]:
    found = {}
    for case, (bad, said) in corpus.PLANS.items():
        good = INTO_PLAN.get(case)
        assert good is None or good in PLAN
        found[case] = (bad if good is None else PLAN.replace(good, bad, 1), said)
    return found


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        *of_files("stack", {case: (text, re.escape(said)) for case, (text, said) in corpus.STACKS.items()}),
        *of_files("env file", corpus.ENV_FILES),
        *of_files("target", corpus.TARGETS),
        *of_files("plan", plans()),
        *of_files("report", corpus.REPORTS),
        *(pytest.param("variables", given, said, id=f"variables: {case}") for case, (given, said) in corpus.VARIABLES.items()),
        *(pytest.param("words", given, said, id=f"words: {case}") for case, (given, said) in corpus.WORDS.items()),
    ],
)  # fmt: skip
def test_bad_input_that_was_met_is_one_line(name: str, given: Input, said: str, folder: Path) -> None:
    """File, line and key where there are such, the value, what is wanted."""
    result = tried(BY_NAME[name], given, folder)
    assert result.outcome is Outcome.ONE_LINE, result.said
    assert re.search(said, result.said), result.said


@pytest.mark.parametrize("content", [b"a\0b", b"\xff\xfea\0", b"\xff"])
def test_a_secret_that_is_no_text(content: bytes, folder: Path) -> None:
    """It is refused by what it is, and not shown."""
    result = tried(BY_NAME["secret"], content, folder)
    assert (result.outcome, "cannot be read from the file" in result.said) == (Outcome.ONE_LINE, True)


def test_entities_of_entities_are_refused(folder: Path) -> None:
    """A JUnit file has no document type; one that has is not read."""
    result = tried(BY_NAME["junit"], b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', folder)
    assert (result.outcome, "it defines entities" in result.said) == (Outcome.ONE_LINE, True)
