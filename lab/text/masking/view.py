"""A text as a finder reads it: without what stands between the letters, each place known in the text itself."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Span = tuple[int, int]
"""Where a secret begins, and where it ends (behind its last character)."""

_COLOUR = r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]"
_WHEN = r"(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?|\d\d:\d\d:\d\d(?:[.,]\d{1,9})?)"
_WHO = r"[\w.-]{0,100}[._-]\d{1,4}(?:\.\w{1,30})?(?:@[\w.-]{1,64})?"
_MARKS = ("\x1b", "\\x1b", "\\u001b", "\\033", "\\e[")
_BETWEEN = re.compile(
    rf"\x1b\][^\x07\x1b\n]{{0,500}}(?:\x07|\x1b\\)|{_COLOUR}|\\{{1,3}}(?:x1b|u001b|033|e)\[[0-?]{{0,64}}[@-~]|[\u200b-\u200f\u2060\ufeff\u00ad]"
)
"""Colours and titles of a terminal, and characters without width."""
_PREFIX = rf"(?:(?:{_COLOUR}){{0,4}}(?:{_WHEN}[ \t]|{_WHO}[ \t]{{1,64}}\|(?:[ \t]|{_COLOUR}|(?=\n)))[ \t]{{0,8}}){{1,3}}"
_FIRST, _AFTER_NEWLINE = re.compile(_PREFIX), re.compile(rf"\n({_PREFIX})")
"""What a logger puts before each line."""
_WRAPPED = re.compile(r"\n[\s|│>]*")
_AT_THE_END = frozenset(" \t\r\\|│")
"""A newline with the indentation and the frame of a text that was wrapped; before it, a continuation sign too."""
_FULL_WIDTH = {0xFF01 + each: 0x21 + each for each in range(94)} | {0xA0: 0x20, 0x3000: 0x20}
"""Full-width signs, and blanks of other kinds."""


@dataclass(frozen=True)
class View:
    """`text` is the original without some pieces; from `starts[i]` on, a place of it stands `shifts[i]` further on."""

    text: str
    starts: tuple[int, ...] = (0,)
    shifts: tuple[int, ...] = (0,)

    def original(self, span: Span) -> Span:
        """The same place in the original text, with the pieces left out that lie within."""
        return self._place(span[0]), self._place(span[1] - 1) + 1

    def _place(self, at: int) -> int:
        return at + self.shifts[bisect_right(self.starts, at) - 1]


def plain(text: str) -> View:
    """Without colours and prefixes of lines; full-width signs as the ones that they stand for."""
    return _ascii_signs(_without(text, [*_between(text), *_prefixes(text)]))


def unwrapped(text: str) -> View:
    """The same with its lines behind one another, as if the text had never been wrapped."""
    return _ascii_signs(_without(text, [*_between(text), *_prefixes(text), *_wraps(text)]))


def _between(text: str) -> Iterator[Span]:
    if not text.isascii() or any(mark in text for mark in _MARKS):
        yield from (found.span() for found in _BETWEEN.finditer(text))


def _prefixes(text: str) -> Iterator[Span]:
    if (first := _FIRST.match(text)) is not None:
        yield first.span()
    yield from (found.span(1) for found in _AFTER_NEWLINE.finditer(text))


def _wraps(text: str) -> Iterator[Span]:
    for found in _WRAPPED.finditer(text):
        start = found.start()
        while start and text[start - 1] in _AT_THE_END:
            start -= 1
        yield start, found.end()


def _without(text: str, pieces: Iterable[Span]) -> View:
    kept: list[str] = []
    starts, shifts, length, last = [0], [0], 0, 0
    for start, end in union(pieces):
        kept.append(text[last:start])
        length, last = length + start - last, end
        starts.append(length)
        shifts.append(last - length)
    return View("".join([*kept, text[last:]]), tuple(starts), tuple(shifts)) if kept else View(text)


def _ascii_signs(view: View) -> View:
    if view.text.isascii():
        return view
    return View(view.text.translate(_FULL_WIDTH), view.starts, view.shifts)


def lower(text: str) -> str:
    """The text in small letters, each at its place."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(each if len(each.lower()) != 1 else each.lower() for each in text)


def union(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans in order, those that touch or overlap as one."""
    start = end = -1
    for each in sorted(spans):
        if each[0] > end:
            if end > start:
                yield start, end
            start, end = each
        else:
            end = max(end, each[1])
    if end > start:
        yield start, end
