"""Small looks at a stack file, for tests of what judges and tells of one."""

from typing import Any

import yaml

from fixtures.judge.candidate import candidate
from fixtures.judge.file_rules import FileLook
from fixtures.observe.http.traefik_api import EdgeConfiguration
from fixtures.rehearse.values import Rehearsal
from fixtures.target.plan import load_plan

PLAN = load_plan("a")
FILE = "stack.yml"


class Sample:
    """A stack of one file: its values and the line of each key, from its text."""

    def __init__(self, text: str, file: str = FILE) -> None:
        self.document: dict[str, Any] = yaml.safe_load(text)
        self.file = file
        self._lines: dict[tuple[str | int, ...], int] = {}
        self._mark(yaml.compose(text), ())

    def _mark(self, node: yaml.Node | None, path: tuple[str | int, ...]) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self._lines[(*path, key.value)] = key.start_mark.line + 1
                self._mark(value, (*path, key.value))

    def where(self, *path: str | int) -> str:
        """`file:line` of the key, or of the nearest above it."""
        found = (self._lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self._lines)
        return f"{self.file}:{next(found, 1)}"


def stack_of(text: str, file: str = FILE) -> Sample:
    """The stack that a text makes."""
    return Sample(text, file)


def rehearsal(**changed: Any) -> Rehearsal:  # noqa: ANN401 - any field of it
    """A rehearsal in which nothing was asked."""
    given = {
        "version": "3.7.13", "wanted": "3.7", "configuration": EdgeConfiguration(), "replies": (), "log": (), "exit": None,
    }  # fmt: skip
    return Rehearsal(**{**given, **changed})


def look(
    stack: Sample, asked: Rehearsal | None = None, not_asked: str = "it was not to be asked"
) -> FileLook:
    """What rules look at."""
    judged = candidate(stack.document, PLAN.stack, stack.where)
    return FileLook(judged, PLAN, stack.document, None, asked, "" if asked else not_asked)
