"""A system without SFU and Socket.IO is diagnosed as any other: no rule breaks, and no cause is about what is not there."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations
from tests.harness.diagnose.test_engine import CASES
from tests.harness.samples import observed

BARE = replace(observed.PLAN, media_service=None, signaling_service=None, turn_port=None, relay_ports=(),
               hosts=tuple(host for host in observed.PLAN.hosts if host.kind != "media"))  # fmt: skip
"""The plan of our own system without these parts."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case[0]))
def test_no_rule_needs_a_part_that_the_plan_leaves_out(case: tuple[object, ...]) -> None:
    """Whatever was observed: a cause that is named is about something that has a name."""
    make = case[1]
    assert callable(make)
    seen: Observations = make()
    for cause in diagnose(replace(seen, plan=BARE)).causes:
        assert "(no SFU)" not in f"{cause.title} {cause.command} {cause.remedy}", cause
        assert "(no SIGNALING)" not in f"{cause.title} {cause.command} {cause.remedy}", cause


def test_a_sound_system_without_the_parts_has_no_cause() -> None:
    """What was seen of it alone is judged."""
    seen = replace(observed.sound(), plan=BARE, calls=(), sockets=())
    assert [cause.id for cause in diagnose(seen).causes] == []


@pytest.mark.parametrize("name", ["node-down", "overlay-cut"])
def test_what_is_wrong_elsewhere_is_named_all_the_same(name: str) -> None:
    """So that silence is not for want of rules."""
    make = next(case[1] for case in CASES if case[0] == name)
    assert name in {cause.id for cause in diagnose(replace(make(), plan=BARE)).causes}
