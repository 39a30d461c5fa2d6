"""Stack files as YAML: both parsers give the same values and lines, and no file keeps the reader for ever."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lab.compose import reference, yaml_file
from lab.compose.yaml_file import Mark, PythonLoader
from lab.errors import InputError

ROOT = Path(__file__).parents[3]
WRITTEN = (
    *sorted(reference.STACKS.glob("*.yml")),
    ROOT / "tests/harness/stacks/as-written.yml",
    ROOT / "tests/harness/recorded/stack.yml",
)
needs_libyaml = pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without libyaml")
WITHOUT_LIBYAML = """
import sys
sys.modules["yaml._yaml"] = None  # as where PyYAML was built without it
from pathlib import Path
from lab.compose import yaml_file
source = yaml_file.read(Path(sys.argv[1]))
print(yaml_file.FASTEST.__name__, source.marks[("services",)].line, yaml_file.plain("a: yes"))
"""


@needs_libyaml
@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.stem)
def test_both_parsers_give_the_same(path: Path) -> None:
    """Values and the line of every key and element are the same with libyaml and without."""
    assert yaml_file.FASTEST is not PythonLoader
    assert yaml_file.read(path, yaml_file.FASTEST) == yaml_file.read(path, PythonLoader)


def test_without_libyaml_the_python_parser_reads() -> None:
    """A PyYAML without libyaml reads the same file by the same rules."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_LIBYAML, str(reference.REFERENCE_STACK)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    line = yaml_file.read(reference.REFERENCE_STACK).marks[("services",)].line
    assert done.stdout.strip() == f"PythonLoader {line} {{'a': 'yes'}}"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"), ("off", "off"), ("true", True), ("False", False), ("22:22", "22:22"), ("0o17", 15),
        ("-0o17", -15), ("017", 15), ("0x1F", 31), ("0b11", 3), ("1_000", 1000), ("1.50", 1.5), ("1e3", 1000.0),
        (".5", 0.5), ("~", None), ("null", None), ("", None), ("2024-01-01", "2024-01-01"), ("1.2.3", "1.2.3"),
        ("'1'", "1"), ("+4", 4), ("<<x", "<<x"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [yaml_file.FASTEST, PythonLoader])
def test_scalars_are_what_docker_takes_them_for(
    written: str, value: object, kind: type[yaml_file.Loader], tmp_path: Path
) -> None:
    """The rules of YAML 1.2, and not PyYAML's own."""
    path = tmp_path / "stack.yml"
    path.write_text(f"a: {written}\n")
    found = yaml_file.read(path, kind).document["a"]
    assert (type(found), found) == (type(value), value)


def test_every_key_and_element_is_marked(tmp_path: Path) -> None:
    """Keys by their path, elements by their number and a text by itself; what is merged in keeps its own line."""
    path = tmp_path / "stack.yml"
    path.write_text(
        "x-a: &a\n  k: 1\n  l: 2\nb:\n  <<: [*a, {m: 3}]\n  l: 4\nc:\n  - one\n  - {d: 5}\n  - one\n"
    )
    source = yaml_file.read(path)
    assert source.document == {
        "x-a": {"k": 1, "l": 2},
        "b": {"k": 1, "l": 4, "m": 3},
        "c": ["one", {"d": 5}, "one"],
    }
    lines = {key: mark.line for key, mark in source.marks.items()}
    assert lines == {
        ("x-a",): 1, ("x-a", "k"): 2, ("x-a", "l"): 3, ("b",): 4, ("b", "k"): 2, ("b", "m"): 5, ("b", "l"): 6,
        ("c",): 7, ("c", 0): 8, ("c", "one"): 8, ("c", 1): 9, ("c", 1, "d"): 9, ("c", 2): 10,
    }  # fmt: skip
    assert str(source.marks[("c", 1)]) == str(Mark(path, 9)) == f"{path}:9"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("a: 1\nb: 2\na: 3\n", r"stack.yml:3: is no YAML: the key 'a' is given twice, first on line 1; mind"),
        ("a:\n  <<: 5\n", "stack.yml:2: is no YAML: `<<` must merge a mapping"),
        ("a: [\n", r"stack.yml:\d: is no YAML: "),
        ("a: \x07\n", r"stack.yml: is no YAML: "),
        ("- a\n", "stack.yml: holds no mapping; it must start with `services:`"),
        ("", "stack.yml: holds no mapping"),
        ("a: &a [*a]\n", "stack.yml:1: is no YAML: nested deeper than 64 levels, its aliases followed"),
        ("a: &a {<<: *a}\n", "stack.yml:1: is no YAML: `<<` merges without end; does an alias stand in"),
        ("a: " + "[" * 5000 + "]" * 5000, "nested"),
    ],
)  # fmt: skip
def test_what_is_no_stack_file_is_one_line(written: str, said: str, tmp_path: Path) -> None:
    """File, line and what is wrong there, also for a file that has no end."""
    path = tmp_path / "stack.yml"
    path.write_text(written)
    with pytest.raises(InputError, match=said) as caught:
        yaml_file.read(path)
    assert "\n" not in str(caught.value)


def test_aliases_of_aliases_are_not_followed_for_ever(tmp_path: Path) -> None:
    """Nine lines that stand for nine to the ninth values are refused."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    path = tmp_path / "stack.yml"
    path.write_text("\n".join(lines))
    with pytest.raises(InputError, match="is no YAML: more than 100000 values, its aliases followed"):
        yaml_file.read(path)


def test_as_many_levels_and_values_as_allowed_are_read(tmp_path: Path) -> None:
    """The limits themselves are within."""
    path = tmp_path / "stack.yml"
    path.write_text("a: " + "[" * 63 + "x" + "]" * 63)
    depth, value = 0, yaml_file.read(path).document["a"]
    while isinstance(value, list):
        depth, value = depth + 1, value[0]
    assert (depth, value) == (63, "x")
    path.write_text("a:\n" + "- {}\n" * 99_999)
    assert len(yaml_file.read(path).document["a"]) == 99_999


@pytest.mark.parametrize(
    ("content", "said"), [(None, "No such file or directory"), (b"\xff", "it is no UTF-8 text")]
)
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, said: str, tmp_path: Path) -> None:
    """Which file, and why."""
    path = tmp_path / "stack.yml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"stack file {path}: cannot be read: {said}; give the path"):
        yaml_file.read(path)
