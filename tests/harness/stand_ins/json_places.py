"""Whether a JSON document is as its shape declares it, place by place."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lab.text.json_document import VERSION, Shape

KINDS: Mapping[str, tuple[type, ...]] = {
    "text": (str,),
    "number": (int, float),
    "flag": (bool,),
    "text or null": (str, type(None)),
    "number or null": (int, float, type(None)),
    "flag or null": (bool, type(None)),
}


def document(text: str, shape: Shape) -> dict[str, Any]:
    """The document that `text` is, which must have no other place, no other kind, than `shape` declares."""
    found: dict[str, Any] = json.loads(text)
    assert (found.pop("document"), found.pop("version")) == (shape.command, VERSION)
    top = {place.partition(".")[0].partition("[")[0] for place in shape.keys}
    assert set(found) == top
    for place, value in leaves(found, shape.keys):
        assert place in shape.keys, f"{place} is not declared"
        kind = shape.keys[place].partition(": ")[0]
        fits = isinstance(value, KINDS[kind]) and (kind.startswith("flag") or not isinstance(value, bool))
        assert fits, f"{place}: {value!r} is no {kind}"
    return found


def leaves(value: object, declared: Mapping[str, str], place: str = "") -> Iterator[tuple[str, object]]:
    """Every text, number and flag with its place."""
    if isinstance(value, dict):
        for key, each in value.items():
            name = "*" if f"{place}.*" in declared else key
            yield from leaves(each, declared, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, declared, f"{place}[]")
    else:
        yield place, value


def full(text: str, shape: Shape) -> dict[str, Any]:
    """The same of a document in which every place that is declared holds something."""
    found = document(text, shape)
    there = {place for place, _ in leaves(found, shape.keys)}
    assert set(shape.keys) - there == set()
    return found
