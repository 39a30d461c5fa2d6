"""Commands that a person may paste into a shell, quoted in one place."""

import shlex
from collections.abc import Iterable


def command_line(words: Iterable[str]) -> str:
    """One line that a POSIX shell splits into exactly these words, whatever is in them."""
    return shlex.join(words)
