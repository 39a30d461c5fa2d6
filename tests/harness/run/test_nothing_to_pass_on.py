"""A criterion whose subject is absent or empty is not exercised, with the reason: it is never passed."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.limits import Limits
from fixtures.observe.signaling.dialling import Sticky
from fixtures.observe.swarm.state import SwarmState
from fixtures.plugins import calls, relay
from fixtures.plugins.traffic import Routed
from fixtures.target.plan import load_plan
from fixtures.target.planned import Plan, PlannedService
from fixtures.target.values import Target
from tests import (
    test_addresses,
    test_certificates,
    test_drift,
    test_healthy,
    test_mediasoup_pinned,
    test_no_504,
    test_resources,
    test_routing,
    test_socketio,
    test_spread,
)
from tests.harness.samples import sound_cluster

PLAN = load_plan("a")
ANYTHING = cast("Any", None)
"""For an argument that a test must not come to."""
ONE_REPLICA = (Sticky("c", "1"),)


def measured(text: str) -> None:
    raise AssertionError(f"it measured something: {text}")


def with_media(**changed: object) -> Plan:
    """The plan with another SFU."""
    own = {each.name: each for each in PLAN.services}
    own["mediasoup"] = replace(own["mediasoup"], **changed)  # type: ignore[arg-type]
    return replace(PLAN, services=tuple(own.values()))


def each_single() -> Plan:
    """The plan with one replica of every service."""
    return replace(PLAN, services=tuple(replace(s, replicas=1, min_nodes=1) for s in PLAN.services))


def beside_the_edge(service: PlannedService) -> PlannedService:
    return replace(service, node=PLAN.edge.node) if service.replicas > 1 else service


def empty_state() -> SwarmState:
    """A Swarm in which nothing runs."""
    return replace(sound_cluster.state(), services=(), tasks=())


ROUTED_NOTHING = cast(
    "Routed", SimpleNamespace(attempts=(), lines=(), logged=SimpleNamespace(unread_text=""))
)
SOMETHING = cast("Routed", SimpleNamespace(attempts=(1,), lines=(), logged=SimpleNamespace(unread_text="")))
WITHOUT_HOSTS = replace(PLAN, hosts=tuple(h for h in PLAN.hosts if h.kind == "media"))
WITHOUT_LARGE = replace(PLAN, hosts=tuple(replace(h, large_path=None) for h in PLAN.hosts))
STATE = sound_cluster.state()
WITHOUT_MEMORY = replace(
    PLAN, services=tuple(replace(s, memory_limit=None, memory_reservation=None) for s in PLAN.services)
)
ALL_BESIDE = replace(PLAN, services=tuple(map(beside_the_edge, PLAN.services)))

CASES: dict[str, tuple[Callable[[], object], str]] = {
    "certificates: no host": (
        lambda: test_certificates.test_certificates_are_good(ANYTHING, WITHOUT_HOSTS, Limits(), measured, ANYTHING),
        "names no host that answers HTTPS",
    ),
    "resources: a plan without amounts": (
        lambda: test_resources.test_every_replica_has_the_plans_memory(STATE, WITHOUT_MEMORY, frozenset(), measured),
        "the plan names no amount of memory",
    ),
    "resources: nodes of unknown size": (
        lambda: test_resources.test_no_node_is_overfilled(
            replace(STATE, nodes=()), PLAN, cast("Target", SimpleNamespace(is_lab=False)), measured, ANYTHING
        ),
        "how much memory a node has",
    ),
    "resources: nothing runs": (
        lambda: test_resources.test_no_replica_ran_out_of_memory(((), ()), measured, ANYTHING), "no task of the stack runs",
    ),
    "addresses: no overlay": (
        lambda: test_addresses.test_there_are_addresses_left(empty_state(), PLAN, measured), "is on an overlay",
    ),
    "drift: an empty file": (
        lambda: test_drift.test_nothing_drifted(STATE, (), PLAN, measured), "names no service",
    ),
    "healthy: an empty plan": (
        lambda: test_healthy.test_every_service_is_healthy(STATE, replace(PLAN, services=()), measured),
        "the plan names no service",
    ),
    "healthy: no health check": (
        lambda: test_healthy.test_no_health_check_fails(lambda: (), Limits(), measured), "has a health check",
    ),
    "healthy: nothing ran": (
        lambda: test_healthy.test_nothing_restarted(empty_state(), empty_state(), PLAN, measured),
        "no task of the stack translation ran when the run began",
    ),
    "mediasoup-pinned: no node": (
        lambda: test_mediasoup_pinned.test_it_is_on_its_node(STATE, with_media(node=None), measured), "to no node",
    ),
    "mediasoup-pinned: no port": (
        lambda: test_mediasoup_pinned.test_exactly_its_ports_are_published(STATE, with_media(ports=()), measured),
        "names no port",
    ),
    "no-504: no page": (
        lambda: test_no_504.test_the_page_begins_with_a_doctype(ANYTHING, WITHOUT_HOSTS, measured),
        "no host with a page",
    ),
    "no-504: no large body": (
        lambda: test_no_504.test_a_large_body_arrives_whole(ANYTHING, WITHOUT_LARGE, Limits(), measured, ANYTHING),
        "names no large body",
    ),
    "routing: no request": (
        lambda: test_routing.test_no_5xx_in_the_access_log(ROUTED_NOTHING, PLAN, ANYTHING), "no request was made",
    ),
    "routing: one replica each": (
        lambda: test_routing.test_every_replica_served(SOMETHING, STATE, each_single(), measured),
        "to a service with several replicas: one replica serves all",
    ),
    "routing: nothing abroad": (
        lambda: test_routing.test_the_overlay_is_crossed(SOMETHING, STATE, ALL_BESIDE, ANYTHING, measured),
        "beside the edge: no request crosses the overlay",
    ),
    "spread: one replica each": (
        lambda: test_spread.test_replicas_are_spread(STATE, each_single(), measured), "nothing to spread",
    ),
    "socketio: one replica, polling": (
        lambda: test_socketio.test_polling_stays_with_its_replica(ANYTHING, ONE_REPLICA, measured, ANYTHING),
        "no session can wander",
    ),
    "socketio: one replica, rooms": (
        lambda: test_socketio.test_room_events_cross_replicas(ANYTHING, ONE_REPLICA, measured, ANYTHING),
        "no event has to cross",
    ),
    "socketio: no origin": (
        lambda: test_socketio.test_allowed_origins_are_served(ANYTHING, replace(PLAN, allowed_origins=())),
        "names no origin",
    ),
    "call: one replica": (
        lambda: calls.call_across.__wrapped__(ANYTHING, ONE_REPLICA),  # type: ignore[attr-defined]
        "no call crosses from one to another",
    ),
    "turn: no service": (
        lambda: relay.relay.__wrapped__(  # type: ignore[attr-defined]
            SimpleNamespace(plan=replace(PLAN, turn_port=9))
        ),
        "no service of the plan publishes the TURN port 9",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_absent_is_not_exercised(case: str) -> None:
    """The test ends before it measures, and says what there is not."""
    run, reason = CASES[case]
    with pytest.raises(pytest.skip.Exception) as ended:
        run()
    assert str(ended.value).startswith("not exercised: "), (
        "the words by which the status and the table know it"
    )
    assert reason in str(ended.value)


def test_a_node_that_is_not_there_is_a_violation() -> None:
    """Where a service belongs to a node that no label names, that it is there is not taken for granted."""
    nodes = tuple(replace(n, labels={}) for n in STATE.nodes)
    with pytest.raises(
        AssertionError, match=r"belongs on translation02, and no node of the Swarm has that label"
    ):
        test_mediasoup_pinned.test_it_is_on_its_node(replace(STATE, nodes=nodes), PLAN, measured)
