"""A sound three-node Swarm as values, for the samples of observations."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fixtures.observe.swarm.state import Network, Node, Service, SwarmState, Task
from fixtures.target.plan import load_plan
from fixtures.target.planned import PlannedService

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
ENV = {
    "signaling": {"ALLOWED_ORIGINS": "https://jbcalling.site"},
    "mediasoup": {"ANNOUNCED_IP": MEDIA_ADDRESS},
}


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
        secrets=("turn_secret at /run/secrets/turn_secret",) if planned.name == "coturn" else (),
    )


def tasks_of(planned: PlannedService) -> list[Task]:
    homes = (planned.node,) if planned.node else NODES
    base = 2 + 10 * [s.name for s in PLAN.services].index(planned.name)
    return [
        task(planned.name, slot + 1, str(homes[slot % len(homes)]), base + slot)
        for slot in range(planned.replicas)
    ]


def task(name: str, slot: int, home: str | None, last: int, **over: Any) -> Task:  # noqa: ANN401
    """A running task; its addresses end in `last`, 10.0.2.0/24 is the frontend's network, 10.0.1.0/24 the backend's."""
    subnet = {"frontend": (FRONTEND, "10.0.2"), "backend": (BACKEND, "10.0.1")}
    addresses = {subnet[n][0]: f"{subnet[n][1]}.{last}" for n in PLAN.service(name).networks}
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
