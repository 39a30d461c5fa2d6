"""Private keys in PEM and its relatives: spread over lines of a log, in one line with `\\n`, cut off at either end."""

import re
from collections.abc import Iterator

from lab.text.masking.view import Span

LONGEST = 20_000
"""Characters of a key from its first line to its last; an RSA key of 16,384 bits has 12,700."""
_BEGIN = re.compile(
    r"-{4,5} ?BEGIN [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)? ?-{4,5}|PuTTY-User-Key-File-\d:|Private-Lines: \d+"
)
_END = re.compile(r"-{4,5} ?END [A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)? ?-{4,5}|Private-MAC: [0-9a-f]+")
_BODY = re.compile(
    r"[^\n]{0,200}?(?<![\w+/=])[A-Za-z0-9+/=]{16,}[\"',\\r]{0,4}(?:\n|\Z)"
    r"|[A-Za-z0-9+/=]{0,64}[ \t\r]{0,4}\n|(?:Proc-Type|DEK-Info|Comment|Version|Encryption): [^\n]{0,200}\n"
)
"""A line of a key's body, with the log's prefix; an empty line or a header of an encrypted key."""
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/=]|\\n|\\r| (?=[A-Za-z0-9+/=]{16}))+")
_ENCODED = re.compile(
    r"LS0tLS1CRUdJTi(?!BDRVJUSUZJQ0FURS|BQVUJMSUMg)[A-Za-z0-9+/=]{8,}(?:\r?\n[ \t]{0,40}[A-Za-z0-9+/=]{40,})*"
)
"""`-----BEGIN ` in base64, as Kubernetes writes a key; a certificate or a public key may be seen."""
MARKS = ("PRIVATE KEY", "PuTTY-User-Key", "Private-Lines", "LS0tLS1CRUdJTi")


def spans(text: str, small: str) -> Iterator[Span]:
    """Whole keys; of one that is cut off, what there is of its body."""
    if not any(mark in text for mark in MARKS):
        return
    yield from (found.span() for found in _ENCODED.finditer(text))
    ends = [found.span() for found in _END.finditer(text)]
    at, number = 0, 0
    while (begin := _BEGIN.search(text, at)) is not None:
        while number < len(ends) and ends[number][0] < begin.end():
            yield from _before(text, ends[number], at)
            number += 1
        if number < len(ends) and ends[number][1] - begin.start() <= LONGEST:
            end = ends[number][1]
            number += 1
        else:
            end = _body_end(text, begin.end())
        yield begin.start(), end
        at = end
    for each in ends[number:]:
        yield from _before(text, each, at)
        at = each[1]


def is_open(text: str) -> bool:
    """Whether a key begins in the text and does not end in it: what follows may belong to it."""
    if not any(mark in text for mark in MARKS):
        return False
    last = max((found.end() for found in _BEGIN.finditer(text)), default=None)
    return last is not None and _END.search(text, last) is None


def _body_end(text: str, at: int) -> int:
    """Where the body of a key ends that has no last line."""
    limit = min(len(text), at + LONGEST)
    found = _BASE64.match(text, at, limit)
    end = found.end() if found else at
    while end < limit and (line := _BODY.match(text, end, limit)) is not None and line.end() > end:
        end = line.end()
    return end


def _before(text: str, end: Span, floor: int) -> Iterator[Span]:
    """The lines of a body whose first line is missing, back from its last one."""
    first = start = end[0]
    floor = max(floor, start - LONGEST)
    while start > floor:
        line = max(text.rfind("\n", floor, start - 1) + 1, floor)
        if not re.search(
            r"[A-Za-z0-9+/=]{16,}[\"',\\r]{0,4}$", text[max(line, start - 400) : start].rstrip("\n")
        ):
            break
        start = line
        if line == floor:
            break
    if start < first:
        yield start, end[1]
