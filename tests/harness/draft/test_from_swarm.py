"""A draft from a running Swarm: its nodes, labels and services as they are, over a handle that only reads."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures.draft.drafting import draft
from fixtures.draft.material import of_swarm
from fixtures.observe.swarm import parse
from fixtures.observe.swarm.state import Network, Node, Service, SwarmState
from lab.errors import InputError
from tests.harness.draft.drafts import plan_of
from tests.harness.samples import swarm_api

LABELS = {"com.docker.stack.namespace": "translation"}
NETWORK = Network("net1", "translation_frontend", "overlay", ("10.0.1.0/24",), None, False, ())


def service(name: str, stack: str = "translation", **changes: object) -> Service:
    found = parse.service(swarm_api.service(name))
    labels = {"com.docker.stack.namespace": stack, **changes.pop("labels", {})}  # type: ignore[dict-item]
    return replace(found, name=f"{stack}_{name}", labels=labels, **changes)  # type: ignore[arg-type]


def node(id_: str, **changes: object) -> Node:
    return replace(parse.node(swarm_api.node(id_)), **changes)  # type: ignore[arg-type]


def state(*services: Service, nodes: tuple[Node, ...]) -> SwarmState:
    return SwarmState(datetime.now(UTC), nodes, services, (), (NETWORK,))


NODES = (
    node("n1"),
    node("n2", labels={"instance": "translation02", "disk": "ssd", "api_token": "qx7"}),
    node("n3", labels={}),
)
EDGE = service("traefik", image="traefik:v3.1", args=("--providers.swarm=true",))
WEB = service(
    "frontend", replicas=3, networks=("net1",),
    labels={"traefik.http.routers.web.rule": "Host(`shop.example`)", "traefik.http.services.web.loadbalancer.server.port": "80"},
)  # fmt: skip


def test_nodes_and_services_are_the_swarm_s(tmp_path: Path) -> None:
    """A node is called by its label where it has one, else by its host name; ids of networks become names."""
    made = draft(of_swarm(state(EDGE, WEB, nodes=NODES), "ssh://ann@manager", None))
    plan = plan_of(made, tmp_path)
    assert [(n.instance, n.role, n.named_by, n.labels, n.memory_gb) for n in plan.nodes] == [
        ("translation01", "manager", "label", (), 16),
        ("translation02", "worker", "label", (("disk", "ssd"),), 16),
        ("translation03", "worker", "hostname", (), 16),
    ]
    assert (plan.stack, plan.edge_service) == ("translation", "traefik")
    assert (plan.service("frontend").replicas, plan.service("frontend").networks) == (3, ("frontend",))
    assert [(h.name, h.service) for h in plan.hosts] == [("shop.example", "frontend")]
    assert "qx7" not in made.text


def test_the_stack_with_traefik_is_taken_and_others_are_named() -> None:
    """Where the Swarm runs several stacks one is drafted, and the question says how to name another."""
    other = [service(name, "shop") for name in ("a", "b", "c")]
    made = draft(of_swarm(state(EDGE, WEB, *other, nodes=NODES), "here", None))
    assert 'stack = "translation"' in made.text
    assert "or is it shop? Name one with --stack" in made.text
    assert 'stack = "shop"' in draft(of_swarm(state(EDGE, WEB, *other, nodes=NODES), "here", "shop")).text


@pytest.mark.parametrize(("services", "named", "said"), [
    ((EDGE,), "shop", "has no stack shop: there are translation"),
    ((), None, "has no stack : there are none"),
])  # fmt: skip
def test_a_stack_that_is_not_there_is_refused(
    services: tuple[Service, ...], named: str | None, said: str
) -> None:
    """In one line, with those that are there."""
    with pytest.raises(InputError) as caught:
        of_swarm(state(*services, nodes=NODES), "here", named)
    assert str(caught.value) == f"the Swarm at here {said}".replace("  ", " ")
