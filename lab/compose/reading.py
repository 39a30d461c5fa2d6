"""Stack files as people write them: read, checked, interpolated, merged; a fault names file, line, key, remedy."""

import errno
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from lab.compose import (
    docker_config,
    interpolation,
    merging,
    object_sizes,
    passed_over,
    reference,
    schema,
    yaml_file,
)
from lab.compose.normal_form import Normaliser
from lab.compose.passed_over import dotted
from lab.compose.refusals import refusals
from lab.compose.yaml_file import KeyPath, Mark, Source
from lab.errors import InputError
from lab.named_files import caps, opening

Document = dict[str, Any]
OVER = "x-over"
"""The key by which a stack file of ours names the one it is laid over; Docker skips it."""
VERSIONS = {
    "": schema.NEWEST,
    "3": schema.NEWEST,
    **{f"3.{minor}": minor for minor in range(schema.NEWEST + 1)},
}
"""What `version:` may say, and the 3.x that it comes to."""


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
    """The stack that the files make, laid over each other in order; raises InputError, also where no Swarm deploys it.

    `environment` is what variables are filled in from (this process's when None). `docker` is a client that is asked
    instead: tests hold its `stack config` and this reading together, so that no verdict needs one.
    """
    known = dict(os.environ) if environment is None else environment
    stack = as_written(files, known)
    if docker is not None:
        stack = _as_docker_reads(stack, docker, known)
    for path, reason in (*refusals(stack.document), *object_sizes.refusals(stack.document, stack.folder)):
        raise InputError(f"{stack.where(*path)}: {dotted(path)}: {reason}")
    return stack


def as_written(files: Sequence[Path], environment: Mapping[str, str]) -> Stack:
    """What `docker stack config` makes of the files: no more is asked than that they can be read; raises InputError."""
    sources = _sources(files)
    folder = sources[0].path.parent
    _check_versions(sources)
    parts = [_part(source, environment, folder) for source in sources]
    return Stack(
        tuple(source.path for source in sources),
        merging.merged([part.document for part in parts]),
        {path: mark for source in sources for path, mark in source.marks.items()},
        tuple(line for part in parts for line in part.ignored),
        tuple(line for source in sources for line in passed_over.unset(source, environment)),
    )


def for_a_lab(files: Sequence[Path], variables: Mapping[str, str] | None = None) -> Stack:
    """The stack as a lab is to deploy it; raises InputError.

    Variables are filled in from this process's environment, what the lab sets over it, and `variables` over both.
    The media host's address, which only a lab has, is `reference.NO_ADDRESS` until the stack is adapted to one.
    """
    known = {**os.environ, **reference.environment(), **(variables or {})}
    return read(files, known)


def by_itself(files: Sequence[Path], variables: Mapping[str, str] | None = None) -> Stack:
    """The stack as its file is judged or drafted from, without a lab; raises InputError.

    Variables are filled in from this process's environment, as a deploy does it; only what is not set there is the
    lab's. `variables` go over both.
    """
    return read(files, {**reference.environment(), **os.environ, **(variables or {})})


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
    return InputError(passed_over.placed(source, path, reason))


def _check_versions(sources: Sequence[Source]) -> None:
    minors = [_minor(source) for source in sources]
    for source, minor in zip(sources, minors, strict=True):
        if minor != minors[0]:
            raise _fail(
                source,
                ("version",),
                f"3.{minor}, and {sources[0].path} has 3.{minors[0]}: files laid over each other have one version; none "
                f"is 3.{schema.NEWEST}",
            )


def _minor(source: Source) -> int:
    written = source.document.get("version", "")
    minor = VERSIONS.get(written) if isinstance(written, str) else None
    if minor is None:
        raise _fail(
            source,
            ("version",),
            f"{schema.shown(written)}: a Swarm reads version 3 to 3.{schema.NEWEST} in quotes, or none at all",
        )
    return minor


@dataclass(frozen=True)
class _Part:
    """One file in normal form, and lines on what of it does nothing."""

    document: Document
    ignored: tuple[str, ...]


def _part(source: Source, environment: Mapping[str, str], folder: Path) -> _Part:
    fail = partial(_fail, source)
    filled = interpolation.interpolated(source.document, environment, fail)
    check = schema.checker(_minor(source))
    for path, reason in check.faults(filled.document, schema.STACK):
        raise fail(path, reason)
    document = Normaliser(folder, environment, fail).document(filled.document)
    dropped = [*filled.forgotten, *check.dropped]
    return _Part(document, tuple(passed_over.lines(source, dropped)))


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
