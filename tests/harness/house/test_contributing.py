"""The worked examples of CONTRIBUTING.md, applied to a copy of the repository and run there as they stand."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"^```python (\S+\.py)(?: (in|after) ([^\n]+))?\n(.*?)^```$", re.M | re.S)
"""A fence that names its file, and where in it the code goes."""
SECTION = re.compile(r"^### (.+)\n", re.M)
LINES = {"A criterion": 40, "A cause": 30, "A fault": 30}
"""Fewer lines than this suffice for each."""
NOT_COPIED = {".git", ".venv", "evidence", "report"}
"""What stands at the top of a checkout and is none of it."""
DEADLINE_S = 180
"""A run of a few tests takes 3 s, on a machine with other work some ten times that."""


BY_HAND = """
from fixtures.judge.criteria import CRITERIA
from fixtures.judge.hands import Hands
from fixtures.target.file import settings, target_of
print(*(command.line for command in CRITERIA["bounded"].by_hand(Hands(target_of(settings())))), sep="\\n")
"""


@dataclass(frozen=True)
class Block:
    """Code for a file: `in` the list that is called `anchor`, `after` the statement that begins so, or at its end."""

    path: str
    where: str
    anchor: str
    code: str


def examples(text: str) -> dict[str, list[Block]]:
    """The blocks of each section of level three, in order."""
    parts = SECTION.split(text)
    sections = zip(parts[1::2], parts[2::2], strict=True)
    return {title: [Block(*found) for found in BLOCK.findall(body)] for title, body in sections}


def applied(source: str, block: Block) -> str:
    """The file's source with the block in its place; raises LookupError where there is no such place."""
    lines = source.splitlines(keepends=True)
    if not block.where:
        return f"{source}\n\n{block.code}" if source else block.code
    for node in ast.parse(source).body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        last = node.end_lineno or node.lineno
        if block.where == "after" and lines[first - 1].startswith(block.anchor):
            gap = "\n\n" if isinstance(node, ast.FunctionDef) else ""
            return "".join([*lines[:last], gap, block.code, *lines[last:]])
        if block.where == "in" and re.match(rf"{re.escape(block.anchor)}\b(:[^=]*)? ?= ?", lines[first - 1]):
            return "".join([*lines[: last - 1], textwrap.indent(block.code, "    "), *lines[last - 1 :]])
    raise LookupError(f"{block.path} has no place {block.where} {block.anchor}")


EXAMPLES = examples((ROOT / "CONTRIBUTING.md").read_text())
pytestmark = [
    pytest.mark.xdist_group("contributing"),  # one copy serves all
    pytest.mark.skipif(
        not all(
            (ROOT / b.path).exists()
            for bs in EXAMPLES.values()
            for b in bs
            if b.path.startswith(("fixtures", "lab"))
        ),
        reason="not exercised: the rooms that the examples add to are not there yet",
    ),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with all examples applied, in their order."""
    folder = tmp_path_factory.mktemp("contributing") / "copy"
    shutil.copytree(ROOT, folder, ignore=_left_out, symlinks=True)
    for block in (block for blocks in EXAMPLES.values() for block in blocks):
        path = folder / block.path
        path.write_text(applied(path.read_text() if path.exists() else "", block))
    return folder


def _left_out(folder: str, names: list[str]) -> set[str]:
    caches = {name for name in names if name == "__pycache__" or name.endswith("_cache")}
    return caches | (NOT_COPIED if Path(folder) == ROOT else set())


def python(copy: Path, *words: str, **environment: str) -> tuple[int, str]:
    """`python WORDS` in the copy: its status and what it printed."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "PYTEST", "LAB_"))}
    done = subprocess.run(
        [sys.executable, *words], cwd=copy, env={**kept, "PYTHONPATH": str(copy), **environment}, timeout=DEADLINE_S,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def pytest_there(copy: Path, *words: str) -> tuple[int, str]:
    return python(copy, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", *words)


@pytest.mark.parametrize("title", LINES)
def test_an_example_is_short(title: str) -> None:
    """All lines count, those of its tests and expectations too."""
    assert 0 < sum(block.code.count("\n") for block in EXAMPLES[title]) < LINES[title]


def test_the_criterion_appears_everywhere(copy: Path) -> None:
    """In the table, in the report with its commands by hand, and in the documentation once that is renewed."""
    status, said = pytest_there(copy, "-m", "static", "tests/test_bounded.py", "--report", "out")
    assert status == 0, said
    assert re.search(r"bounded +│ file ok +│ static: 9 services have a memory limit", said), said
    report = json.loads((copy / "out" / "report.json").read_text())
    assert "bounded" in json.dumps(report)
    page = (copy / "out" / "report.html").read_text()
    assert "a service that leaks cannot take its node down" in page
    assert "python -m pytest tests/test_bounded.py" in page
    status, said = python(copy, "-c", BY_HAND, TARGET="production")
    assert (status, "service inspect --pretty translation_redis" in said) == (0, True), said
    status, said = python(copy, "-m", "fixtures", "docs", "docs/gate.md")
    assert status == 0, said
    assert "| `bounded` | every service has a memory limit" in (copy / "docs" / "gate.md").read_text()


def test_the_criterion_can_be_red(copy: Path) -> None:
    """A file whose page has no limit is named with its line, and the run ends with 1."""
    stack = yaml.safe_load((copy / "lab/stacks/stack-hybrid.yml").read_text())
    del stack["services"]["frontend"]["deploy"]["resources"]["limits"]
    (copy / "lab/stacks/unlimited.yml").write_text(yaml.safe_dump(stack))
    status, said = pytest_there(
        copy, "-m", "static", "tests/test_bounded.py", "--stack=lab/stacks/unlimited.yml"
    )
    assert status == 1, said
    assert "no memory limit: lab/stacks/unlimited.yml:" in said


def test_the_cause_is_drawn(copy: Path) -> None:
    """From its sample, alone, and with all that a cause must say."""
    status, said = pytest_there(
        copy, "-v", "tests/harness/diagnose", "-k", "unbounded or every_cause_has_a_sample"
    )
    assert status == 0, said
    assert "test_each_cause_is_named_alone[unbounded] PASSED" in said


def test_the_fault_is_listed_and_judged(copy: Path) -> None:
    """The lab lists it, the matrix expects something of it, and its change is made and undone."""
    status, said = python(copy, "-m", "lab", "fault", "list")
    assert status == 0, said
    assert re.search(r"limit-removed +a service runs without its memory limit \(service=frontend\)", said), (
        said
    )
    status, said = pytest_there(copy, "tests/harness/sabotage/test_matrix.py")
    assert status == 0, said


def test_the_examples_keep_the_style(copy: Path) -> None:
    """What is to be copied passes the linter and the formatter."""
    paths = sorted({block.path for blocks in EXAMPLES.values() for block in blocks})
    for command in (("check",), ("format", "--check", "--diff")):
        status, said = python(copy, "-m", "ruff", *command, *paths)
        assert status == 0, said


def test_blocks_go_where_they_say() -> None:
    """At the end of a list, behind a statement, at the end of a file; elsewhere nothing is guessed."""
    source = "NAMES: list[str] = [\n    'a',\n]\n\n\ndef f() -> None:\n    pass\n"
    assert applied(source, Block("x.py", "in", "NAMES", "'b',\n")).startswith(
        "NAMES: list[str] = [\n    'a',\n    'b',\n]"
    )
    assert applied(source, Block("x.py", "after", "def f", "X = 1\n")).endswith("    pass\n\n\nX = 1\n")
    assert applied("", Block("x.py", "", "", "X = 1\n")) == "X = 1\n"
    assert applied("Y = 2\n", Block("x.py", "", "", "X = 1\n")) == "Y = 2\n\n\nX = 1\n"
    with pytest.raises(LookupError, match=r"x\.py has no place in OTHER"):
        applied(source, Block("x.py", "in", "OTHER", ""))
