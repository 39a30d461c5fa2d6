"""On which line of a TOML file a key stands: its parser tells values only."""

import re
from collections.abc import Iterator, Sequence

Place = tuple[int | str, ...]
"""Where in a file: names of tables and keys, and places in lists."""
_PART = r"(?:\"(?:[^\"\\]|\\.)*\"|'[^']*'|[\w-]+)"
_KEY = rf"({_PART}(?:[ \t]*\.[ \t]*{_PART}){{0,63}})"
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*{_KEY}[ \t]*\]")
_ASSIGNED = re.compile(rf"[ \t]*{_KEY}[ \t]*=")
LONGEST_LINE = 4096
"""Characters of a line that are looked at; a key stands at its start."""


def line_of(text: str, place: Place) -> int | None:
    """The line of the key at `place`, or of the nearest above it that is written; None where there is none."""
    found, most = None, 0
    for number, written in _places(text):
        common = _common(written, place)
        if common > most:
            found, most = number, common
    return found


def _places(text: str) -> Iterator[tuple[int, Place]]:
    table: Place = ()
    counts: dict[Place, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        start = line[:LONGEST_LINE]
        if (header := _HEADER.match(start)) is not None:
            table = _within(counts, _parts(header[2]), is_element=header[1] == "[[")
            yield number, table
        elif (assigned := _ASSIGNED.match(start)) is not None:
            yield number, (*table, *_parts(assigned[1]))


def _within(counts: dict[Place, int], parts: Sequence[str], *, is_element: bool) -> Place:
    """The place of a table, with the number of each element of a list that it lies in."""
    place: Place = ()
    for number, part in enumerate(parts, 1):
        place = (*place, part)
        if is_element and number == len(parts):
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in re.findall(_PART, key))


def _common(written: Place, place: Place) -> int:
    """How many parts of `place` are written there; none where it leads elsewhere."""
    return len(written) if place[: len(written)] == written else 0
