"""What a scalar of a stack file stands for, by the rules of Docker's YAML reader (go-yaml 3, resolve.go).

Neither those of YAML 1.1, which PyYAML has, nor quite those of 1.2: `yes` and `22:22` are texts, `017` and `0o17`
are 15, `08` is the fraction 8.0, and `2024-01-01` is a time.
"""

import base64
import binascii
import datetime
import math
import re

STR, INT, FLOAT, BOOL, NULL = "str", "int", "float", "bool", "null"
TIMESTAMP, BINARY, MERGE = "timestamp", "binary", "merge"
_PREFIX = "tag:yaml.org,2002:"
_WORDS: dict[str, tuple[str, object]] = {
    **dict.fromkeys(("true", "True", "TRUE"), (BOOL, True)),
    **dict.fromkeys(("false", "False", "FALSE"), (BOOL, False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (NULL, None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (FLOAT, math.nan)),
    **dict.fromkeys((f"{sign}{word}" for sign in ("", "+") for word in (".inf", ".Inf", ".INF")), (FLOAT, math.inf)),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), (FLOAT, -math.inf)),
    "<<": (MERGE, "<<"),
}  # fmt: skip
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INT = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<hex>[0-9a-fA-F]+)|0[bB](?P<bin>[01]+)|0[oO]?(?P<oct>[0-7]+)|(?P<dec>0|[1-9][0-9]*))"
)
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
_TIME = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:(?P<t>[Tt ])(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](?P<part>\d+))?"
    r"(?P<zone>Z|[-+]\d\d:\d\d)?)?",
    re.ASCII,
)


class Timestamp(str):
    """A time, which Docker takes for a text where any scalar may stand and for none where a text must."""

    __slots__ = ()


class ScalarError(ValueError):
    """A scalar that is not what its tag says."""


def resolved(tag: str, text: str, *, is_plain: bool) -> tuple[str, object]:
    """The kind and value of a scalar with the file's tag, or none; raises ScalarError."""
    short = tag.removeprefix(_PREFIX)
    if short == STR or (not tag and not is_plain):
        return STR, text
    if tag == f"{_PREFIX}{BINARY}":
        return BINARY, _decoded(text)
    if tag and (not tag.startswith(_PREFIX) or short not in (INT, FLOAT, BOOL, NULL, TIMESTAMP)):
        return tag, text
    kind, value = _guessed(text, may_be_time=short in ("", TIMESTAMP))
    if short == FLOAT and kind == INT and isinstance(value, int):
        return FLOAT, float(value)
    if short not in ("", kind):
        raise ScalarError(f"{text} is no {short}")
    return kind, value


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ScalarError("!!binary holds no base64 of a text") from error


def _guessed(text: str, *, may_be_time: bool) -> tuple[str, object]:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] == ".":
        value = _float(text)
        return (STR, text) if value is None else (FLOAT, value)
    if text[0] in "+-0123456789":
        time = _time(text) if may_be_time else None
        if time is not None:
            return TIMESTAMP, time
        return _number(text)
    return STR, text


def _number(text: str) -> tuple[str, object]:
    plain = text.replace("_", "")
    found = _INT.fullmatch(plain)
    if found is not None:
        digits = next(each for each in _BASES if found[each] is not None)
        if len(found[digits]) <= 64:
            value = int(found[digits], _BASES[digits]) * (-1 if found["sign"] == "-" else 1)
            if -(2**63) <= value < 2**63 or (not found["sign"] and value < 2**64):
                return INT, value
    fraction = _float(plain)
    return (STR, text) if fraction is None else (FLOAT, fraction)


def _float(text: str) -> float | None:
    if not _FLOAT.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def _time(text: str) -> Timestamp | None:
    found = _TIME.fullmatch(text)
    if found is None or (found["t"] in ("T", "t")) != (found["zone"] is not None):
        return None
    try:
        day = datetime.date(int(found[1]), int(found[2]), int(found[3]))
        clock = datetime.time(int(found[5] or 0), int(found[6] or 0), int(found[7] or 0))
    except ValueError:
        return None
    part = (found["part"] or "")[:9].rstrip("0")
    zone = "+0000 UTC" if found["zone"] in (None, "Z", "+00:00", "-00:00") else _zone(found["zone"])
    return Timestamp(f"{day.isoformat()} {clock.isoformat()}{f'.{part}' if part else ''} {zone}")


def _zone(text: str) -> str:
    offset = text.replace(":", "")
    return f"{offset} {offset}"
