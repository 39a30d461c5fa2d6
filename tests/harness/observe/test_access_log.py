"""Reading Traefik's access log. The samples are lines that Traefik 3.7 wrote, addresses changed."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from fixtures.observe.http.access_log import (
    AccessLine,
    MarkMissingError,
    Odd,
    Unparsed,
    between,
    errors_5xx,
    parse,
    parse_line,
    served_by,
    window,
)

STAMP = "[23/Nov/2026:16:20:31 +0000]"
PAGE = f'172.28.0.1 - - {STAMP} "GET / HTTP/1.1" 200 300 "-" "-" 1 "page@swarm" "http://10.0.1.5:80" 2ms'
CUT = f'172.28.0.1 - - {STAMP} "GET / HTTP/2.0" 504 15 "-" "-" 3 "page@swarm" "http://10.0.1.9:80" 30001ms'
NO_SERVER = f'172.28.0.1 - - {STAMP} "GET /none HTTP/1.1" 503 20 "-" "-" 3 "none@swarm" "-" 0ms'
NO_ROUTER = f'172.28.0.1 - - {STAMP} "GET /x HTTP/1.1" 404 19 "-" "-" 7 "-" "-" 0ms'
GONE = f'172.28.0.1 - - {STAMP} "GET /slow HTTP/1.1" 499 21 "-" "-" 8 "page@swarm" "http://10.0.1.9:80" 301ms'
ODD_TEXT = (
    f'::1 - - {STAMP} "GET /a%22b?x="y"&z=%20[1] HTTP/1.1" 404 335 "http://x/" "odd \\"quoted\\" \\ ua" 3 '
    '"page@swarm" "http://[fd00::5]:80" 10ms'
)
JSON_PAGE = json.dumps(
    {
        "ClientAddr": "172.28.0.1:57288",
        "ClientHost": "172.28.0.1",
        "DownstreamContentSize": 378,
        "DownstreamStatus": 200,
        "Duration": 2008771,
        "OriginStatus": 200,
        "RequestMethod": "GET",
        "RequestPath": "/",
        "RequestProtocol": "HTTP/1.1",
        "RouterName": "page@swarm",
        "ServiceAddr": "10.0.1.5:80",
        "ServiceURL": "http://10.0.1.5:80",
        "StartUTC": "2026-11-23T16:20:35.320024937Z",
        "level": "info",
        "request_User-Agent": 'odd "quoted" \\ ua',
        "time": "2026-11-23T16:20:35Z",
    }
)


def read(raw: str) -> AccessLine:
    entry = parse_line(raw)
    assert isinstance(entry, AccessLine), entry
    return entry


def test_clf_line() -> None:
    """A CLF line gives every field, the server's address apart from its URL."""
    line = read(PAGE)
    assert (line.method, line.path, line.protocol, line.status, line.size) == (
        "GET",
        "/",
        "HTTP/1.1",
        200,
        300,
    )
    assert (line.router, line.server_url, line.server_address) == (
        "page@swarm",
        "http://10.0.1.5:80",
        "10.0.1.5",
    )
    assert (line.when, line.duration_ms) == (datetime(2026, 11, 23, 16, 20, 31, tzinfo=UTC), 2.0)


def test_json_line_agrees_with_clf() -> None:
    """The JSON form gives the same fields, its duration in nanoseconds read as milliseconds."""
    line = read(JSON_PAGE)
    assert (line.path, line.status, line.server_address, line.origin_status) == ("/", 200, "10.0.1.5", 200)
    assert line.duration_ms == pytest.approx(2.008771)
    assert line.user_agent == 'odd "quoted" \\ ua'
    assert line.when == datetime(2026, 11, 23, 16, 20, 35, 320024, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "status", "router", "address"),
    [
        (CUT, 504, "page@swarm", "10.0.1.9"),
        (NO_SERVER, 503, "none@swarm", None),
        (NO_ROUTER, 404, None, None),
        (GONE, 499, "page@swarm", "10.0.1.9"),
    ],
)
def test_what_was_not_served(raw: str, status: int, router: str | None, address: str | None) -> None:
    """504, 503 without a server, 404 without a router and 499 each keep what they have."""
    line = read(raw)
    assert (line.status, line.router, line.server_address) == (status, router, address)


def test_quotes_and_ipv6() -> None:
    """Quotes in the path and the agent, and an IPv6 server, do not shift the fields."""
    line = read(ODD_TEXT)
    assert line.path == '/a%22b?x="y"&z=%20[1]'
    assert (line.status, line.user_agent) == (404, 'odd "quoted" \\ ua')
    assert ip_address(line.server_address or "") == ip_address("fd00::5")


@pytest.mark.parametrize(
    "prefix",
    [
        "translation_traefik.1.wz1f5gct2ysn@translation01    | ",
        "2026-11-23T16:20:31.123456789Z ",
        "2026-11-23T16:20:31.123456789Z com.docker.swarm.node.id=a,com.docker.swarm.task.id=b ",
        "2026-11-23T16:20:31.123456789Z translation_traefik.1.wz1f5@translation01 | ",
        "\x1b[90m",
    ],
)
@pytest.mark.parametrize("line", [PAGE, JSON_PAGE])
def test_prefixes_of_docker_are_taken_off(prefix: str, line: str) -> None:
    """A line reads the same with whatever `docker service logs` puts before it, and keeps its raw text."""
    bare, prefixed = read(line), read(prefix + line)
    assert (prefixed.path, prefixed.status, prefixed.client) == (bare.path, bare.status, bare.client)
    assert prefixed.raw == prefix + line


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("2026-11-23T16:20:58Z ERR EntryPoint doesn't exist entryPointName=w2", Odd.OWN_LOG),
        ("\x1b[90m2026-11-23T16:20:30Z\x1b[0m \x1b[33mWRN\x1b[0m \x1b[1mTraefik can\x1b[0m", Odd.OWN_LOG),
        ('{"level":"error","error":"504","message":"x"}', Odd.OWN_LOG),
        (PAGE[:60], Odd.BROKEN_ACCESS),
        (JSON_PAGE[:-1], Odd.BROKEN_ACCESS),
        ("Stats collection is disabled.", Odd.UNKNOWN),
    ],
)
def test_other_lines_are_counted_by_kind(raw: str, kind: Odd) -> None:
    """What is no access line is kept and said to be what it seems."""
    assert parse([raw, " "]) == (Unparsed(raw, kind),)
    assert [getattr(entry, "kind", None) for entry in parse([raw, PAGE])] == [kind, None]


@pytest.mark.parametrize("raw", [PAGE, CUT, ODD_TEXT, JSON_PAGE])
def test_no_beginning_of_a_line_is_taken_for_a_line(raw: str) -> None:
    """However a line is cut off, it is never read as a whole one and never raises."""
    assert not [n for n in range(len(raw)) if isinstance(parse_line(raw[:n]), AccessLine)]


def mark(token: str) -> str:
    return NO_ROUTER.replace("/x", f"/?mark={token}")


def test_between_is_what_was_logged_from_mark_to_mark() -> None:
    """Only the requests between the marks are taken; earlier errors do not count."""
    window = between(parse([CUT, mark("aa"), PAGE, "2026 INF", JSON_PAGE, mark("bb"), CUT]), "aa", "bb")
    assert [line.status for line in window] == [200, 200]
    assert errors_5xx(window) == ()


def test_a_missing_mark_is_an_error() -> None:
    """A log without the mark, above all an empty one, is never "no errors found"."""
    with pytest.raises(MarkMissingError, match=r"mark aa .*0 requests and 0 other lines"):
        between((), "aa", "bb")
    with pytest.raises(MarkMissingError, match="the mark bb is not"):
        between(parse([mark("aa"), PAGE]), "aa", "bb")
    with pytest.raises(MarkMissingError, match="the mark aa is not"):
        between(parse([mark("aa"), PAGE, mark("bb")]), "bb", "aa")


def test_errors_and_servers_are_counted() -> None:
    """5xx are errors whoever gave them; only a 2xx shows that an address served."""
    lines = [read(raw) for raw in (PAGE, JSON_PAGE, CUT, NO_SERVER, GONE)]
    assert [line.status for line in errors_5xx(lines)] == [504, 503]
    assert served_by(lines) == {"10.0.1.5": 2}


def answered(status: object) -> AccessLine:
    return read(json.dumps({**json.loads(JSON_PAGE), "DownstreamStatus": status}))


def test_where_an_error_and_a_success_begin() -> None:
    """A plain 500 is an error and 499 is none; 200 to 299 are successes, and what lies beside them is none."""
    assert [line.status for line in errors_5xx(answered(status) for status in (499, 500, 501, 599, 0))] == [
        500,
        501,
        599,
    ]
    for status, count in ((199, {}), (200, {"10.0.1.5": 1}), (299, {"10.0.1.5": 1}), (300, {}), (0, {})):
        assert served_by([answered(status)]) == count


def test_head_that_is_not_implemented_is_no_error() -> None:
    """501 to HEAD says that the program lacks the method; 501 to GET and 500 to HEAD say that it failed."""
    lines = [replace(answered(status), method=method) for method, status in
             (("HEAD", 501), ("GET", 501), ("HEAD", 500), ("HEAD", 504))]  # fmt: skip
    assert errors_5xx(lines) == tuple(lines[1:])


def test_a_whole_line_of_each_form() -> None:
    """Every field of both forms, and of a JSON line that leaves out what it may."""
    when = datetime(2026, 11, 23, 16, 20, 31, tzinfo=UTC)
    at, url = "10.0.1.5", "http://10.0.1.5:80"
    assert read(PAGE) == AccessLine(
        when, "172.28.0.1", "GET", "/", "HTTP/1.1", 200, 300, "page@swarm", url, at, 2.0, None, None, PAGE
    )
    when, agent = datetime(2026, 11, 23, 16, 20, 35, 320024, UTC), 'odd "quoted" \\ ua'
    assert read(JSON_PAGE) == AccessLine(
        when,
        "172.28.0.1",
        "GET",
        "/",
        "HTTP/1.1",
        200,
        378,
        "page@swarm",
        url,
        at,
        2.008771,
        agent,
        200,
        JSON_PAGE,
    )
    least = json.dumps(
        {"RequestMethod": "HEAD", "RequestPath": "/a", "DownstreamStatus": 0, "Duration": "5e6"}
    )
    assert read(least) == AccessLine(
        None, "-", "HEAD", "/a", "-", None, None, None, None, None, 5.0, None, None, least
    )


def test_what_a_json_line_falls_back_to() -> None:
    """Without the time of its start that of its end; without a URL the address; a dash is nothing."""
    fields = {**json.loads(JSON_PAGE), "ServiceURL": "-", "OriginStatus": 0, "DownstreamContentSize": "-"}
    del fields["StartUTC"]
    line = read(json.dumps(fields))
    assert line.when == datetime(2026, 11, 23, 16, 20, 35, tzinfo=UTC)
    assert (line.server_url, line.server_address, line.origin_status, line.size) == (
        None,
        "10.0.1.5",
        None,
        None,
    )
    sizeless = read(PAGE.replace(" 200 300 ", " - - "))
    assert (sizeless.status, sizeless.size) == (None, None)


@pytest.mark.parametrize("level", ["TRC", "DBG", "INF", "WRN", "ERR", "FTL", "PNC"])
def test_each_level_of_traefiks_own_log(level: str) -> None:
    """Both forms of its console log, with the word at the line's beginning alone."""
    assert parse_line(f"{level} text") == Unparsed(f"{level} text", Odd.OWN_LOG)
    assert parse_line(f"a {level} text") == Unparsed(f"a {level} text", Odd.UNKNOWN)
    logfmt = 'time="2026-11-23T16:20:30Z" level=error msg=x'
    assert parse_line(logfmt) == Unparsed(logfmt, Odd.OWN_LOG)
    plain = '{"text": 1}'
    assert parse_line(plain) == Unparsed(plain, Odd.UNKNOWN)


def test_how_much_was_looked_through() -> None:
    """A missing mark says how many requests there were, and how many other lines."""
    with pytest.raises(MarkMissingError, match="looked through 2 requests and 1 other lines"):
        between(parse([PAGE, "2026 INF", PAGE]), "aa", "bb")
    seen = window(parse([mark("aa"), CUT[:80], CUT[:90], mark("bb")]), "aa", "bb")
    assert [each.raw for each in seen.unread] == [CUT[:80], CUT[:90]]
    assert between(parse([CUT[:80], mark("aa"), mark("bb"), CUT[:80]]), "aa", "bb") == ()
