"""Stack files as YAML, each value with the line it was written on.

Read by the rules of YAML 1.2 as Docker's reader has them: `yes` and `22:22` are texts, where PyYAML's own
rules would make them true and 1342.
"""

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from lab.errors import InputError

if TYPE_CHECKING:
    from yaml import CSafeLoader

KeyPath = tuple[Hashable, ...]
MERGE = "tag:yaml.org,2002:merge"
DEEPEST = 64
"""Levels of nesting that are read; the format itself goes 8 deep, and an alias that holds itself has no end."""
MOST_VALUES = 100_000
"""Values that are read, aliases followed: forty reference stacks in one file have 24 000; nested aliases make billions."""


@dataclass(frozen=True)
class Mark:
    """Where a value was written: a file and its line, counted from 1."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Source:
    """A stack file as plain values, and the mark of every key and list element.

    A scalar in a list is marked under its text as well as its index, so that it is found again after lists of
    several files were joined.
    """

    path: Path
    document: dict[str, Any]
    marks: Mapping[KeyPath, Mark]


def _implicit() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """What a text without quotes may stand for, by its first character, as PyYAML keeps it."""
    found: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for tag, pattern, first in (
        ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
        ("int", r"[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)", "-+0123456789"),
        (
            "float",
            r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?",
            "-+0123456789.",
        ),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("merge", r"<<", "<"),
    ):
        for character in first:
            resolver = (f"tag:yaml.org,2002:{tag}", re.compile(rf"(?:{pattern})$"))
            found.setdefault(character, []).append(resolver)
    return found


class PythonLoader(yaml.SafeLoader):
    """PyYAML's own parser, for where it was built without libyaml."""

    yaml_implicit_resolvers = _implicit()


Loader: TypeAlias = "PythonLoader | CSafeLoader"
if yaml.__with_libyaml__:

    class LibyamlLoader(yaml.CSafeLoader):
        """libyaml's parser: the same values and lines in a quarter of the time."""

        yaml_implicit_resolvers = _implicit()

    FASTEST: type[Loader] = LibyamlLoader
else:
    FASTEST = PythonLoader


def plain(text: str) -> object:
    """The values of a YAML text, by the rules of stack files, without where they stand; raises yaml.YAMLError."""
    return yaml.load(text, Loader=FASTEST)  # it extends the safe loader


def read(path: Path, kind: type[Loader] = FASTEST) -> Source:
    """The file, its anchors and merge keys resolved; raises InputError naming file, line and fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise InputError(
            f"stack file {path}: cannot be read: {reason}; give the path of a Compose file"
        ) from error
    try:
        loader = kind(text)  # refuses control characters at once
        root = loader.get_single_node()
        marks: dict[KeyPath, Mark] = {}
        document = None if root is None else _build(loader, root, path, (), marks)
    except yaml.YAMLError as error:
        raise InputError(_fault(path, error)) from error
    except RecursionError as error:  # of the parser, or of a mapping that `<<` merges into itself
        raise InputError(
            f"stack file {path}: is nested without end; does an alias stand in what it names?"
        ) from error
    if not isinstance(document, dict):
        raise InputError(f"stack file {path}: holds no mapping; it must start with `services:`")
    return Source(path, document, marks)


def _fault(path: Path, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}:{mark.line + 1}" if mark is not None else str(path)
    what = getattr(error, "problem", None) or " ".join(str(error).split())
    return f"{where}: is no YAML: {what}; mind the indentation and the quotes of this line and the one above"


def _build(loader: Loader, node: yaml.Node, file: Path, at: KeyPath, marks: dict[KeyPath, Mark]) -> object:
    """The plain value of `node`, every key and element below it marked under its path."""
    if len(at) > DEEPEST or len(marks) > MOST_VALUES:
        much = (
            f"nested deeper than {DEEPEST} levels" if len(at) > DEEPEST else f"more than {MOST_VALUES} values"
        )
        problem = f"{much}, its aliases followed"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
    if isinstance(node, yaml.MappingNode):
        built: dict[str, object] = {}
        for key, key_node, value in _pairs(loader, node):
            marks[(*at, key)] = Mark(file, key_node.start_mark.line + 1)
            built[key] = _build(loader, value, file, (*at, key), marks)
        return built
    if isinstance(node, yaml.SequenceNode):
        values = []
        for number, each in enumerate(node.value):
            mark = marks[(*at, number)] = Mark(file, each.start_mark.line + 1)
            values.append(_build(loader, each, file, (*at, number), marks))
            if isinstance(each, yaml.ScalarNode):
                marks.setdefault((*at, each.value), mark)
        return values
    return _scalar(loader, node)


def _scalar(loader: Loader, node: yaml.Node) -> object:
    if node.tag == "tag:yaml.org,2002:int" and node.value.startswith(("0o", "-0o", "+0o")):
        return int(node.value.replace("_", ""), 8)
    return loader.construct_object(node)


def _pairs(loader: Loader, node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """The mapping's own pairs and those that `<<` merges in; own pairs win, the first merged one next."""
    own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    for key_node, value in node.value:
        if key_node.tag == MERGE:
            for base in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if not isinstance(base, yaml.MappingNode):
                    raise yaml.MarkedYAMLError(
                        problem="`<<` must merge a mapping", problem_mark=key_node.start_mark
                    )
                for key, inner_key, inner in _pairs(loader, base):
                    merged.setdefault(key, (inner_key, inner))
            continue
        key = str(_scalar(loader, key_node))
        if key in own:
            first = own[key][0].start_mark.line + 1
            problem = f"the key {key!r} is given twice, first on line {first}"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
        own[key] = (key_node, value)
    for key, pair in {**merged, **own}.items():
        yield key, *pair
