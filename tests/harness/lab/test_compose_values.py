"""Single values of stack files: every form that Docker reads, and a refusal in one line for the rest."""

from pathlib import Path
from typing import Any

import pytest

from lab.compose import interpolation, numbers_of_go, reading, values
from lab.errors import InputError
from lab.named_files import caps


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0), ("1", 1), ("10b", 10), ("1k", 2**10), ("1KB", 2**10), ("1KiB", 2**10), ("3m", 3 * 2**20),
        ("2.5G", 5 * 2**29), ("1T", 2**40), ("5 M", 5 * 2**20),
        ("1.M", 2**20), (".5k", 512), ("1e3", 1000), ("+5k", 5 * 2**10), ("1P", 2**50),
    ],
)  # fmt: skip
def test_memory_is_bytes(text: str, size: int) -> None:
    """Units are powers of 1024, in either case."""
    assert values.is_memory(text)
    assert values.memory(text) == size


@pytest.mark.parametrize(
    "text", ["", "G", "-1", " 5M", "5M ", "1 2", "5x", "five", "1  M", "1gi", "1bb", "1E", "9999P"]
)
def test_what_is_no_memory_is_refused(text: str) -> None:
    """The text, and what to write."""
    assert not values.is_memory(text)
    with pytest.raises(ValueError, match=rf"'{text}' is no memory: write 512M or 2.5G"):
        values.memory(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (2**30, "1G"), (5 * 2**29, "2.5G"), (2**30 + 2**20, "1025M"), (2**20, "1M"), (3 * 2**19, "1.5M"),
        (2**20 + 1, "1M"), (2**10, "1K"), (1023, "1023"), (2**10 + 1, "1025"), (0, "0"),
    ],
)  # fmt: skip
def test_memory_is_written_short(size: int, text: str) -> None:
    """The largest unit that holds it in two places."""
    assert values.short_memory(size) == text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0), ("10s", 10.0), ("1m30s", 90.0), ("1.5h", 5400.0), (".5s", 0.5), ("1.s", 1.0), ("20ms", 0.02),
        ("5us", 5e-6), ("5µs", 5e-6), ("7ns", 7e-9), ("1h1m1s1ms", 3661.001), ("-1s", -1.0), ("+1s", 1.0),
    ],
)  # fmt: skip
def test_a_duration_is_seconds(text: str, seconds: float) -> None:
    """As Go writes them, units in any order."""
    assert values.is_duration(text)
    assert values.seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "10", "s", "1d", "1s ", "--1s", "1 m", "00", "-", ".s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """The text, and what to write."""
    assert not values.is_duration(text)
    with pytest.raises(ValueError, match=rf"'{text}' is no duration: write 10s or 1m30s"):
        values.seconds(text)


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("1m30s", "90s"),
        ("20ms", "0.02s"),
        ("1h", "3600s"),
        ("0", "0s"),
        ("7ns", "0.000000007s"),
        ("-5s", "-5s"),
    ],
)
def test_a_duration_is_written_in_seconds(text: str, one: str) -> None:
    """Whole ones without a fraction."""
    assert values.in_seconds(text) == one


@pytest.mark.parametrize(
    ("written", "ports"),
    [
        ("80", [(None, 80, "tcp")]), (80, [(None, 80, "tcp")]), ("8080:80", [(8080, 80, "tcp")]),
        ("1-2", [(None, 1, "tcp"), (None, 2, "tcp")]), ("53:53/UDP", [(53, 53, "udp")]), ("9:9/sctp", [(9, 9, "sctp")]),
        ("5-6:7-8/udp", [(5, 7, "udp"), (6, 8, "udp")]), ("1.2.3.4:5:6", [(5, 6, "tcp")]), ("[::1]:5:6", [(5, 6, "tcp")]),
        ("1.2.3.4::6", [(None, 6, "tcp")]), ("0:1", [(None, 1, "tcp")]), ("1-2-9:3-4-5", [(1, 3, "tcp"), (2, 4, "tcp")]),
        ("5-6:7", [(5, 7, "tcp"), (6, 7, "tcp")]), ("9-10:9-10", [(10, 10, "tcp"), (9, 9, "tcp")]),
        ("5/udp/x", [(None, 5, "udp")]),
        ("1:65535", [(1, 65535, "tcp")]), ("65535:1", [(65535, 1, "tcp")]),
    ],
)  # fmt: skip
def test_a_port_is_read_in_every_form(written: object, ports: list[tuple[int | None, int, str]]) -> None:
    """The short syntax comes to one long entry for each port, in the ingress mesh."""
    found = list(values.ports(written))
    assert [(each.get("published"), each["target"], each["protocol"]) for each in found] == ports
    assert {each["mode"] for each in found} == {"ingress"}
    assert all(None not in each.values() for each in found)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ({"target": 5}, {"target": 5, "mode": "ingress", "protocol": "tcp"}),
        (
            {"target": "5", "published": "6", "mode": "host", "protocol": "udp"},
            {"target": 5, "published": 6, "mode": "host", "protocol": "udp"},
        ),
        (
            {"target": 65535, "published": 0},
            {"target": 65535, "mode": "ingress", "protocol": "tcp"},
        ),
    ],
)
def test_the_long_syntax_is_kept(written: dict[str, Any], found: dict[str, Any]) -> None:
    """What is not given is as Docker has it; texts of numbers become numbers."""
    assert list(values.ports(written)) == [found]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("x", "'x' is no port: write 80:80, 53:53/udp or 40000-40009:40000-40009/udp"),
        ("5:7-8", "'5:7-8': 1 published ports for 2 targets"), ("a:5:7", "'a:5:7' is no port"), ("80:", "'80:' is no port"),
        ("5-7:7-8", "'5-7:7-8': 3 published ports for 2 targets"),
        ("5:7/icmp", "'5:7/icmp': the protocol is one of tcp, udp, sctp"),
        ("9-8:9-8", "9-8 is no range of ports: it runs from the lower to the higher, 0 to 65535"), ("65536", "65536 is no range"),
    ],
)  # fmt: skip
def test_a_wrong_port_is_one_line(written: object, said: str) -> None:
    """What was written, and what is wanted."""
    with pytest.raises(ValueError, match=said.replace("-", r"\-")):
        list(values.ports(written))


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("/data", {"type": "volume", "target": "/data"}),
        ("data:/d", {"type": "volume", "source": "data", "target": "/d"}),
        ("./d:/d", {"type": "bind", "source": "./d", "target": "/d"}),
        ("X:/d", {"type": "volume", "target": "X:/d"}),
        ("X:/d:/e", {"type": "bind", "source": "X:/d", "target": "/e"}),
        ("1:/d", {"type": "volume", "source": "1", "target": "/d"}),
        (".", {"type": "volume", "target": "."}),
        ("/h:/d:rw", {"type": "bind", "source": "/h", "target": "/d", "read_only": False}),
        ("/h:/d:rslave,z", {"type": "bind", "source": "/h", "target": "/d", "bind": {"propagation": "rslave"}}),
        ("~/h:/d:ro", {"type": "bind", "source": "~/h", "target": "/d", "read_only": True}),
        ("dd:/d:ro,nocopy", {"type": "volume", "source": "dd", "target": "/d", "read_only": True, "volume": {"nocopy": True}}),
        ({"type": "tmpfs", "target": "/t"}, {"type": "tmpfs", "target": "/t"}),
    ],
)  # fmt: skip
def test_a_volume_is_read_in_every_form(written: str | dict[str, Any], found: dict[str, Any]) -> None:
    """A path is a bind mount, a name is a volume."""
    made = values.volume(written)
    assert made == found
    assert made is not written


@pytest.mark.parametrize("written", ["", ":/d", "ab:", "ab:/b:ro:x", "ab::ro"])
def test_a_wrong_volume_is_one_line(written: str) -> None:
    """What was written, and what is wanted."""
    with pytest.raises(
        ValueError, match=f"'{written}' is no volume: write source:/target or source:/target:ro"
    ):
        values.volume(written)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []), ("  a\tb\n c ", ["a", "b", "c"]), ("a 'b c' \"d e\"", ["a", "b c", "d e"]), ("a\\ b", ["a b"]), ("''", [""]),
        ("x'y'\"z\"", ["xyz"]), ("a # b\nc", ["a", "c"]), ("a#b", ["a#b"]), ("# a", []), (r'"a\"b" x', ['a"b', "x"]),
        (r"'a\b' \#c", ["a\\b", "#c"]), ("a; b && c", ["a;", "b", "&&", "c"]),
    ],
)  # fmt: skip
def test_a_command_line_is_cut_as_docker_cuts_it(line: str, words: list[str]) -> None:
    """Both quotes, the backslash, and a comment where a word could begin."""
    assert values.words(line) == words


@pytest.mark.parametrize("line", ["a 'b", 'a "b', '"a\\"', "a\\", '"\\'])
def test_a_command_line_without_its_end_is_refused(line: str) -> None:
    """A quote or a backslash that something must follow."""
    with pytest.raises(ValueError, match=r"a quote is not closed|nothing follows the backslash"):
        values.words(line)


def test_an_amount_without_end_is_no_number() -> None:
    """Its length is bounded before any digit is read."""
    assert numbers_of_go.rational("0." + "5" * (caps.LONGEST_AMOUNT - 2)) > 0
    with pytest.raises(ValueError, match="is no number"):
        numbers_of_go.rational("0." + "5" * (caps.LONGEST_AMOUNT - 1))


@pytest.mark.parametrize(
    ("text", "number"), [("1/4", 0.25), ("+3/2", 1.5), ("5e-1", 0.5), (".5", 0.5), ("2", 2)]
)
def test_numbers_of_processors(text: str, number: float) -> None:
    """Every form that Go's big.Rat reads, fractions of two whole numbers too."""
    assert float(numbers_of_go.rational(text)) == number


@pytest.mark.parametrize("text", ["1/0", "1/00", "/2", "1/", "1/-2", "x", ""])
def test_what_is_no_number_of_processors(text: str) -> None:
    """A fraction by nothing is none either."""
    with pytest.raises(ValueError, match=r"is no number: write 0\.50"):
        numbers_of_go.rational(text)


def test_the_line_of_a_wrong_name_in_an_env_file(tmp_path: Path) -> None:
    """Counted from one."""
    (tmp_path / "env").write_text("A=1\n\nB C=2\n")
    (tmp_path / "stack.yml").write_text("services: {a: {image: x, env_file: ./env}}\n")
    with pytest.raises(InputError, match="line 3: B C is no variable's name"):
        reading.read([tmp_path / "stack.yml"], {})


@pytest.mark.parametrize(
    ("unit", "nanoseconds"),
    [("ns", 1), ("us", 1000), ("\u00b5s", 1000), ("\u03bcs", 1000), ("ms", 10**6), ("s", 10**9), ("m", 6 * 10**10),
     ("h", 36 * 10**11)],
)  # fmt: skip
def test_units_of_time(unit: str, nanoseconds: int) -> None:
    """The micro sign and the Greek letter are two characters, and Go reads both."""
    assert values.nanoseconds(f"3{unit}") == 3 * nanoseconds


def test_a_comment_in_a_later_line() -> None:
    """It ends with its own line."""
    assert values.words("a\n# b\nc") == ["a", "c"]


def test_the_variables_that_a_text_demands_are_named() -> None:
    """Those that are not set, each once; one with a default, one that is set and an escaped one are not among them."""
    text = "${A:?which} $B ${C:-c} ${D?} $${E?no} ${F:?set} ${A?again}"
    assert interpolation.required(text, {"F": "f", "D": ""}) == ("A",)
    assert interpolation.required(text, {"F": "", "A": "x"}) == ("D", "F")
