"""One process at a time, where two would spoil what they share; a dead holder's lock is free at once."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path, on_wait: Callable[[], None] | None = None) -> Iterator[None]:
    """Hold `path`, a file or folder that exists, against every other holder; nothing is written to it.

    `on_wait` is called once where another holds it, before we wait for them.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _lock(descriptor, on_wait)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def exclusive_folder(
    folder: Path, *, wait: bool = True, on_wait: Callable[[], None] | None = None
) -> Iterator[bool]:
    """Hold a folder that may come and go; yields whether it is held, which it always is with `wait`.

    It is made where it is not there, and removed at the end where it is empty. Whoever holds it may remove it.
    """
    while (descriptor := _made_and_opened(folder)) is None:
        continue
    try:
        if not wait and not _free(descriptor):
            yield False
            return
        _lock(descriptor, on_wait)
        if not _is_at(
            folder, descriptor
        ):  # its holder removed it while we waited: what is there now is another
            os.close(descriptor)
            descriptor = -1
            with exclusive_folder(folder, wait=wait, on_wait=on_wait) as held:
                yield held
            return
        try:
            yield True
        finally:
            remove_empty(folder)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def remove_empty(folder: Path) -> None:
    """Remove a folder that holds nothing; one that holds something, or is not there, stays as it is."""
    try:
        folder.rmdir()
    except OSError:
        return


def _made_and_opened(folder: Path) -> int | None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:  # another process removed it, or its empty parent, in between
        return None


def _is_at(folder: Path, descriptor: int) -> bool:
    try:
        return folder.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def _free(descriptor: int) -> bool:
    """Take the lock if it is free; returns whether we have it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock(descriptor: int, on_wait: Callable[[], None] | None) -> None:
    if not _free(descriptor):
        if on_wait is not None:
            on_wait()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
