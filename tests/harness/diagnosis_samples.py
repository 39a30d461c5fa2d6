"""Observations as they were recorded on a sound three-node lab, and the ways to make them show a fault."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fixtures.clients.accesslog import AccessLine
from fixtures.clients.attempts import Attempt, Failure
from fixtures.clients.certificates import Certificate
from fixtures.clients.observations import (
    CallSeen,
    DestinationSeen,
    Observations,
    PairSeen,
    PeersSeen,
    ProbeSeen,
    RowSeen,
)
from fixtures.clients.peer_values import Candidate
from fixtures.clients.plan import load_plan
from fixtures.clients.plan_values import PlannedService
from fixtures.clients.swarm_state import Network, Node, Service, SwarmState, Task

PLAN = load_plan("A")
NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
NODES = ("translation01", "translation02", "translation03")
ONE, TWO, THREE = NODES
ADDRESS = {name: f"172.28.1.1{number}" for number, name in enumerate(NODES, 1)}
FRONTEND, BACKEND = "translation_frontend", "translation_backend"
MEDIA_ADDRESS = ADDRESS[TWO]
PORT = {"frontend": 80, "signaling": 8001}
LABELS = {
    "frontend": {"traefik.enable": "true", "traefik.http.services.frontend.loadbalancer.server.port": "80"},
    "signaling": {
        "traefik.enable": "true",
        "traefik.http.services.signaling.loadbalancer.server.port": "8001",
        "traefik.http.services.signaling.loadbalancer.sticky.cookie": "true",
    },
}
ENV = {"signaling": {"ALLOWED_ORIGINS": "https://jbcalling.site"}, "mediasoup": {"ANNOUNCED_IP": MEDIA_ADDRESS}}


# --- the Swarm


def node(name: str, state: str = "ready") -> Node:
    role = "manager" if name == ONE else "worker"
    return Node(
        f"id-{name}",
        name,
        ADDRESS[name],
        {"instance": name},
        role,
        name == ONE,
        state,
        "active",
        2**34,
        "26.1.5",
    )


def service(planned: PlannedService) -> Service:
    networks = tuple(f"net-{short}" for short in planned.networks)
    return Service(
        id=f"id-{planned.name}",
        name=planned.full_name,
        version=7,
        image=f"jbcalling-lab/{planned.image}",
        digest=None,
        mode="replicated",
        replicas=planned.replicas,
        constraints=planned.constraints[:1],
        preferences=(),
        ports=planned.ports,
        env=ENV.get(planned.name, {}),
        labels=LABELS.get(planned.name, {}),
        container_labels={},
        networks=networks,
        endpoint_mode="dnsrr",
        memory_limit=planned.memory_limit,
        memory_reservation=planned.memory_reservation,
        update_config={},
        update_status=None,
        healthcheck=None,
        created=NOW - timedelta(hours=1),
        updated=NOW - timedelta(hours=1),
    )


def tasks_of(planned: PlannedService) -> list[Task]:
    homes = (planned.node,) if planned.node else NODES
    base = 2 + 10 * [s.name for s in PLAN.services].index(planned.name)
    return [task(planned.name, slot + 1, str(homes[slot % len(homes)]), base + slot) for slot in range(planned.replicas)]


def task(name: str, slot: int, home: str | None, last: int, **over: Any) -> Task:  # noqa: ANN401
    """A running task; its addresses end in `last`, 10.0.2.0/24 is the frontend's network, 10.0.1.0/24 the backend's."""
    subnet = {"frontend": (FRONTEND, "10.0.2"), "backend": (BACKEND, "10.0.1")}
    addresses = dict((subnet[n][0], f"{subnet[n][1]}.{last}") for n in PLAN.service(name).networks)
    made = Task(
        id=f"task-{name}-{slot}-{last}",
        service=f"translation_{name}",
        slot=slot,
        node_id=None if home is None else f"id-{home}",
        node=home,
        desired_state="running",
        state="running",
        message="started",
        error="",
        exit_code=None,
        container_id=f"c-{name}-{slot}",
        addresses=addresses,
        image=f"jbcalling-lab/{name}",
        created=NOW - timedelta(hours=1),
        since=NOW - timedelta(hours=1),
    )
    return replace(made, **over)


def networks() -> tuple[Network, ...]:
    peers = tuple(ADDRESS.values())
    return (
        Network("net-frontend", FRONTEND, "overlay", ("10.0.2.0/24",), None, False, peers),
        Network("net-backend", BACKEND, "overlay", ("10.0.1.0/24",), None, False, peers),
    )


def state() -> SwarmState:
    tasks = tuple(each for planned in PLAN.services for each in tasks_of(planned))
    services = tuple(service(planned) for planned in PLAN.services)
    return SwarmState(NOW, tuple(node(name) for name in NODES), services, tasks, networks())


def changed(seen: Observations, short: str, **over: Any) -> Observations:  # noqa: ANN401
    """The same with a service's fields replaced."""
    assert seen.state is not None
    name = f"translation_{short}"
    services = tuple(replace(s, **over) if s.name == name else s for s in seen.state.services)
    return replace(seen, state=replace(seen.state, services=services))


def with_tasks(seen: Observations, short: str, change: Callable[[Task], Task | None], more: Iterable[Task] = ()) -> Observations:
    """The same with each task of a service changed, or gone, and others besides."""
    assert seen.state is not None
    name = f"translation_{short}"
    kept = [change(t) if t.service == name else t for t in seen.state.tasks]
    tasks = (*(t for t in kept if t is not None), *more)
    return replace(seen, state=replace(seen.state, tasks=tasks))


# --- what the edge logged, and what clients saw


def line(address: str, port: int, status: int = 200, ms: float = 4.0, router: str = "frontend@swarm") -> AccessLine:
    url = f"http://{address}:{port}"
    return AccessLine(NOW, "172.28.1.1", "GET", "/", "HTTP/1.1", status, 612, router, url, address, ms, "suite", None, "")


def lines(seen: Observations, status: Callable[[Task], tuple[int, float]] = lambda t: (200, 4.0)) -> Observations:
    """A log in which every routed replica was asked three times; `status` gives status and ms of each."""
    assert seen.state is not None
    found = []
    for each in seen.state.tasks:
        short = each.service.removeprefix("translation_")
        if short in PORT and each.running:
            found += [line(each.addresses[FRONTEND], PORT[short], *status(each), f"{short}@swarm")] * 3
    return replace(seen, lines=tuple(found))


def attempt(status: int | None = 200, *, host: str = "jbcalling.site", failure: Failure | None = None, s: float = 0.01) -> Attempt:
    return Attempt(
        f"https://{host}/", "GET", host, NOW, s, status, body_bytes=612, body_complete=failure is None, failure=failure
    )


def certificate(host: str = "jbcalling.site", **over: Any) -> Certificate:  # noqa: ANN401
    start, end = NOW - timedelta(days=30), NOW + timedelta(days=60)
    return replace(Certificate(host, (host,), "CN=lab CA", start, end, "ab" * 32, NOW, None), **over)


def call(relation: str = "across", **over: Any) -> CallSeen:  # noqa: ANN401
    offered = (Candidate(MEDIA_ADDRESS, 40003, "udp", "host", MEDIA_ADDRESS),)
    sound = CallSeen(relation, None, "", offered, ((MEDIA_ADDRESS, 40003),), ("checking", "completed"), (31, 33))
    return replace(sound, **over)


# --- the probe


def probe(seen: Observations) -> ProbeSeen:
    """What a prober finds on a sound overlay."""
    assert seen.state is not None
    pairs = tuple(
        PairSeen(a, b, FRONTEND, True, True, "open", 200, 60_000, 1450) for a in NODES for b in NODES if a != b
    )
    routed = [t for t in seen.state.tasks if t.running and t.service.removeprefix("translation_") in PORT]
    destinations = tuple(
        DestinationSeen(ONE, t.service, t.name, str(t.node), t.addresses[FRONTEND],
                        PORT[t.service.removeprefix("translation_")], "open", "HTTP/1.1 200 OK", True)
        for t in routed
    )  # fmt: skip
    rows = tuple(
        RowSeen(n, FRONTEND, t.addresses[FRONTEND], t.name, mac(t.addresses[FRONTEND]), ADDRESS[str(t.node)], ADDRESS[str(t.node)])
        for n in NODES for t in routed if t.node != n
    )  # fmt: skip
    peers = tuple(PeersSeen(n, FRONTEND, tuple(ADDRESS.values())) for n in NODES)
    return ProbeSeen(FRONTEND, ONE, 6.8, NODES, pairs, destinations, rows, peers, 60_000)


def mac(address: str) -> str:
    return "02:42:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def probed(seen: Observations, change: Callable[[PairSeen], PairSeen] = lambda p: p, **over: Any) -> Observations:  # noqa: ANN401
    """The same with each pair of the probe changed, and other fields of it replaced."""
    assert seen.probe is not None
    return replace(seen, probe=replace(seen.probe, pairs=tuple(map(change, seen.probe.pairs)), **over))


def destinations(seen: Observations, change: Callable[[DestinationSeen], DestinationSeen]) -> Observations:
    """The same with each destination of the probe changed."""
    assert seen.probe is not None
    return probed(seen, destinations=tuple(map(change, seen.probe.destinations)))


def rows(seen: Observations, change: Callable[[RowSeen], RowSeen]) -> Observations:
    """The same with each row of the probe changed."""
    assert seen.probe is not None
    return probed(seen, rows=tuple(map(change, seen.probe.rows)))


def lost(p: PairSeen) -> PairSeen:
    """Nothing of the source reaches the target."""
    return replace(p, ping=False, one_way=False, tcp="silent", small=0, large=0, largest=None)


def unanswered(p: PairSeen) -> PairSeen:
    """The source is heard, and hears nothing."""
    return replace(p, ping=False, tcp="silent", small=0, large=0)


def cut(seen: Observations, gone: Callable[[str, str], bool]) -> Observations:
    """A probe in which nothing passes in the directions that `gone` names."""

    def change(p: PairSeen) -> PairSeen:
        if gone(p.source, p.target):
            return lost(p)
        return unanswered(p) if gone(p.target, p.source) else p

    return probed(seen, change)


def sound() -> Observations:
    """Everything was looked at, and all is well."""
    bare = Observations(PLAN, state(), at_start=None, media_address=MEDIA_ADDRESS)
    seen = lines(replace(bare, probe=probe(bare)))
    hosts = [host.name for host in PLAN.web_hosts]
    return replace(
        seen,
        attempts=tuple(attempt(host=host) for host in hosts for _ in range(3)),
        calls=(call("across"), call("same")),
        certificates=tuple(certificate(host) for host in hosts),
        sockets=(),
        drifts=(),
        turns=(),
        edge_log=(),
    )


def blind(seen: Observations, *names: str) -> Observations:
    """The same where these were not observed."""
    missing = {**seen.missing, **dict.fromkeys(names, "not in this test")}
    return replace(seen, missing=missing, **dict.fromkeys(names))  # type: ignore[arg-type]
