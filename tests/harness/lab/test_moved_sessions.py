"""Polls of a session whose replica drains are passed on to it; those of any other session are answered as ever."""

import asyncio
import importlib
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import httpx
import pytest

from tests.harness.house.test_sizes import ROOT

IMAGE = ROOT / "lab" / "images" / "signaling"
HOME = "10.0.2.7:8001"
Message = dict[str, Any]


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The module of the image; it is no package of the suite's."""
    monkeypatch.syspath_prepend(str(IMAGE))
    before = set(sys.modules)
    found = importlib.import_module("signaling.moved")
    monkeypatch.setattr(found, "WRITTEN_S", 0.15)
    monkeypatch.setattr(found, "LOOK_S", 0.02)
    yield found
    for name in set(sys.modules) - before:
        if name.partition(".")[0] == "signaling":
            del sys.modules[name]


class Store:
    """Where sessions are, from the given look on."""

    def __init__(self, homes: dict[str, str], after: int = 0) -> None:
        self.homes, self.after, self.looks = homes, after, 0

    async def home_of(self, session: str) -> str:
        self.looks += 1
        return self.homes.get(session, "") if self.looks > self.after else ""


BODY: Message = {"type": "http.request", "body": b"40/x,", "more_body": False}


def asked(
    moved: ModuleType,
    store: object,
    query: str,
    *,
    passed: bool = False,
    dead: bool = False,
    body: Sequence[Message] = (BODY,),
) -> tuple[list[str], list[Message], list[httpx.Request]]:
    """One polling POST: whether the application got it, what was answered, and what was sent to another replica."""
    own: list[str] = []
    answered: list[Message] = []
    sent: list[httpx.Request] = []

    async def application(scope: Message, receive: object, send: object) -> None:
        own.append(scope["path"])

    parts = iter(body)

    async def receive() -> Message:
        return next(parts)

    async def send(message: Message) -> None:
        answered.append(message)

    def other(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if dead:
            raise httpx.ConnectError("refused")
        return httpx.Response(
            200, content=b"ok", headers={"content-type": "text/plain", "connection": "close"}
        )

    async def ask() -> None:
        app = moved.MovedSessions(application, lambda: {"mine"}, store)
        app._http = httpx.AsyncClient(transport=httpx.MockTransport(other))
        headers = [
            (b"origin", b"https://a.example"),
            (b"cookie", b"secret=1"),
            *([(b"x-passed-on", b"yes")] * passed),
        ]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/socket.io/",
            "query_string": query.encode(),
            "headers": headers,
        }
        await app(scope, receive, send)

    asyncio.run(ask())
    return own, answered, sent


POLL = "EIO=4&transport=polling&sid="


@pytest.mark.parametrize(
    "query",
    [f"{POLL}mine", "EIO=4&transport=polling", "EIO=4&transport=websocket&sid=moved", f"{POLL}nobodys"],
)
def test_what_was_not_handed_over_is_the_applications(moved: ModuleType, query: str) -> None:
    """Its own session, a handshake, a websocket; and one that nobody knows, which it then refuses."""
    own, answered, sent = asked(moved, Store({"moved": HOME}), query)
    assert (own, answered, sent) == (["/socket.io/"], [], [])


def test_a_session_that_was_handed_over_is_answered_by_its_replica(moved: ModuleType) -> None:
    """The same request, without cookies, marked as passed on; and its answer without what is of one connection."""
    own, answered, (request,) = asked(moved, Store({"moved": HOME}), f"{POLL}moved")
    assert own == []
    assert str(request.url) == f"http://{HOME}/socket.io/?{POLL}moved"
    assert (request.method, request.content) == ("POST", b"40/x,")
    assert request.headers["x-passed-on"] == "yes"
    assert request.headers["accept-encoding"] == "identity"
    assert "cookie" not in request.headers
    assert answered[0]["status"] == 200
    assert b"connection" not in {name.lower() for name, _ in answered[0]["headers"]}
    assert answered[1]["body"] == b"ok"


def test_the_edge_may_know_before_the_replica_has_said_so(moved: ModuleType) -> None:
    """It is waited for a moment."""
    own, _, sent = asked(moved, Store({"moved": HOME}, after=2), f"{POLL}moved")
    assert (own, len(sent)) == ([], 1)


def test_what_was_passed_on_is_not_passed_on_again(moved: ModuleType) -> None:
    """Or two replicas that end would ask each other for ever."""
    own, _, sent = asked(moved, Store({"moved": HOME}), f"{POLL}moved", passed=True)
    assert (own, sent) == (["/socket.io/"], [])


def test_a_replica_that_is_gone_has_no_session(moved: ModuleType) -> None:
    """400, as for any session that is unknown: the client connects again."""
    own, answered, _ = asked(moved, Store({"moved": HOME}), f"{POLL}moved", dead=True)
    assert own == []
    assert answered[0]["status"] == 400


def test_without_redis_it_is_answered_as_ever(moved: ModuleType) -> None:
    """Nobody can say where the session is."""

    class Down:
        async def home_of(self, session: str) -> str:
            raise importlib.import_module("signaling.store").StoreError("down")

    own, _, sent = asked(moved, Down(), f"{POLL}moved")
    assert (own, sent) == (["/socket.io/"], [])


def test_a_body_has_a_bound(moved: ModuleType) -> None:
    """Nothing of it is passed on, and the rest is not read."""
    part = {**BODY, "body": b"x" * 600_000, "more_body": True}
    own, answered, sent = asked(moved, Store({"moved": HOME}), f"{POLL}moved", body=[part, part])
    assert (own, sent) == ([], [])
    assert answered[0]["status"] == 400


def test_who_goes_away_in_the_middle_sends_nothing(moved: ModuleType) -> None:
    """Half of a request is none."""
    half = [{**BODY, "more_body": True}, {"type": "http.disconnect"}]
    assert asked(moved, Store({"moved": HOME}), f"{POLL}moved", body=half) == ([], [], [])
