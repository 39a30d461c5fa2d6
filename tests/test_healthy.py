"""healthy: every service has all its replicas, and nothing failed or restarted during the run."""

from collections.abc import Callable

import pytest

from fixtures.clients.placement import not_healthy, restarted_since
from fixtures.clients.plan_values import Plan
from fixtures.clients.swarm import SwarmState
from tests.texts import told

pytestmark = [pytest.mark.criterion("healthy"), pytest.mark.lab, pytest.mark.smoke]


def test_every_service_is_healthy(state: SwarmState, plan: Plan, measured: Callable[[str], None]) -> None:
    """Every service of the plan is deployed with all replicas running, on nodes that are ready."""
    troubles = not_healthy(state, plan)
    assert not troubles, told(troubles)
    replicas = sum(planned.replicas for planned in plan.services)
    measured(
        f"{len(plan.services)} services, {replicas} of {replicas} replicas, {len(plan.nodes)} nodes ready"
    )


@pytest.mark.end_of_run
def test_nothing_restarted(
    at_start: SwarmState, state: SwarmState, plan: Plan, measured: Callable[[str], None]
) -> None:
    """The tasks that ran when the run began run at its end, and no other came."""
    restarts = [r for r in restarted_since(at_start, state) if r.service.startswith(f"{plan.stack}_")]
    assert not restarts, told(restarts)
    measured(f"no task failed or restarted in {(state.at - at_start.at).total_seconds():.0f} s")
