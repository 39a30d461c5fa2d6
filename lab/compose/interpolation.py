"""`${X}` in stack files, by the rules of `docker stack deploy` (which are fewer than those of Compose)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from lab.named_files.caps import MOST_TEXT

SECTIONS = ("services", "networks", "volumes", "secrets", "configs")
"""Where Docker interpolates: the values, never the keys."""
_NAME = r"[_a-zA-Z][_a-zA-Z0-9]*"
_PATTERN = re.compile(
    rf"\$(?:(?P<escaped>\$)|(?P<named>{_NAME})|\{{(?P<braced>{_NAME})(?:(?P<how>:?[-?])(?P<rest>[^}}]*))?\}}|(?P<wrong>))"
)
_NEVER = "".join(rf"(?P<{group}>(?!))?" for group in ("braced", "how", "rest"))
_UNCLOSED = re.compile(rf"\$(?:(?P<escaped>\$)|(?P<named>{_NAME})|(?P<wrong>)){_NEVER}")
"""The same where no `}` follows: what looks for one would read the rest anew at each `${`."""
Fail = Callable[[tuple[str | int, ...], str], Exception]


class VariableError(ValueError):
    """A text whose variables cannot be filled in; the message says which and what to do."""


def substitute(text: str, environment: Mapping[str, str]) -> str:
    """The text with its variables filled in; an unset one without a default is empty. Raises VariableError."""

    def one(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        name = match["named"] or match["braced"]
        if name is None:
            raise VariableError(
                "is no form that `docker stack deploy` reads (those are $X, ${X}, ${X:-default}, ${X-default}, "
                "${X:?text} and ${X?text}); write $$ for a dollar sign"
            )
        return _value(name, match["how"] or "", match["rest"] or "", environment)

    head, rest = _cut(text)
    return _PATTERN.sub(one, head) + _UNCLOSED.sub(one, rest)


def _cut(text: str) -> tuple[str, str]:
    """The text up to its last `}`, and what follows."""
    end = text.rfind("}") + 1
    return text[:end], text[end:]


def _value(name: str, how: str, rest: str, environment: Mapping[str, str]) -> str:
    value = environment.get(name)
    lacking = value is None or (how.startswith(":") and value == "")
    if lacking and how.endswith("?"):
        raise VariableError(f"needs the variable {name}{f' ({rest})' if rest else ''}: export {name}=...")
    if lacking:
        return rest if how.endswith("-") else ""
    return value or ""


def unset(text: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables of the text that are not set and have no default: they come out empty."""
    head, rest = _cut(text)
    every = (*_PATTERN.finditer(head), *_UNCLOSED.finditer(rest))
    found = (match for match in every if not match["escaped"] and not match["how"])
    names = (match["named"] or match["braced"] for match in found)
    return tuple(dict.fromkeys(name for name in names if name and name not in environment))


def interpolated(document: Mapping[str, Any], environment: Mapping[str, str], fail: Fail) -> dict[str, Any]:
    """The document with its variables filled in; what cannot be is raised as `fail(path, reason)`."""

    length = 0

    def walk(value: object, at: tuple[str | int, ...]) -> object:
        nonlocal length
        if isinstance(value, dict):
            return {key: walk(each, (*at, key)) for key, each in value.items()}
        if isinstance(value, list):
            return [walk(each, (*at, number)) for number, each in enumerate(value)]
        if not isinstance(value, str) or "$" not in value:
            return value
        try:
            filled = Filled(substitute(value, environment))
        except VariableError as error:
            raise fail(at, str(error)) from error
        length += len(filled)
        if length > MOST_TEXT:
            raise fail(at, f"makes more than {MOST_TEXT} characters, its variables filled in")
        return filled

    return {key: walk(value, (key,)) if key in SECTIONS else value for key, value in document.items()}


class Filled(str):
    """A text that variables were filled into: where Docker wants a number, it takes such a text for one."""

    __slots__ = ()


def escaped(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as a stack file that `docker stack deploy` reads back to the same values."""
    return {key: _escaped(value) for key, value in document.items()}


def _escaped(value: object) -> object:
    if isinstance(value, dict):
        return {key: _escaped(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    return value.replace("$", "$$") if isinstance(value, str) else value
