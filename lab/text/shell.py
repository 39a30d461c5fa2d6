"""Commands that a person may paste into a shell: built as lists of words, quoted and composed here and nowhere else.

A line holds no control characters: a word that has some is written as a `printf` of their codes, so that the line can
be shown on a terminal as it is, and a POSIX shell still makes the very same word of it.
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NewType

from lab.text.shown import HIDDEN

Line = NewType("Line", str)
"""A line that was quoted here. What composes lines takes these alone, so that no text becomes code by mistake."""

NO_NUL = "\N{SYMBOL FOR NULL}"
"""Stands for the one character that no argument of a program can hold."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Output:
    """A word of a line: what another line prints, as `"$(...)"`, behind the text `before`.

    With `split` each word of what is printed is a word, and there is nothing before the first.
    """

    of: Line
    split: bool = False
    before: str = ""


class Arguments:
    """A word of a script: all the arguments that the script is given, as `"$@"`."""


Word = str | Output | Arguments


def command_line(words: Iterable[Word]) -> Line:
    """One line that a POSIX shell splits into exactly these words, whatever is in them."""
    return Line(" ".join(map(_word, words)))


def docker_command(*words: Word) -> Line:
    """A command of Docker's client, as it reaches its engine by itself: `docker ...`."""
    return command_line(("docker", *words))


def lab_command(*words: str) -> Line:
    """A command of the lab: `python -m lab ...`."""
    return command_line(("python", "-m", "lab", *words))


def accept_command(*words: str) -> Line:
    """A command of the front door: `./accept ...`."""
    return command_line(("./accept", *words))


def pytest_command(*words: str) -> Line:
    """A run of the suite: `python -m pytest ...`."""
    return command_line(("python", "-m", "pytest", *words))


def operands(*words: str) -> tuple[str, ...]:
    """Words that are no options, whatever they begin with: behind `--` where one begins with a dash.

    Docker's client, curl, grep, getent and what else reads its words by getopt or argparse take it so.
    """
    return ("--", *words) if any(word.startswith("-") for word in words) else words


def url_words(url: str) -> tuple[str, ...]:
    """A URL for curl, which would make several of one with braces or brackets in it."""
    return (*(("-g",) if re.search(r"[][{}]", url) else ()), *operands(url))


def piped(first: Line, *then: Line) -> Line:
    """Each line reads what the one before it prints."""
    return Line(" | ".join((first, *then)))


def one_after_another(first: Line, *then: Line) -> Line:
    """Each line runs once the one before it has ended well."""
    return Line(" && ".join((first, *then)))


def in_turn(first: Line, *then: Line) -> Line:
    """Each line runs once the one before it has ended, however it ended."""
    return Line("; ".join((first, *then)))


def reading_nothing(line: Line) -> Line:
    """The line with an input that has ended, for a program that would wait for more."""
    return Line(f"{line} </dev/null")


def noted(line: Line, note: str, **names: str) -> Line:
    """The line with a remark behind it, such as where it is to be run; `{name}` in the remark is one of `names`.

    Names are quoted there too: not every interactive shell takes what follows `#` for a remark.
    """
    return Line(f"{line}   # {note.format(**{name: _word(value) for name, value in names.items()})}")


def harmless(text: str) -> str:
    """A text of ours with foreign names in it, to stand beside a command: pasted along with it, it does nothing."""
    return command_line(text.split(" "))


def repeated(times: int, line: Line) -> Line:
    """The same line so many times."""
    return Line(f"for i in $(seq {times:d}); do {line}; done")


def with_variables(variables: Mapping[str, str], line: Line) -> Line:
    """The line with variables set for it alone. Raises ValueError for what no shell takes for a variable's name."""
    for name in variables:
        if not _VARIABLE.fullmatch(name):
            raise ValueError(f"{name} is no name of a variable")
    return Line(" ".join([*(f"{name}={_word(value)}" for name, value in variables.items()), line]))


def words_of(line: str) -> list[str]:
    """The words that a shell makes of a line. Raises ValueError where a quote is left open."""
    return shlex.split(line)


def _word(word: Word) -> str:
    if isinstance(word, Arguments):
        return '"$@"'
    if isinstance(word, Output):
        before = _word(word.before) if word.before else ""
        return f"$({word.of})" if word.split else f'{before}"$({word.of})"'
    word = word.replace("\0", NO_NUL)
    if HIDDEN.search(word):
        return _printed(word)
    # zsh looks for a program where an unquoted word begins with `=`.
    return f"'{word}'" if re.fullmatch(r"=[\w=.,:/@%+-]*", word, re.ASCII) else shlex.quote(word)


def _printed(word: str) -> str:
    """`"$(printf 'CODES')"`, in ASCII. `$( )` drops newlines at the end, so that these alone stand as they are."""
    kept = word.rstrip("\n")
    ends = len(word) - len(kept)
    codes = "".join(map(_code, _bytes_of(kept)))
    # '%b' would read `\c` and end there: the codes are the format itself, which has no other sign in it.
    return (f"\"$(printf '{codes}')\"" if kept else "") + ("'" + "\n" * ends + "'" if ends else "")


def _code(byte: int) -> str:
    return chr(byte) if re.fullmatch(rb"[A-Za-z0-9 ,./:=@_-]", bytes([byte])) else f"\\{byte:03o}"


def _bytes_of(word: str) -> bytes:
    try:
        return word.encode("utf-8", "surrogateescape")  # of a file's name that is no UTF-8, the bytes it has
    except UnicodeEncodeError:
        return word.encode("utf-8", "surrogatepass")
