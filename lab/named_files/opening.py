"""Reads a file that a person names: a regular one, as large as its kind may be, as UTF-8 text."""

import os
import stat
from pathlib import Path

from lab.errors import InputError
from lab.named_files.caps import Kind
from lab.text.one_line import one_line

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
"""Without waiting: whoever opens a pipe would else wait for another to write to it."""
_NOT_REGULAR = (
    (stat.S_ISDIR, "it is a directory"),
    (stat.S_ISFIFO, "it is a pipe, and only regular files are read: write it to a file first"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)
_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"), (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16"),
)  # fmt: skip
"""What a file begins with that an editor wrote in another encoding."""
BOM = "\ufeff"
_CHUNK = 2**20


class NamedFileError(InputError):
    """A file that cannot be used. `reason` is what is wrong with it, without its name."""

    def __init__(self, path: object, reason: str, kind: Kind, line: int | None = None) -> None:
        where = "" if line is None else f" (line {line})"
        super().__init__(f"{kind.what} {path}: cannot be read: {reason}; {kind.remedy}{where}")
        self.reason = one_line(f"{reason}{where}")


def read_bytes(path: Path, kind: Kind) -> bytes:
    """The content of a regular file; raises NamedFileError for anything else, and for more than the kind's bytes.

    The file is opened first and then looked at, so what is read is what was looked at.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        raise NamedFileError(path, _reason(error), kind) from error
    except ValueError as error:
        raise NamedFileError(path, "no file's name can hold such a character", kind) from error
    try:
        return _content(descriptor, path, kind)
    except OSError as error:
        raise NamedFileError(path, _reason(error), kind) from error
    finally:
        os.close(descriptor)


def read_text(path: Path, kind: Kind) -> str:
    """The content as text, without a byte order mark; raises NamedFileError, also for what is no UTF-8 or holds NUL."""
    return decoded(read_bytes(path, kind), path, kind)


def decoded(content: bytes, path: object, kind: Kind) -> str:
    """The same of bytes that were read already; `path` is where they came from."""
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if encoding is not None:
        raise NamedFileError(path, f"it is no UTF-8 text but {encoding}: save it as UTF-8", kind)
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise NamedFileError(path, "it is no text, it holds a NUL byte", kind, line)
    try:
        return content.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise NamedFileError(path, "it is no UTF-8 text", kind, line) from error


def check(path: Path, kind: Kind) -> Path:
    """The path of a file that others will read, if it could be read here. Raises NamedFileError."""
    read_bytes(path, kind)
    return path


def exists(path: Path) -> bool:
    """Whether there is anything of that name; False also for a name that no file can have."""
    try:
        path.lstat()
    except (OSError, ValueError):
        return False
    return True


def is_there(path: Path) -> bool:
    """Whether there is a regular file; False also for a name that no file can have."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _content(descriptor: int, path: Path, kind: Kind) -> bytes:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        what = next(
            (words for is_such, words in _NOT_REGULAR if is_such(status.st_mode)), "it is no regular file"
        )
        raise NamedFileError(path, what, kind)
    found = bytearray()
    # The size that is told is no promise: /proc tells 0, and a log grows while it is read.
    while status.st_size <= kind.most_bytes and len(found) <= kind.most_bytes:
        chunk = os.read(descriptor, min(_CHUNK, kind.most_bytes + 1 - len(found)))
        if not chunk:
            return bytes(found)
        found += chunk
    raise NamedFileError(path, f"it has more than {kind.most_bytes} bytes, the most of a {kind.what}", kind)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
