"""The agent itself, in perl, on the loopback interface: it asks itself, and what it says is read as a probe reads it."""

import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from lab.probe import agent
from lab.probe.agent import PORTS
from lab.probe.reading_agents import AgentReport, pair_of, read_agent
from lab.probe.values import Pair
from lab.waiting import Look, NotYet, Ready, wait_for

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
    monkeypatch.setattr(agent, "PORTS", range(_unused(), 65_536, 65_536))


def _unused() -> int:
    with socket.socket() as held:
        held.bind((SELF, 0))
        return int(held.getsockname()[1])


def _ran(command: list[str]) -> AgentReport:
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
    report = _ran(
        agent.command(agent.by_address([SELF]), [f"{SELF}:{page}", f"{SELF}:{closed}"], agent.any_port())
    )
    assert report.problem == ""
    assert report.arrived == {SELF: frozenset(range(100, agent.MTU + 1, 10))}
    assert report.sent == {SELF: agent.MTU}
    assert (report.tcp, report.small, report.large) == (
        {SELF: "open"},
        {SELF: 200},
        {SELF: agent.LARGE_BYTES},
    )
    assert report.destinations == {
        (SELF, page): ("open", "HTTP/1.0 204 Nothing Here"),
        (SELF, closed): ("refused", ""),
    }
    # A raw socket needs a privilege; where it is refused nothing is said.
    assert report.pings in ({SELF: True}, {})
    assert report.destination_pings == report.pings
    assert [len(took) for took in report.round_trips.values()] == [5] * len(report.pings)
    assert report.late == {SELF: 0}
    assert 0 <= report.ran[1] - report.ran[0] <= DEADLINE_S
    found = pair_of(Pair("a", "a", "net"), report, report, SELF, SELF)
    assert (found.one_way, found.tcp, found.largest, found.lost_from, found.why) == (
        True,
        "open",
        1450,
        None,
        "",
    )


def test_it_finds_nobody_but_itself_by_name() -> None:
    """Peers are looked for by name, oneself is none of them, and all that were expected are found at once."""
    report = _ran(agent.command(agent.by_name("localhost", 1, 2), [], agent.any_port()))
    assert (report.problem, report.found, report.asked, report.arrived) == ("", {}, {}, {})


def test_a_port_that_is_taken_is_a_problem() -> None:
    """Where it cannot listen it says so, and what it did not see proves nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind(("0.0.0.0", 0))
        report = _ran(agent.command(agent.by_address([SELF]), [], held.getsockname()[1]))
    assert "bind udp" in report.problem
    assert report.ran == (0, 0)


def test_a_probe_is_not_disturbed_by_the_agents_of_the_one_before() -> None:
    """Two probes choose their ports by themselves, and each port leaves room for the one that is counted on."""
    assert len({random.choice(PORTS) for _ in range(50)}) > 1
    assert {port % 2 for port in PORTS} == {0}


def test_late_peers_are_asked_later_and_listened_for_longer() -> None:
    """On engines that are slow: the one that starts first asks when the last one listens, and is still there for it."""
    port, began = agent.any_port(), time.monotonic()
    report = _ran(agent.command(agent.by_address([SELF]), [], port, late_s=3))
    assert report.problem == ""
    assert 3 <= report.asked[SELF] - report.ran[0] <= 4
    assert report.arrived == {SELF: frozenset(range(100, agent.MTU + 1, 10))}
    assert time.monotonic() - began >= 3
    silent = _ran(agent.command(agent.by_address([SELF, "127.0.0.2"]), [], agent.any_port(), late_s=1))
    assert silent.ran[1] - silent.ran[0] >= agent.within_s(1) - 1


PEER = "127.0.0.2"


def _overtaken(delay: int = 20, heard_from: int = 100) -> list[int]:
    """The numbers 1 to 400 in the order in which they come where three in four are late by so many others, without what
    came before the agent listened."""
    arrival = {number: number if number % 4 == 0 else number + delay for number in range(1, 401)}
    return [
        number for number in sorted(arrival, key=lambda n: (arrival[n], n)) if arrival[number] >= heard_from
    ]


@pytest.mark.parametrize(("missing", "lost"), [((), 0), ((150, 200, 201), 3)])
def test_what_overtakes_others_is_not_lost(missing: tuple[int, ...], lost: int) -> None:
    """At either end of what was heard some came before or after the agent listened, and prove nothing."""
    port = agent.any_port()
    command = agent.command(agent.by_address([PEER]), [], port)
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((PEER, 0))
            _wait_until_bound(port + 1)
            for number in _overtaken():
                if number not in missing:
                    sender.sendto(number.to_bytes(4, "big") + b"n" * 28, (SELF, port + 1))
        output, _ = running.communicate(timeout=DEADLINE_S)
    finally:
        running.kill()
    report = read_agent(running.returncode, output)
    first, last, came = report.counted[PEER]
    assert last - first + 1 - came == lost
    assert last - first > 200
    assert 50 < report.late[PEER] < came


def _wait_until_bound(port: int) -> None:
    wait_for("the agent listens", lambda: _bound(port), deadline_s=DEADLINE_S, interval_s=0.05)


def _bound(port: int) -> Look[None]:
    bound = f":{port:04X} " in Path("/proc/net/udp").read_text("ascii")
    return Ready(None) if bound else NotYet("nobody listens there yet")
