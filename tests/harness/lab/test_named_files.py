"""Files that a person names: regular ones, as large and as deep as is named; anything else is one line, at once."""

import os
import re
import signal
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.errors import InputError
from lab.named_files import caps, opening, writing
from lab.named_files.opening import NamedFileError
from lab.named_files.parsed import NotParsedError, parsed_json, parsed_toml
from lab.named_files.toml_lines import Place, line_of

KIND = replace(caps.STACK, most_bytes=10)
DEEPEST = 64


@pytest.fixture(autouse=True)
def _never_waits() -> Iterator[None]:
    """What opens a pipe and waits for its writer is a failure, not a hang."""
    signal.alarm(20)
    yield
    signal.alarm(0)


def refused(path: Path, kind: caps.Kind = KIND) -> str:
    """The reason why a file is not read."""
    with pytest.raises(NamedFileError) as caught:
        opening.read_text(path, kind)
    assert str(caught.value).startswith("stack file ")
    assert "\n" not in str(caught.value)
    return caught.value.reason


def test_what_is_no_regular_file_is_refused_by_what_it_is(tmp_path: Path) -> None:
    """Also behind a link; nobody is waited for, nothing is read."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to(tmp_path / "fifo")
    (tmp_path / "round").symlink_to(tmp_path / "round")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        assert refused(tmp_path / "socket") == "No such device or address"
    assert refused(tmp_path) == "it is a directory"
    for name in ("fifo", "link"):
        assert refused(tmp_path / name).startswith("it is a pipe, and only regular files are read")
    for device in ("/dev/zero", "/dev/tty", "/dev/null"):
        assert refused(Path(device)) in ("it is a device", "No such device or address")
    assert refused(tmp_path / "round") == "Too many levels of symbolic links"
    assert refused(tmp_path / "absent") == "No such file or directory"
    assert refused(tmp_path / ("a" * 5000)) == "File name too long"
    for name in ("a\0b", "\ud800"):
        assert refused(tmp_path / name) == "no file's name can hold such a character"


def test_a_link_to_a_regular_file_is_read(tmp_path: Path) -> None:
    """As a secret's mount in a container is one."""
    (tmp_path / "file").write_text("text")
    (tmp_path / "link").symlink_to("file")
    assert opening.read_text(tmp_path / "link", KIND) == "text"
    assert opening.check(tmp_path / "link", KIND) == tmp_path / "link"


def test_as_many_bytes_as_the_kind_allows_are_read(tmp_path: Path) -> None:
    """One more is refused; a file that tells a size of 0, as those of /proc, is counted as it is read."""
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    assert opening.read_bytes(path, KIND) == b"x" * 10
    path.write_bytes(b"x" * 11)
    much = "it has more than 10 bytes, the most of a stack file"
    assert refused(path) == much
    assert refused(Path("/proc/meminfo")) == much
    os.truncate(path, 2**40)
    assert refused(path) == much


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("é".encode("utf-16"), "it is no UTF-8 text but UTF-16: save it as UTF-8"),
        (
            "é".encode("utf-16-be").join([b"\xfe\xff", b""]),
            "it is no UTF-8 text but UTF-16: save it as UTF-8",
        ),
        ("é".encode("utf-32"), "it is no UTF-8 text but UTF-32: save it as UTF-8"),
        (b"a\nb\xff", "it is no UTF-8 text (line 2)"),
        (b"a\n\nb\0", "it is no text, it holds a NUL byte (line 3)"),
    ],
)
def test_what_is_no_text_is_said(content: bytes, said: str, tmp_path: Path) -> None:
    """The encoding where it can be told, else the line."""
    (tmp_path / "file").write_bytes(content)
    assert refused(tmp_path / "file") == said


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    """As editors on Windows write one."""
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbfa: 1")
    assert opening.read_text(tmp_path / "file", KIND) == "a: 1"


def test_what_is_there(tmp_path: Path) -> None:
    """A regular file is one, a pipe exists; a name that no file can have is neither."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "file").touch()
    names = ("file", "fifo", "absent", "a" * 5000, "a\0b")
    assert [opening.is_there(tmp_path / name) for name in names] == [True, False, False, False, False]
    assert [opening.exists(tmp_path / name) for name in names] == [True, True, False, False, False]


def test_nesting_is_read_to_the_named_depth() -> None:
    """One level more is refused, by brackets as by dotted keys; brackets and dots in texts are none."""
    assert parsed_json("[" * DEEPEST + "]" * DEEPEST) is not None
    assert parsed_toml("a = " + "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)) is not None
    assert parsed_toml("a." * (DEEPEST - 1) + "a = 1") is not None
    texts = f'''a = "{"[" * 99}" # {"[" * 99}\nb = """{"[" * 99}{"." * 99}"""\nc = '{"a." * 99}'\n'''
    assert set(parsed_toml(texts)) == {"a", "b", "c"}
    assert parsed_json(f'["{"[" * 99}", "\\"{"[" * 99}"]') is not None
    for parse, text in (
        (parsed_json, "[" * (DEEPEST + 1)), (parsed_toml, "a = " + "[" * (DEEPEST + 1)),
        (parsed_toml, "a." * DEEPEST + "a = 1"), (parsed_toml, "[" + "a." * DEEPEST + "a]"),
        (parsed_toml, "a." * 40 + "a = {" + "a." * 40 + "a = 1}"),
    ):  # fmt: skip
        with pytest.raises(NotParsedError, match="is nested deeper than 64 levels"):
            parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": {"b": [1, 18446744073709551616]}}', r"^a\.b\[1\]: holds a whole number beyond 64 bits"),
        ('{"a": -9223372036854775809}', "^a: holds a whole number beyond 64 bits"),
        ('{"a": 1e999}', "is not JSON: 1e999 is no finite number"),
        ('{"a": -Infinity}', "is not JSON: -Infinity is no finite number"),
        ('{"a": {"b": 1, "b": 2}}', "is not JSON: the key b is given twice"),
        ('{"\\udfff": 1}', "holds half a character"),
        ("{", "is not JSON: Expecting property name"),
        ('"' + '\\"' * 100_000, "is not JSON: Unterminated string"),
    ],
)
def test_json_that_is_none_of_ours(text: str, said: str) -> None:
    """Where in the document, and what."""
    with pytest.raises(NotParsedError, match=said):
        parsed_json(text)
    assert (
        parsed_json('{"a": [18446744073709551615, -9223372036854775808, 1.5, null, "\\u0000"]}') is not None
    )


def test_as_many_values_as_allowed() -> None:
    """Counted with every mapping and list."""
    assert parsed_json("[1, 2]", 3) == [1, 2]
    with pytest.raises(NotParsedError, match="holds more than 2 values"):
        parsed_json("[1, 2]", 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a = 18446744073709551616", "^a: holds a whole number beyond 64 bits"),
        ("\na = " + "9" * 5000, "line 2 holds a number of 5000 digits"),
        ('[a]\nb = ["\\u001b"]', r"^a\.b\[0\]: holds a control character, in the text \\x1b"),
        ('"\\u202e" = 1', r"the key \\u202e holds a control character"),
        (f'"{"k" * 2000}" = 1', "is too long: at most 1024 characters are read"),
        ("a = 1\na = 2", "is not TOML: Cannot overwrite a value"),
        ('a = "' + '\\"' * 100_000, "is not TOML: Unterminated string"),
        ('a = """' + '\\"' * 100_000, "is not TOML: Unterminated string"),
        ("a" * 200_000, "is not TOML: Expected '='"),
    ],
)
def test_toml_that_is_none_of_ours(text: str, said: str) -> None:
    """In a time that grows with the file, not with its square."""
    with pytest.raises(NotParsedError, match=said):
        parsed_toml(text)


TOML = """\
a = 1 # b = 2
[t]
"x y".z = 3

[[hosts]]
name = "b"
[[hosts]]
name = "c"
  [hosts.deep]
  k = 1
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("a",), 1), (("t", "x y", "z"), 3), (("t", "absent"), 2), (("hosts", 0, "name"), 6), (("hosts", 1, "name"), 8),
        (("hosts", 1, "deep", "k"), 10), (("hosts", 1, "absent"), 7), (("absent",), None), ((), None), (("b",), None),
    ],
)  # fmt: skip
def test_the_line_of_a_key(place: Place, line: int | None) -> None:
    """That of the key, or of the nearest above it; elements of a list are told apart."""
    assert line_of(TOML, place) == line


def test_where_nothing_can_be_written_is_said_before(tmp_path: Path) -> None:
    """A file that was there keeps its content, one that was not is not left; nobody's pipe is waited for."""
    kept = tmp_path / "kept"
    kept.write_text("text")
    writing.check(kept, "--json")
    writing.check(tmp_path / "new", "--json")
    writing.check(Path("/dev/null"), "--json")
    os.mkfifo(tmp_path / "fifo")
    assert (kept.read_text(), sorted(path.name for path in tmp_path.iterdir())) == ("text", ["fifo", "kept"])
    for path in (
        tmp_path,
        tmp_path / "fifo",
        tmp_path / "no/file",
        tmp_path / ("a" * 5000),
        tmp_path / "a\0",
    ):
        with pytest.raises(InputError, match=r"^--json .*: cannot be written: .*; give the path of a file$"):
            writing.check(path, "--json")


def test_a_refusal_is_one_line_of_a_length_that_is_read() -> None:
    """What a terminal would obey is written out, and of a long value the middle is left out."""
    said = str(InputError(f"a\nb\r\x1b[31m\u202e\ud800 {'x' * 5000} {'word ' * 500}end"))
    assert said.startswith(r"a\nb\r\x1b[31m\u202e\ud800 xxx")
    assert said.endswith("end")
    assert (len(said), re.findall(r"\((\d+) characters\)", said)[0]) == (800, "5000")
    assert str(InputError("as it is: é, 漢, [red]")) == "as it is: é, 漢, [red]"
