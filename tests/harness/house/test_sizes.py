"""Names and sizes: what stands where is found by its name, and is short enough to be read at once."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULE_LINES = 300
FUNCTION_LINES = 60
OFTEN = {"__init__.py", "__main__.py", "values.py"}
"""Names that every package may use."""


def sources(*folders: str) -> list[Path]:
    """Python files of the project; the programs of lab/images are what is tested, not the suite."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if "images" not in path.relative_to(ROOT).parts)


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Each function with its number of lines, without its decorators."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("package", ["fixtures", "lab"])
def test_no_name_stands_for_two_modules(package: str) -> None:
    """`edge` or `state` means one file within a package."""
    names = Counter(path.name for path in sources(package))
    assert sorted(name for name, times in names.items() if times > 1 and name not in OFTEN) == []


@pytest.mark.parametrize("package", ["fixtures", "lab"])
def test_no_module_shadows_a_folder(package: str) -> None:
    """`images.py` beside `images/` would make one of them hard to find."""
    assert [str(path) for path in sources(package) if path.with_suffix("").is_dir()] == []


def test_no_module_is_long() -> None:
    """A module that grows becomes a package."""
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in sources("fixtures", "lab", "tests")
    }
    assert {path: lines for path, lines in lengths.items() if lines > MODULE_LINES} == {}


def test_no_function_is_long() -> None:
    """A function that grows becomes several."""
    found = [
        (str(path.relative_to(ROOT)), name, lines)
        for path in sources("fixtures", "lab", "tests")
        for name, lines in functions(path.read_text())
        if lines > FUNCTION_LINES
    ]
    assert found == []


def test_lines_of_functions_are_counted() -> None:
    """From `def` to the last line, those within others and async ones too."""
    source = "@x\ndef a():\n    async def b():\n        pass\n    return b\n"
    assert sorted(functions(source)) == [("a", 4), ("b", 2)]
