"""Access lines that a visitor makes long, or has cut: read in time that grows with their length, counted, never red."""

import json
import time

import pytest

from fixtures.observe.http.access_log import (
    AccessLogError,
    MarkMissingError,
    between,
    parse,
    parse_line,
    window,
)
from tests.harness.observe.test_access_log import CUT, JSON_PAGE, PAGE, mark, read


def test_a_visitors_unreadable_line_is_counted_and_is_no_error() -> None:
    """Any visitor can have a line cut: it is told with its beginning, and nothing else is said of the window."""
    seen = window(parse([mark("aa"), CUT[:80], PAGE, "2026 INF", CUT[:90], mark("bb")]), "aa", "bb")
    assert ([line.status for line in seen.lines], len(seen.unread)) == ([200], 2)
    assert seen.unread_text == f' (2 access lines could not be read, the first: "{CUT[:80]}")'
    assert window(parse([mark("aa"), PAGE, mark("bb")]), "aa", "bb").unread_text == ""
    alone = window(parse([CUT[:80], mark("aa"), "\x1b[2J" + CUT[:80], mark("bb"), CUT[:80]]), "aa", "bb")
    assert alone.lines == ()
    assert (
        alone.unread_text
        == f' (1 access line could not be read, the first: "\\x1b[2J{CUT[:76]}..." (84 bytes))'
    )


@pytest.mark.parametrize("lost", ["aa", "bb"])
def test_an_unreadable_line_of_our_own_mark_is_said(lost: str) -> None:
    """It is in the log, so the log is the right one: what is wrong is the line, which is shown."""
    cut = {lost: 80}
    lines = [mark("aa")[: cut.get("aa")], PAGE, mark("bb")[: cut.get("bb")]]
    with pytest.raises(
        AccessLogError, match=f"the mark {lost} cannot be read .*172.28.0.1 - - .*wanted its"
    ) as error:
        between(parse(lines), "aa", "bb")
    assert not isinstance(error.value, MarkMissingError)


def test_a_line_of_40_kb_is_a_line() -> None:
    """A visitor's long path or agent is read as any, in either format."""
    path, agent = "/" + "a" * 40_000, "b " * 20_000
    assert read(PAGE.replace("GET / ", f"GET {path} ")).path == path
    assert read(PAGE.replace('"-" "-"', f'"-" "{agent}"')).user_agent == agent
    assert read(json.dumps({**json.loads(JSON_PAGE), "RequestPath": path})).path == path


@pytest.mark.parametrize(
    "written",
    ['" "', '" 200 5 "', "[", " - ", "=", "com.docker.=", ".a", "\\", "{", ' H" 1 1 "', "a@", "|", "1"],
)
@pytest.mark.parametrize("place", ["path", "agent", "alone", "behind a prefix", "cut"])
def test_the_time_for_a_line_grows_with_its_length(written: str, place: str) -> None:
    """Whatever a visitor writes, 400 kB of it are read, or given up, within a second."""
    much = written * (400_000 // len(written))
    lines = {
        "path": PAGE.replace("GET / ", f"GET /{much} "),
        "agent": PAGE.replace('"-" "-"', f'"-" "{much}"'),
        "alone": much,
        "behind a prefix": f"2026-11-23T16:20:31.123456789Z com.docker.swarm.node.id=a {much}",
        "cut": PAGE.replace("GET / ", f"GET /{much} ")[:300_000],
    }
    began = time.monotonic()
    parse_line(lines[place])
    assert time.monotonic() - began < 1
