"""The first document of a YAML text as nodes: composed from the parser's events without recursion, aliases kept as such.

PyYAML's own composer calls itself for each level, and libyaml's crashes the process where they are many.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml

from lab.named_files.caps import MOST_VALUES

if TYPE_CHECKING:
    from yaml import CSafeLoader

Loader: TypeAlias = "yaml.SafeLoader | CSafeLoader"
DEEPEST_BRACKETS = 10_000
"""Levels that Docker's parser reads: go-yaml max_flow_level and max_indents."""


@dataclass(slots=True, eq=False)
class Node:
    """One node: `kind` is scalar, sequence, mapping or alias; a mapping's `children` are its keys and values in turn.

    `tag` is what the file says, empty where it says none. `is_plain` tells a scalar without quotes. `line` counts
    from 1. An alias has the node it stands for, and its name as the value.
    """

    kind: str
    line: int
    tag: str = ""
    value: str = ""
    is_plain: bool = False
    children: list["Node"] = field(default_factory=list)
    target: "Node | None" = None


def problem(what: str, line: int) -> yaml.MarkedYAMLError:
    """An error at a line counted from 1."""
    return yaml.MarkedYAMLError(problem=what, problem_mark=yaml.Mark("", 0, line - 1, 0, None, 0))


def composed(text: str, kind: type[Loader]) -> tuple[Node | None, int | None]:
    """The first document, None for none, and the line of a second one; raises yaml.YAMLError.

    What follows the first document is not looked at, as Docker does.
    """
    composer = _Composer(text)
    events = yaml.parse(text, Loader=kind)
    for event in events:
        composer.take(event)
        if isinstance(event, yaml.DocumentEndEvent):
            return composer.root, _line_of_next(events)
    return None, None


def _line_of_next(events: Iterator[Any]) -> int | None:
    """The line of whatever follows the document, None at the end of the file."""
    try:
        event = next(events)  # there is one: the end of the stream, if nothing else
    except yaml.MarkedYAMLError as error:
        return error.problem_mark.line + 1 if error.problem_mark is not None else None
    return _line(event) if isinstance(event, yaml.DocumentStartEvent) else None


def _line(event: Any) -> int:  # noqa: ANN401 - an event of either parser
    return int(event.start_mark.line) + 1


class _Composer:
    def __init__(self, text: str) -> None:
        self._text = text
        self.root: Node | None = None
        self._open: list[Node] = []
        self._anchors: dict[str, Node] = {}
        self._count = 0

    def take(self, event: Any) -> None:  # noqa: ANN401 - an event of either parser
        if isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
        if isinstance(event, yaml.DocumentStartEvent) and event.version not in (None, (1, 1)):
            raise problem("%YAML 1.1 is the version that Docker reads: leave the line out", _line(event))
        if not isinstance(event, yaml.NodeEvent):
            return
        node = self._node(event)
        self._count += 1
        if self._count > 3 * MOST_VALUES:  # a value may have a key, which is a node too
            raise problem(f"more than {MOST_VALUES} values", node.line)
        if self._open:
            self._open[-1].children.append(node)
        elif self.root is None:
            self.root = node
        if isinstance(event, yaml.CollectionStartEvent):
            self._open.append(node)
            if len(self._open) > DEEPEST_BRACKETS:
                raise problem(f"nested deeper than {DEEPEST_BRACKETS} levels", node.line)

    def _node(self, event: Any) -> Node:  # noqa: ANN401
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            name = str(event.anchor)
            target = self._anchors.get(name)
            if target is None:
                raise problem(f"found undefined alias {name!r}", line)
            return Node("alias", line, value=name, target=target)
        tag = "" if event.tag in (None, "!") else event.tag
        if isinstance(event, yaml.ScalarEvent):
            self._check_escapes(event, line)
            node = Node("scalar", line, tag, event.value, event.style in (None, ""))
        else:
            node = Node("mapping" if isinstance(event, yaml.MappingStartEvent) else "sequence", line, tag)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _check_escapes(self, event: Any, line: int) -> None:  # noqa: ANN401
        r"""`\/` is one of YAML 1.2, which libyaml knows and Docker's parser does not."""
        written = self._text[event.start_mark.index : event.end_mark.index] if event.style == '"' else ""
        if re.search(r"(?<!\\)(?:\\\\)*\\/", written):
            raise problem(r"found the unknown escape \/: write / alone", line)
