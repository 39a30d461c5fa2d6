"""Errors of the edge by name and count: addresses mean nothing to an operator."""

from dataclasses import replace

import pytest

from fixtures.diagnose.symptoms import symptoms
from fixtures.judge.edge_errors import called, error_texts
from fixtures.observe.http.access_log import AccessLine
from fixtures.observe.swarm.state import SwarmState, Task
from fixtures.report import cluster_facts
from tests.harness.samples import observed as samples
from tests.harness.samples.sound_cluster import state

OTHER = "10.0.2.44"


def with_other(**over: object) -> SwarmState:
    """A Swarm in which a task of another stack shares the edge's network."""
    sound = state()
    given = {
        "service": "other_web",
        "slot": 1,
        "addresses": {"other_net": OTHER},
        "node": "translation03",
        **over,
    }
    task: Task = replace(sound.tasks[0], id="other", **given)  # type: ignore[arg-type]
    return replace(sound, tasks=(*sound.tasks, task))


def errors(count: int, path: str = "/", status: int = 501) -> tuple[AccessLine, ...]:
    one = samples.line(OTHER, 8004, 200, 6.0)
    took = (6.0 + 7.0 * number / max(count - 1, 1) for number in range(count))
    return tuple(replace(one, status=status, path=path, duration_ms=each) for each in took)


@pytest.mark.parametrize(
    ("over", "name"),
    [
        ({}, "other_web.1 on translation03, not a service of the stack"),
        (
            {"state": "failed"},
            "other_web.1 on translation03, a task that does not run, not a service of the stack",
        ),
        ({"service": "translation_web"}, "translation_web.1 on translation03"),
        ({"addresses": {}}, ""),
    ],
)
def test_every_address_that_the_state_knows_is_named(over: dict[str, object], name: str) -> None:
    """By task and node; what it must not be is said."""
    assert called(with_other(**over), OTHER, "translation") == name


def test_a_node_is_named_too() -> None:
    """A port that a node publishes itself is dialled at the node's address."""
    node = state().nodes[0]
    assert called(state(), node.address, "translation") == f"the node {node.hostname} itself"


def test_alike_lines_are_one_with_a_count() -> None:
    """Eighteen near-identical lines are one; another status, and another path, stand apart, the rarer later."""
    lines = (*errors(1, "/slow?x=1", 503), *errors(18, "/?a=1"))
    assert list(error_texts(lines, with_other(), "translation")) == [
        "501 from other_web.1 on translation03, not a service of the stack, 18 times, 6 to 13 ms, for / at http://10.0.2.44:8004",
        "503 from other_web.1 on translation03, not a service of the stack after 6 ms for /slow at http://10.0.2.44:8004",
    ]


def test_the_diagnosis_says_the_same() -> None:
    """What nothing explains is listed by those names."""
    seen = replace(samples.sound(), state=with_other(), lines=errors(5))
    assert symptoms(seen)["routing"] == tuple(error_texts(errors(5), with_other(), samples.PLAN.stack))


def test_the_picture_names_it_as_well() -> None:
    """What the edge dialled on no network of its own is drawn by the name that the Swarm has for it."""
    shown = cluster_facts.topology(with_other(), samples.PLAN, errors(3))
    assert [(task.name, task.errors) for task in shown.strays] == [
        ("other_web.1 on translation03, not a service of the stack", 3)
    ]
