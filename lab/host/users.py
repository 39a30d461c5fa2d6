"""Who is at a lab now: each process that makes, changes, removes or judges one leaves a note for that while.

A note is a file that its process holds locked, so that the note of a process that died counts for nothing.
"""

import fcntl
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.host.locks import remove_empty
from lab.text.masking import Masker
from lab.text.one_line import one_line
from lab.text.shell import command_line

FOLDER = ".in-use"
"""Beside the labs' folders, and no lab's name: a lab's own folder may come and go meanwhile."""
LONGEST = 4000
"""Bytes of a note that are read."""


def this_process() -> str:
    """`pid 123: python -m lab up`, its secrets masked; what follows `-c` is left out."""
    words = [Path(sys.orig_argv[0]).name, *sys.orig_argv[1:]]
    if "-c" in words:
        words = words[: words.index("-c") + 1]
    return described(os.getpid(), words)


def described(pid: int, words: Iterable[str]) -> str:
    """A process by its number and its command line."""
    return f"pid {pid}: {one_line(Masker()(command_line(words)))}"


@contextmanager
def using(home: Path, lab: str, who: str) -> Iterator[None]:
    """While the block runs, `who` is among the users of the lab. Where no note can be left, there is none.

    At its end the notes of processes that were killed go too, and the folders where nothing else is in them.
    """
    descriptor, note = _left(home / FOLDER, f"{lab}.{os.getpid()}.", who)
    try:
        yield
    finally:
        if note is not None:
            note.unlink(missing_ok=True)
            os.close(descriptor)
            for other in note.parent.glob("*"):
                _read(other)
            remove_empty(note.parent)
            remove_empty(home)


def _left(folder: Path, start: str, who: str) -> tuple[int, Path | None]:
    """A new file of that text, locked; its name begins with `start`."""
    for number in range(1000):
        note = folder / f"{start}{number}"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(note, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        except (FileExistsError, FileNotFoundError):  # ours already, or the folder has just been removed
            continue
        except OSError:
            break
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, who.encode())
        return descriptor, note
    return -1, None


def users_of(home: Path, lab: str) -> tuple[str, ...]:
    """Who is at the lab, each once, in order of their notes; notes of processes that are gone are removed."""
    found = (_read(note) for note in sorted((home / FOLDER).glob(f"{lab}.*")))
    users = tuple(dict.fromkeys(each for each in found if each))
    remove_empty(home / FOLDER)
    return users


def _read(note: Path) -> str:
    """The text of a note whose process lives, else empty."""
    try:
        descriptor = os.open(note, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return os.read(descriptor, LONGEST).decode("utf-8", "replace")
    else:
        note.unlink(missing_ok=True)
        return ""
    finally:
        os.close(descriptor)
