"""An edge that lies or never ends: one bounded attempt, no second request, and the first bytes of what came."""

import asyncio
import time
import tracemalloc
from dataclasses import replace

import pytest

from fixtures.limits import Limits
from fixtures.observe.http.attempts import Attempt, Failure, failing
from fixtures.observe.http.meter import METER
from fixtures.observe.http.requests import burst, failure_text, request
from fixtures.target.reach import Reach
from tests.harness.stand_ins.hostile import Script, hostile, says
from tests.harness.stand_ins.hostile_http import MEGABYTE, NO_BODY, NO_HEAD, ODD, OK, answer
from tests.harness.stand_ins.plain_text import plain

HOST = "page.test"
LIMITS = Limits(edge_deadline_s=8.0)
BRIEF = replace(LIMITS, edge_deadline_s=0.5)
ENDLESS = {"head byte by byte", "silence", "endless small chunks", "body byte by byte"}
"""What nothing but the deadline ends."""


def _reach(limits: Limits) -> Reach:
    return Reach({HOST: "127.0.0.1", "elsewhere.test": "127.0.0.1"}, limits=limits)


def _ask(script: Script, limits: Limits) -> tuple[Attempt, list[str]]:
    with hostile(script) as served:
        made = asyncio.run(request(_reach(limits), f"http://{HOST}:{served.port}/"))
        return made, served.requests


def _asked_once(name: str, script: Script) -> Attempt:
    limits = BRIEF if name in ENDLESS else LIMITS
    before, began = METER.sent.get(HOST, 0), time.monotonic()
    made, requests = _ask(script, limits)
    assert time.monotonic() - began < limits.edge_deadline_s + 2
    assert (METER.sent[HOST] - before, len(requests)) == (1, 1)
    return made


@pytest.mark.parametrize("name", NO_HEAD)
def test_what_is_no_answer(name: str) -> None:
    """It fails within the deadline, and its text is plain and shows what came, where anything did."""
    made = _asked_once(name, NO_HEAD[name])
    assert made.status is None
    assert failing([made]) == (made,)
    text = plain(failure_text(_reach(LIMITS), [made]))
    if made.failure is not Failure.NO_FIRST_BYTE and name != "nothing":
        assert "received" in text or "it began with" in text


@pytest.mark.parametrize("name", NO_BODY)
def test_a_body_that_does_not_end_well(name: str) -> None:
    """The status is kept, the attempt fails, and an encoding that nobody asked for is never unpacked."""
    made = _asked_once(name, NO_BODY[name])
    assert (made.status, failing([made])) == (200, (made,))
    plain(failure_text(_reach(LIMITS), [made]))
    assert made.failure in (Failure.PROTOCOL, Failure.TOO_LARGE, Failure.BODY_NEVER_ENDED)
    assert (made.failure is Failure.BODY_NEVER_ENDED) == (name in ENDLESS)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("endless body", "more than 20000000 bytes came (edge_answer_bytes_max); it began with \"HTTP/1.1 200 OK"),
        ("length beyond all", "more than 20000000 bytes came (edge_answer_bytes_max)"),
        ("gzip bomb", 'came in content-encoding "gzip", which was not asked for'),
        ("zstd", 'came in content-encoding "zstd", which was not asked for'),
        ("chunk size of letters", "illegal chunk header: last came"),
        ("many 1xx", "more than 200000 bytes came (edge_head_bytes_max, before a body); it began with \"HTTP/1.1 100"),
        ("http/0.9", 'received "<html>no status line</html>"; wanted an HTTP answer\'s head'),
        ("tls on a plain port", 'received "\\x15\\x03\\x01\\x00\\x02\\x02F"'),
        ("status of letters", 'illegal status line: received "HTTP/1.1 abc OK\\r\\n\\r\\n"'),
    ],
)  # fmt: skip
def test_what_is_said(name: str, said: str) -> None:
    """What came, escaped, what was wanted, and the limit by its name."""
    made, _ = _ask({**NO_HEAD, **NO_BODY}[name], LIMITS)
    assert said in made.error


@pytest.mark.parametrize("name", ODD)
def test_an_odd_answer_is_one_answer(name: str) -> None:
    """Whatever it says, of its headers and cookies no more is kept than can be shown."""
    made = _asked_once(name, ODD[name])
    assert sum(map(len, made.headers.values())) < 1000
    assert len(made.cookies) <= 20


@pytest.mark.parametrize("status", ["301 M", "302 Found", "303 S", "307 T", "308 P"])
def test_a_redirect_to_another_host_is_told_and_not_followed(status: str) -> None:
    """Nobody asks the other host anything, nothing is counted for it, and the text names it."""
    before = METER.sent.get("elsewhere.test", 0)
    with hostile(says(answer(b"here"))) as elsewhere:
        to = f"http://elsewhere.test:{elsewhere.port}/"
        made, requests = _ask(says(answer(b"", f"Location: {to}", status=status)), LIMITS)
        assert (elsewhere.requests, len(requests)) == ([], 1)
    assert METER.sent.get("elsewhere.test", 0) == before
    assert made.redirect == f", a redirect to {to} that is not followed"
    assert made.redirect in failure_text(_reach(LIMITS), [replace(made, failure=Failure.PROTOCOL)])
    assert replace(made, headers={}).redirect == ""


def test_a_body_as_large_as_is_taken() -> None:
    """Up to the limit nothing is amiss; a byte more is too large."""
    head = OK + b"Content-Length: 1000000\r\n\r\n"
    allowed = replace(LIMITS, edge_answer_bytes_max=len(head) + len(MEGABYTE))
    assert _ask(says(head, MEGABYTE), allowed)[0].outcome == "200"
    less = replace(allowed, edge_answer_bytes_max=allowed.edge_answer_bytes_max - 1)
    assert _ask(says(head, MEGABYTE), less)[0].outcome == "200, too large"


@pytest.mark.parametrize(
    "name", ["endless body", "endless chunks", "endless headers", "endless trailers", "gzip bomb"]
)
def test_a_burst_holds_no_more_than_what_is_shown(name: str) -> None:
    """Three such answers at once take less than 8 MB: bodies are counted, not kept, and never unpacked."""
    with hostile(NO_BODY.get(name) or NO_HEAD[name]) as served:
        tracemalloc.start()
        try:
            url = f"http://{HOST}:{served.port}/"
            made = asyncio.run(burst(_reach(LIMITS), url, count=3, concurrency=3, methods=("GET",)))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert len(failing(made)) == 3
    assert peak < 8_000_000
