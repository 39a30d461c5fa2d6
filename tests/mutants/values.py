"""A mutant, and how it fared."""

import difflib
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Mutant:
    """One change of one module: the mutated source, and the lines that differ, stripped."""

    source: str
    was: str
    now: str
    line: int

    @property
    def diff(self) -> str:
        """The lines as a unified diff shows them."""
        return "\n".join(
            [
                *(f"- {line}" for line in self.was.splitlines()),
                *(f"+ {line}" for line in self.now.splitlines()),
            ]
        )


@dataclass(frozen=True)
class Trial:
    """How one mutant fared. One that never ends is killed as well: no test run passes with it."""

    mutant: Mutant
    outcome: Literal["killed", "survived", "timed out"]
    seconds: float


def mutant(source: str, mutated: str) -> Mutant:
    """A mutant with the lines that differ."""
    old, new = source.splitlines(), mutated.splitlines()
    was: list[str] = []
    now: list[str] = []
    first = 0
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            first = first or a + 1
            was += [line.strip() for line in old[a:b]]
            now += [line.strip() for line in new[c:d]]
    return Mutant(mutated, "\n".join(was), "\n".join(now), first)
