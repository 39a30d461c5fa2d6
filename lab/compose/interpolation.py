"""`${X}` in stack files, by the rules of `docker stack deploy` (which are fewer than those of Compose).

Docker fills in every value of the file and no key. Its rules are cli/compose/template and loader/interpolate.go of
docker/cli, their odd corners too: `$X-y` without braces has a default, and an error is forgotten where a later
variable of the same text can be filled in.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.compose import numbers_of_go as go
from lab.named_files.caps import MOST_TEXT

_REST = r"(?::?[-?][^}]*)?"
_NAME = r"[_a-zA-Z][_a-zA-Z0-9]*"
_PATTERN = re.compile(
    rf"\$(?:(?P<escaped>\$)|(?P<named>{_NAME}{_REST})|\{{(?P<braced>{_NAME}{_REST})\}}|(?P<wrong>))"
)
_UNCLOSED = re.compile(rf"\$(?:(?P<escaped>\$)|(?P<named>{_NAME}{_REST})|(?P<wrong>))(?P<braced>(?!))?")
"""The same where no `}` follows: what looks for one would read the rest anew at each `${`."""
_FORMS = (
    "is no form that `docker stack deploy` reads (the forms are $X, ${X}, ${X:-default}, ${X-default}, "
    "${X:?text} and ${X?text}); write $$ for a dollar sign"
)
Fail = Callable[[tuple[str | int, ...], str], Exception]
Path = tuple[str | int, ...]


class VariableError(ValueError):
    """A text whose variables cannot be filled in; the message says which and what to do."""


@dataclass(frozen=True)
class Substitution:
    """A text with its variables filled in; `forgotten` are errors that Docker forgets, each of which left nothing."""

    text: str
    forgotten: tuple[str, ...] = ()


@dataclass
class _Filling:
    environment: Mapping[str, str]
    error: str = ""
    forgotten: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)

    def one(self, match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        if self.error:
            self.forgotten.append(self.error)
        self.error = ""
        written = match["named"] or match["braced"]
        if not written:
            self.error = _FORMS
            return ""
        return self._value(written)

    def _value(self, written: str) -> str:
        """The first of `:-`, `-`, `:?` and `?` that stands anywhere in it decides, also where it stands in another's text."""
        for sign in (":-", "-", ":?", "?"):
            name, found, rest = written.partition(sign)
            if not found:
                continue
            value = self.environment.get(name)
            lacks = value is None or (sign[0] == ":" and value == "")
            if lacks and sign[-1] == "?":
                self.lacking.append(name)
                self.error = f"needs the variable {name}{f' ({rest})' if rest else ''}: export {name}=..."
                return ""
            return (rest if lacks else value) or ""
        return self.environment.get(written, "")


def filled_in(text: str, environment: Mapping[str, str]) -> Substitution:
    """The text with its variables filled in; an unset one without a default is empty. Raises VariableError."""
    filling = _Filling(environment)
    head, rest = _cut(text)
    found = _PATTERN.sub(filling.one, head) + _UNCLOSED.sub(filling.one, rest)
    if filling.error:
        raise VariableError(filling.error)
    return Substitution(found, tuple(filling.forgotten))


def substitute(text: str, environment: Mapping[str, str]) -> str:
    """What `filled_in` makes of the text. Raises VariableError."""
    return filled_in(text, environment).text


def _cut(text: str) -> tuple[str, str]:
    """The text up to its last `}`, and what follows; a default without braces goes on to the end."""
    end = text.rfind("}") + 1
    return text[:end], text[end:]


def unset(text: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables of the text that are not set and have no default: they come out empty."""
    head, rest = _cut(text)
    every = (*_PATTERN.finditer(head), *_UNCLOSED.finditer(rest))
    names = (match["named"] or match["braced"] for match in every if not match["escaped"])
    return tuple(
        dict.fromkeys(
            name for name in names if name and re.fullmatch(_NAME, name) and name not in environment
        )
    )


def required(text: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """The variables without which the text is refused, as far as they are not set."""
    filling = _Filling(environment)
    head, rest = _cut(text)
    _PATTERN.sub(filling.one, head)
    _UNCLOSED.sub(filling.one, rest)
    return tuple(dict.fromkeys(filling.lacking))


def _boolean(text: str) -> bool:
    if text.lower() in ("y", "yes", "true", "on"):
        return True
    if text.lower() in ("n", "no", "false", "off"):
        return False
    raise ValueError(f"{text!r}: wanted true or false")


def _integer(text: str) -> int:
    return go.integer(text)


def _casts() -> dict[tuple[str, ...], Callable[[str], object]]:
    """Where a text that a variable was filled into becomes a number or a truth value; `*` is any key."""
    of_service: dict[str, Callable[[str], object]] = {
        "configs.[].mode": _integer, "secrets.[].mode": _integer, "healthcheck.retries": _integer,
        "healthcheck.disable": _boolean, "deploy.replicas": _integer, "deploy.update_config.parallelism": _integer,
        "deploy.update_config.max_failure_ratio": go.fraction, "deploy.rollback_config.parallelism": _integer,
        "deploy.rollback_config.max_failure_ratio": go.fraction, "deploy.restart_policy.max_attempts": _integer,
        "deploy.placement.max_replicas_per_node": _integer, "ports.[].target": _integer, "ports.[].published": _integer,
        "ulimits.*": _integer, "ulimits.*.hard": _integer, "ulimits.*.soft": _integer, "privileged": _boolean,
        "oom_score_adj": _integer, "read_only": _boolean, "stdin_open": _boolean, "tty": _boolean,
        "volumes.[].read_only": _boolean, "volumes.[].volume.nocopy": _boolean,
    }  # fmt: skip
    found = {("services", "*", *key.split(".")): cast for key, cast in of_service.items()}
    for section, keys in (
        ("networks", ("external", "internal", "attachable")), ("volumes", ("external",)),
        ("secrets", ("external",)), ("configs", ("external",)),
    ):  # fmt: skip
        found |= {(section, "*", key): _boolean for key in keys}
    return found


CASTS = _casts()


def _cast_at(at: Path) -> Callable[[str], object] | None:
    """By the path as Docker writes it: a dot in a service's name makes it another one, which has no cast."""
    parts = ".".join("[]" if isinstance(part, int) else part for part in at).split(".")
    for pattern, cast in CASTS.items():
        if len(pattern) == len(parts) and all(
            wanted in ("*", part) for wanted, part in zip(pattern, parts, strict=True)
        ):
            return cast
    return None


@dataclass(frozen=True)
class Interpolated:
    """A document with its variables filled in; `forgotten` are paths and errors that Docker passes over in silence."""

    document: dict[str, Any]
    forgotten: tuple[tuple[Path, str], ...]


def interpolated(document: Mapping[str, Any], environment: Mapping[str, str], fail: Fail) -> Interpolated:
    """The document with its variables filled in; what cannot be is raised as `fail(path, reason)`."""

    length = 0
    forgotten: list[tuple[Path, str]] = []

    def walk(value: object, at: Path) -> object:
        nonlocal length
        if isinstance(value, dict):
            return {key: walk(each, (*at, key)) for key, each in value.items()}
        if isinstance(value, list):
            return [walk(each, (*at, number)) for number, each in enumerate(value)]
        if not isinstance(value, str) or "$" not in value:
            return value
        try:
            filled = filled_in(value, environment)
            cast = _cast_at(at) if filled.text != value else None
            found = filled.text if cast is None else cast(filled.text)
        except ValueError as error:
            raise fail(at, str(error)) from error
        forgotten.extend((at, text) for text in filled.forgotten)
        length += len(filled.text)
        if length > MOST_TEXT:
            raise fail(at, f"makes more than {MOST_TEXT} characters, its variables filled in")
        return found

    return Interpolated({key: walk(value, (key,)) for key, value in document.items()}, tuple(forgotten))


def escaped(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as a stack file that `docker stack deploy` reads back to the same values."""
    return {key: _escaped(value) for key, value in document.items()}


def _escaped(value: object) -> object:
    if isinstance(value, dict):
        return {key: _escaped(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    return value.replace("$", "$$") if isinstance(value, str) else value
