"""Stack files as people write them: read, checked, interpolated, merged; a fault names file, line, key, remedy."""

import errno
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lab.compose import docker_config, interpolation, merging, reference, schema, yaml_file
from lab.compose.normal_form import Normaliser
from lab.compose.refusals import refusals
from lab.compose.yaml_file import KeyPath, Mark, Source
from lab.errors import InputError
from lab.named_files import caps, opening

Document = dict[str, Any]
OVER = "x-over"
"""The key by which a stack file of ours names the one it is laid over; Docker skips it."""
OBJECTS = {"networks": "network", "configs": "config", "secrets": "secret"}
PREDEFINED_NETWORKS = ("default", "host", "none", "bridge", "ingress")


@dataclass(frozen=True)
class Stack:
    """A stack, ready to be judged, changed and deployed: read once, and handed on as this value.

    `document` is in normal form (long port syntax, mappings, memory as a text of bytes, every variable filled
    in); paths in it start at `folder`. `ignored` are keys that a Swarm does nothing with, `unset` variables that
    came out empty, each with where it stands.
    """

    files: tuple[Path, ...]
    document: Document
    marks: Mapping[KeyPath, Mark] = field(repr=False)
    ignored: tuple[str, ...] = ()
    unset: tuple[str, ...] = ()

    @property
    def folder(self) -> Path:
        """Where relative paths start: the first file's folder, as with Docker."""
        return self.files[0].parent

    def where(self, *path: str | int) -> str:
        """`file:line` of the key, or of the nearest key above it that was written."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.marks:
                return str(self.marks[path[:length]])
        return str(self.files[-1])


def read(
    files: Sequence[Path], environment: Mapping[str, str] | None = None, docker: str | None = None
) -> Stack:
    """The stack that the files make, laid over each other in order; raises InputError.

    `environment` is what variables are filled in from (this process's when None). `docker` is a client whose
    `stack config` decides, as `docker_config.client()` finds it; without one our own reading holds.
    """
    known = dict(os.environ) if environment is None else environment
    sources = _sources(files)
    folder = sources[0].path.parent
    documents = [_document(source, known, folder) for source in sources]
    marks = {path: mark for source in sources for path, mark in source.marks.items()}
    stack = Stack(
        tuple(source.path for source in sources),
        merging.merged(documents),
        marks,
        tuple(text for source in sources for text in _ignored(source)),
        tuple(text for source in sources for text in _unset(source, known)),
    )
    if docker is not None:
        stack = _as_docker_reads(stack, docker, known)
    _check_whole(stack)
    return stack


def for_a_lab(files: Sequence[Path], variables: Mapping[str, str] | None = None) -> Stack:
    """The stack as a lab is to deploy it, by Docker's client where there is one; raises InputError.

    Variables are filled in from this process's environment, what the lab sets over it, and `variables` over both.
    The media host's address, which only a lab has, is `reference.NO_ADDRESS` until the stack is adapted to one.
    """
    known = {**os.environ, **reference.environment(), **(variables or {})}
    return read(files, known, docker_config.client())


def _sources(files: Sequence[Path]) -> list[Source]:
    found: dict[Path, Source] = {}
    for file in files:
        for source in _chain(file):
            found.setdefault(source.path.resolve(), source)
    if not found:
        raise InputError("no stack file: give one with --stack FILE")
    return list(found.values())


def _chain(file: Path) -> list[Source]:
    """A file behind all those that it is laid over."""
    chain = [yaml_file.read(file)]
    while (over := chain[0].document.get(OVER)) is not None:
        if not isinstance(over, str):
            raise _fail(chain[0], (OVER,), f"{schema.shown(over)}: wanted the path of a stack file")
        found = yaml_file.read(chain[0].path.parent / over)
        if found.path.resolve() in {source.path.resolve() for source in chain}:
            raise _fail(chain[0], (OVER,), f"{over}: leads back to a file that is laid over it")
        if len(chain) >= caps.MOST_LAYERS:
            raise _fail(chain[0], (OVER,), f"{over}: more than {caps.MOST_LAYERS} files laid over each other")
        chain.insert(0, found)
    return chain


def _fail(source: Source, path: tuple[str | int, ...], reason: str) -> InputError:
    """The error for a key: where it stands, its path, and the reason, which holds value and remedy."""
    mark: object = source.path
    for length in range(len(path), 0, -1):
        if path[:length] in source.marks:
            mark = source.marks[path[:length]]
            break
    return InputError(f"{mark}: {dotted(path)}: {reason}")


def dotted(path: Iterable[object]) -> str:
    """A key's path as Docker writes it: `services.frontend.deploy.replicas`."""
    return ".".join(str(part) for part in path)


def _document(source: Source, environment: Mapping[str, str], folder: Path) -> Document:
    fail = partial(_fail, source)
    version = str(source.document.get("version", "3"))
    if version.split(".")[0] != "3":
        raise fail(
            ("version",),
            f"{version!r}: a Swarm reads version 3 (3.8 and later have all keys), or none at all",
        )
    filled = interpolation.interpolated(source.document, environment, fail)
    for path, reason in schema.faults(filled):
        raise fail(path, reason)
    return Normaliser(folder, environment, fail).document(filled)


def _ignored(source: Source) -> list[str]:
    found = []
    for name, service in (source.document.get("services") or {}).items():
        for key in service or {}:
            if key in schema.IGNORED:
                mark = source.marks[("services", name, key)]
                found.append(f"{mark}: services.{name}.{key}: a Swarm does nothing with it")
    return found


def _unset(source: Source, environment: Mapping[str, str]) -> list[str]:
    found: list[str] = []

    def walk(value: object, path: tuple[str | int, ...]) -> None:
        if isinstance(value, dict | list):
            for key, each in value.items() if isinstance(value, dict) else enumerate(value):
                walk(each, (*path, key))
        elif isinstance(value, str) and path[0] in interpolation.SECTIONS:
            for name in interpolation.unset(value, environment):
                found.append(f"{source.marks[path]}: {dotted(path)}: {name} is not set, and so is empty")

    for key, section in source.document.items():
        walk(section, (key,))
    return found


def _as_docker_reads(stack: Stack, docker: str, environment: Mapping[str, str]) -> Stack:
    """The stack with Docker's reading of its files in place of ours."""
    answer = docker_config.read(docker, stack.files, environment)
    if answer is None:
        return stack
    if isinstance(answer, docker_config.Refusal):
        raise InputError(f"{stack.where(*answer.path)}: docker stack config refuses it: {answer.words}")
    source = Source(stack.files[-1], answer, stack.marks)
    document = Normaliser(stack.folder, environment, partial(_fail, source)).document(answer)
    return Stack(stack.files, document, stack.marks, stack.ignored, stack.unset)


def _check_whole(stack: Stack) -> None:
    """What can only be said of all files together: nothing is lacking that a service needs."""
    services = stack.document["services"]
    if not services:
        raise InputError(f"{stack.files[-1]}: services: there are none: is it a stack file?")
    for name, service in services.items():
        if not service.get("image"):
            raise InputError(
                f"{stack.where('services', name)}: services.{name}.image: is missing; a Swarm builds nothing. If this "
                "file is to be laid over another, give that one first: --stack BASE --stack THIS"
            )
        _check_references(stack, name, service)
    for section in ("configs", "secrets"):
        for name, entry in (stack.document.get(section) or {}).items():
            _check_object(stack, section, name, entry)
    for path, reason in refusals(stack.document):
        raise InputError(f"{stack.where(*path)}: {dotted(path)}: {reason}")


def _check_references(stack: Stack, name: str, service: Document) -> None:
    for section, what in OBJECTS.items():
        defined = stack.document.get(section) or {}
        for used in service.get(section) or ():
            wanted = used["source"] if isinstance(used, dict) else used
            if wanted not in defined and not (section == "networks" and wanted in PREDEFINED_NETWORKS):
                raise InputError(
                    f"{stack.where('services', name, section, wanted)}: services.{name}.{section}: {wanted!r} is no {what} "
                    f"of this stack: define it under the top-level `{section}:`"
                )
    for volume in service.get("volumes") or ():
        wanted = volume.get("source")
        if volume.get("type") == "volume" and wanted and wanted not in (stack.document.get("volumes") or {}):
            raise InputError(
                f"{stack.where('services', name, 'volumes')}: services.{name}.volumes: {wanted!r} is no volume of "
                "this stack: define it under the top-level `volumes:`, or write a path with ./ or /"
            )


def _check_object(stack: Stack, section: str, name: str, entry: Document) -> None:
    where = stack.where(section, name)
    if not entry.get("external") and "file" not in entry and "driver" not in entry:
        raise InputError(f"{where}: {section}.{name}: has neither `file:` nor `external: true`; give one")


def missing_files(stack: Stack, supplied: Iterable[str] = ()) -> tuple[str, ...]:
    """A line for each config and secret whose file is missing or cannot be read, and is not among `supplied`."""
    found = []
    for section in ("configs", "secrets"):
        for name, entry in (stack.document.get(section) or {}).items():
            file = entry.get("file")
            if file is None or file in supplied:
                continue
            path = stack.folder / file
            line = f"{stack.where(section, name, 'file')}: {section}.{name}.file: {path}"
            try:
                opening.check(path, caps.STACK_OBJECT)
            except opening.NamedFileError as error:
                is_lacking = error.reason == os.strerror(errno.ENOENT)
                why = "is not there: put it there" if is_lacking else f"cannot be read: {error.reason}"
                found.append(f"{line} {why}")
    return tuple(found)
