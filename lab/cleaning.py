"""Clean-up that runs to its end: every step is tried, and every failure is reported."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import docker.errors
import requests

from lab.errors import CleanUpError, LabError

T = TypeVar("T")
Step = tuple[str, Callable[[], T]]
"""What is cleaned up, in a word or two, and how."""
FORESEEN = (LabError, docker.errors.DockerException, requests.exceptions.RequestException, OSError)
"""What an engine, a node or a disk does to a clean-up; any other exception is a mistake in our own code."""


def to_the_end(what: str, steps: Iterable[Step[T]]) -> list[T]:
    """Take every step, whatever the others do, and return what they returned, in order.

    Raises CleanUpError, whose text names every step that failed and why; ExceptionGroup when one failed by a
    mistake in our own code. The steps are drawn one by one, so a generator may look at what the last one did.
    """
    done: list[T] = []
    failed: list[tuple[str, Exception]] = []
    for name, step in steps:
        try:
            done.append(step())
        except Exception as error:  # noqa: BLE001 - all of them are raised below, when the last step is done
            failed.append((name, error))
    if failed:
        raise _joined(what, failed)
    return done


def _joined(what: str, failed: list[tuple[str, Exception]]) -> Exception:
    group = ExceptionGroup(what, [error for _, error in failed])
    if not all(isinstance(error, FORESEEN) for _, error in failed):
        return group
    joined = CleanUpError(f"{what}: " + "; ".join(f"{name}: {_words(error)}" for name, error in failed))
    joined.__cause__ = group
    return joined


def _words(error: Exception) -> str:
    explained = error.explanation if isinstance(error, docker.errors.APIError) else None
    return str(explained or error)


@contextlib.contextmanager
def undone_on_failure(undo: Callable[[], object]) -> Iterator[None]:
    """Undo what a block began when the block fails or is interrupted; the block's own error goes on.

    When the undoing fails too, nothing is hidden: a LabError becomes a CleanUpError that says both, any other error
    bears a note.
    """
    try:
        yield
    except BaseException as failure:
        try:
            undo()
        except FORESEEN as left:
            if isinstance(failure, LabError):
                raise CleanUpError(f"{failure}; then cleaning up failed as well: {left}") from failure
            failure.add_note(f"cleaning up failed: {left}")
        raise
