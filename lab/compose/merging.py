"""Several stack files laid over each other, by the rules of `docker stack deploy -c A -c B` (loader/merge.go of docker/cli).

They are those of the library that it merges with, odd corners too: an empty value does not replace one that is not,
but in labels and options it does; a network, volume, config or secret that is given again is a new one.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any

Document = dict[str, Any]
Element = dict[str, Any]
SECTIONS = ("networks", "volumes", "configs", "secrets")
_KEYED: dict[str, Callable[[Element], Any]] = {
    "ports": lambda port: port.get("published", 0),
    "volumes": lambda volume: volume.get("target", ""),
    "configs": lambda config: config.get("source", ""),
    "secrets": lambda secret: secret.get("source", ""),
}
"""What makes two elements of such a list the same one, so that the later one takes its place; sorted by it too."""


def merged(documents: list[Document]) -> Document:
    """The documents, all in normal form, as one."""
    found = reduce(_laid_over, documents)
    return {**found, "services": {name: _without_empty(each) for name, each in found["services"].items()}}


def _without_empty(service: Document) -> Document:
    """What was kept though it is empty, since files are laid over it in another way than over nothing."""
    kept = {key: value for key, value in service.items() if key not in _KEYED or value}
    if service.get("logging", {}).get("options") == {}:
        kept["logging"] = {key: value for key, value in service["logging"].items() if key != "options"}
    return kept


def _laid_over(base: Document, over: Document) -> Document:
    services = dict(base["services"])
    for name, service in over["services"].items():
        services[name] = _service(services[name], service) if name in services else service
    sections = {key: {**base.get(key, {}), **over.get(key, {})} for key in SECTIONS}
    return {**base, "services": services, **{key: value for key, value in sections.items() if value}}


def _service(base: Document, over: Document) -> Document:
    found = dict(base)
    for key, identity in _KEYED.items():
        if key in base:
            one_each = {identity(each): each for each in [*base[key], *over.get(key, [])]}
            found[key] = [one_each[each] for each in sorted(one_each)]
        elif key in over:
            found[key] = over[key]
    for key in ("command", "entrypoint"):
        if over.get(key):
            found[key] = over[key]
    for key, value in over.items():
        if key not in _KEYED and key not in ("command", "entrypoint"):
            found[key] = _value(key, base[key], value) if key in base else value
    return found


def _value(key: str, base: Any, over: Any) -> Any:  # noqa: ANN401 - values of a stack file
    """The value of a key that both have."""
    if key in _MAPPINGS:
        return _MAPPINGS[key](base, over)
    if isinstance(base, dict) and isinstance(over, dict):
        return {**base, **{k: _value(k, base[k], each) if k in base else each for k, each in over.items()}}
    if isinstance(base, list) and isinstance(over, list):
        return [*base, *over]
    return base if over is False or over == "0s" else over


def _pairs(base: Document, over: Document) -> Document:
    return {**base, **over}


def _variables(base: Document, over: Document) -> Document:
    """An empty value gives way to any other and replaces none."""
    return {**base, **{key: value for key, value in over.items() if value or not base.get(key)}}


def _logging(base: Document, over: Document) -> Document:
    """The same driver's options go together, but only where the first has any; another driver's replace all."""
    drivers = base.get("driver", ""), over.get("driver", "")
    if drivers[0] != drivers[1] and all(drivers):
        return over
    driver = {"driver": drivers[0] or drivers[1]} if any(drivers) else {}
    return driver | ({"options": {**base["options"], **over.get("options", {})}} if "options" in base else {})


def _networks(base: Document, over: Document) -> Document:
    return {**base, **{name: _network(base.get(name), each) for name, each in over.items()}}


def _network(base: Document | None, over: Document | None) -> Document | None:
    """Aliases are the later one's alone; an address stays where the later one has none, other options are the first's."""
    if base is None or over is None:
        return base if over is None else over
    kept = {key: value for key, value in base.items() if key != "aliases"}
    return {**kept, **{key: value for key, value in over.items() if key != "driver_opts"}}


_MAPPINGS: dict[str, Callable[[Document, Document], Document]] = {
    "environment": _variables, "args": _variables, "labels": _pairs, "sysctls": _pairs, "ulimits": _pairs,
    "logging": _logging, "networks": _networks,
}  # fmt: skip
