"""Judging placement and health, on states built from answers in the engine's shape."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from fixtures.judge import placement
from fixtures.observe.swarm import parse
from fixtures.observe.swarm.state import SwarmState
from fixtures.target.plan import load_plan
from fixtures.target.planned import Plan
from tests.harness.samples import swarm_api as samples

Json = dict[str, Any]
TEN = [(n, n, "udp", "host") for n in range(40000, 40010)]
HOME = ["node.labels.instance == translation02"]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan("a")


def state(services: Iterable[Json], tasks: Iterable[Json], nodes: Iterable[Json] | None = None) -> SwarmState:
    parsed = tuple(parse.service(each) for each in services)
    names = {each.id: each.name for each in parsed}
    ran = tuple(parse.task(each, names, samples.NODES) for each in tasks)
    raw = nodes if nodes is not None else [samples.node(id_) for id_ in samples.NODES]
    return SwarmState(datetime.now(UTC), tuple(parse.node(each) for each in raw), parsed, ran, ())


def frontend(*nodes: str, **service: Any) -> SwarmState:  # noqa: ANN401
    """Three wanted, one running on each of `nodes`."""
    tasks = [samples.task(f"f{n}", "frontend", n, node) for n, node in enumerate(nodes, 1)]
    return state([samples.service("frontend", 3, **service)], tasks)


def media(tasks: Iterable[Json], **service: Any) -> SwarmState:  # noqa: ANN401
    return state([samples.service("mediasoup", **{"constraints": HOME, "ports": TEN, **service})], tasks)


def texts(violations: Iterable[object]) -> str:
    return "\n".join(str(each) for each in violations)


def test_spread_counts_running_replicas_by_node() -> None:
    """Only tasks that run and are meant to count."""
    seen = state(
        [samples.service("frontend", 3)],
        [
            samples.task("a", "frontend", 1, "n1"),
            samples.task("b", "frontend", 2, "n3"),
            samples.task("c", "frontend", 3, "n3"),
            samples.task("d", "frontend", 3, "n2", desired="shutdown"),
            samples.task("e", "frontend", 2, "n2", "starting"),
        ],
    )
    assert placement.spread(seen, "translation_frontend") == {"translation01": 1, "translation03": 2}
    assert [task.id for task in placement.running(seen, "translation_frontend")] == ["a", "b", "c"]


def test_a_spread_service_on_two_nodes_is_well(plan: Plan) -> None:
    """Three replicas on two nodes, unconstrained, are what Option A demands."""
    assert placement.spread_violations(frontend("n1", "n3", "n3"), plan.service("frontend")) == ()


def test_all_replicas_on_one_node_by_a_pin_are_both_named(plan: Plan) -> None:
    """The incident's placement is red for the node count and for the constraint that the plan forbids."""
    seen = frontend("n3", "n3", "n3", constraints=["node.labels.instance == translation03"])
    text = texts(placement.spread_violations(seen, plan.service("frontend")))
    assert "runs on 1 nodes (translation03 3), wanted 2 or more" in text
    assert "carries the constraint 'node.labels.instance == translation03', which plan A forbids" in text
    assert "docker service ps --no-trunc translation_frontend" in text


def test_one_node_that_carries_all_is_a_warning() -> None:
    """Option B is green and says so; one replica alone, and replicas on two nodes, have no warning."""
    several, warning = ("n1", "n1", "n1"), " (one node carries all: when it goes, all of them go)"
    assert placement.carried_by_one(frontend(*several), "translation_frontend") == warning
    for fewer in (("n1", "n1", "n3"), ("n1",), ()):
        assert placement.carried_by_one(frontend(*fewer), "translation_frontend") == ""


def test_option_b_wants_the_frontend_on_translation01() -> None:
    """Pinned services are red elsewhere and without their pin, and well at home with it."""
    planned = load_plan("b").service("frontend")
    well = frontend("n1", "n1", "n1", constraints=["node.labels.instance==translation01"])
    assert placement.spread_violations(well, planned) == ()
    text = texts(placement.spread_violations(frontend("n1", "n2", "n1"), planned))
    assert "belongs on translation01: translation_frontend.2 (f2) on translation02" in text
    assert "is not pinned to translation01" in text


def test_ports_missing_and_besides_are_named(plan: Plan) -> None:
    """A port not published, and one in another mode, are each listed."""
    well = media([], ports=TEN)
    assert placement.port_violations(well, plan.media) == ()
    ports = [*TEN[:4], *TEN[5:], (9, 9, "tcp", "ingress")]
    text = texts(placement.port_violations(media([], ports=ports), plan.media))
    assert "not published: 40004->40004/udp host" in text
    assert "published in addition: 9->9/tcp ingress" in text


def test_same_task_means_the_same_ids_and_at_least_one() -> None:
    """A replaced task is another, and nothing running is not the same as nothing running."""
    before, after = media([samples.task("m1", "mediasoup", 1, "n2")]), media([])
    replaced = media([samples.task("m2", "mediasoup", 1, "n2")])
    name = "translation_mediasoup"
    assert placement.same_task(before, before, name)
    assert not placement.same_task(before, replaced, name)
    assert not placement.same_task(after, after, name)


def test_a_restart_shows_what_ended_and_what_came() -> None:
    """A task replaced in its slot is one restart, with why the old one ended and which is new."""
    before = media([samples.task("m1", "mediasoup", 1, "n2")])
    ended = samples.task(
        "m1", "mediasoup", 1, "n2", "failed", desired="shutdown", error="exit (137)", code=137
    )
    after = media([ended, samples.task("m2", "mediasoup", 1, "n2", created=9)])
    (restart,) = placement.restarted_since(before, after)
    assert (restart.service, restart.became and restart.became.id) == ("translation_mediasoup", "m2")
    assert "failed since 16:01:05Z (exit (137)), exit code 137; now translation_mediasoup.1 (m2)" in str(
        restart
    )
    assert placement.restarted_since(before, before) == ()


def test_a_task_that_vanished_or_crashes_anew_counts_as_a_restart() -> None:
    """A running task that is gone, and a new failed one where none ran, are both seen."""
    before = media([samples.task("m1", "mediasoup", 1, "n2")])
    assert len(placement.restarted_since(before, media([]))) == 1
    crash = media([samples.task("m9", "mediasoup", 1, "n2", "failed", desired="shutdown")])
    (restart,) = placement.restarted_since(media([]), crash)
    assert "no task ran here before; now translation_mediasoup.1 (m9) on translation02: failed" in str(
        restart
    )


def whole(plan: Plan) -> tuple[list[Json], list[Json]]:
    """Every service of the plan with all its replicas running."""
    services = [samples.service(each.name, each.replicas) for each in plan.services]
    tasks = [
        samples.task(f"{each.name}{slot}", each.name, slot, "n1")
        for each in plan.services
        for slot in range(1, each.replicas + 1)
    ]
    return services, tasks


def test_a_whole_stack_is_healthy(plan: Plan) -> None:
    """With every replica running and every node ready there is nothing to say."""
    assert placement.not_healthy(state(*whole(plan)), plan) == ()


def test_what_lacks_is_named_with_its_reason(plan: Plan) -> None:
    """A missing service, a replica that is pending, a wrong scale and a failed update each say why."""
    services, tasks = whole(plan)
    services = [each for each in services if each["Spec"]["Name"] != "translation_redis"]
    services[1] = samples.service("frontend", 2, update="paused")
    pending = samples.task("x", "frontend", 3, None, "pending", error="no suitable node", created=30)
    tasks = [pending, *(each for each in tasks if each["ID"] != "frontend3")]
    text = texts(placement.not_healthy(state(services, tasks), plan))
    assert "translation_redis: is not deployed; plan A wants 1" in text
    assert "is scaled to 2, plan A wants 3; 2 of 3 replicas run" in text
    assert "translation_frontend.3 (x) on no node: pending since 16:01:05Z (no suitable node)" in text
    assert "its last update is paused: update paused due to x" in text


def test_nodes_that_are_down_or_missing_are_named(plan: Plan) -> None:
    """A node that is down or drained, and one that no label claims, are violations."""
    nodes = [samples.node("n1", availability="drain"), samples.node("n3", "down")]
    text = texts(placement.node_violations(state([], [], nodes), plan))
    assert "translation01: is ready, availability drain" in text
    assert "translation02: no node has the label instance=translation02" in text
    assert "translation03: is down, availability active" in text


def test_the_tasks_that_explain_most_are_listed(plan: Plan) -> None:
    """Those that are meant to run, then those that ended with an error, the newest first, three in all."""
    ended = {"desired": "shutdown"}
    tasks = [
        samples.task("well", "frontend", 1, "n1", "complete", created=50, **ended),
        samples.task("new", "frontend", 1, "n1", "failed", error="exit (1)", created=40, **ended),
        samples.task("old", "frontend", 1, "n1", "failed", error="exit (1)", created=30, **ended),
        samples.task("ready", "frontend", 2, "n2", "ready", desired="ready", created=20),
        samples.task("pending", "frontend", 3, None, "pending", error="no suitable node", created=10),
    ]
    seen = state([samples.service("frontend", 3)], tasks)
    text = texts(placement.not_healthy(seen, replace(plan, services=(plan.service("frontend"),), nodes=())))
    assert re.findall(r"\((\w+)\) on", text) == ["ready", "pending", "new"]
    assert "\n    see: docker service ps --no-trunc translation_frontend" in text


def test_a_global_services_slot_is_its_node() -> None:
    """A task that ended on one node was not replaced by one that came on another."""

    def on(*tasks: tuple[str, str]) -> SwarmState:
        seen = frontend()
        made = [samples.task(id_, "frontend", 1, node) for id_, node in tasks]
        ran = (parse.task(each, {"id-frontend": "translation_frontend"}, samples.NODES) for each in made)
        return replace(seen, tasks=tuple(replace(each, slot=None) for each in ran))

    before = on(("a", "n1"), ("b", "n2"))
    (moved, new) = placement.restarted_since(before, on(("b", "n2"), ("c", "n3")))
    assert (moved.was and moved.was.id, moved.became, new.was, new.became and new.became.id) == (
        "a",
        None,
        None,
        "c",
    )
    (again,) = placement.restarted_since(before, on(("b", "n2"), ("c", "n1")))
    assert again.became is not None
    assert again.became.id == "c"
