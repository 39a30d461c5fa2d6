"""What placement and health say, in full words: each violation with its subject, its figures and its command."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fixtures.judge import placement as judged
from fixtures.observe.swarm.state import Service, SwarmState, Task, UpdateStatus
from fixtures.target.planned import Port
from tests.harness.samples.sound_cluster import NODES, NOW, ONE, PLAN, TWO, node, service, task, tasks_of

FRONTEND, MEDIA = PLAN.service("frontend"), PLAN.media
PS = "docker service ps --no-trunc translation_frontend"
SPEC = "docker service inspect -f '{{.Spec.TaskTemplate.Placement}}' translation_mediasoup"


def swarm(*tasks: Task, **over: object) -> SwarmState:
    """The plan's nodes and services with these tasks alone; `over` changes the frontend's service."""
    services = tuple(
        replace(service(each), **(over if each is FRONTEND else {}))  # type: ignore[arg-type]
        for each in PLAN.services
    )
    return SwarmState(NOW, tuple(node(name) for name in NODES), services, tasks, ())


def frontend(*homes: str | None) -> list[Task]:
    return [task("frontend", slot, home, 10 + slot) for slot, home in enumerate(homes, 1)]


def said(violations: tuple[judged.Violation, ...]) -> list[tuple[str, str]]:
    return [(each.text, each.command) for each in violations]


@pytest.mark.parametrize(
    ("homes", "texts"),
    [
        (NODES, []),
        ((ONE, TWO, TWO), []),
        ((ONE, TWO), ["2 of 3 replicas run (translation01 1, translation02 1)"]),
        ((ONE, ONE, ONE), ["runs on 1 nodes (translation01 3), wanted 2 or more"]),
        ((ONE,), ["1 of 3 replicas run (translation01 1)", "runs on 1 nodes (translation01 1), wanted 2 or more"]),
        ((), ["0 of 3 replicas run (nowhere)"]),
        ((ONE, TWO, None), []),
        ((*NODES, ONE), ["4 of 3 replicas run (translation01 2, translation02 1, translation03 1)"]),
    ],
)  # fmt: skip
def test_a_spread_is_told_with_its_figures(homes: tuple[str | None, ...], texts: list[str]) -> None:
    """As many replicas as planned, on as many nodes as wanted."""
    found = judged.spread_violations(swarm(*frontend(*homes)), FRONTEND)
    assert said(found) == [(text, PS) for text in texts]
    assert {each.subject for each in found} <= {"translation_frontend"}


def test_a_pinned_service_elsewhere_is_told_with_its_task() -> None:
    """Where it belongs, where it is; and what of its pin is lacking."""
    away = replace(tasks_of(MEDIA)[0], node=ONE, node_id=f"id-{ONE}")
    found = judged.spread_violations(swarm(away), MEDIA)
    assert [each.text for each in found] == [f"belongs on translation02: {judged.describe_task(away)}"]
    bare = tuple(
        replace(each, constraints=()) if each.name == MEDIA.full_name else each for each in swarm().services
    )
    lacking = judged.constraint_violations(replace(swarm(away), services=bare), MEDIA)
    wanted = " or ".join(sorted(judged.normal_constraint(each) for each in MEDIA.constraints))
    assert said(lacking) == [(f"is not pinned to translation02: none of its constraints is {wanted}", SPEC)]
    gone = replace(swarm(), services=())
    for rule in (judged.constraint_violations, judged.port_violations):
        assert said(rule(gone, FRONTEND)) == [("is not deployed", PS)]


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ({}, "frontend.1 (task-fronten) on translation01: running"),
        ({"since": datetime(2026, 11, 23, 9, 8, 7, tzinfo=UTC)},
         "frontend.1 (task-fronten) on translation01: running since 09:08:07Z"),
        ({"message": "started"}, "frontend.1 (task-fronten) on translation01: running (started)"),
        ({"message": "started", "error": "no such image", "state": "rejected"},
         "frontend.1 (task-fronten) on translation01: rejected (no such image)"),
        ({"exit_code": 137}, "frontend.1 (task-fronten) on translation01: running, exit code 137"),
        ({"exit_code": 0}, "frontend.1 (task-fronten) on translation01: running"),
        ({"node": None}, "frontend.1 (task-fronten) on no node: running"),
    ],
)  # fmt: skip
def test_a_task_is_told_as_far_as_it_is_known(over: dict[str, object], told: str) -> None:
    """Since when, why and with which code it ended, where the Swarm says so."""
    bare = replace(frontend(ONE)[0], since=None, message="", error="", exit_code=None)
    assert judged.describe_task(replace(bare, **over)) == f"translation_{told}"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("over", "text"),
    [
        ({"replicas": 2}, "is scaled to 2, plan A wants 3"),
        ({"replicas": None}, ""),
        ({"update_status": UpdateStatus("paused", "task failed", None, None)},
         "its last update is paused: task failed"),
        ({"update_status": UpdateStatus("rollback_completed", "", None, None)},
         "its last update is rollback_completed: no message"),
        ({"update_status": UpdateStatus("completed", "update completed", None, None)}, ""),
    ],
)  # fmt: skip
def test_a_service_that_is_not_as_planned_is_told(over: dict[str, object], text: str) -> None:
    """Although all its replicas run: it was scaled by hand, or the Swarm gave an update up."""
    every = [each for planned in PLAN.services for each in tasks_of(planned)]
    assert said(judged.not_healthy(swarm(*every, **over), PLAN)) == ([(text, PS)] if text else [])


def test_missing_replicas_are_told_with_the_tasks_that_explain_them() -> None:
    """How many run, then those meant to run, then those that failed; three at most."""
    waits = replace(frontend(None)[0], id="waits", slot=2, state="pending", error="no suitable node")
    failed = [
        replace(frontend(ONE)[0], id=f"failed-{n}", slot=3, state="failed", desired_state="shutdown", error="it broke",
                created=NOW.replace(minute=n))
        for n in (1, 2, 3)
    ]  # fmt: skip
    others = [each for planned in PLAN.services if planned is not FRONTEND for each in tasks_of(planned)]
    (found,) = judged.not_healthy(swarm(*others, *frontend(ONE), *failed, waits), PLAN)
    shown = [judged.describe_task(each) for each in (waits, failed[2], failed[1])]
    assert (found.text, found.command) == ("; ".join(["1 of 3 replicas run", *shown]), PS)


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        (lambda ports: ports, []),
        (lambda ports: ports[1:], ["not published: 40000->40000/udp host"]),
        (lambda ports: (*ports, Port(9, 8, "tcp", "host"), Port(7, 6, "udp", "ingress"), Port(7, 6, "tcp", "ingress")),
         ["published in addition: 6->7/tcp ingress, 6->7/udp ingress, 8->9/tcp host"]),
        (lambda ports: (*ports[1:], replace(ports[0], mode="ingress")),
         ["not published: 40000->40000/udp host", "published in addition: 40000->40000/udp ingress"]),
    ],
)  # fmt: skip
def test_ports_are_told_in_order(
    change: Callable[[tuple[Port, ...]], tuple[Port, ...]], texts: list[str]
) -> None:
    """Those that lack and those that are too many, each in a line of its own."""
    services: tuple[Service, ...] = tuple(
        replace(each, ports=change(each.ports)) if each.name == MEDIA.full_name else each
        for each in swarm().services
    )
    command = "docker service inspect -f '{{json .Spec.EndpointSpec.Ports}}' translation_mediasoup"
    assert said(judged.port_violations(replace(swarm(), services=services), MEDIA)) == [
        (text, command) for text in texts
    ]
