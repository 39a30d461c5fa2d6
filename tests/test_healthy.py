"""healthy: every service has all its replicas, and nothing failed or restarted during the run."""

from collections.abc import Callable

import pytest

from fixtures.judge.placement import not_healthy, restarted_since
from fixtures.limits import Limits
from fixtures.observe.swarm.state import SwarmState
from fixtures.plugins.cluster import Check
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from lab.waiting import Look, NotYet, Ready, wait_for
from tests.texts import one_per_line

# Not for a smoke run as a whole: one of these enters the nodes.
pytestmark = [pytest.mark.criterion("healthy"), pytest.mark.lab]


@pytest.mark.smoke
def test_every_service_is_healthy(state: SwarmState, plan: Plan, measured: Callable[[str], None]) -> None:
    """Every service of the plan is deployed with all replicas running, on nodes that are ready."""
    if not plan.services:
        not_exercised("the plan names no service")
    violations = not_healthy(state, plan)
    assert not violations, one_per_line(violations)
    replicas = sum(planned.replicas for planned in plan.services)
    measured(
        f"{len(plan.services)} services, {replicas} of {replicas} replicas, {len(plan.nodes)} nodes ready"
    )


@pytest.mark.end_of_run
def test_no_health_check_fails(
    health_checks: Callable[[], tuple[Check, ...]], limits: Limits, measured: Callable[[str], None]
) -> None:
    """No task's own health check is failing; the Swarm says nothing of one before it puts the task down."""
    if not health_checks():
        not_exercised("no task of the stack has a health check")
    seen_once: set[str] = set()

    def look() -> Look[list[Check]]:
        bad = [check for check in health_checks() if check.bad]
        seen_once.update(check.task for check in bad)
        open_ = [check for check in bad if 0 < check.streak < limits.health_check_failures]
        return NotYet(one_per_line(open_)) if open_ else Ready(bad)

    failing = wait_for(
        "health checks that failed once", look, deadline_s=limits.health_check_decides_s, interval_s=0.5
    )
    assert not failing, (
        one_per_line(failing)
        + "\n  by hand, on its node: docker inspect -f '{{json .State.Health}}' CONTAINER"
    )
    passed = sum(check.status == "healthy" for check in health_checks())
    assert passed, "no task of the stack has a health check that passes"
    measured(f"{passed} health checks pass" + (f", {len(seen_once)} after failing once" if seen_once else ""))


@pytest.mark.smoke
@pytest.mark.end_of_run
def test_nothing_restarted(
    at_start: SwarmState, state: SwarmState, plan: Plan, measured: Callable[[str], None]
) -> None:
    """The tasks that ran when the run began run at its end, and no other came."""
    of_stack = f"{plan.stack}_"
    if not any(task.running and task.service.startswith(of_stack) for task in at_start.tasks):
        not_exercised(f"no task of the stack {plan.stack} ran when the run began")
    restarts = [r for r in restarted_since(at_start, state) if r.service.startswith(of_stack)]
    assert not restarts, one_per_line(restarts)
    measured(f"no task failed or restarted in {(state.at - at_start.at).total_seconds():.0f} s")
