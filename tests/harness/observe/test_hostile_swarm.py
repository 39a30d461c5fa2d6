"""A Swarm API that lies or never ends: each call ends in time, takes no more than it may, and says what came."""

import json
import time
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from fixtures.limits import Limits
from fixtures.observe.swarm.access import open_swarm
from fixtures.observe.swarm.reader import Swarm
from fixtures.observe.swarm.state import LogIncompleteError, SwarmError, SwarmUnreachableError
from fixtures.target.values import SwarmApi
from tests.harness.samples import swarm_api as samples
from tests.harness.samples.hostile_swarm import BROKEN, CHUNKED, ENDLESS, LOGS, NO_JSON, PEERS, SOUND
from tests.harness.stand_ins.hostile_engine import (
    HEAD,
    Line,
    Peer,
    cut,
    hostile_engine,
    of_json,
)

DEADLINE_S = 0.6
LIMITS = Limits(swarm_call_deadline_s=DEADLINE_S, swarm_log_deadline_s=DEADLINE_S)
SMALL = Limits(swarm_log_deadline_s=DEADLINE_S, swarm_log_lines_max=2000, swarm_log_bytes_max=2**20)
OVER_S = 3.0
"""What a loaded machine takes beyond a deadline, to build and decode what it may be sent at most."""
IN_FLIGHT = 16 * 2**20
"""What the buffers of a loopback connection hold: sent, and never taken by the other side."""


def observed(peers: Mapping[str, Peer], limits: Limits = LIMITS) -> SwarmError:
    """The error that a look at such a Swarm ends in, within its deadline."""
    with hostile_engine(peers) as engine:
        started = time.monotonic()
        with pytest.raises(SwarmError) as caught, open_swarm(SwarmApi(engine.url, limits=limits)) as swarm:
            swarm.observe()
        assert time.monotonic() - started < limits.swarm_call_deadline_s + OVER_S
        assert f"the Swarm API at {engine.url}" in str(caught.value)
    return caught.value


@pytest.mark.parametrize("peers", PEERS.values(), ids=PEERS)
def test_every_bad_answer_is_one_short_line(peers: Mapping[str, Peer]) -> None:
    """Whatever is answered in place of the tasks, the error is a SwarmError in one printable line, in time."""
    text = str(observed(peers))
    assert text.isprintable()
    assert len(text) < 500


NO_ANSWER: Mapping[str, Peer] = {**NO_JSON, **BROKEN}


@pytest.mark.parametrize("peer", NO_ANSWER.values(), ids=NO_ANSWER.keys())
def test_the_first_answer_of_all_may_be_bad(peer: Peer) -> None:
    """The API's version is asked for before all else, and is checked in the same way."""
    assert str(observed({"/version": peer})).isprintable()


@pytest.mark.parametrize("version", ["1.45/../x", "", "1.45\n", "latest", "１.45"])
def test_a_version_that_is_none(version: str) -> None:
    """It would stand in every path."""
    assert "ApiVersion is" in str(observed({"/version": of_json({"ApiVersion": version})}))


SAID = {
    "a byte every half second": r"GET /tasks did not end within 0.6 s; \d+ bytes came, first: \[",
    "silent": "GET /tasks did not end within 0.6 s; nothing came",
    "endless body": r"was answered with more than 8000000 bytes, wanted 8000000 at most; \d+ bytes came, first: \[0,0",
    "a length of terabytes": "GET /tasks was answered with 1099511627776 bytes to come, wanted 8000000 at most",
    "gzip bomb": r"GET /tasks was answered compressed \(gzip\), wanted it uncompressed",
    "100,000 small tasks": "GET /tasks was answered with some 400005 values, wanted 400000 at most",
    "20,000 small tasks": "GET /tasks was answered with a list of 20000, wanted 10000 at most",
    "HTML": r"no JSON \(Expecting value, at character 0\); 41 bytes came, first: <!DOCTYPE html>\\n<title>Login\\x1b\[31m",
    "null": "GET /tasks was answered with null, wanted a list",
    "an object for a list": r"GET /tasks was answered with an object \(empty\), wanted a list",
    "truncated": r'no JSON \(Unterminated string starting, at character 14\); 18 bytes came, first: \[{"ID": "t1", "Sta',
    "deep lists": r"GET /tasks was answered with more than 64 levels, wanted 64 at most; 200000 bytes came, first: \[\[\[",
    "a million lists": "GET /tasks was answered with some 4500004 values, wanted 400000 at most",
    "duplicate keys": r"\(the key ID stands twice in an object\), wanted JSON",
    "5,000 digits": r"\(a number of 5000 digits\), wanted JSON",
    "bad UTF-8": r'what is no UTF-8, wanted JSON; 15 bytes came, first: \[{"ID": "t\\xff\\xfe"}\]',
    "wrong types": r'GET /tasks: \[0\].Status is a text \("running"\), wanted an object',
    "a moment that is none": r'\[0\].CreatedAt is a text \("2026-99-99T00:00:00Z"\), wanted a moment',
    "closed half way": r"GET /tasks was not answered whole: it ended too early; \d+ bytes came, first: \[\]",
    "no HTTP": r"GET /tasks was not answered whole: it is no HTTP; \d+ bytes came, first: SSH-2.0",
}  # fmt: skip


@pytest.mark.parametrize(("name", "said"), SAID.items(), ids=SAID)
def test_what_came_and_what_was_wanted_is_said(name: str, said: str) -> None:
    """The call, what came, how it began, and what was wanted of it."""
    limits = LIMITS if "within" in said else Limits()
    with pytest.raises(SwarmError, match=said):
        raise observed(PEERS[name], limits)


@pytest.mark.parametrize(
    "name", ["endless body", "endless trailers", "an error without end", "a length of terabytes"]
)
def test_no_more_is_taken_than_may_be(name: str) -> None:
    """A flood is not read on once the cap is reached: the other side is left with what it still sends."""
    with hostile_engine(PEERS[name]) as engine:
        with pytest.raises(SwarmError), open_swarm(SwarmApi(engine.url)) as swarm:
            swarm.observe()
        assert engine.sent < Limits().swarm_answer_bytes_max + IN_FLIGHT


def test_every_endless_peer_is_met() -> None:
    """The peers that these tests hold against each other's names are all there."""
    assert len(ENDLESS) + len(NO_JSON) + len(BROKEN) == len(PEERS) >= 50


class Log(NamedTuple):
    """How a hostile log is read: the texts of its lines, and what is said of it where it is not whole."""

    texts: tuple[str, ...]
    said: str = ""


ONE = ("one",)
READ = {
    "a frame of 4 GB": Log(("short", "one"), "its last frame lacks 4294967290 bytes"),
    "a cut header": Log(ONE, "its last frame lacks 5 bytes"),
    "frames and then none": Log(
        ONE, "the frames of a log end at byte 99, followed by <html>Bad Gateway</html>"
    ),
    "closed in a chunk": Log(ONE, "it ended too early"),
    "bad UTF-8": Log(("ab\ufffd\ufffd",)),
    "a moment that is none": Log(("2026-99-99T00:00:00Z text",)),
    "moments with and without a zone": Log(("2026-01-01T00:00:00 a", "b")),
    "one word of ids": Log(("com.docker.swarm.x" * 200_000,)),
}


def logged(peer: Peer, limits: Limits = LIMITS) -> Log:
    """What is read of such a log, within its deadline."""
    with hostile_engine({"/services/web/logs": peer}) as engine:
        started = time.monotonic()
        with open_swarm(SwarmApi(engine.url, limits=limits)) as swarm:
            try:
                found = Log(tuple(line.text for line in swarm.service_log("web")))
            except LogIncompleteError as error:
                found = Log(tuple(line.text for line in error.lines), str(error))
        assert time.monotonic() - started < DEADLINE_S + OVER_S
    return found


@pytest.mark.parametrize(("name", "wanted"), READ.items(), ids=READ)
def test_of_a_bad_log_what_is_sound_is_kept(name: str, wanted: Log) -> None:
    """Lines that came are there, whatever comes behind them; what is missing is said."""
    found = logged(LOGS[name])
    assert found.texts == wanted.texts
    assert wanted.said in found.said
    assert bool(wanted.said) == bool(found.said)


@pytest.mark.parametrize("name", ["a byte every half second", "a line every half second"])
def test_a_slow_log_ends_at_its_deadline(name: str) -> None:
    """However short each wait is."""
    found = logged(LOGS[name])
    assert set(found.texts) == {"one"}
    assert "did not end within 0.6 s" in found.said


@pytest.mark.parametrize("name", sorted(name for name in LOGS if name.startswith("endless")))
def test_a_log_without_end_is_cut(name: str) -> None:
    """By its bytes, its lines, or its deadline, whichever comes first."""
    found = logged(LOGS[name], SMALL)
    assert len(found.texts) <= SMALL.swarm_log_lines_max
    assert sum(map(len, found.texts)) <= SMALL.swarm_log_bytes_max
    assert found.said.startswith(f"the log of web is not whole ({len(found.texts)} lines came): ")


@pytest.mark.parametrize("name", ["a web page", "compressed"])
def test_what_is_no_log(name: str) -> None:
    """Nothing of it is taken for a line."""
    with hostile_engine({"/services/web/logs": LOGS[name]}) as engine:
        with pytest.raises(SwarmError, match=r"was answered (with a web page|compressed)") as caught:
            open_swarm(SwarmApi(engine.url)).service_log("web")
        assert not isinstance(caught.value, LogIncompleteError)


def test_the_logs_of_many_tasks_share_a_deadline() -> None:
    """A hundred running tasks whose logs are slow do not hold a run a hundred times as long."""
    tasks = {"/tasks": of_json([{"ID": f"t{n}", "ServiceID": "s"} for n in range(100)])}
    slow = cut(CHUNKED, b"0\r\n\r\n")

    def peer(line: Line) -> None:
        time.sleep(0.2)
        slow(line)

    logs = {f"/tasks/t{n}/logs": peer for n in range(100)}
    with (
        hostile_engine({**tasks, **logs}) as engine,
        open_swarm(SwarmApi(engine.url, limits=LIMITS)) as swarm,
    ):
        started = time.monotonic()
        with pytest.raises(SwarmError, match="did not end within"):
            swarm.running_log("web")
        assert time.monotonic() - started < DEADLINE_S + OVER_S


def test_a_snapshot_has_a_deadline_of_its_own() -> None:
    """A manager that is slow for each of many networks is said to be, before a minute has passed."""
    names = [f"net{n}" for n in range(50)]
    service = samples.service("media")
    service["Spec"]["TaskTemplate"]["Networks"] = [{"Target": name} for name in names]

    def slow(line: Line) -> None:
        time.sleep(0.1)
        of_json(samples.NETWORK)(line)

    peers = {**SOUND, "/services": of_json([service]), **{f"/networks/{name}": slow for name in names},
             "/networks": of_json([{"Id": name, "Name": f"n-{name}"} for name in names])}  # fmt: skip
    limits = Limits(swarm_snapshot_deadline_s=0.5)
    with hostile_engine(peers) as engine, open_swarm(SwarmApi(engine.url, limits=limits)) as swarm:
        started = time.monotonic()
        with pytest.raises(
            SwarmUnreachableError, match=r"did not end within|was not read whole within 0.5 s"
        ):
            swarm.observe()
        assert time.monotonic() - started < 0.5 + OVER_S


def test_a_connection_that_was_ended_in_between_is_made_anew() -> None:
    """An engine may end a connection that it left open; that is no failure of the next read."""
    body = json.dumps([samples.node("n1")]).encode()
    unannounced = cut(HEAD, b"Content-Length: %d\r\n\r\n" % len(body), body)
    with (
        hostile_engine({**SOUND, "/nodes": unannounced}) as engine,
        open_swarm(SwarmApi(engine.url)) as swarm,
    ):
        for _ in range(20):
            assert len(swarm.observe().nodes) == 1
        assert isinstance(swarm, Swarm)
