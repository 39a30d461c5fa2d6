"""Joins that signaling refuses: what they show of where rooms are kept, and what they do not."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import CallRelation
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import blind, call, changed

REFUSED = "step 'join_room' failed after 0.01 s: signaling refused join_room: the room store (Redis) is not reachable"


def told_of_a_store() -> Observations:
    return changed(samples.sound(), "signaling", env={"REDIS_URL": "redis://redis:6379"})


@pytest.mark.parametrize("said", ["unknown error: Redis does not exist", "token not found", "no such user"])
def test_what_else_is_unknown_to_a_server_is_no_room(said: str) -> None:
    """Such a refusal is what it says, and no sign of rooms in memory."""
    turned_away = call(
        failed_step=StepName.ROOM_JOINED, error=f"signaling refused join_room: {said}", frames=(0, 0)
    )
    seen = replace(told_of_a_store(), calls=(turned_away, call(CallRelation.SAME)))
    assert diagnose(seen, frozenset({"call"})).ids == ("signaling-refuses",)


@pytest.mark.parametrize("state", [True, False])
def test_who_is_not_let_in_shows_nothing_of_who_shares_a_room(state: bool) -> None:
    """A replica that says that it does not reach its store keeps no rooms in its memory: its own words are the cause."""
    seen = told_of_a_store()
    turned_away = call(failed_step=StepName.ROOM_JOINED, error=REFUSED, frames=(0, 0))
    seen = replace(seen, calls=(turned_away, call(CallRelation.SAME)))
    found = diagnose(seen if state else blind(seen, "state"), frozenset({"call"}))
    assert found.ids == ("signaling-refuses",)
    assert "the room store (Redis) is not reachable" in found.causes[0].title


@pytest.mark.parametrize("said", ["Room not found", "no such room", "room does not exist", "unknown room r1"])
def test_a_replica_that_knows_no_such_room_keeps_its_own(said: str) -> None:
    """That is what rooms in memory look like where a join needs a room that is there."""
    turned_away = call(
        failed_step=StepName.ROOM_JOINED, error=f"signaling refused join_room: {said}", frames=(0, 0)
    )
    seen = replace(told_of_a_store(), calls=(turned_away, call(CallRelation.SAME)))
    assert diagnose(seen, frozenset({"call"})).ids == ("rooms-in-memory",)
