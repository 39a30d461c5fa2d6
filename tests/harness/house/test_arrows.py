"""What import-linter cannot see: who sleeps and asserts, and what a test of a criterion may import of the lab."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.harness.house.test_sizes import ROOT, sources

MAY_SLEEP = {
    "lab/waiting.py": "the polling loops of the project",
    "fixtures/observe/media/synthetic.py": "paces the frames of a video: their interval is the subject",
}
"""Modules where a duration is the subject and is not waited out, with the reason."""

SLEEPS = {"time.sleep", "asyncio.sleep", "anyio.sleep", "sleep"}

LAB_FOR_TESTS = {
    "lab.text.secrets": "a secret is a value that shows itself only when asked by name",
    "lab.waiting": "waiting knows nothing of the lab",
    "lab.tools.target_file": "one test addresses the lab as any other target, by the file that the lab writes of itself",
}
"""What tests of criteria may import of the lab, with the reason: they reach it through fixtures."""

OBSERVERS = ("fixtures/observe", "fixtures/judge", "fixtures/diagnose", "fixtures/report", "fixtures/target")


def sleeps(source: str) -> list[int]:
    """Lines that call time.sleep, asyncio.sleep, or a bare sleep imported from either."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if ast.unparse(call.func) in SLEEPS]


def imported(source: str) -> Iterator[str]:
    """The dotted modules that a source imports, inside functions too; not what only type checkers import."""
    tree = ast.parse(source)
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and id(node) not in for_types:
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and id(node) not in for_types:
            yield node.module or ""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_only_what_is_named_sleeps() -> None:
    """Nothing is settled with a sleep."""
    slept = {name_of(path): sleeps(path.read_text()) for path in sources("fixtures", "lab")}
    assert {name: lines for name, lines in slept.items() if lines and name not in MAY_SLEEP} == {}
    assert [name for name in MAY_SLEEP if not slept.get(name)] == [], "an exception that is no longer used"


def test_observers_assert_nothing() -> None:
    """They return values and raise typed errors; `assert` belongs to tests, where pytest shows both sides."""
    found = [
        (name_of(path), node.lineno)
        for path in sources(*OBSERVERS)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assert)
    ]
    assert found == []


def test_criteria_reach_the_lab_through_fixtures() -> None:
    """So the same test runs against any target."""
    tests = sorted((ROOT / "tests").glob("*.py"))
    found = [(name_of(path), name) for path in tests for name in imported(path.read_text())]
    ours = [(path, name) for path, name in found if name.partition(".")[0] == "lab"]
    assert [each for each in ours if each[1] not in LAB_FOR_TESTS] == []


def test_the_arrows_are_kept() -> None:
    """The contracts of pyproject.toml, as CI checks them."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_sleep_is_seen() -> None:
    """What only looks like one passes."""
    assert sleeps(
        "import time\ntime.sleep(1)\nclock.sleep(2)\nasync def f():\n    await asyncio.sleep(0)"
    ) == [2, 5]


def test_imports_are_read() -> None:
    """Inside functions too; what stands under TYPE_CHECKING is no import."""
    source = "import a.b\nif TYPE_CHECKING:\n    from lab import x\ndef f():\n    from lab.y import z\n"
    assert list(imported(source)) == ["a.b", "lab.y"]
