"""Files that a person wants written: whether they can be is said before the work whose result they take."""

import os
from pathlib import Path

from lab.errors import InputError

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
"""Nothing of a file that is there is lost; a pipe that nobody reads is refused instead of waited for."""


def check(path: Path, option: str) -> None:
    """Raises InputError where the file cannot be written; one that was not there is not left behind."""
    try:
        was_there = os.path.lexists(path)
        os.close(os.open(path, _FLAGS, 0o600))
        if not was_there:
            path.unlink()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no file's name can hold such a character"
        raise InputError(f"{option} {path}: cannot be written: {why}; give the path of a file") from error
