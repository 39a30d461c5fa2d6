"""A Swarm's state as a value: who is found in it by which name, and what is running."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.observe.swarm.state import Healthcheck, SwarmState
from tests.harness.samples.sound_cluster import (
    FRONTEND,
    NOW,
    ONE,
    PLAN,
    THREE,
    TWO,
    networks,
    node,
    service,
    task,
)

STATE = SwarmState(
    NOW,
    tuple(node(name) for name in (ONE, TWO, THREE)),
    tuple(service(each) for each in PLAN.services),
    (),
    networks(),
)


@pytest.mark.parametrize("called", [TWO, f"id-{TWO}"])
def test_a_node_is_found_by_host_name_or_id(called: str) -> None:
    """And none where there is no such node."""
    assert STATE.node(called) == node(TWO)
    assert STATE.node("translation09") is None


def test_a_node_is_found_by_the_value_of_its_label() -> None:
    """Of that very label, and the first that has it."""
    odd = replace(node(ONE), id="odd", hostname="odd", labels={"zone": TWO})
    twin = replace(node(TWO), id="twin", hostname="twin")
    state = replace(STATE, nodes=(odd, *STATE.nodes, twin))
    assert state.node_labelled("instance", TWO) == node(TWO)
    assert state.node_labelled("zone", TWO) == odd
    assert state.node_labelled("rack", TWO) is None
    assert state.node_labelled("instance", "translation09") is None


@pytest.mark.parametrize("called", [FRONTEND, "net-frontend"])
def test_a_network_is_found_by_name_or_id(called: str) -> None:
    """And none where there is no such network."""
    assert STATE.network(called) == networks()[0]
    assert STATE.network("ingress") is None


def test_a_service_is_found_by_its_full_name() -> None:
    """The short name is no name of it."""
    assert STATE.service("translation_redis") == service(PLAN.service("redis"))
    assert STATE.service("redis") is None


def test_tasks_of_a_service_are_listed_newest_first() -> None:
    """Those whose age is unknown last, of other services none."""
    old, new, newest, ageless = (
        task("frontend", 1, ONE, n, created=None if ago is None else NOW - timedelta(hours=ago))
        for n, ago in ((11, 5), (12, 2), (13, 1), (14, None))
    )
    state = replace(STATE, tasks=(new, ageless, old, task("redis", 1, ONE, 15), newest))
    assert state.tasks_of("translation_frontend") == (newest, new, old, ageless)
    assert state.tasks_of("translation_tts") == ()


def test_who_has_an_address_is_the_task_that_runs() -> None:
    """On whichever of its networks; a task that ended had it before."""
    before = task("signaling", 1, ONE, 21, state="shutdown", desired_state="shutdown")
    now = task("signaling", 1, TWO, 21)
    state = replace(STATE, tasks=(before, now))
    assert [state.task_at(address) for address in (*now.addresses.values(), "10.0.9.9")] == [now, now, None]


@pytest.mark.parametrize(
    ("state", "availability", "usable"),
    [
        ("ready", "active", True),
        ("down", "active", False),
        ("ready", "drain", False),
        ("ready", "pause", False),
    ],
)
def test_a_node_is_usable_when_ready_and_open(state: str, availability: str, usable: bool) -> None:
    """Neither alone is enough."""
    assert replace(node(ONE), state=state, availability=availability).usable is usable


@pytest.mark.parametrize(
    ("state", "desired", "running"),
    [("running", "running", True), ("starting", "running", False), ("running", "shutdown", False)],
)
def test_a_task_runs_when_it_does_and_is_meant_to(state: str, desired: str, running: bool) -> None:
    """One that is about to be ended does not count."""
    assert task("frontend", 1, ONE, 11, state=state, desired_state=desired).running is running


def test_a_task_is_called_by_its_slot_or_its_node() -> None:
    """A global service has one on each node, and no slots."""
    assert task("frontend", 2, ONE, 11).name == "translation_frontend.2"
    assert replace(task("frontend", 2, ONE, 11), slot=0).name == "translation_frontend.0"
    assert replace(task("frontend", 2, ONE, 11), slot=None).name == f"translation_frontend.id-{ONE}"


def test_what_a_spec_leaves_out_is_empty() -> None:
    """Texts and lists are; limits are none."""
    bare = service(PLAN.service("tts"))
    assert (bare.command, bare.args, bare.user, bare.mounts, bare.secrets, bare.configs) == (
        (),
        (),
        "",
        (),
        (),
        (),
    )
    assert (bare.cpu_limit, bare.cpu_reservation, bare.max_replicas) == (None, None, 0)
    assert bare.restart_policy == {}
    assert bare.rollback_config == {}
    assert Healthcheck((), None, None, None, None).start_interval_s is None
