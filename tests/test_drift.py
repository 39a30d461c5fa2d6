"""drift: what runs is what the stack file says, in every field that a hand could have changed."""

from collections.abc import Callable

import pytest

from fixtures.judge.drift import NAMESPACE, drifts
from fixtures.observe.swarm.state import Service, SwarmState
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from tests.texts import one_per_line

pytestmark = [pytest.mark.criterion("drift"), pytest.mark.lab, pytest.mark.smoke]


def test_nothing_drifted(
    state: SwarmState, from_file: tuple[Service, ...], plan: Plan, measured: Callable[[str], None]
) -> None:
    """Every service runs as its file has it, none is missing, and none runs beside them."""
    if not from_file:
        not_exercised("the stack file names no service: there is nothing to compare")
    found = drifts(from_file, state, plan.stack)
    by_hand = "\n  by hand: docker service inspect --pretty SERVICE; docker stack deploy puts the file's values back"
    assert not found, one_per_line(found) + by_hand
    running = [service for service in state.services if service.labels.get(NAMESPACE) == plan.stack]
    measured(f"{len(running)} services run as their file says")
