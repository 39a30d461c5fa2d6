"""A stack made ready for nodes whose own client is older than what the file asks for: each change is said."""

import copy
import re
from dataclasses import replace
from typing import Any

from lab.adapt.changes import Change, Kind
from lab.adapt.render import Rendered

OLDER_VERSION = "3.9"
"""The newest format of a stack file that the client of engine 20.10 reads."""
_VERSION = "unsupported Compose file version"
_KEY = re.compile(r"(?P<place>\S+) Additional property (?P<key>\S+) is not allowed")


def fitted(rendered: Rendered, said: str) -> Rendered | None:
    """The stack without what the client refused with these words for being too new, and one change more; None where it
    refused it for anything else. A key is taken out only of a file that was brought to the older format before."""
    document = copy.deepcopy(rendered.document)
    version = str(document.get("version", ""))
    if _VERSION in said and version != OLDER_VERSION:
        document["version"] = OLDER_VERSION
        text = f"version: {version} -> {OLDER_VERSION} (the client of these nodes reads no newer format)"
        return _with(rendered, document, text)
    found = _KEY.search(said)
    if found is None or version != OLDER_VERSION:
        return None
    holder = _at(document, found["place"])
    if holder is None or found["key"] not in holder:
        return None
    value = holder.pop(found["key"])
    text = f"{found['place']}.{found['key']}: {value} taken out (the client of these nodes does not know the key)"
    return _with(rendered, document, text)


def _with(rendered: Rendered, document: dict[str, Any], text: str) -> Rendered:
    return replace(rendered, document=document, changes=(*rendered.changes, Change(Kind.FORMAT, text)))


def _at(value: Any, place: str) -> dict[str, Any] | None:  # noqa: ANN401
    """The mapping at a place as the client writes it, with dots between keys, which may hold dots themselves."""
    if not place:
        return value if isinstance(value, dict) else None
    keys = (
        value
        if isinstance(value, dict)
        else {str(n): each for n, each in enumerate(value)}
        if isinstance(value, list)
        else {}
    )
    for key, each in keys.items():
        if place == key or place.startswith(f"{key}."):
            found = _at(each, place[len(key) + 1 :])
            if found is not None:
                return found
    return None
