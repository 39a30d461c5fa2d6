"""An update by a service's own policy: begun, waited for to its end, and its end read as the Swarm means it."""

from typing import Any

import pytest

from lab.errors import NotReadyError
from lab.faults import rolling
from lab.faults.rolling import Rolled, ended, roll
from lab.waiting import NotYet, Ready
from tests.harness.stand_ins.fake_lab import FakeSwarm, fake_lab, spread

Json = dict[str, Any]
BEFORE, NOW = "2026-11-28T03:00:00Z", "2026-11-28T03:12:40Z"


class Updating(FakeSwarm):
    """A Swarm whose updates end as soon as they are asked for."""

    def post(self, path: str, *, params: Json, json: Json) -> object:
        answer = super().post(path, params=params, json=json)
        self.services_["frontend"]["UpdateStatus"] = {"State": "completed", "StartedAt": NOW}
        return answer


def service(state: str | None, started: str = NOW, message: str = "") -> Json:
    found: Json = {"Spec": {"Name": "translation_frontend"}}
    if state is not None:
        found["UpdateStatus"] = {"State": state, "StartedAt": started, "Message": message}
    return found


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (service(None), "the update has not begun"),
        (service("completed", BEFORE), "the update has not begun"),
        (service("updating"), "updating"),
        (service("rollback_started"), "rollback_started"),
    ],
)
def test_an_update_that_goes_on_has_not_ended(seen: Json, said: str) -> None:
    """Nor has one that has not begun: the status is that of the update before."""
    look = ended(seen, BEFORE, lambda: 1.0)
    assert look == NotYet(f"translation_frontend: {said}")


@pytest.mark.parametrize(
    ("state", "through"),
    [("completed", True), ("rollback_completed", False), ("paused", False), ("rollback_paused", False)],
)
def test_only_a_completed_update_went_through(state: str, through: bool) -> None:
    """One that rolled itself back runs as well, and is not what was asked for; the command that asked ended with 0."""
    look = ended(service(state, message="why"), BEFORE, lambda: 41.26)
    assert isinstance(look, Ready)
    assert look.value.went_through is through
    assert str(look.value) == f"translation_frontend: {state} (why) after 41.3 s"


def test_an_update_keeps_the_services_own_policy() -> None:
    """The edit alone is sent: the same order, the same watch, the same action on failure."""
    swarm = Updating(services_=spread("frontend").services_)
    frontend = swarm.services_["frontend"]
    frontend["UpdateStatus"] = {"State": "completed", "StartedAt": BEFORE}
    policy = {"Order": "start-first", "FailureAction": "rollback"}
    frontend["Spec"]["UpdateConfig"] = policy
    rolled = roll(fake_lab(swarm), ("frontend", ["force"]))
    assert [(each.service, each.state) for each in rolled] == [("translation_frontend", "completed")]
    spec = swarm.services_["frontend"]["Spec"]
    assert spec["UpdateConfig"] == policy
    assert spec["TaskTemplate"]["ForceUpdate"] == 1


def test_an_update_that_does_not_end_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what was seen last."""
    monkeypatch.setattr(rolling, "ROLL_DEADLINE_S", 0.05)
    with pytest.raises(NotReadyError, match="the update has not begun"):
        roll(fake_lab(spread("frontend")), ("frontend", ["force"]))


def test_an_end_without_a_message_has_no_brackets() -> None:
    """As the Swarm may leave it empty."""
    assert (
        str(Rolled("translation_frontend", "completed", "", 3.0))
        == "translation_frontend: completed after 3.0 s"
    )
