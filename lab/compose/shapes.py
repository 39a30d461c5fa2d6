"""What a value of a stack file may be, and what is wrong with one: the few notions that the schema is written in."""

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

KeyPath = tuple[str | int, ...]
Fault = tuple[KeyPath, str]
"""Where a document is wrong, and what is wanted there."""
NEVER = 10_000
"""A version of the format that there will not be."""


@dataclass(frozen=True)
class Kind:
    """What a single value must be."""

    words: str
    fits: Callable[[object], bool]


@dataclass(frozen=True)
class Each:
    """A list whose elements all have one shape, none twice where they are `unique`."""

    shape: Any
    unique: bool = False


@dataclass(frozen=True)
class Named:
    """A mapping with names of the person's own choice, which `names` must match."""

    shape: Any
    names: str = r"(?s).*"


@dataclass(frozen=True)
class Since:
    """A key that the format has from 3.`minor` on."""

    minor: int
    shape: Any


@dataclass(frozen=True)
class Keys:
    """A mapping with known keys. Keys that begin with `x-` are taken from 3.`own` on, any others from 3.`any` on."""

    known: Mapping[str, Any]
    own: int = NEVER
    any: int = NEVER
    required: tuple[str, ...] = ()


@dataclass
class Check:
    """Looks at values by version 3.`minor` of the format; `dropped` are the unknown keys that Docker takes and forgets."""

    minor: int
    instead: Mapping[str, str]
    dropped: list[Fault] = field(default_factory=list)

    def faults(self, value: object, shape: object, at: KeyPath = ()) -> Iterator[Fault]:
        """Everything in the value that Docker would refuse, in the order of the document."""
        if isinstance(shape, Kind):
            if not shape.fits(value):
                yield at, f"{shown(value)}: wanted {shape.words}"
        elif isinstance(shape, tuple):
            yield from self._of_choice(value, shape, at)
        elif isinstance(shape, Since):
            yield from self.faults(value, shape.shape, at)
        elif isinstance(shape, Each):
            yield from self._of_list(value, shape, at)
        elif not isinstance(value, dict):
            yield at, f"{shown(value)}: wanted a mapping, as in `key: value` on lines of its own"
        elif isinstance(shape, Named):
            yield from self._of_named(value, shape, at)
        elif isinstance(shape, Keys):
            yield from self._of_keys(value, shape, at)

    def _of_choice(self, value: object, shapes: tuple[object, ...], at: KeyPath) -> Iterator[Fault]:
        """The faults by the shape whose outer form fits; what fits none is wanted as the first."""
        attempts = []
        for shape in shapes:
            if isinstance(shape, Since) and shape.minor > self.minor:
                continue
            before = len(self.dropped)
            found = list(self.faults(value, shape, at))
            if not found:
                return
            del self.dropped[before:]
            attempts.append(found)
        deeper = [found for found in attempts if found[0][0] != at]
        yield from deeper[0] if deeper else attempts[0]

    def _of_list(self, value: object, shape: Each, at: KeyPath) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield at, f"{shown(value)}: wanted a list, each element after a hyphen"
            return
        seen: set[str] = set()
        for number, each in enumerate(value):
            yield from self.faults(each, shape.shape, (*at, number))
            written = json.dumps(each, sort_keys=True, default=str) if shape.unique else ""
            if shape.unique and written in seen:
                yield (*at, number), f"{shown(each)}: stands twice in the list: keep one of them"
            seen.add(written)

    def _of_named(self, value: dict[str, object], shape: Named, at: KeyPath) -> Iterator[Fault]:
        for name, each in value.items():
            if not re.fullmatch(shape.names, name):
                yield (*at, name), f"is no name: use letters, digits, '.', '_' and '-', as in {shape.names}"
            yield from self.faults(each, shape.shape, (*at, name))

    def _of_keys(self, value: dict[str, object], shape: Keys, at: KeyPath) -> Iterator[Fault]:
        for key, each in value.items():
            known = shape.known.get(key)
            if known is not None and not (isinstance(known, Since) and known.minor > self.minor):
                yield from self.faults(each, known, (*at, key))
            elif key.startswith("x-") and shape.own <= self.minor:
                pass
            elif shape.any <= self.minor:
                self.dropped.append(((*at, key), f"Docker drops it: {self._hint(key, shape)}"))
            elif isinstance(known, Since):
                yield (
                    (*at, key),
                    f"{shown(each)}: version 3.{self.minor} has no such key, 3.{known.minor} has it",
                )
            else:
                yield (*at, key), f"{shown(each)}: {self._hint(key, shape)}"
        for key in shape.required:
            if key not in value:
                yield (*at, key), "is missing"

    def _hint(self, key: str, shape: Keys) -> str:
        if key in self.instead:
            return f"a Swarm does not know this key: use {self.instead[key]}"
        if key.startswith("x-"):
            return "unknown key: keys of your own may stand in services and at the top, not here"
        similar = difflib.get_close_matches(key, shape.known, n=1)
        known = f"did you mean {similar[0]}?" if similar else f"known here are {', '.join(shape.known)}"
        return f"unknown key: {known}"


def shown(value: object) -> str:
    """A value for a message: short, in one line."""
    text = (
        repr(value)
        if isinstance(value, str)
        else "a mapping"
        if isinstance(value, dict)
        else "a list"
        if isinstance(value, list)
        else str(value)
    )
    return text if len(text) <= 60 else text[:57] + "..."
