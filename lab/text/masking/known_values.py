"""Where a secret whose value is known stands in a text, in each of the usual encodings."""

import base64
import html
import json
import math
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from lab.text.masking.view import Span

SHORTEST = 6
"""Shorter known values are masked beside their names only; `1` or `true` would be masked all over the page."""
LINE_SHORTEST = 16
"""From this length on a single line of a known secret of several lines is masked too, as that of a key is."""


def every_form(secrets: Iterable[str]) -> tuple[str, ...]:
    """All texts that give one of the secrets away, the longest first."""
    values = {value for secret in secrets for value in _values(secret)}
    return tuple(
        sorted({form for value in values for form in _forms(value)}, key=lambda each: (-len(each), each))
    )


def _values(secret: str) -> Iterator[str]:
    for value in {secret, secret.strip()}:
        if len(value) >= SHORTEST:
            yield value
    lines = secret.splitlines()
    if len(lines) > 1:
        yield from (
            line.strip() for line in lines if len(line.strip()) >= LINE_SHORTEST and "-----" not in line
        )


def _forms(secret: str) -> set[str]:
    """The forms that a secret may have in a text: as it is, and in each of the usual encodings."""
    raw = secret.encode("utf-8", "surrogateescape")
    once = {quote(raw), quote(raw, safe=""), quote_plus(raw), "".join(f"%{byte:02X}" for byte in raw)}
    twice = {quote(each, safe="") for each in once}
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    escaped |= {_as_go(each) for each in escaped} | {secret.replace("/", "\\/")}
    written = {repr(secret)[1:-1], repr(raw)[2:-1], html.escape(secret), html.escape(secret, quote=False)}
    written |= {secret.replace("'", "'\\''"), secret.replace("$", "$$")}
    again = {json.dumps(each)[1:-1] for each in escaped}
    digits = {raw.hex(), raw.hex(" "), raw.hex(":"), "".join(f"\\x{byte:02x}" for byte in raw)}
    forms = {
        secret,
        *once,
        *twice,
        *escaped,
        *again,
        *written,
        *digits,
        *_inside_base64(raw),
        *_inside_base32(raw),
    }
    forms |= {_small_escapes(each) for each in (*once, *twice)} | {each.upper() for each in digits}
    forms |= {quote(each, safe="") for each in _inside_base64(raw)}
    return {form for form in forms if len(form) >= SHORTEST}


def _as_go(escaped: str) -> str:
    """As Go's JSON has it, which writes signs of HTML as escapes."""
    return escaped.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _small_escapes(quoted: str) -> str:
    """`%2F` as `%2f`, and nothing else in small letters."""
    parts = quoted.split("%")
    return "%".join([parts[0], *(part[:2].lower() + part[2:] for part in parts[1:])])


def _inside_base64(raw: bytes) -> set[str]:
    """A secret as part of a base64 text, as in `user:secret`, for each of the three offsets it may begin at."""
    forms = set()
    for before in range(3):
        first, end = math.ceil(before * 8 / 6), (before + len(raw)) * 8 // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            forms.add(encode(bytes(before) + raw)[first:end].decode())
    return forms


def _inside_base32(raw: bytes) -> set[str]:
    """The same in base32, whose letters mean five bits each."""
    forms = set()
    for before in range(5):
        first, end = math.ceil(before * 8 / 5), (before + len(raw)) * 8 // 5
        form = base64.b32encode(bytes(before) + raw)[first:end].decode()
        forms |= {form, form.lower()}
    return forms


def spans_of(forms: Iterable[str], text: str) -> Iterator[Span]:
    """Every place of every form; `str.find` is linear in the text."""
    for form in forms:
        at = text.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = text.find(form, at + len(form))
