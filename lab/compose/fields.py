"""How the parts of a stack file become their normal form: readers of values, and how an empty one is left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.compose import numbers_of_go as go

KeyPath = tuple[str | int, ...]
Read = Callable[[Any, KeyPath], Any]
"""A value and where it stands to its normal form, None to leave it out."""


@dataclass(frozen=True)
class Field:
    """A key that Docker prints though its value is empty: a pointer in Go."""

    read: Read


def kept(read: Read) -> Field:
    """The reader of a value that stays where it is empty or 0."""
    return Field(read)


def _is_empty(value: object) -> bool:
    return value is None or value is False or (not isinstance(value, bool) and value in (0, "", [], {}))


def struct(
    fields: Mapping[str, Read | Field], defaults: Mapping[str, Any] | None = None, texts: str = ""
) -> Read:
    """The reader of a mapping with these keys, others dropped; a text alone is the key `texts`."""

    def read(raw: Any, at: KeyPath) -> dict[str, Any]:  # noqa: ANN401 - a value of a stack file
        given = {texts: raw} if texts and isinstance(raw, str) else raw
        found: dict[str, Any] = dict(defaults or {})
        for key, value in given.items():
            if value is None or key not in fields:
                continue
            field = fields[key]
            is_kept = isinstance(field, Field)
            normal = field.read(value, (*at, key)) if isinstance(field, Field) else field(value, (*at, key))
            if (is_kept and normal is not None) or not _is_empty(normal):
                found[key] = normal
        return found

    return read


def each(read: Read) -> Read:
    """The reader of a list of such values."""
    return lambda raw, at: [read(one, (*at, index)) for index, one in enumerate(raw)]


def mapping() -> Read:
    """The reader of a mapping of texts: a number is written out, nothing is empty."""
    return lambda raw, _at: {key: "" if value is None else go.text_of(value) for key, value in raw.items()}


def pairs(bare: str | None) -> Read:
    """The reader of a mapping, or a list of `key=value`, as a mapping of texts; a key without value gives `bare`."""

    def read(raw: Any, _at: KeyPath) -> dict[str, str | None]:  # noqa: ANN401
        if isinstance(raw, Mapping):
            return {key: bare if value is None else go.text_of(value) for key, value in raw.items()}
        cut = (one.partition("=") for one in raw)
        return {key: value if equals else bare for key, equals, value in cut}

    return read
