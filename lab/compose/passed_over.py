"""What Docker reads and passes over in silence: keys without effect, misspelt ones that it drops, variables not set."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lab.compose import interpolation, schema
from lab.compose.shapes import Fault, KeyPath
from lab.compose.values import PROPAGATIONS
from lab.compose.yaml_file import Source

VOLUME_OPTIONS = ("ro", "rw", "nocopy", *PROPAGATIONS)


def dotted(path: Iterable[object]) -> str:
    """A key's path as Docker writes it: `services.frontend.deploy.replicas`."""
    return ".".join(str(part) for part in path)


def lines(source: Source, dropped: Iterable[Fault]) -> Iterator[str]:
    """A line for each thing in the file that a Swarm does nothing with; `dropped` are those that reading it met."""
    if source.second is not None:
        yield f"{source.path}:{source.second}: only the file's first document is read: put what follows into a file of its own"
    if not source.document.get("services"):
        yield f"{source.path}: services: there are none: is it a stack file?"
    for name, service in (source.document.get("services") or {}).items():
        for path, reason in _of_service(service or {}):
            yield placed(source, ("services", name, *path), reason)
    for path, reason in dropped:
        yield placed(source, path, reason)


def placed(source: Source, path: KeyPath, reason: str) -> str:
    """The line for a key: where it or the nearest one above it stands, its path, and the reason."""
    where = next(
        (str(source.marks[path[:n]]) for n in range(len(path), 0, -1) if path[:n] in source.marks),
        str(source.path),
    )
    return f"{where}: {dotted(path)}: {reason}"


def _of_service(service: Mapping[str, Any]) -> Iterator[Fault]:
    has_policy = "restart_policy" in (service.get("deploy") or {})
    for key in service:
        if key == "restart" and not has_policy:
            yield (key,), "counts only where there is no deploy.restart_policy: write that"
        elif key in schema.IGNORED:
            yield (key,), "a Swarm does nothing with it"
    for number, port in enumerate(service.get("ports") or ()):
        if isinstance(port, dict) and not port.get("target"):
            yield ("ports", number), "publishes nothing: give `target:`, the port inside the container"
        outside = port.rpartition(":")[0].rpartition(":")[0] if isinstance(port, str) else ""
        if outside and "$" not in port:
            yield (
                ("ports", number),
                f"{port}: a Swarm publishes on every address of its nodes, not on {outside} alone",
            )
    for number, volume in enumerate(service.get("volumes") or ()):
        if isinstance(volume, dict) and not volume.get("target"):
            yield ("volumes", number), "mounts nothing: give `target:`, the path inside the container"
        if isinstance(volume, str) and "$" not in volume:
            yield from ((("volumes", number), text) for text in _of_volume(volume))


def _of_volume(volume: str) -> Iterator[str]:
    if volume[:1].isalpha() and volume[1:2] == ":":
        yield f"{volume}: one letter before a colon is a drive of Windows to Docker: give the volume a longer name"
        return
    for option in volume.split(":")[2].split(",") if volume.count(":") == 2 else ():
        if option not in VOLUME_OPTIONS:
            yield f"{volume}: Docker drops the option {option}; it knows {', '.join(VOLUME_OPTIONS)}"


def unset(source: Source, environment: Mapping[str, str]) -> Iterator[str]:
    """A line for each variable that is not set, has no default, and so comes out empty."""

    def walk(value: object, path: KeyPath) -> Iterator[str]:
        if isinstance(value, dict):
            for key, each in value.items():
                yield from walk(each, (*path, key))
        elif isinstance(value, list):
            for number, each in enumerate(value):
                yield from walk(each, (*path, number))
        elif isinstance(value, str) and "$" in value:
            for name in interpolation.unset(value, environment):
                yield placed(source, path, f"{name} is not set, and so is empty")

    return walk(source.document, ())
