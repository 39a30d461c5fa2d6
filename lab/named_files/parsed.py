"""JSON and TOML of a file that a person names: no deeper, longer or larger than is named, each key once."""

import json
import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from lab.named_files.caps import DEEPEST, HIGHEST_NUMBER, LONGEST_KEY, LOWEST_NUMBER, MOST_VALUES
from lab.named_files.toml_lines import Place
from lab.text.one_line import OneLineError, is_plain

Document = dict[str, Any]
_TOML_TEXTS = re.compile(
    r'"""(?:[^\\]|\\.)*?(?:"{3,5}|\\?\Z)|\'\'\'.*?(?:\'{3,5}|\Z)|"(?:[^"\\\n]|\\.)*"?|\'[^\'\n]*\'?|#[^\n]*',
    re.DOTALL,
)
_JSON_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)
"""Texts and comments. One without its end goes to the end of the line or file: no parser gets past it either."""
_BRACKETS = re.compile(r"[\[\]{}]")
_BETWEEN_KEYS = re.compile(r"[\[\]{}=,\n]")
_LONG_NUMBER = re.compile(r"\d[\d_]{25,}")
"""A number of more digits than 64 bits can have, even in octal."""
_SURROGATE = re.compile("[\ud800-\udfff]")


class NotParsedError(OneLineError):
    """A text that is no JSON or TOML as it is read here; `place` leads to the value that is wrong, where one is."""

    def __init__(self, text: str, place: Place = ()) -> None:
        super().__init__(f"{dotted(place)}: {text}" if place else text)
        self.place = place


def dotted(place: Place) -> str:
    """A place as a person writes it: `services.web.ports[0]`."""
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in place).removeprefix(".")


def parsed_json(text: str, most_values: int = MOST_VALUES) -> object:
    """The value. Raises NotParsedError."""
    _check_depth(_JSON_TEXTS.sub(_blanked, text))
    try:
        value = json.loads(
            text, object_pairs_hook=_once, parse_int=_whole, parse_float=_finite, parse_constant=_finite
        )
    except ValueError as error:
        raise NotParsedError(f"is not JSON: {error}") from error
    _check(value, most_values, is_typed=False)
    return value


def parsed_toml(text: str) -> Document:
    """The document. Raises NotParsedError, also for control characters in keys and texts."""
    bare = _TOML_TEXTS.sub(_blanked, text)
    _check_depth(bare)
    _check_dotted(bare)
    if (long := _LONG_NUMBER.search(bare)) is not None:
        raise NotParsedError(f"line {_line(bare, long.start())} holds a number of {len(long[0])} digits")
    try:
        value = tomllib.loads(text)
    except ValueError as error:  # among them dates that are none
        raise NotParsedError(f"is not TOML: {error}") from error
    _check(value, MOST_VALUES, is_typed=True)
    return value


def _check(value: object, most_values: int, *, is_typed: bool) -> None:
    """Raises NotParsedError for what is too deep, too much or no number of 64 bits.

    `is_typed` is for what a person types: no control character in a key or text. Without recursion, so that what is
    nested without end can be judged.
    """
    left: list[tuple[object, Place]] = [(value, ())]
    seen = 0
    while left:
        here, place = left.pop()
        seen += 1
        if len(place) > DEEPEST:
            raise NotParsedError(f"is nested deeper than {DEEPEST} levels", place[:1])
        if seen > most_values:
            raise NotParsedError(f"holds more than {most_values} values")
        if isinstance(here, Mapping):
            _check_keys(here, place, is_typed=is_typed)
        _check_scalar(here, place, is_typed=is_typed)
        left += [(each, (*place, key)) for key, each in _within(here)]


def _check_keys(mapping: Mapping[str, object], place: Place, *, is_typed: bool) -> None:
    for key in mapping:
        _check_scalar(key, place, is_typed=False)
        if not is_typed:
            continue
        if len(key) > LONGEST_KEY:
            raise NotParsedError(
                f"the key {key} is too long: at most {LONGEST_KEY} characters are read", place
            )
        if not is_plain(key):
            raise NotParsedError(f"the key {key} holds a control character", place)


def _within(value: object) -> Iterable[tuple[int | str, object]]:
    if isinstance(value, Mapping):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _check_scalar(value: object, place: Place, *, is_typed: bool) -> None:
    if isinstance(value, int) and not LOWEST_NUMBER <= value <= HIGHEST_NUMBER:
        raise NotParsedError("holds a whole number beyond 64 bits", place)
    if isinstance(value, str) and _SURROGATE.search(value):
        raise NotParsedError(f"holds half a character, in the text {value}", place)
    if is_typed and isinstance(value, str) and not is_plain(value):
        raise NotParsedError(f"holds a control character, in the text {value}", place)


def _check_depth(bare: str) -> None:
    """Counted before parsing, since parsers recurse; `bare` has no texts, whose brackets are none."""
    depth = 0
    for bracket in _BRACKETS.finditer(bare):
        depth = depth + 1 if bracket[0] in "[{" else max(depth - 1, 0)
        if depth > DEEPEST:
            line = _line(bare, bracket.start())
            raise NotParsedError(f"is nested deeper than {DEEPEST} levels, on line {line}")


def _check_dotted(bare: str) -> None:
    """Keys such as `a.a.a`, for which the parser takes a time that grows with the cube of their parts."""
    start = 0
    for between in _BETWEEN_KEYS.finditer(f"{bare}\n"):
        if bare.count(".", start, between.start()) >= DEEPEST:
            raise NotParsedError(f"is nested deeper than {DEEPEST} levels, on line {_line(bare, start)}")
        start = between.end()


def _blanked(text: re.Match[str]) -> str:
    """A text without what is in it, its lines kept."""
    return ("" if text[0][0] == "#" else "s") + "\n" * text[0].count("\n")


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _once(pairs: list[tuple[str, Any]]) -> Document:
    found = dict(pairs)
    if len(found) < len(pairs):
        ((key, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"the key {key} is given twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > len(str(HIGHEST_NUMBER)):
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _finite(written: str) -> float:
    value = float(written)
    if not math.isfinite(value):
        raise ValueError(f"{written} is no finite number")
    return value
