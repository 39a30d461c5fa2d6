"""The table of settings is what the code obeys: nothing that is read is missing, and each row can be used."""

import ast
import functools
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.commands import settings_table
from fixtures.commands.settings_table import LIMITS, OPTIONS, TARGETS, VARIABLES, markdown, rows
from fixtures.limits import NAMES, Limits, overridden
from fixtures.target.settings import KEYS, from_environ

ROOT = Path(__file__).parents[3]
CONSTANT = re.compile(r"VARIABLES?$|^PASSED_ON$")
OF_OTHERS = {"HOME", "PYTEST_XDIST_WORKER", "TRAEFIK_CONFIGFILE"}
"""Set by a library for its own workers, looked for in a stack file, or everybody's: nothing that a person sets for us."""


def _texts(node: ast.AST) -> Iterator[str]:
    yield from (
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


def _read_in(tree: ast.Module) -> Iterator[str]:
    """Variables that a module reads by a literal name, or names in a constant."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and re.search(r"environ(ment)?\.get$", ast.unparse(node.func))
            and node.args
        ):
            yield from _texts(node.args[0])
        elif isinstance(node, ast.Subscript) and re.search(r"environ$", ast.unparse(node.value)):
            yield from _texts(node.slice)
        elif isinstance(node, ast.Assign) and CONSTANT.search(ast.unparse(node.targets[0])):
            yield from _texts(node.value)


@functools.cache
def _read() -> set[str]:
    files = [path for room in ("fixtures", "lab") for path in (ROOT / room).rglob("*.py")]
    ours = Path(str(settings_table.__file__))
    trees = [ast.parse(path.read_text()) for path in files if "images" not in path.parts and path != ours]
    found = {name for tree in trees for name in _read_in(tree)}
    return {name for name in found if not name.endswith("_")} - OF_OTHERS  # not prefixes


def test_every_variable_that_is_read_is_listed() -> None:
    """A variable that some module reads stands in the table, by its name or in a meaning that lists its like."""
    found = _read()
    assert {"LAB_ATTACH", "DOCKER_HOST", "TARGET", "PIP_CERT"} <= found
    listed = " ".join(f"{row.name} {row.variable} {row.meaning}" for row in rows())
    missing = [name for name in found if not re.search(rf"\b{name}\b", listed)]
    assert missing == []


def test_nothing_is_listed_that_nobody_reads() -> None:
    """A variable that is gone from the code is gone from the table."""
    assert [row.name for row in rows() if row.part == VARIABLES and row.name not in _read()] == []


def test_every_key_limit_and_option_has_a_row() -> None:
    """Each has a meaning of its own; examples of a target's variables are taken by the code that reads them."""
    by_part = {part: [row for row in rows() if row.part == part] for part in settings_table.ABOUT}
    assert [row.name for row in by_part[TARGETS]] == [key.name for key in KEYS]
    assert [row.name for row in by_part[LIMITS]] == list(NAMES)
    assert {"--stack", "--report", "--keep-lab", "--require"} <= {row.option for row in by_part[OPTIONS]}
    assert [row.name for row in rows() if not row.meaning or row.meaning == "None"] == []
    for row in by_part[TARGETS]:
        name, _, value = row.example.partition("=")
        assert list(from_environ({name: value})) == [row.name]
    for row in by_part[LIMITS]:
        limit, _, value = row.example.removeprefix("TARGET_LIMITS=").partition("=")
        assert overridden(Limits(), {limit: value}) == Limits()


def test_it_is_markdown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every row has as many cells as its head, and the text does not depend on where it is made."""
    text = markdown()
    for part in text.split("## ")[1:]:
        table = [line for line in part.splitlines() if line.startswith("|")]
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {len(re.findall(r"\|", table[0]))}
    monkeypatch.setenv("HOME", "/nowhere")
    assert markdown() == text
    assert os.environ["HOME"] not in text
