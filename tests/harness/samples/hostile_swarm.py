"""Answers of a Swarm API that no engine gives: too long, too slow, of the wrong kind, or no JSON at all."""

import json
from collections.abc import Mapping

from tests.harness.samples import swarm_api as samples
from tests.harness.stand_ins.hostile_engine import (
    HEAD,
    Line,
    Peer,
    bomb,
    cut,
    drips,
    floods,
    of_json,
    reset,
    silent,
    whole,
)

CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
OK_LINE = b"HTTP/1.1 200 OK\r\n"
SOUND: Mapping[str, Peer] = {
    "/nodes": of_json([samples.node("n1")]),
    "/services": of_json([samples.service("media")]),
    "/tasks": of_json([samples.task("t1", "media", 1, "n1")]),
    "/networks": of_json([samples.NETWORK]),
    "/networks/net1": of_json(samples.NETWORK),
}
MANY_TASKS = 100_000


def _many(task: bytes) -> Peer:
    """A list of so many, of which each has another id; never all in memory, for who serves it shares it with who asks."""

    def peer(line: Line) -> None:
        line.send(HEAD, b"\r\n[")
        for n in range(0, MANY_TASKS, 1000):
            line.send(*(task.replace(b"ID-HERE", b"t%d" % each) + b"," for each in range(n, n + 1000)))
        line.send(task, b"]")

    return peer


ENDLESS: Mapping[str, Peer] = {
    "silent": silent,
    "a byte every half second": drips(HEAD + b"Content-Length: 1000\r\n\r\n[", b" "),
    "a header byte every half second": drips(OK_LINE + b"X-A: ", b"a"),
    "a header line every half second": drips(OK_LINE, b"X-A: a\r\n"),
    "a chunk every half second": drips(CHUNKED, b"1\r\n \r\n"),
    "a goodbye that never comes": drips(CHUNKED + b"2\r\n[]\r\n0\r\n", b"X-A: a\r\n"),
    "endless body": floods(HEAD + b"\r\n[", b"0,"),
    "endless chunks": floods(CHUNKED, b"2\r\n0,\r\n"),
    "endless chunk extension": floods(CHUNKED + b"1;", b"x"),
    "endless header line": floods(OK_LINE + b"X-A: ", b"a"),
    "endless headers": floods(OK_LINE, b"X-A: a\r\n"),
    "endless continues": floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "endless trailers": floods(CHUNKED + b"2\r\n[]\r\n0\r\n", b"X-A: a\r\n"),
    "a length of terabytes": floods(HEAD + b"Content-Length: 1099511627776\r\n\r\n[", b"0,"),
    "an error without end": floods(b"HTTP/1.1 500 No\r\n\r\n", b"x"),
    "20,000 small tasks": of_json([{"ID": "t", "ServiceID": "s"}] * 20_000),
    "gzip bomb": whole(bomb(1024), HEAD + b"Content-Encoding: gzip\r\n"),
    "100,000 tasks": _many(json.dumps(samples.task("ID-HERE", "media", 1, "n1")).encode()),
    "100,000 small tasks": _many(b'{"ID":"ID-HERE","ServiceID":"s"}'),
}
NO_JSON: Mapping[str, Peer] = {
    "nothing": whole(b""),
    "a web page": whole(
        b"<html>Login</html>", b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
    ),
    "HTML": whole(b"<!DOCTYPE html>\n<title>Login\x1b[31m</title>"),
    "null": whole(b"null"),
    "an object for a list": whole(b"{}"),
    "a text": whole(b'"[]"'),
    "a number": whole(b"7"),
    "a list of nulls": whole(b"[null]"),
    "a list of lists": whole(b"[[]]"),
    "deep lists": whole(b"[" * 100_000 + b"]" * 100_000),
    "deep objects": whole(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "deep and never closed": whole(b"[" * 4_000_000),
    "truncated": whole(b'[{"ID": "t1", "Sta'),
    "a cut escape": whole(b'["\\u12'),
    "an open text of quotes": whole(b'["' + b'\\"' * 2_000_000),
    "two documents": whole(b"[][]"),
    "duplicate keys": whole(b'[{"ID": "a", "ID": "b", "ServiceID": "s"}]'),
    "5,000 digits": whole(b'[{"ID": "t", "ServiceID": "s", "Slot": ' + b"9" * 5000 + b"}]"),
    "an exponent of 9,999": whole(b'[{"ID": "t", "ServiceID": "s", "Slot": 1e9999}]'),
    "not a number": whole(b'[{"ID": "t", "ServiceID": "s", "Slot": NaN}]'),
    "bad UTF-8": whole(b'[{"ID": "t\xff\xfe"}]'),
    "UTF-16": whole("[]".encode("utf-16")),
    "half a surrogate": whole(b'[{"ID": "t\\ud800", "ServiceID": "s"}]'),
    "a million lists": whole(b"[" + b"[]," * 1_500_000 + b"[]]"),
    "blanks alone": whole(b" " * 4_000_000),
    "texts alone": whole(b'["' + b'","' * 1_500_000 + b'"]'),
    "wrong types": of_json([{"ID": 1, "ServiceID": ["s"], "Status": "running"}]),
    "a moment that is none": of_json([{"ID": "t", "ServiceID": "s", "CreatedAt": "2026-99-99T00:00:00Z"}]),
    "a moment of no zone": of_json([{"ID": "t", "ServiceID": "s", "CreatedAt": "2026-01-01T00:00:00"}]),
}
BROKEN: Mapping[str, Peer] = {
    "closed at once": cut(),
    "closed in the status": cut(b"HTTP/1."),
    "closed in the headers": cut(HEAD),
    "closed half way": cut(HEAD, b"Content-Length: 100\r\n\r\n[]"),
    "closed in a chunk": cut(CHUNKED, b"100\r\n[]"),
    "reset half way": reset(HEAD, b"Content-Length: 100\r\n\r\n[]"),
    "no HTTP": cut(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    "a status of letters": cut(b"HTTP/1.1 OK fine\r\n\r\n"),
    "a chunk size of letters": cut(CHUNKED, b"zz\r\n[]\r\n"),
    "a negative chunk": cut(CHUNKED, b"-5\r\n[]\r\n0\r\n\r\n"),
    "a chunk size of 60,000 digits": cut(CHUNKED, b"f" * 60_000 + b"\r\n[]\r\n"),
    "a length of letters": cut(HEAD, b"Content-Length: many\r\n\r\n[}"),
    "another protocol": cut(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n"
    ),
    "compressed": whole(bomb(1), HEAD + b"Content-Encoding: gzip\r\n"),
    "a redirect": whole(b"", b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/\x1b[31m\r\n"),
}
PEERS: Mapping[str, Mapping[str, Peer]] = {
    name: {**SOUND, "/tasks": peer} for name, peer in {**ENDLESS, **NO_JSON, **BROKEN}.items()
}
"""Name -> the peers of each path; only what `/tasks` answers is bad."""
_LINE = samples.frame(1, samples.LOGGED.format(second=1, text="one"))
LOGS: Mapping[str, Peer] = {
    "a byte every half second": drips(OK_LINE + b"\r\n" + _LINE, b"\1"),
    "a line every half second": drips(OK_LINE + b"\r\n" + _LINE, _LINE),
    "endless lines": floods(OK_LINE + b"\r\n", _LINE),
    "endless empty frames": floods(OK_LINE + b"\r\n", b"\1\0\0\0\0\0\0\0"),
    "endless text of no frames": floods(OK_LINE + b"\r\n", b"a\n"),
    "endless line": floods(OK_LINE + b"\r\n" + b"\1\0\0\0\xff\xff\xff\xff", b"a"),
    "a frame of 4 GB": cut(OK_LINE, b"\r\n", _LINE, b"\1\0\0\0\xff\xff\xff\xffshort"),
    "a cut header": cut(OK_LINE, b"\r\n", _LINE, b"\1\0\0"),
    "frames and then none": cut(OK_LINE, b"\r\n", _LINE, b"<html>Bad Gateway</html>"),
    "a web page": whole(b"<html>Login</html>", OK_LINE + b"Content-Type: text/html\r\n"),
    "bad UTF-8": whole(b"\1\0\0\0\0\0\0\5ab\xff\xfe\n"),
    "a moment that is none": whole(samples.frame(1, "2026-99-99T00:00:00Z text\n")),
    "moments with and without a zone": whole(
        samples.frame(1, "2026-01-01T00:00:00 a\n") + samples.frame(1, "2026-01-01T00:00:00Z b\n")
    ),
    "one word of ids": whole(samples.frame(1, "2026-01-01T00:00:00Z " + "com.docker.swarm.x" * 200_000)),
    "closed in a chunk": cut(CHUNKED, b"100\r\n", _LINE),
    "compressed": whole(bomb(1), HEAD + b"Content-Encoding: gzip\r\n"),
}
