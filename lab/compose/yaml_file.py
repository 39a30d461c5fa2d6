"""Stack files as YAML, each value with the line it was written on, read as Docker's reader does."""

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from lab.compose.yaml_nodes import Node, composed, problem
from lab.compose.yaml_scalars import MERGE, STR, ScalarError, resolved
from lab.errors import InputError
from lab.named_files import caps
from lab.named_files.caps import DEEPEST, MOST_TEXT, MOST_VALUES
from lab.named_files.opening import read_text
from lab.text.one_line import is_plain

if TYPE_CHECKING:
    from yaml import CSafeLoader

KeyPath = tuple[Hashable, ...]
ALIASES_BEFORE_RATIO, DECODES_BEFORE_RATIO, MOST_BY_ALIAS = 100, 1000, 0.99
"""From when, and how much, of a file may come of aliases: go-yaml decode.go, allowedAliasRatio."""


class PythonLoader(yaml.SafeLoader):
    """PyYAML's own parser, for where it was built without libyaml."""


Loader: TypeAlias = "PythonLoader | CSafeLoader"
FASTEST: type[Loader] = yaml.CSafeLoader if yaml.__with_libyaml__ else PythonLoader
"""libyaml's parser: the same values and lines in a quarter of the time."""


@dataclass(frozen=True)
class Mark:
    """Where a value was written: a file and its line, counted from 1."""

    file: Path
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class TooDeep:
    """Stands for what is nested deeper than is read: no key that Docker knows goes there."""


@dataclass(frozen=True)
class Source:
    """A stack file as plain values, and the mark of every key and list element.

    A scalar in a list is marked under its text as well as its index, so that it is found again after lists of
    several files were joined. `second` is the line of a second document, which nobody reads.
    """

    path: Path
    document: dict[str, Any]
    marks: Mapping[KeyPath, Mark]
    second: int | None = None


def plain(text: str) -> object:
    """The values of a YAML text, by the rules of stack files, without where they stand; raises yaml.YAMLError."""
    root, _ = composed(text, FASTEST)
    return None if root is None else _Build(Path()).value(root, ())


def read(path: Path, kind: type[Loader] = FASTEST) -> Source:
    """The file, its anchors and merge keys resolved; raises InputError naming file, line and fault."""
    text = read_text(path, caps.STACK)
    try:
        root, second = composed(text, kind)
        build = _Build(path)
        document = None if root is None else build.value(root, ())
    except yaml.YAMLError as error:
        raise InputError(_fault(path, error)) from error
    if not isinstance(document, dict):
        raise InputError(f"stack file {path}: holds no mapping; it must start with `services:`")
    return Source(path, document, build.marks, second)


def _fault(path: Path, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    where = f"{path}:{mark.line + 1}" if mark is not None else str(path)
    what = getattr(error, "problem", None) or " ".join(str(error).split())
    return f"{where}: is no YAML: {what}; mind the indentation and the quotes of this line and the one above"


class _Build:
    """Plain values from nodes, and `marks`: where each key and element was written."""

    def __init__(self, file: Path) -> None:
        self.marks: dict[KeyPath, Mark] = {}
        self._file = file
        self._text = self._decoded = self._by_alias = 0
        self._following: set[int] = set()

    def value(self, node: Node, at: KeyPath) -> object:
        """The plain value of `node`, every key and element below it marked under its path."""
        self._count(node)
        if node.target is not None:
            return self._aliased(node, node.target, at)
        if len(at) > DEEPEST:
            return TooDeep()
        if node.kind == "mapping":
            return self._mapping(node, at)
        if node.kind == "sequence":
            return self._sequence(node, at)
        self._text += len(node.value)
        if self._text > MOST_TEXT:
            raise problem(f"more than {MOST_TEXT} characters, its aliases followed", node.line)
        return _scalar(node, at)[1]

    def _count(self, node: Node) -> None:
        self._decoded += 1
        self._by_alias += bool(self._following)
        is_most = self._by_alias > MOST_BY_ALIAS * self._decoded
        if is_most and self._by_alias > ALIASES_BEFORE_RATIO and self._decoded > DECODES_BEFORE_RATIO:
            raise problem("nearly all of it comes of aliases of aliases: write it out", node.line)
        if self._decoded > 3 * MOST_VALUES or len(self.marks) > MOST_VALUES:
            raise problem(f"more than {MOST_VALUES} values, its aliases followed", node.line)

    def _aliased(self, alias: Node, target: Node, at: KeyPath) -> object:
        if id(alias) in self._following:
            raise problem(f"the anchor {alias.value!r} holds itself", alias.line)
        self._following.add(id(alias))
        found = self.value(target, at)
        self._following.discard(id(alias))
        return found

    def _mapping(self, node: Node, at: KeyPath) -> dict[str, object]:
        built: dict[str, object] = {}
        merges = self._own(node, at, built, set())
        if merges is not None:
            self._merge(node, merges, at, built, set(built))
        return built

    def _own(self, node: Node, at: KeyPath, built: dict[str, object], taken: set[str]) -> Node | None:
        """Adds the mapping's own pairs but those `taken`; gives the value of its `<<`."""
        merges: Node | None = None
        first: dict[str, int] = {}
        for key_node, value in _pairs(node):
            if key_node.value in first and key_node.kind == "scalar":
                was = first[key_node.value]
                raise problem(
                    f"the key {key_node.value!r} is given twice, first on line {was}", key_node.line
                )
            first[key_node.value] = key_node.line
            if key_node.kind == "scalar" and key_node.value == "<<" and _is_merge(key_node):
                merges = value
                continue
            self._count(key_node)
            key = _key(key_node)
            if key not in taken:
                taken.add(key)
                self.marks[(*at, key)] = Mark(self._file, _place(key_node).line)
                built[key] = self.value(value, (*at, key))
        return merges

    def _merge(
        self, node: Node, merges: Node, at: KeyPath, built: dict[str, object], taken: set[str]
    ) -> None:
        """Adds what `<<` merges in: the first mapping of several wins, and the mapping's own pairs before all."""
        bases = merges.children if merges.kind == "sequence" else [merges]
        for each in bases:
            base = each.target or each
            if base.kind != "mapping":
                raise problem("`<<` must merge a mapping, or several in brackets", node.line)
            self._count(each)
            if id(base) in self._following:
                raise problem("`<<` merges without end: its anchor holds itself", each.line)
            self._following.add(id(base))
            again = self._own(base, at, built, taken)
            if again is not None:
                self._merge(base, again, at, built, taken)
            self._following.discard(id(base))

    def _sequence(self, node: Node, at: KeyPath) -> list[object]:
        values = []
        for number, each in enumerate(node.children):
            mark = self.marks[(*at, number)] = Mark(self._file, _place(each).line)
            values.append(self.value(each, (*at, number)))
            if (each.target or each).kind == "scalar":
                self.marks.setdefault((*at, (each.target or each).value), mark)
        return values


def _place(node: Node) -> Node:
    """Where a value is written: behind an alias it is where the anchor stands."""
    return node.target or node


def _pairs(node: Node) -> Iterator[tuple[Node, Node]]:
    return zip(node.children[::2], node.children[1::2], strict=True)


def _is_merge(node: Node) -> bool:
    return (node.is_plain and not node.tag) or node.tag == f"tag:yaml.org,2002:{MERGE}"


def _key(written: Node) -> str:
    node = written.target or written
    if node.kind != "scalar":
        raise problem("a key must be a text", written.line)
    kind, key = _scalar(node, ())
    if kind != STR or not isinstance(key, str):
        raise problem(f"the key {node.value or 'of nothing'} is no text: put it in quotes", written.line)
    if len(key) > caps.LONGEST_KEY:
        raise problem(f"a key of {len(key)} characters: at most {caps.LONGEST_KEY} are read", written.line)
    if not is_plain(key):
        raise problem(f"the key {key} holds a control character", written.line)
    return key


def _scalar(node: Node, at: KeyPath) -> tuple[str, object]:
    place = f"{'.'.join(map(str, at))}: " if at else ""
    try:
        kind, value = resolved(node.tag, node.value, is_plain=node.is_plain)
    except ScalarError as error:
        raise problem(f"{place}{error}", node.line) from error
    if isinstance(value, float) and value - value != 0:
        raise problem(f"{place}{node.value} is no number that can be written: put it in quotes", node.line)
    if isinstance(value, str) and re.search("[\0\ud800-\udfff]", value):
        raise problem(f"{place}a text that holds NUL or half a character", node.line)
    return kind, value
