"""A test that is skipped says so in the words that table and status know: `not exercised: `, and the reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.run.ends import NOT_EXERCISED
from tests.harness.house.test_sizes import ROOT, sources

SKIPPING = ("pytest.skip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.importorskip")
EXCEPT = {
    "fixtures/plugins/cluster.py": "an API that was named and is of no use: nothing excuses that, so the run ends with 10",
    "fixtures/plugins/browsing.py": "a browser that is there and of no use: nothing excuses that either",
    "fixtures/run/criteria_table.py": "puts the words before every reason itself",
    "fixtures/plugins/addressing.py": "its reason is composed of the words and the target's name",
}
"""Modules whose skips say something else, with the reason; tests of how a skip is shown make theirs on purpose."""
ON_PURPOSE = ("tests/harness/run/test_masked_run.py", "tests/harness/run/test_visible_reports.py")


def skips(source: str) -> Iterator[tuple[int, str]]:
    """Line and reason of each skip, as it begins; empty where it is none that stands there in words."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in SKIPPING:
            reasons = [each.value for each in node.keywords if each.arg == "reason"]
            last = reasons or node.args[:1]
            yield node.lineno, _beginning(last[0]) if last else ""


def _beginning(reason: ast.expr) -> str:
    if isinstance(reason, ast.JoinedStr) and reason.values:
        return _beginning(reason.values[0])
    return reason.value if isinstance(reason, ast.Constant) and isinstance(reason.value, str) else ""


def test_every_skip_begins_with_the_words() -> None:
    """Whoever reads a run, or counts it, knows then that nothing was shown."""
    names = {path.relative_to(ROOT).as_posix(): path for path in sources("fixtures", "tests")}
    wrong = [
        f"{name}:{line}: {reason or 'no reason in words'}"
        for name, path in names.items()
        if name not in (*EXCEPT, *ON_PURPOSE)
        for line, reason in skips(Path(path).read_text("utf-8"))
        if not reason.startswith(NOT_EXERCISED)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ('pytest.skip("no docker client")', "no docker client"),
        ('x = pytest.mark.skipif(y, reason="not here")', "not here"),
        ('pytest.skip(f"not exercised: {error}")', "not exercised: "),
        ('pytest.importorskip("mutmut")', "mutmut"),
        ("pytest.skip(why)", ""),
    ],
)
def test_a_skip_is_seen(source: str, reason: str) -> None:
    """In each of the forms that pytest has."""
    assert list(skips(source)) == [(1, reason)]
