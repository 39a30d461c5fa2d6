"""resources: every replica has the memory that the plan gives it, and no node is asked for more than it has."""

from collections.abc import Callable

import pytest

from fixtures.judge import resources as memory
from fixtures.observe.swarm.state import SwarmState
from fixtures.plugins.cluster import MemoryUsed
from fixtures.report.build import ROWS
from fixtures.report.values import Rows
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from fixtures.target.values import Target
from tests.texts import one_per_line

# Not for a smoke run as a whole: one of these enters the nodes.
pytestmark = [pytest.mark.criterion("resources"), pytest.mark.lab]
Note = Callable[[str], None]
Record = Callable[..., None]


@pytest.mark.smoke
def test_every_replica_has_the_plans_memory(
    state: SwarmState, plan: Plan, scaled_reservations: frozenset[str], measured: Note
) -> None:
    """Limit and reservation of each service are those of the plan, or more."""
    if not memory.planned_figures(plan):
        not_exercised("the plan names no amount of memory")
    violations = memory.limit_violations(state, plan, scaled_reservations)
    assert not violations, one_per_line(violations)
    measured(f"limits and reservations as {plan.called} has them: {', '.join(memory.figures(state, plan))}")


@pytest.mark.smoke
def test_no_node_is_overfilled(
    state: SwarmState, plan: Plan, target: Target, measured: Note, record: Record
) -> None:
    """What is reserved on each node is no more than it has, and each replica fits on one of them."""
    size_of = memory.sizes(state, plan, shared=target.is_lab)
    if not size_of:
        not_exercised("neither the plan nor the Swarm says how much memory a node has")
    nodes = memory.by_node(state, plan, size_of)
    record(
        ROWS, Rows("What runs where, and the memory that it needs", *memory.table(nodes)), "memory-by-node"
    )
    violations = memory.node_violations(state, plan, size_of)
    assert not violations, one_per_line(violations)
    for node in nodes:
        measured(str(node))
    for note in memory.smaller(state, plan, shared=target.is_lab):
        measured(note)


@pytest.mark.end_of_run
def test_no_replica_ran_out_of_memory(
    memory_used: tuple[tuple[MemoryUsed, ...], tuple[str, ...]], measured: Note, record: Record
) -> None:
    """Of no running replica a process was killed for memory, and none holds nearly all that it may have."""
    used, problems = memory_used
    if not used:
        not_exercised("; ".join(problems) or "no task of the stack runs")
    rows = tuple(memory.peak_row(one) for one in used)
    record(ROWS, Rows("Memory of each replica since it started", memory.PEAK_HEAD, rows), "memory-by-replica")
    violations = memory.peak_violations(used)
    assert not violations, one_per_line(violations)
    measured(f"peaks: {', '.join(memory.peaks(used))}")
    for problem in problems:
        measured(f"not read: {problem}")
