"""spread: replicas run on several nodes, and nothing in the deployed spec pins them."""

from collections.abc import Callable

import pytest

from fixtures.judge.placement import carried_by_one, describe_spread, spread_violations
from fixtures.observe.swarm.state import SwarmState
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from tests.texts import one_per_line

pytestmark = [pytest.mark.criterion("spread"), pytest.mark.lab, pytest.mark.smoke]


def test_replicas_are_spread(state: SwarmState, plan: Plan, measured: Callable[[str], None]) -> None:
    """Each replicated service runs all its replicas on as many nodes as the plan wants, unconstrained."""
    if not plan.spread_services:
        not_exercised("the plan names no service with several replicas: there is nothing to spread")
    violations = [
        violation for planned in plan.spread_services for violation in spread_violations(state, planned)
    ]
    assert not violations, one_per_line(violations)
    for planned in plan.spread_services:
        where = describe_spread(state, planned.full_name)
        measured(f"{planned.name}: {where}{carried_by_one(state, planned.full_name)}")
