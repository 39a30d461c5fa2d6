"""Several stack files laid over each other, by the rules of `docker stack deploy -c A -c B`."""

from collections.abc import Callable, Hashable
from functools import reduce
from typing import Any

Document = dict[str, Any]
REPLACED = ("command", "entrypoint", "ulimits", "dns", "dns_search", "tmpfs")
"""Lists of a service that the later file replaces; any other list goes on where the first one ends."""


def merged(documents: list[Document]) -> Document:
    """The documents, all in normal form, as one: mappings by key, the later value winning, lists joined."""
    return reduce(_laid_over, documents)


def _laid_over(base: Document, over: Document) -> Document:
    found = {**base, **{key: value for key, value in over.items() if key not in base}}
    for section in ("services", "networks", "volumes", "configs", "secrets"):
        if section in base and section in over:
            merge = _service if section == "services" else _mapping
            found[section] = _by_name(base[section], over[section], merge)
    return found


def _by_name(base: Document, over: Document, merge: Callable[[Document, Document], Document]) -> Document:
    joined = {name: merge(base[name], over[name]) for name in over if name in base}
    return {**base, **over, **joined}


def _mapping(base: Document, over: Document) -> Document:
    return {**base, **{key: _value(key, base.get(key), value) for key, value in over.items()}}


def _value(key: str, base: object, over: object) -> object:
    if isinstance(base, dict) and isinstance(over, dict):
        return _mapping(base, over)
    if isinstance(base, list) and isinstance(over, list):
        return over if key in REPLACED else [*base, *over]
    return base if over is None else over


def _service(base: Document, over: Document) -> Document:
    found = _mapping(base, over)
    for key, identity in _IDENTITIES.items():
        if key in base and key in over:
            found[key] = list({identity(each): each for each in [*base[key], *over[key]]}.values())
    return found


_IDENTITIES: dict[str, Callable[[Document], Hashable]] = {
    "ports": lambda port: (port.get("published") or ("", port["target"]), port.get("protocol")),
    "volumes": lambda volume: volume.get("target"),
    "configs": lambda config: config.get("source"),
    "secrets": lambda secret: secret.get("source"),
}
"""What makes two elements of such a list the same one, so that the later file's takes its place."""
