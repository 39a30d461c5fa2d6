"""The agent itself, in perl, on the loopback interface: it asks itself, and what it says is read as a probe reads it."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from lab.probe import agent
from lab.probe.reading_agents import Told, pair_of, read_agent
from lab.probe.values import Pair

SELF = "127.0.0.1"
DEADLINE_S = 30
"""The agent ends by itself within its window, 6 s; on a busy machine later."""
pytestmark = pytest.mark.skipif(shutil.which("perl") is None, reason="not exercised: there is no perl here")


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204, "Nothing Here")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def page() -> Iterator[int]:
    """The port of a web server on the loopback interface."""
    with HTTPServer((SELF, 0), _Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.fixture(autouse=True)
def _free_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that is free here in place of the one that is free in a node's namespace."""
    monkeypatch.setattr(agent, "PORT", _unused())


def _unused() -> int:
    with socket.socket() as held:
        held.bind((SELF, 0))
        return int(held.getsockname()[1])


def _ran(command: list[str]) -> Told:
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S)
    return read_agent(done.returncode, done.stdout + done.stderr)


def test_perl_takes_it() -> None:
    """It compiles, without a warning."""
    done = subprocess.run(
        ["perl", "-c", str(agent.AGENT)], capture_output=True, text=True, timeout=DEADLINE_S
    )
    assert (done.returncode, done.stderr.strip()) == (0, f"{agent.AGENT} syntax OK")


def test_it_asks_a_peer_and_destinations(page: int) -> None:
    """Of a peer that hears all: every size, both bodies whole; of destinations: who answers what, and who refuses."""
    closed = _unused()
    told = _ran(agent.command(agent.by_address([SELF]), [f"{SELF}:{page}", f"{SELF}:{closed}"]))
    assert told.problem == ""
    assert told.arrived == {SELF: frozenset(range(100, agent.MTU + 1, 10))}
    assert told.sent == {SELF: agent.MTU}
    assert (told.tcp, told.small, told.large) == ({SELF: "open"}, {SELF: 200}, {SELF: agent.LARGE_BYTES})
    assert told.destinations == {
        (SELF, page): ("open", "HTTP/1.0 204 Nothing Here"),
        (SELF, closed): ("refused", ""),
    }
    # A raw socket needs a privilege; where it is refused nothing is said.
    assert told.pings in ({SELF: True}, {})
    assert told.destination_pings == told.pings
    assert 0 <= told.ran[1] - told.ran[0] <= DEADLINE_S
    found = pair_of(Pair("a", "a", "net"), told, told, SELF, SELF)
    assert (found.one_way, found.tcp, found.largest, found.lost_from, found.why) == (
        True,
        "open",
        1450,
        None,
        "",
    )


def test_it_finds_nobody_but_itself_by_name() -> None:
    """Peers are looked for by name, oneself is none of them, and all that were expected are found at once."""
    told = _ran(agent.command(agent.by_name("localhost", 1, 2), []))
    assert (told.problem, told.found, told.asked, told.arrived) == ("", {}, {}, {})


def test_a_port_that_is_taken_is_a_problem() -> None:
    """Where it cannot listen it says so, and what it did not see proves nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("0.0.0.0", agent.PORT))
        told = _ran(agent.command(agent.by_address([SELF]), []))
    assert "bind udp" in told.problem
    assert told.ran == (0, 0)
