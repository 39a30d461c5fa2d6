"""mediasoup-pinned: one replica, on its node, with exactly its ports, and it stays."""

from collections.abc import Callable

import pytest

from fixtures.judge.file_rules import not_planned
from fixtures.judge.placement import (
    describe_spread,
    port_violations,
    restarted_since,
    same_task,
    spread_violations,
)
from fixtures.observe.swarm.state import SwarmState
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from tests.texts import one_per_line

pytestmark = [pytest.mark.criterion("mediasoup-pinned"), pytest.mark.lab, pytest.mark.smoke]


def test_it_is_on_its_node(state: SwarmState, plan: Plan, measured: Callable[[str], None]) -> None:
    """The one replica runs on the media host's node, and a constraint keeps it there."""
    if reason := not_planned(plan, "mediasoup-pinned"):
        not_exercised(reason)
    if plan.media.node is None:
        not_exercised(f"the plan pins {plan.media.name} to no node")
    violations = spread_violations(state, plan.media)
    assert not violations, one_per_line(violations)
    measured(f"placed by its constraint: {describe_spread(state, plan.media.full_name)}")


def test_exactly_its_ports_are_published(
    state: SwarmState, plan: Plan, measured: Callable[[str], None]
) -> None:
    """The deployed spec publishes the plan's host-mode UDP ports, none less and none more."""
    if reason := not_planned(plan, "mediasoup-pinned"):
        not_exercised(reason)
    if not plan.media.ports:
        not_exercised("the plan names no port of the SFU: there is nothing to compare")
    violations = port_violations(state, plan.media)
    assert not violations, one_per_line(violations)
    ports = [port.published or 0 for port in plan.media.ports]
    measured(f"{len(ports)} host-mode UDP ports {min(ports)}-{max(ports)}")


@pytest.mark.end_of_run
def test_it_is_the_same_task(
    at_start: SwarmState, state: SwarmState, plan: Plan, measured: Callable[[str], None]
) -> None:
    """The task that ran when the run began still runs, after all calls."""
    if reason := not_planned(plan, "mediasoup-pinned"):
        not_exercised(reason)
    name = plan.media.full_name
    restarts = [r for r in restarted_since(at_start, state) if r.service == name]
    assert same_task(at_start, state, name), (
        one_per_line(restarts) or f"{name}: no task ran when the run began"
    )
    measured("the same task at the end as at the start")
