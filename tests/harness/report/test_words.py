"""Values and failures in words: nothing as Python writes it, nothing lost that a reader needs."""

from collections import namedtuple
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fixtures.judge.verdicts import Verdict
from fixtures.observe.media.values import Candidate
from fixtures.report.legible import LEFT_OUT, legible, legible_end
from fixtures.report.plain import in_words, plain
from fixtures.report.rows import COLUMNS_MAX, as_rows, in_text, named_masked
from fixtures.report.values import Rows, TestEnd
from lab.text.secrets import Secret

CANDIDATE = Candidate("media.example", 40000, "udp", "host", "10.0.0.2")
Named = namedtuple("Named", "left right")


@dataclass(frozen=True)
class _Outer:
    name: str
    inner: tuple[Candidate, ...]


class _Bare:
    pass


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "–"),
        (True, "yes"),
        (0.1 + 0.2, "0.3"),
        (b"raw", "raw"),
        (Verdict.NOT_EXERCISED, "not exercised"),
        (datetime(2026, 11, 23, tzinfo=UTC), "2026-11-23T00:00:00+00:00"),
        (Path("/lab/ca.pem"), "/lab/ca.pem"),
        (["a", ("b", "c"), []], "a, (b, c), none"),
        ({"sky": "clear", "wind": {"from": "north"}}, "sky: clear; wind: (from: north)"),
        ({("a", "b"): 1}, "a, b: 1"),
        (Named("l", 2), "left: l; right: 2"),
        (SimpleNamespace(sky="clear", _own=1), "sky: clear"),
        (_Bare(), "_Bare"),
        (_Bare, "_Bare"),
        (len, "len"),
        (np.array(["a", "b"]), "a, b"),
        (np.float64(1.5), "1.5"),
        ({"key": Secret("hidden")}, "key: ***"),
        (ValueError("odd"), "odd"),
        (
            CANDIDATE,
            "host: media.example; port: 40000; protocol: udp; type: host; dialled: 10.0.0.2",
        ),
    ],
)
def test_a_value_in_words(value: object, words: str) -> None:
    """Whatever it is, one line that a person reads."""
    assert in_words(plain(value)) == words


def test_a_value_that_holds_itself_ends() -> None:
    """A circle is cut off."""
    circle: list[Any] = []
    circle.append(circle)
    assert in_words(plain(circle)).count("…") == 1


def test_a_dataclass_is_a_table_of_its_fields() -> None:
    """A row for each field, elements within it in words."""
    rows = as_rows("outer", _Outer("first", (CANDIDATE,))).rows
    assert rows[0] == ("name", "first")
    assert rows[1][0] == "inner"
    assert "host: media.example" in rows[1][1]


def test_alike_elements_are_columns() -> None:
    """A row for each element while its fields fit beside one another, else one cell each."""
    found = as_rows("candidates", [CANDIDATE, {"host": "other", "secret": "zz"}])
    assert found.head == ("host", "port", "protocol", "type", "dialled", "secret")
    assert found.rows[1] == ("other", "", "", "", "", "***")
    wide = as_rows("wide", [{str(n): n for n in range(COLUMNS_MAX + 1)}])
    assert wide.head == ("value",)


def test_a_row_of_a_secret_is_masked() -> None:
    """The last part of a name says it too."""
    rows = (("turn.api_token", "zz"), ("port", "1"), ())
    assert named_masked(Rows("", (), rows)).rows == (("turn.api_token", "***"), ("port", "1"), ())


def test_cells_that_are_no_text() -> None:
    """A table may be handed over with any value in it."""
    rows = in_text(Rows("t", ("a",), ((CANDIDATE, ["x", "y"], None),)))  # type: ignore[arg-type]
    assert rows.rows[0][1:] == ("x, y", "–")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"first has no pair: {(CANDIDATE,)}", f"first has no pair {LEFT_OUT}"),
        (f"heard {['a']}, wanted b", f"heard {LEFT_OUT}"),
        ("got b'x'", f"got {LEFT_OUT}"),
        ("got <tests._Bare object at 0x7f00>", f"got {LEFT_OUT}"),
        (f"got { ({'a': 1}) }", f"got {LEFT_OUT}"),
        ("assert not (Link(direction='send'),)", f"instead {LEFT_OUT}"),
    ],
)
def test_a_line_is_cut_where_a_python_value_begins(text: str, left: str) -> None:
    """The words before it stay; a line without any gets those that stand for it."""
    assert legible(text, "instead") == left


@pytest.mark.parametrize(
    "text",
    [
        "10 of 30 requests failed: 20x 200 (p50 24 ms)",
        "see: docker service inspect x --format '{{json .Spec}}'",
        'curl -w "%{http_code}" https://jbcalling.site/',
        "test_every_request[jbcalling.site]: 504",
        "GET /<path> (dialled at 10.0.0.2:443)",
        "the replicas' addresses",
        "",
    ],
)
def test_words_and_commands_stay(text: str) -> None:
    """What no Python value stands in is left as it is."""
    assert legible(text, "instead") == text


def test_a_failure_that_shows_values_only() -> None:
    """Its claim says what does not hold; the traceback keeps the values."""
    text = f"assert not {(CANDIDATE,)}"
    end = legible_end(
        TestEnd("t.py::test_x", "", "It relays.", "failed", 0.1, why=text, text=text, detail=text)
    )
    assert end.why == end.text == f"does not hold: It relays. {LEFT_OUT}"
    assert end.detail == text
