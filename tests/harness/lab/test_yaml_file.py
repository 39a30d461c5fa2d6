"""Stack files as YAML: both parsers give the same values and lines, and no file keeps the reader for ever."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lab.compose import reference, yaml_file
from lab.compose.yaml_file import Mark, PythonLoader
from lab.compose.yaml_scalars import Timestamp
from lab.errors import InputError

ROOT = Path(__file__).parents[3]
WRITTEN = (
    *sorted(reference.STACKS.glob("*.yml")),
    ROOT / "tests/harness/stacks/as-written.yml",
    ROOT / "tests/harness/recorded/stack.yml",
)
needs_libyaml = pytest.mark.skipif(
    not yaml.__with_libyaml__, reason="not exercised: PyYAML was built without libyaml"
)
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
        (".5", 0.5), ("~", None), ("null", None), ("", None), ("2024-13-01", "2024-13-01"), ("08", 8.0), ("1e400", "1e400"),
        ("!!str 5", "5"), ("!!int '5'", 5), ("!reset 5", "5"),
        ("!!binary aGk=", "hi"), ("12345678901234567890123", 12345678901234567890123.0), ("1.2.3", "1.2.3"),
        ("'1'", "1"), ("+4", 4), ("<<x", "<<x"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", [yaml_file.FASTEST, PythonLoader])
def test_scalars_are_what_docker_takes_them_for(
    written: str, value: object, kind: type[yaml_file.Loader], tmp_path: Path
) -> None:
    """The rules of go-yaml, and not PyYAML's own."""
    path = tmp_path / "stack.yml"
    path.write_text(f"a: {written}\n")
    found = yaml_file.read(path, kind).document["a"]
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("2024-01-01", "2024-01-01 00:00:00 +0000 UTC"), ("2024-1-2 3:4:5.60", "2024-01-02 03:04:05.6 +0000 UTC"),
        ("2024-01-01T10:00:00Z", "2024-01-01 10:00:00 +0000 UTC"),
        ("2024-01-01t10:00:00+02:30", "2024-01-01 10:00:00 +0230 +0230"),
    ],
)  # fmt: skip
def test_a_time_is_what_go_writes_for_it(written: str, text: str) -> None:
    """And no text where one must stand."""
    found = yaml_file.plain(f"[{written}]")
    assert isinstance(found, list)
    assert (type(found[0]), found[0]) == (Timestamp, text)


def test_only_the_first_document_is_read(tmp_path: Path) -> None:
    """As Docker does; the line of a second one is kept, whatever it holds."""
    path = tmp_path / "stack.yml"
    for text, second in (("a: b\n", None), ("a: b\n...\n", None), ("a: b\n---\n[", 2)):
        path.write_text(text)
        source = yaml_file.read(path)
        assert (source.document, source.second) == ({"a": "b"}, second)


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
        ("a: &a [*a]\n", "stack.yml:1: is no YAML: the anchor 'a' holds itself"),
        ("a: &a {<<: *a}\n", "stack.yml:1: is no YAML: `<<` merges without end: its anchor holds itself"),
        pytest.param(
            "a: " + "[" * 10_001 + "]" * 10_001, "stack.yml:1: is no YAML: nested deeper than 10000 levels",
            id="10001 levels",
        ),
        ("a: 1\n<<: {}\n<<: {}\n", "stack.yml:3: is no YAML: the key '<<' is given twice, first on line 2"),
        ("a: &a [{}]\nb: {<<: *a}\n", "stack.yml:2: is no YAML: `<<` must merge a mapping"),
        ("a:\n  8080: x\n", "stack.yml:2: is no YAML: the key 8080 is no text: put it in quotes"),
        ("a: {~: x}\n", "stack.yml:1: is no YAML: the key ~ is no text"), ("a: .inf\n", "is no YAML: a: .inf is no number"),
        ("%YAML 1.2\n---\na: b\n", "stack.yml:1: is no YAML: %YAML 1.1 is the version"),
        ('a: "b\\/c"\n', r"stack.yml:1: is no YAML: found the unknown escape"), ("a: !!int x\n", "is no YAML: a: x is no int"),
        ("a: *b\n", "stack.yml:1: is no YAML: found undefined alias 'b'"),
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
    with pytest.raises(
        InputError, match="is no YAML: nearly all of it comes of aliases of aliases: write it out"
    ):
        yaml_file.read(path)


def test_as_many_levels_and_values_as_allowed_are_read(tmp_path: Path) -> None:
    """The limits themselves are within."""
    path = tmp_path / "stack.yml"
    path.write_text("a: " + "[" * 63 + "x" + "]" * 63)
    depth, value = 0, yaml_file.read(path).document["a"]
    while isinstance(value, list):
        depth, value = depth + 1, value[0]
    assert (depth, value) == (63, "x")
    path.write_text("a: " + "[" * 9_000 + "x" + "]" * 9_000)
    assert str(yaml_file.read(path).document["a"]).strip("[]") == "TooDeep()"
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
