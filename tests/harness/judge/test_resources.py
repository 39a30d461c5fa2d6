"""What runs where and the memory that it needs: limits, nodes, peaks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fixtures.judge import resources as memory
from fixtures.observe.swarm.state import SwarmState
from lab.probe.values import MemoryUsed
from tests.harness.samples import sound_cluster
from tests.harness.samples.sound_cluster import ONE, PLAN, THREE, TWO

MIB, GB = 2**20, 10**9


def swarm() -> SwarmState:
    """The sound cluster, each task with the memory of its service."""
    state = sound_cluster.state()
    of = {each.name: each for each in state.services}

    def with_memory(task: Any) -> Any:  # noqa: ANN401
        own = of[task.service]
        return replace(task, memory_limit=own.memory_limit, memory_reservation=own.memory_reservation)

    return replace(state, tasks=tuple(map(with_memory, state.tasks)))


def changed(short: str, **over: Any) -> SwarmState:  # noqa: ANN401
    state = swarm()
    services = (replace(s, **over) if s.name == f"translation_{short}" else s for s in state.services)
    return replace(state, services=tuple(services))


def limits(state: SwarmState, scaled: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    return [(each.subject, each.text) for each in memory.limit_violations(state, PLAN, scaled)]


def test_the_sound_cluster_has_the_plans_memory() -> None:
    """The plan's figures are those of the design."""
    assert limits(swarm()) == []
    assert list(memory.figures(swarm(), PLAN)) == [
        "frontend 128M limit, 64M reserved", "signaling 512M limit, 256M reserved", "mediasoup 1G limit, 512M reserved",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({"memory_limit": 30 * MIB}, "memory limit of each replica 30M, plan A gives it 128M"),
        ({"memory_limit": None}, "memory limit of each replica nothing, plan A gives it 128M"),
        ({"memory_reservation": None}, "memory reservation of each replica nothing, plan A gives it 64M"),
        ({"memory_reservation": 63 * MIB}, "memory reservation of each replica 63M, plan A gives it 64M"),
    ],
)
def test_less_than_the_plan_is_red(over: Mapping[str, Any], said: str) -> None:
    """A limit that is not there is none; the text has what was found and what was wanted."""
    assert limits(changed("frontend", **over)) == [("translation_frontend", said)]


def test_more_than_the_plan_is_not_red_nor_what_the_plan_says_nothing_of() -> None:
    """The plan names no amount for Redis; a service that is not deployed is missed by another criterion."""
    assert limits(changed("frontend", memory_limit=2**30, memory_reservation=2**29)) == []
    assert limits(changed("redis", memory_limit=None)) == []
    assert limits(replace(swarm(), services=())) == []
    assert list(memory.figures(replace(swarm(), services=()), PLAN)) == []


def test_a_reservation_that_the_lab_made_smaller_is_not_held_against_the_file() -> None:
    """Its limit is judged all the same."""
    less = changed("frontend", memory_reservation=MIB, memory_limit=MIB)
    assert [text for _, text in limits(less, frozenset({"frontend"}))] == [
        "memory limit of each replica 1M, plan A gives it 128M"
    ]


def test_a_plan_without_amounts_has_nothing_to_judge_by() -> None:
    """Then the criterion's part is not exercised."""
    bare = tuple(replace(each, memory_limit=None, memory_reservation=None) for each in PLAN.services)
    assert memory.planned_figures(PLAN)
    assert not memory.planned_figures(replace(PLAN, services=bare))


def of_nodes(state: SwarmState, **sizes: int) -> list[memory.OnNode]:
    return list(memory.by_node(state, PLAN, {f"id-{name}": size for name, size in sizes.items()}))


def test_the_designs_table() -> None:
    """Tasks of each node, what they reserve and what their limits add up to; those without a limit are counted."""
    one, two, three = of_nodes(swarm(), translation01=30 * GB, translation02=15 * GB)
    assert (one.name, one.tasks, one.reserved, one.limits) == (
        ONE,
        {"frontend": 1, "monitoring": 1, "redis": 1, "signaling": 1, "traefik": 1, "translation": 1},
        320 * MIB,
        640 * MIB,
    )
    assert (two.limits, two.reserved, two.unlimited, three.size) == (1664 * MIB, 832 * MIB, 1, None)
    assert str(two) == (
        "translation02: coturn 1, frontend 1, mediasoup 1, signaling 1; limits 1.6G, 1 without one, reserved 832M of 15 GB"
    )
    assert str(three).endswith("reserved 320M its memory is unknown")
    head, rows = memory.table((two, three))
    assert rows[0] == (
        "translation02",
        "15 GB",
        "coturn 1, frontend 1, mediasoup 1, signaling 1",
        "1.6G",
        "1",
        "832M",
    )
    assert {len(row) for row in rows} == {len(head)}
    assert rows[1][1] == "unknown"


def test_a_task_counts_with_what_it_was_made_with_while_it_is_on_a_node() -> None:
    """During an update the old one and the new one; one that ended, or has no node yet, does not."""
    state = swarm()
    task = next(each for each in state.tasks if each.node == THREE and each.service.endswith("frontend"))
    big = replace(task, id="new", memory_reservation=GB, state="preparing")
    ended = replace(big, id="ended", desired_state="shutdown", state="shutdown")
    failed = replace(big, id="failed", state="failed")
    homeless = replace(big, id="homeless", node_id=None, node=None)
    three = of_nodes(replace(state, tasks=(*state.tasks, big, ended, failed, homeless)))[2]
    assert three.reserved == 320 * MIB + GB
    assert three.tasks["frontend"] == 2


def violations(state: SwarmState, *, shared: bool = False, plan: Any = PLAN) -> list[tuple[str, str]]:  # noqa: ANN401
    size_of = memory.sizes(state, plan, shared=shared)
    return [(v.subject, v.text) for v in memory.node_violations(state, plan, size_of)]


def test_a_node_has_what_its_engine_says_and_in_a_lab_what_the_plan_says() -> None:
    """All nodes of a lab claim the whole machine; a node that the plan does not know, or gives no memory, has no size."""
    state = swarm()
    assert set(memory.sizes(state, PLAN, shared=False).values()) == {2**34}
    assert memory.sizes(state, PLAN, shared=True) == {
        "id-translation01": 30 * GB, "id-translation02": 15 * GB, "id-translation03": 15 * GB,
    }  # fmt: skip
    unknown = replace(PLAN, nodes=(replace(PLAN.nodes[0], memory_gb=None), *PLAN.nodes[1:2]))
    assert memory.sizes(state, unknown, shared=True) == {"id-translation02": 15 * GB}


def test_a_node_of_which_more_is_reserved_than_it_has_is_red() -> None:
    """By the plan's 15 GB in a lab, where the engine would place the task; at exactly that it is not."""
    state = swarm()
    full = tuple(
        replace(t, memory_reservation=15 * GB - 320 * MIB) if t.service == "translation_tts" else t
        for t in state.tasks
    )
    assert violations(replace(state, tasks=full), shared=True) == []
    over = tuple(
        replace(t, memory_reservation=15 * GB) if t.service == "translation_tts" else t for t in state.tasks
    )
    ((subject, text),) = violations(replace(state, tasks=over), shared=True)
    assert subject == THREE
    assert "more is reserved on it than it has" in text


def test_a_node_smaller_than_the_plans_is_said_and_not_red() -> None:
    """What is reserved may fit all the same; what firmware and kernel keep is allowed for; in a lab it means nothing."""
    state = swarm()
    assert violations(state) == []
    assert list(memory.smaller(state, PLAN, shared=False)) == [
        "note: translation01 has 17.2 GB of memory, plan A counts on 30 GB"
    ]
    assert list(memory.smaller(state, PLAN, shared=True)) == []
    nodes = tuple(
        replace(n, memory_bytes=int(30 * GB * 0.93)) if n.hostname == ONE else n for n in state.nodes
    )
    assert list(memory.smaller(replace(state, nodes=nodes), PLAN, shared=False)) == []
    unknown = tuple(replace(n, memory_bytes=0) for n in state.nodes)
    assert list(memory.smaller(replace(state, nodes=unknown), PLAN, shared=False)) == []


def test_a_replica_that_no_node_has_room_for_is_red() -> None:
    """As under the fault that reserves 900 GB; where a node's size is unknown, it may be the one with room."""
    state = changed("tts", memory_reservation=900 * 2**30)
    ((subject, text),) = violations(state, shared=True)
    assert (subject, text) == (
        "translation_tts", "each replica reserves 900G, and the largest node has 30 GB: none can be placed",
    )  # fmt: skip
    unknown = replace(PLAN, nodes=PLAN.nodes[:2])
    assert violations(state, shared=True, plan=unknown) == []
    assert (
        violations(
            replace(state, services=tuple(replace(s, name=f"x{s.name}") for s in state.services)), shared=True
        )
        == []
    )


SOUND = MemoryUsed("frontend", "t" * 25, TWO, 128 * MIB, 40 * MIB, 20 * MIB, 10 * MIB)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ({}, ""), ({"limit": None, "peak": None, "now": None, "held": None}, ""),
        ({"peak": 128 * MIB}, ""),  # files that were read: the kernel drops them first
        ({"killed": 2}, "the kernel killed 2 of its processes for memory, while its container lives on"),
        ({"now": 128 * MIB, "held": 125 * MIB}, "it holds 98% of its limit, without what the kernel may drop"),
        ({"now": 128 * MIB, "held": 121 * MIB}, ""), ({"limit": None, "held": 2**40}, ""),
    ],
)  # fmt: skip
def test_a_replica_that_runs_out_of_memory_is_red(over: Mapping[str, Any], said: str) -> None:
    """A kill inside a container that lives on is seen by nobody else."""
    found = memory.peak_violations([replace(SOUND, **over)])
    assert len(found) == bool(said)
    assert all(said in each.text for each in found)


def test_the_peaks_in_words() -> None:
    """Of each service the replica that had most; without a limit, and without a figure, it says so."""
    more = replace(SOUND, peak=50 * MIB)
    free = replace(SOUND, service="redis", limit=None, peak=None)
    assert list(memory.peaks([SOUND, more, SOUND, free])) == [
        "frontend 50M of 128M",
        "redis unknown of no limit",
    ]
    assert memory.peak_row(SOUND) == ("frontend", "t" * 12, TWO, "128M", "40M", "20M", "0")
    assert memory.peak_row(free)[3:5] == ("none", "unknown")
    assert len(memory.peak_row(SOUND)) == len(memory.PEAK_HEAD)
    assert str(SOUND) == "frontend (tttttttttttt) on translation02: peak 40M, now 20M, limit 128M"
