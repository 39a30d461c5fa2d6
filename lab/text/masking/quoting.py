"""How a value is quoted, whatever wrote it: JSON, JSON within JSON, a shell, HTML, percent-encoding."""

import re

QUOTE = r"(?:\\{0,7}[\"'`]|&quot;|&apos;|&\#0?3[49];|&\#[xX]2[27];|\\{1,3}u002[27]|%(?:25)?2[27]|[“”„«»‘’])"
"""A sign that begins or ends a quoted text."""
OPENED = re.compile(rf"(?:[bBuUrRfF@$]{{1,2}}(?=[\\\"'`]))?({QUOTE})")
_CLOSES = {"“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", "”": "”", "’": "’"}
LONGEST = 8_000
"""Characters in which a quoted text must end, else its quote is taken for a sign of the value."""


def closed(text: str, quote: str, at: int) -> int | None:
    """Where the text ends that `quote` opened before `at`; None where it has no end."""
    closing = _CLOSES.get(quote, quote)
    limit, place = min(len(text), at + LONGEST), at
    while True:
        found = [
            hit
            for each in (closing if quote in _CLOSES else (closing,))
            if (hit := text.find(each, place, limit)) >= 0
        ]
        if not found:
            return None
        end = min(found)
        if text[end - 1 : end] == "\\" and _is_escaped(text, end, at):
            place = end + 1
        elif quote == "'" and text[end + 1 : end + 2] == "'":
            place = end + 2
        else:
            return end


def _is_escaped(text: str, end: int, at: int) -> bool:
    """Whether an odd number of backslashes stands before a place; of a pair, one escapes the other."""
    count = 0
    while end - 1 - count >= at and text[end - 1 - count] == "\\" and count < 64:
        count += 1
    return count % 2 == 1
