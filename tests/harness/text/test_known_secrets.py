"""A secret whose value is known is masked in every encoding, also where it was wrapped."""

import base64
import html
import json
from urllib.parse import quote

import pytest

from lab.text.masking import Masker
from lab.text.secrets import MASK

SECRET = 'north&<wind>"7/turn ö'
RAW = SECRET.encode()
KEY = "-----BEGIN X KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7\n-----END X KEY-----\n"


@pytest.mark.parametrize(
    "written",
    [
        SECRET, quote(SECRET), quote(quote(SECRET, safe=""), safe=""), quote(SECRET, safe="").lower(),
        html.escape(SECRET), json.dumps(SECRET), json.dumps(json.dumps(SECRET)), repr(RAW), RAW.hex(), RAW.hex().upper(),
        RAW.hex(":"), base64.b64encode(RAW).decode(), base64.b64encode(b"user:" + RAW + b":x").decode(),
        base64.urlsafe_b64encode(b"ab" + RAW).decode(), base64.b32encode(RAW).decode(), base64.b32encode(b"abc" + RAW).decode(),
        json.dumps(SECRET).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
        SECRET[:8] + "\n" + SECRET[8:], SECRET[:8] + "\\\n    " + SECRET[8:], SECRET[:8] + " │\n│ " + SECRET[8:],
        f"2026-11-28T01:00:00Z {SECRET[:8]}\n2026-11-28T01:00:00Z {SECRET[8:]}",
        SECRET[:8] + "\x1b[0m\x1b[31m" + SECRET[8:],
    ],
)  # fmt: skip
def test_a_known_secret_is_masked_however_it_is_written(written: str) -> None:
    """Nothing is left of it but what an encoding mixes with its neighbours, and the rest of the text stays."""
    masked = Masker([SECRET])(f"before\n{written}\nafter it")
    assert MASK in masked
    assert written not in masked
    assert masked.startswith("before")
    assert masked.endswith("\nafter it")
    assert len(masked) - len(MASK) <= len("before\n\nafter it") + 45


def test_each_line_of_a_known_key_is_masked() -> None:
    """A log shows a line of a secret file by itself."""
    assert Masker([KEY])("loaded BKcwggSjAgEAAoIBAQC7 first") == "loaded *** first"


def test_a_short_known_value_is_masked_beside_its_name_only() -> None:
    """`true` would be masked all over a page."""
    assert Masker(["true"])("healthy: true, password=true1") == "healthy: true, password=***"
