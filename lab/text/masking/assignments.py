"""Secrets that stand beside a telling name, whatever separates the two and however the value is written."""

import re
from collections.abc import Iterator
from functools import lru_cache

from lab.text.masking import values
from lab.text.masking.names import FOLDERS, IN_WORDS, STEMS, is_of_a_header, is_secret_name
from lab.text.masking.quoting import QUOTE
from lab.text.masking.view import Span

NAME_LONGEST = 80
"""Characters of a name before and behind what makes it secret; a longer run of letters is no name."""
_STEM = re.compile("|".join(sorted(map(re.escape, STEMS), key=len, reverse=True)))
_REST = re.compile(rf"[\w.-]{{0,{NAME_LONGEST}}}")
_IN_NAME = frozenset("-._")
_SIGN = (
    r"[=~-]>|[→⇒➜]|:=|[=!]==?|[?+]=|=|::?|\\{1,3}(?:u003[dDaA]|x3[dDaA])|&\#(?:61|58);|&equals;|"
    r"%(?:25)?3[dDaA](?:%20|\+)?|[|│]"
)
_SEPARATOR = re.compile(
    rf"(?P<close>{QUOTE})?\]?[)>]?"
    rf"(?:[ \t]{{0,32}}(?P<sign>{_SIGN})[ \t]{{0,32}}"
    rf"|(?P<comma>[ \t]{{0,32}},)\s{{0,32}}(?=[bBuU]?{QUOTE})"
    r"|(?P<tab>[ ]{0,32}\t[ \t]{0,64})|(?P<gap>[ ]{2,40})|(?P<blank>[ ])(?=\S))"
)
_NAMED_VALUE = re.compile(
    rf"{QUOTE}[\s,;]{{1,32}}(?:[\w-]{{1,20}}\s?[=:]\s?{QUOTE}[^\"'<>\n]{{0,80}}{QUOTE}[\s,]{{1,16}}){{0,3}}"
    rf"{QUOTE}?(?:[vV]alue|val|content)(?:{QUOTE})?\s{{0,8}}[=:]\s{{0,8}}"
)
"""`"name": "DB_PASSWORD", "value": "..."`, as Kubernetes and HAR have it, and as attributes in HTML."""
_VALUE_BELOW = re.compile(r"[ \t]{0,8}\r?\n[ \t-]{0,80}value:[ \t]{1,8}")
_PROPERTY = re.compile(r"[\"'][^<>]{0,80}>\s{0,64}")
_ATTRIBUTE = re.compile(r"\s{1,8}(?:[\w:-]{1,30}=[\"'][^\"'<>]{0,80}[\"']\s{1,8}){0,3}value\s?=\s?")
_FORM_PART = re.compile(r"[\"']?;?[^\n]{0,200}\r?\n(?:[\w-]{1,40}:[^\n]{0,200}\r?\n){0,4}\r?\n(?=[^\n-])")
_ELEMENT = re.compile(
    r"(?:\s[^<>]{0,200})?>\s{0,64}(?:<!\[CDATA\[)?|</[\w:.-]{1,30}>\s{0,64}<[\w:.-]{1,30}(?:\s[^<>]{0,200})?>\s{0,64}"
)
_TEXT = re.compile(r"(?:(?!\]\]>)[^<])+")
_COMMANDS = frozenset({"ENV", "ARG", "LABEL", "setenv", "SetEnv", "fastcgi_param"})
"""What stands before a name whose value follows after one blank, beside options of a command line."""
_WITH_A_BLANK = frozenset(
    {"requirepass", "masterauth", "masterpass", "static-auth-secret", "cli-password", "ldap_passwd"}
)
_IN_A_TUPLE = re.compile(rf"[(\[,]\s{{0,32}}[bBuU]?{QUOTE}$")
"""What stands before the first text of a pair; a text that is itself a value has a colon or an equals sign there."""
_LITERAL = frozenset(
    {"password", "passwd", "pwd", "passwort", "passphrase", "secret", "token", "apikey", "pass", "mdp"}
)
"""Names that two blanks or a bar separate from their value, as in a table."""
_FINDINGS = frozenset({"page-holds-secret", "turn-secret"})
_SAYING = ("error ", "note ", "ignored ")
"""Names of the static gate's rules, and what stands before a rule's name in its output: what follows is what it found."""
_RANDOM = re.compile(r"(?=\S{0,40}\d)(?=\S{0,40}[A-Za-z])[^\s=:(]{6,}")
"""What no sentence about a variable goes on with."""
BACK = 300
"""How far the beginning of a line is looked for; further on, a line is no key of YAML."""


def spans(text: str, small: str) -> Iterator[Span]:
    """Each place where a name of a secret is found is looked at once, left to right, and never within a value."""
    at = 0
    while (hit := _STEM.search(small, at)) is not None:
        start, end = _name_at(text, hit, at)
        at = max(hit.end(), end)
        if hit[0] not in IN_WORDS and not is_secret_name(text[start:end].strip("-._")):
            at = hit.end() if end - start > NAME_LONGEST else at
            continue
        if text[start:end] in FOLDERS and (text.startswith("=/", end) or text[start - 1 : start] == "$"):
            continue
        if text[start:end] in _FINDINGS and text.endswith(_SAYING, 0, start):
            continue
        for span in _values_of(text, start, end):
            yield span
            at = max(at, span[1])


def _name_at(text: str, hit: re.Match[str], floor: int) -> Span:
    start, floor = hit.start(), max(floor, hit.start() - NAME_LONGEST)
    while start > floor and (text[start - 1].isalnum() or text[start - 1] in _IN_NAME):
        start -= 1
    rest = _REST.match(text, hit.end())
    return start, hit.end() if rest is None else rest.end()


def _values_of(text: str, start: int, end: int) -> Iterator[Span]:
    """The value or values that belong to the name from `start` to `end`."""
    elsewhere = _named_elsewhere(text, start, end)
    if elsewhere is not None:
        yield from values.value(text, *elsewhere)
        return
    if (element := _ELEMENT.match(text, end)) is not None and (text[end] == "<" or _in_tag(text, start)):
        if (inner := _TEXT.match(text, element.end())) is not None and not _is_closing(text, start):
            yield inner.span()
        return
    separator = _SEPARATOR.match(text, end)
    if separator is not None and _separates(text, start, end, separator):
        yield from values.value(text, separator.end(), _context(text, start, end, separator))


def _named_elsewhere(text: str, start: int, end: int) -> tuple[int, values.Context] | None:
    """Where the value stands whose name is itself the value of `name`: in JSON, YAML, HTML and in a form."""
    before = text[max(0, start - 20) : start]
    if (found := _NAMED_VALUE.match(text, end)) is not None:
        return found.end(), values.Context()
    if re.search(r"<[\w:-]{1,12} name=[\"']$", before) and (found := _PROPERTY.match(text, end)) is not None:
        return found.end(), values.Context()
    if before.endswith("<") and (found := _ATTRIBUTE.match(text, end)) is not None:
        return found.end(), values.Context()
    if re.search(r"name=[\"']?$", before) and (found := _FORM_PART.match(text, end)) is not None:
        return found.end(), values.Context(whole_line=True)
    if re.search(r"name: {1,8}$", before) and (found := _VALUE_BELOW.match(text, end)) is not None:
        return found.end(), values.Context()
    return None


def _in_tag(text: str, start: int) -> bool:
    """Whether the name is that of an element, with its namespace or without."""
    return text[start - 1 : start] == "<" or (
        text[start - 1 : start] in ("/", ":") and "<" in text[max(0, start - 40) : start]
    )


def _is_closing(text: str, start: int) -> bool:
    tag = text.rfind("<", max(0, start - 40), start)
    return tag >= 0 and text[tag + 1 : tag + 2] == "/"


def _separates(text: str, start: int, end: int, separator: re.Match[str]) -> bool:
    kind = separator.lastgroup if separator["sign"] is None else "sign"
    name = text[start:end]
    if kind == "sign":
        if separator["sign"] not in "|│":
            return True
        alone = text[max(0, start - 40) : start].rstrip(" \t").endswith(("|", "│", "\n")) or _begins(
            text, start
        )
        return alone and name.strip("-._").lower() in _LITERAL
    if kind == "comma":
        return (
            separator["close"] is not None and _IN_A_TUPLE.search(text, max(0, start - 60), start) is not None
        )
    if kind == "tab":
        return separator["close"] is None
    if kind == "gap":
        return name.lower() in _LITERAL and separator["close"] is None
    if name.startswith("-"):
        return separator["close"] is None and not text.startswith("-", separator.end())
    if name.lower().strip("-._") in _WITH_A_BLANK:
        return True
    if name.isupper() and "_" in name and separator["close"] is None and _RANDOM.match(text, separator.end()):
        return True
    before = text[max(0, start - 40) : start].split()
    return separator["close"] is None and bool(before) and before[-1] in _COMMANDS


def _begins(text: str, start: int) -> bool:
    """Whether nothing but blanks stands before the name in the text."""
    return start <= 40 and not text[:start].strip()


def _context(text: str, start: int, end: int, separator: re.Match[str]) -> values.Context:
    line = text.rfind("\n", max(0, start - BACK), start) + 1
    known = line > 0 or start < BACK
    before = text[line:start] if known else "x"
    begins = re.fullmatch(r"[\s\-\"'>]*(?:export |set |env |\$ )?\s*[\"']?", before) is not None
    indent = len(before) - len(before.lstrip(" ")) if known else 0
    return values.Context(
        whole_line=is_of_a_header(text[start:end]),
        passphrase=begins and separator["sign"] in ("=", ":", ":=", "=>"),
        indent=indent,
        below=separator["sign"] is not None
        and begins
        and text[start:end].strip("\"'- ").lower() not in ("secrets", "tokens"),
        quoted_in=_opened(before) if is_of_a_header(text[start:end]) else "",
    )


@lru_cache(maxsize=256)
def _opened(before: str) -> str:
    """The quote that stands right before the name, as in `-H 'Cookie: ...'`."""
    found = re.search(rf"({QUOTE})\s*$", before)
    return found[1] if found else ""
