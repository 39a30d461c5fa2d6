"""addresses: every overlay has an address for each task, service and node on it, and for the next update."""

from collections.abc import Callable

import pytest

from fixtures.judge.overlay_addresses import address_violations, fillings
from fixtures.observe.swarm.state import SwarmState
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from tests.texts import one_per_line

pytestmark = [pytest.mark.criterion("addresses"), pytest.mark.lab, pytest.mark.smoke]


def test_there_are_addresses_left(state: SwarmState, plan: Plan, measured: Callable[[str], None]) -> None:
    """All that is on an overlay fits into its subnets, and so do the tasks that an update starts before it stops any."""
    found = fillings(state, plan.stack)
    if not found:
        not_exercised(f"no service of the stack {plan.stack} is on an overlay whose subnet is known")
    violations = address_violations(state, plan)
    assert not violations, one_per_line(violations)
    for filling in found:
        measured(str(filling))
