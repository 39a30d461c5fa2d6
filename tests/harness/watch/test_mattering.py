"""Which lines of which service matter: taken from logs of the lab, and what only looks like them."""

import time
from dataclasses import replace

import pytest

from fixtures.target.plan import load_plan
from fixtures.watch.mattering import SHOWN, Kind, Said, Watched, said, watched

PLAN = load_plan("a")
EDGE, PAGE, SIGNALING, MEDIA = (
    Watched(f"translation_{name}", name, (kind,))
    for name, kind in (
        ("traefik", Kind.EDGE), ("frontend", Kind.PAGE), ("signaling", Kind.SIGNALING), ("mediasoup", Kind.MEDIA),
    )
)  # fmt: skip
NAMES = {"10.0.1.7": "frontend.2"}
CLF = '172.28.0.1 - - [28/Nov/2026:02:18:31 +0000] "GET / HTTP/1.1" {status} 22 "-" "-" 14 "frontend@swarm" "{server}" {ms}ms'


def test_the_four_of_the_design_are_watched() -> None:
    """Traefik, the page, signaling and the SFU, each once; a plan without a part watches the others."""
    assert [(each.name, each.kinds) for each in watched(PLAN)] == [
        ("traefik", (Kind.EDGE,)), ("frontend", (Kind.PAGE,)), ("signaling", (Kind.SIGNALING,)), ("mediasoup", (Kind.MEDIA,)),
    ]  # fmt: skip
    bare = replace(PLAN, edge_service="", media_service=None, signaling_service=None)
    assert [each.name for each in watched(bare)] == ["frontend"]
    assert watched(replace(bare, hosts=())) == ()


def test_a_service_of_two_parts_is_watched_once_for_both() -> None:
    """The gateway is signaling and SFU."""
    gateway = next(each for each in watched(load_plan("gateway")) if each.name == "gateway")
    assert gateway.kinds == (Kind.SIGNALING, Kind.MEDIA)
    assert said(gateway, "socket=1 room=a connected", {})
    assert said(gateway, "transport closed dtls=failed", {})


def test_a_request_at_the_edge_has_status_and_backend() -> None:
    """The replica by its name, a socket that ended without a status, what Traefik answered itself, a 504 as an error."""
    well = said(EDGE, CLF.format(status=200, server="http://10.0.1.7:80", ms=4), NAMES)
    assert well == Said(
        "GET / 200 from frontend.2 (10.0.1.7) by frontend@swarm, 4 ms", is_error=False, status=200
    )
    cut = said(EDGE, CLF.format(status=504, server="http://10.0.9.9:80", ms=30002), NAMES)
    assert cut == Said(
        "GET / 504 from no replica known (10.0.9.9) by frontend@swarm, 30002 ms", is_error=True, status=504
    )
    own = said(EDGE, CLF.format(status=404, server="-", ms=0), NAMES)
    assert own is not None
    assert own.text.startswith("GET / 404 from Traefik itself")
    assert not own.is_error
    ended = said(EDGE, CLF.format(status=0, server="http://10.0.1.7:80", ms=60000), NAMES)
    assert ended is not None
    assert (ended.status, ended.is_error) == (0, False)
    assert "no status" in ended.text


@pytest.mark.parametrize(
    ("service", "line", "is_error"),
    [
        (PAGE, '10.0.1.8 - - [28/Nov/2026:02:18:31 +0000] "GET / HTTP/1.1" 200 2939 "-" "Mozilla"', False),
        (PAGE, '10.0.1.8 - - [28/Nov/2026:02:18:31 +0000] "GET /error HTTP/1.1" 200 2939 "-" "x"', False),
        (PAGE, '10.0.1.8 - - [28/Nov/2026:02:18:31 +0000] "POST / HTTP/1.1" 502 2939 "-" "x"', True),
        (PAGE, "2026/11/28 [error] 7#7: *1 open() failed (2: No such file or directory)", True),
        (SIGNALING, "2026-11-28 02:18:14,905 INFO socket=ab room=r1 join-room done in 4 ms", False),
        (SIGNALING, "INFO socket=ab room=- connected by websocket origin=https://jbcalling.site", False),
        (SIGNALING, "ERROR error: rooms are not shared now: the room store (Redis) is not reachable", True),
        (MEDIA, "2026-11-28T02:18:14.905Z ice room=r1 transport=t1 state=completed", False),
        (MEDIA, "2026-11-28T02:18:14.905Z dtls room=r1 transport=t1 state=failed", True),
        (MEDIA, "icestatechange connected", False),
        (MEDIA, "consumer resumed room=r consumer=c", False),
        (MEDIA, 'worker died error="it is gone"', True),
        (EDGE, "\x1b[90m2026-11-28T02:18:17Z\x1b[0m \x1b[31mERR\x1b[0m Cannot reach the Docker API", True),
        (EDGE, "2026-11-28T02:18:17Z WRN the router frontend has no service", True),
    ],
)
def test_what_matters_is_picked(service: Watched, line: str, is_error: bool) -> None:
    """Requests, events of sockets and rooms, ICE, DTLS, transports; errors are told from the rest."""
    found = said(service, line, {})
    assert found is not None
    assert found.is_error is is_error


@pytest.mark.parametrize(
    ("service", "line"),
    [
        (EDGE, "2026-11-28T02:18:17Z INF Traefik version 3.7.13 built on 2026-09-04"), (EDGE, ""),
        (EDGE, "Version check is disabled."),
        (PAGE, '127.0.0.1 - - [28/Nov/2026:02:18:31 +0000] "GET /health HTTP/1.1" 200 40 "-" "curl/8"'),
        (PAGE, "start worker process 12"),
        (SIGNALING, "2026-11-28 02:18:14,905 INFO the sweep took 3 ms"),
        (SIGNALING, '127.0.0.1 - - [28/Nov/2026:02:18:31 +0000] "GET /health HTTP/1.1" 200 40 "-" "curl/8"'),
        (MEDIA, "listening port=4000 announced=172.28.0.12"), (MEDIA, "the service starts"), (MEDIA, "nicely done"),
        (MEDIA, "A" * 30 + "/ice/+dtls/" + "b" * 30), (SIGNALING, "-----BEGIN PRIVATE KEY-----"),
    ],
)  # fmt: skip
def test_what_does_not_matter_is_left_out(service: Watched, line: str) -> None:
    """A container that asks itself, starts, words that hold others; and pieces of a key, whatever they spell."""
    assert said(service, line, {}) is None


def test_a_hostile_line_is_read_in_time() -> None:
    """A visitor writes most of a line; of a long one the beginning is shown."""
    began = time.monotonic()
    for service in (EDGE, PAGE, SIGNALING, MEDIA):
        said(service, '10.0.0.1 - - [x] "GET ' + "a " * 200_000, {})
        said(service, "GET " * 100_000, {})
        said(service, "127.0.0.1 " + "/" * 300_000, {})
    assert time.monotonic() - began < 5
    long = said(MEDIA, "ice " + "x" * 9_000, {})
    assert long is not None
    assert long.text.endswith("x... (9004 characters)")
    assert len(long.text) < SHOWN + 30
