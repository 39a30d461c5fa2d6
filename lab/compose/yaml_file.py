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
from lab.named_files import caps
from lab.named_files.caps import DEEPEST, MOST_TEXT, MOST_VALUES
from lab.named_files.opening import read_text
from lab.text.one_line import is_plain

if TYPE_CHECKING:
    from yaml import CSafeLoader

KeyPath = tuple[Hashable, ...]
MERGE = "tag:yaml.org,2002:merge"


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
    text = read_text(path, caps.STACK)
    try:
        _check_depth(text, kind)
        loader = kind(text)  # refuses control characters at once
        root = loader.get_single_node()
        build = _Build(loader, path)
        document = None if root is None else build.value(root, ())
    except yaml.YAMLError as error:
        raise InputError(_fault(path, error)) from error
    if not isinstance(document, dict):
        raise InputError(f"stack file {path}: holds no mapping; it must start with `services:`")
    return Source(path, document, build.marks)


def _check_depth(text: str, kind: type[Loader]) -> None:
    """Seen in the events alone: what composes them calls itself for each level, and libyaml's crashes the process."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=kind):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        nodes += isinstance(event, yaml.NodeEvent)
        if depth > DEEPEST:
            raise _problem(f"nested deeper than {DEEPEST} levels", event)
        if nodes > 3 * MOST_VALUES:  # a value may have a key, which is a node too
            raise _problem(f"more than {MOST_VALUES} values", event)


def _problem(what: str, at: Any) -> yaml.MarkedYAMLError:  # noqa: ANN401 - a node or event of either parser
    return yaml.MarkedYAMLError(problem=what, problem_mark=at.start_mark)


def _fault(path: Path, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}:{mark.line + 1}" if mark is not None else str(path)
    what = getattr(error, "problem", None) or " ".join(str(error).split())
    return f"{where}: is no YAML: {what}; mind the indentation and the quotes of this line and the one above"


class _Build:
    """Plain values from nodes, and `marks`: where each key and element was written."""

    def __init__(self, loader: Loader, file: Path) -> None:
        self.marks: dict[KeyPath, Mark] = {}
        self._loader, self._file = loader, file
        self._text = self._merged = 0

    def value(self, node: yaml.Node, at: KeyPath) -> object:
        """The plain value of `node`, every key and element below it marked under its path."""
        if len(at) > DEEPEST:
            raise _problem(f"nested deeper than {DEEPEST} levels, its aliases followed", node)
        if len(self.marks) > MOST_VALUES:
            raise _problem(f"more than {MOST_VALUES} values, its aliases followed", node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, at)
        self._text += len(node.value)
        if self._text > MOST_TEXT:
            raise _problem(f"more than {MOST_TEXT} characters, its aliases followed", node)
        try:
            return _scalar(self._loader, node)
        except yaml.MarkedYAMLError as error:
            raise _problem(f"{'.'.join(map(str, at))}: {error.problem}", node) from error

    def _mapping(self, node: yaml.MappingNode, at: KeyPath) -> dict[str, object]:
        built: dict[str, object] = {}
        for key, key_node, value in self._pairs(node, 0):
            self.marks[(*at, key)] = Mark(self._file, key_node.start_mark.line + 1)
            built[key] = self.value(value, (*at, key))
        return built

    def _sequence(self, node: yaml.SequenceNode, at: KeyPath) -> list[object]:
        values = []
        for number, each in enumerate(node.value):
            mark = self.marks[(*at, number)] = Mark(self._file, each.start_mark.line + 1)
            values.append(self.value(each, (*at, number)))
            if isinstance(each, yaml.ScalarNode):
                self.marks.setdefault((*at, each.value), mark)
        return values

    def _pairs(self, node: yaml.MappingNode, depth: int) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        """The mapping's own pairs and those that `<<` merges in; own pairs win, the first merged one next."""
        if depth > DEEPEST:
            raise _problem("`<<` merges without end; does an alias stand in what it names?", node)
        own: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value in node.value:
            if key_node.tag == MERGE:
                for base in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    self._count_merged(base, key_node)
                    for key, inner_key, inner in self._pairs(base, depth + 1):
                        merged.setdefault(key, (inner_key, inner))
                continue
            key = _key(self._loader, key_node)
            if key in own:
                first = own[key][0].start_mark.line + 1
                raise _problem(f"the key {key!r} is given twice, first on line {first}", key_node)
            own[key] = (key_node, value)
        for key, pair in {**merged, **own}.items():
            yield key, *pair

    def _count_merged(self, base: yaml.Node, key_node: yaml.Node) -> None:
        if not isinstance(base, yaml.MappingNode):
            raise _problem("`<<` must merge a mapping", key_node)
        self._merged += 1 + len(base.value)
        if self._merged > MOST_VALUES:
            raise _problem(f"`<<` merges more than {MOST_VALUES} values", key_node)


def _key(loader: Loader, node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _problem("a key must be a text", node)
    key = str(_scalar(loader, node))
    if len(key) > caps.LONGEST_KEY:
        raise _problem(f"a key of {len(key)} characters: at most {caps.LONGEST_KEY} are read", node)
    if not is_plain(key):
        raise _problem(f"the key {key} holds a control character", node)
    return key


def _scalar(loader: Loader, node: yaml.Node) -> object:
    try:
        if node.tag == "tag:yaml.org,2002:int" and node.value.startswith(("0o", "-0o", "+0o")):
            value: object = int(node.value.replace("_", ""), 8)
        else:
            value = loader.construct_object(node)
    except (ValueError, KeyError, IndexError, AttributeError) as error:  # `!!bool maybe`, `!!int ""`
        kind = node.tag.rpartition(":")[2]
        raise _problem(f"{node.value} is no {kind}", node) from error
    return _checked(value, node)


def _checked(value: object, node: yaml.Node) -> object:
    """A value that the format knows and a machine can hold."""
    if value is not None and not isinstance(value, str | bool | int | float):
        raise _problem(f"the tag {node.tag} makes no text, number, true or false", node)
    if isinstance(value, int | float) and not caps.LOWEST_NUMBER <= value <= caps.HIGHEST_NUMBER:
        raise _problem("a number beyond 64 bits: put it in quotes if it is a text", node)
    if isinstance(value, str) and re.search("[\0\ud800-\udfff]", value):
        raise _problem("a text that holds NUL or half a character", node)
    return value
