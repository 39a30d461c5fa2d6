"""A run as the suite hands it over, of real observation types: sound, and as in the incident."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from fixtures.diagnose.values import Cause, Confidence
from fixtures.observe.http.access_log import AccessLine, parse_line
from fixtures.observe.http.attempts import Attempt, Phase
from fixtures.observe.media.playback import Received
from fixtures.observe.media.stamp import stamped
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.synthetic import Canvas, pitch_of, png
from fixtures.observe.media.tone_window import ToneWindow
from fixtures.observe.media.values import (
    CallObservation,
    Candidate,
    Leave,
    LinkObservation,
    PeerObservation,
    SelectedPair,
    State,
    Step,
)
from fixtures.observe.signaling.dialling import Sticky
from fixtures.observe.swarm.state import Node, Service, SwarmState, Task
from fixtures.report import build as kinds
from fixtures.report.build import Piece, RunFacts, build
from fixtures.report.values import Log, Report, TestEnd, Trouble, Version
from fixtures.target.plan import load_plan
from fixtures.target.reach import Reach
from fixtures.target.values import SwarmApi, Target

AT = datetime(2026, 11, 23, 3, 12, 40, tzinfo=UTC)
PLAN = load_plan("A")
NODES = ("translation01", "translation02", "translation03")
DIGEST = "sha256:" + "3f" * 32
TURN_SECRET = 'north&<wind>"7-turn'
"""In the environment of a service; it holds what HTML, JSON and URLs each write in their own way."""
CUT = "translation03"


def target() -> Target:
    hosts = {host.name: "172.28.0.11" for host in PLAN.web_hosts} | {"media.jbcalling.site": "172.28.0.12"}
    files = (Path("/lab/ca.pem"), Path("/lab/client.pem"), Path("/lab/client-key.pem"))
    return Target(
        name="lab", reach=Reach(hosts, files[0]), plan=PLAN,
        swarm_api=SwarmApi("tcp://172.28.0.11:2376", *files), is_lab=True, kernel={"ipvs": False, "esp": False},
    )  # fmt: skip


def _node(place: int, name: str) -> Node:
    return Node(
        id=f"n{place}", hostname=name, address=f"172.28.0.1{place}", labels={"instance": name},
        role="worker" if place > 1 else "manager", leader=place == 1, state="ready", availability="active",
        memory_bytes=int((30 if place == 1 else 15) * 1e9), engine_version="26.1.5",
    )  # fmt: skip


def _service(name: str, replicas: int) -> Service:
    own = name in ("traefik", "redis")
    return Service(
        id=f"id-{name}", name=f"translation_{name}", version=42,
        image=f"jbcalling-lab/{name}:6c74eaa9cbb3", digest=DIGEST if own else None,
        mode="replicated", replicas=replicas, constraints=(), preferences=(), ports=(),
        env={"TURN_SECRET": TURN_SECRET, "PORT": "8001"} if name == "signaling" else {},
        labels={"traefik.enable": "true"} if name in ("traefik", "frontend", "signaling") else {}, container_labels={},
        networks=(), endpoint_mode="dnsrr", memory_limit=None, memory_reservation=None, update_config={},
        update_status=None, healthcheck=None, created=AT, updated=AT,
    )  # fmt: skip


def _task(name: str, slot: int, node: str, last: int) -> Task:
    return Task(
        id=f"{name}{slot}x7k2", service=f"translation_{name}", slot=slot, node_id=f"n{NODES.index(node) + 1}",
        node=node, desired_state="running", state="running", message="started", error="", exit_code=None,
        container_id=f"c-{name}{slot}", addresses={"translation_frontend": f"10.0.1.{last}"},
        image=f"jbcalling-lab/{name}", created=AT, since=AT,
    )  # fmt: skip


def state(red: bool = False) -> SwarmState:
    """Replicas on every node; in the red run all that is routed is on one."""
    tasks, last = [], 10
    for planned in PLAN.services:
        for slot in range(1, planned.replicas + 1):
            spread = CUT if red else NODES[slot - 1]
            last += 1
            tasks.append(
                _task(planned.name, slot, spread if planned.replicas > 1 else str(planned.node), last)
            )
    services = tuple(_service(planned.name, planned.replicas) for planned in PLAN.services)
    nodes = tuple(_node(place + 1, name) for place, name in enumerate(NODES))
    return SwarmState(AT, nodes, services, tuple(tasks), ())


def lines(red: bool = False) -> tuple[AccessLine, ...]:
    """Twenty requests to each replica; two in three of those to the cut node wait out the dial timeout."""
    routed = [t for t in state(red).tasks if t.service in ("translation_frontend", "translation_signaling")]
    found = []
    for number in range(120):
        task, failed = routed[number % len(routed)], red and number % 3 != 0
        moment = (AT + timedelta(seconds=number * 0.02)).strftime("%d/%b/%Y:%H:%M:%S +0000")
        address, took = task.addresses["translation_frontend"], 30001 if failed else 1 + number * 7 % 11
        router = "page@swarm" if "frontend" in task.service else "api@swarm"
        found.append(
            f'10.0.1.2 - - [{moment}] "GET / HTTP/1.1" {504 if failed else 200} 15 "-" "-" {number} '
            f'"{router}" "http://{address}:80" {took}ms'
        )
    return tuple(line for line in map(parse_line, found) if isinstance(line, AccessLine))


def attempts(host: str, red: bool = False) -> tuple[Attempt, ...]:
    """Thirty requests to one host."""
    return tuple(_attempt(host, number, red and number % 3 == 1) for number in range(30))


def _attempt(host: str, number: int, failed: bool) -> Attempt:
    took = 30.004 if failed else 0.012 + 0.003 * (number * 13 % 9)
    return Attempt(
        url=f"https://{host}/", method="GET", host=host, started=AT + timedelta(milliseconds=number),
        duration_s=took, status=504 if failed else 200, phases={Phase.ENDED: took}, body_complete=True,
    )  # fmt: skip


@cache
def _picture(sender: int) -> bytes:
    return png(Canvas(sender).picture(stamped(sender, 41, 5_003.0), 41))


def _peer(name: str, sender: int, other: int, frames: int) -> PeerObservation:
    start = 5_000.4 + 0.05 * (sender > 150)
    times = [start + 0.0667 * number for number in range(frames)]
    received = tuple(
        Received(stamped(other, n, at - 0.085 - 0.03 * math.sin(n / 3) ** 2), at)
        for n, at in enumerate(times)
    )
    links = tuple(_link(direction, 40000 + sender % 7) for direction in ("send", "recv"))
    return PeerObservation(
        name=name, sender=sender, pitch_hz=pitch_of(sender), user_id=f"u{sender}", socket_id=f"s{sender}",
        replica=Sticky("replica", f"{sender:x}0c1d22"), transport="websocket",
        steps=(Step(StepName.CONNECTED_TO_SIGNALING, 5_000.0, 0.021), Step(StepName.SEND_CONNECTED, 5_000.1, 0.094)),
        links=links, received=received, tones=(ToneWindow(5_001.0, pitch_of(other), 0.98, 0.3),) * 6,
        codecs=("video/VP8", "audio/opus"), painted=44, picture=_picture(other) if frames else None,
    )  # fmt: skip


def _link(direction: str, port: int) -> LinkObservation:
    offered = (Candidate("media.jbcalling.site", port, "udp", "host", "172.28.0.12"),)
    pair = SelectedPair("172.28.0.1", 51000, "host", "172.28.0.12", port, "host", "udp")
    words = ("new", "checking", "completed")
    states = tuple(State(5_000.0 + n, "ice", word) for n, word in enumerate(words))
    return LinkObservation("send" if direction == "send" else "recv", offered, pair, states)


def call(frames: int = 42) -> CallObservation:
    """A call of two in which each receives so many frames."""
    first, second = _peer("first", 101, 202, frames), _peer("second", 202, 101, frames)
    return CallObservation(
        "acceptance-1f2e3d", 5_000.0, AT.timestamp(), first, second, Leave("second", 0.006)
    )


# Criterion -> a test of it, what it claims, what it measured.
CLAIMS = {
    "no-504": ("no_504.py::test_every_request_is_answered[jbcalling.site]", "No request is answered 5xx.",
               "jbcalling.site: 30 requests: 30x 200; p50 24 ms, slowest 41 ms; largest body 512 B"),
    "spread": ("spread.py::test_replicas_are_spread", "Replicas run on as many nodes as the plan wants.",
               "frontend: translation01 1, translation02 1, translation03 1"),
    "routing": ("routing.py::test_every_replica_served", "Every running replica answered 2xx.",
                "6 of 6 replicas served 120 requests, no 5xx"),
    "call": ("call.py::test_each_sees_the_other[different]", "Each peer decodes the other's stamped frames.",
             "2 replicas: 42+42 frames, 0 lost, p95 113 ms"),
    "media-host": ("media_host.py::test_the_selected_pair_ends_there", "The pair ends at the media host.",
                   "selected pairs end at 172.28.0.12, UDP 40003, 40006"),
    "socketio": ("socketio.py::test_connects[polling]", "A client connects by this transport.", "polling"),
    "mediasoup-pinned": ("mediasoup_pinned.py::test_it_is_on_its_node", "It runs on its node, pinned.",
                         "placed by its constraint: translation02 1"),
    "healthy": ("healthy.py::test_every_service_is_healthy", "Every service has all its replicas.",
                "9 services, 13 of 13 replicas, 3 nodes ready"),
}  # fmt: skip
CUT_OFF = Cause(
    id="overlay-cut",
    title="the overlay is cut to translation03",
    confidence=Confidence.PROVED,
    subjects=(("node", "translation03"),),
    speaks_for=(
        "every connect from translation01 to a task on translation03 timed out",
        "from translation01 no reply to any of 5 pings of 10.0.1.13",
    ),
    against=("translation02 reaches translation03",),
    command="python -m lab exec --name acceptance translation01 -- ping -c 3 10.0.1.13",
    remedy="open UDP 4789 between the nodes",
)
PINNED = Cause(
    id="pins",
    title="a constraint pins frontend to translation03",
    confidence=Confidence.LIKELY,
    subjects=(("service", "frontend"), ("node", "translation03")),
    speaks_for=("its constraint: node.labels.instance == translation03",),
    command="docker service inspect translation_frontend --format '{{json .Spec.TaskTemplate.Placement}}'",
    remedy="take the constraint out of the stack file and deploy again",
    undecided="somebody may have pinned it by hand; the stack file decides",
)
FAILED_TEXT = """10 of 30 requests to jbcalling.site failed: 20x 200, 10x 504; p50 24 ms, slowest 30.00 s
  03:12:40.001Z GET https://jbcalling.site/: 504 after 30.00 s, 15 B of body"""
PINNED_TEXT = "translation_frontend: runs on 1 nodes (translation03 3), wanted 2 or more"
RED = ("no-504", "spread", "routing")


def ends(red: bool = False) -> tuple[TestEnd, ...]:
    """One test of every criterion, and one of none; the red run as in the incident."""
    found = [_end(criterion, red and criterion in RED) for criterion in CLAIMS]
    return (*found, TestEnd("tests/harness/test_tone.py::test_pitch", "", "A tone is heard.", "passed", 0.02))


def _end(criterion: str, failed: bool) -> TestEnd:
    name, claim, measured = CLAIMS[criterion]
    nodeid = f"tests/test_{name}"
    end = TestEnd(
        nodeid, criterion, claim, "passed", 0.31, (measured,), file=nodeid.partition("::")[0], line=27
    )
    if not failed:
        return end
    cut = criterion == "no-504"
    text, causes = (FAILED_TEXT, (CUT_OFF, PINNED)) if cut else (PINNED_TEXT, (PINNED,))
    detail = f"def test():\n>       assert not failing\nE       AssertionError: {text}"
    why = text.splitlines()[0]
    return replace(
        end, verdict="failed", measured=(), why=why, text=text, causes=causes, detail=detail, took_s=30.4,
        not_observed=("the nodes' routes: no probe ran",),
    )  # fmt: skip


def facts(red: bool = False, troubles: tuple[Trouble, ...] = ()) -> RunFacts:
    return RunFacts(
        AT.isoformat(), 64.2, int(red), "python -m pytest -m lab --report out", "/project", 2, troubles
    )


def pieces(red: bool = False) -> tuple[Piece, ...]:
    hosts = {host.name: attempts(host.name, red and host.kind == "page") for host in PLAN.web_hosts}
    raw = tuple(line.raw for line in lines(red)[:30])
    log = Log("translation_traefik", "while test_every_request_is_answered failed", raw, 90)
    given: list[tuple[str, str, object]] = [
        (kinds.TARGET, "", target()), (kinds.LAB, "", "acceptance"), (kinds.STATE, "", state(red)),
        (kinds.ACCESS, "", lines(red)), (kinds.CALL, "across", call()), (kinds.CALL, "same", call(36)),
        (kinds.VERSION, "traefik", Version("Traefik", "3.7.1")),
        *((kinds.ATTEMPTS, name, found) for name, found in hosts.items()),
        *([(kinds.LOG, "traefik", log)] if red else []),
    ]  # fmt: skip
    return tuple(Piece(kind, key, float(at), value) for at, (kind, key, value) in enumerate(given))


def report(red: bool = False, troubles: tuple[Trouble, ...] = ()) -> Report:
    return build(facts(red, troubles), ends(red), pieces(red))
