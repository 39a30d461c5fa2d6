"""update: while the services behind the edge are updated, no request is dropped, no socket breaks and no call freezes."""

from collections.abc import Callable

import pytest

from fixtures.judge.update_losses import UpdateSeen, losses_text
from fixtures.target.values import Target
from tests.texts import one_per_line

pytestmark = [
    pytest.mark.criterion("update"),
    pytest.mark.lab,
    pytest.mark.end_of_run,
    pytest.mark.xdist_group("update"),
]


def test_an_update_drops_nothing(
    updated: UpdateSeen, target: Target, measured: Callable[[str], None]
) -> None:
    """Each routed service is updated once, by its own policy, under steady requests and a running call."""
    assert not update_failed(updated), update_failed(updated)
    assert not updated.dropped, losses_text(updated, target.swarm_api)
    measured(f"{' and '.join(updated.services)} updated in {updated.took_s:.0f} s; {updated.seen}")


def update_failed(updated: UpdateSeen) -> str:
    """An update that was rolled back or paused, though the command that asked for it ended with 0."""
    return one_per_line(
        f"{each}: the Swarm gave the update up, so the old spec runs on" for each in updated.not_through
    )
