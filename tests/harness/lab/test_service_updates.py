"""A service's spec is sent as it must be, waited for until the service runs as it says, and put back whole."""

import copy
from typing import Any

import pytest

from lab.errors import EngineError, LabError, NotReadyError
from lab.faults import proof, service_changes, service_updates, spec_edits
from lab.faults.service_changes import NewSecret, ServiceChange
from lab.waiting import NotYet, Ready
from tests.harness.stand_ins.fake_lab import FakeSwarm, fake_lab, service, spread, task

Json = dict[str, Any]
UPDATED = {"UpdateStatus": {"State": "completed"}}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "DEADLINE_S", 0.1)
    monkeypatch.setattr(proof, "INTERVAL_S", 0.01)


def settled(swarm: FakeSwarm, *, restarts: bool = True) -> str:
    look = service_updates.settled(fake_lab(swarm), "frontend", restarts=restarts)
    assert isinstance(look, Ready | NotYet)
    return f"ready: {look.value}" if isinstance(look, Ready) else f"not yet: {look.seen}"


def test_a_service_is_settled_when_it_runs_as_its_spec_says() -> None:
    """The update that was asked for is over, each replica is up, none more, and none is left from before."""
    swarm = spread("frontend", "signaling")
    frontend = swarm.services_["frontend"]
    assert settled(swarm) == "not yet: translation_frontend: update not begun"
    assert settled(swarm, restarts=False) == "ready: translation_frontend 3/3"
    for state in ("updating", "rollback_started"):
        frontend["UpdateStatus"] = {"State": state}
        assert settled(swarm, restarts=False) == f"not yet: translation_frontend: update {state}"
    frontend["UpdateStatus"] = {"State": "completed"}
    assert settled(swarm) == "ready: translation_frontend 3/3"
    swarm.tasks_[1]["Status"]["State"] = "starting"
    assert settled(swarm) == "not yet: translation_frontend 2/3, 3 tasks wanted"
    swarm.tasks_[1]["Status"]["State"] = "running"
    swarm.tasks_[1]["DesiredState"] = "ready"
    assert settled(swarm) == "not yet: translation_frontend 2/3, 3 tasks wanted"
    swarm.tasks_[1]["DesiredState"] = "running"
    swarm.tasks_.append(task("frontend", "translation01", 7, Status={"State": "preparing"}))
    assert settled(swarm) == "not yet: translation_frontend 3/3, 4 tasks wanted"


def test_a_replica_against_a_constraint_is_not_settled() -> None:
    """The Swarm takes its time to move what stands wrong by a new constraint."""
    swarm = spread("frontend")
    swarm.services_["frontend"].update(UPDATED)
    placement = swarm.services_["frontend"]["Spec"]["TaskTemplate"]["Placement"]
    placement["Constraints"] = ["node.role == worker", "node.labels.instance != translation02"]
    assert settled(swarm) == (
        "not yet: translation_frontend: a replica stands against node.labels.instance != translation02"
    )
    swarm.tasks_[2]["NodeID"] = "id-translation01"
    assert settled(swarm) == "ready: translation_frontend 3/3"


def test_what_runs_already_is_not_sent_again() -> None:
    """Nothing is posted where the spec is the service's."""
    swarm = spread("frontend")
    service_updates.put(fake_lab(swarm), "frontend", copy.deepcopy(swarm.services_["frontend"]["Spec"]))
    assert swarm.done == []


def test_a_spec_is_put_fast_and_then_as_it_is_meant() -> None:
    """The stack's own update policy would take minutes, and must be the service's again afterwards."""
    swarm = spread("frontend")
    before = swarm.services_["frontend"]["Spec"]
    wanted = spec_edits.edited(before, [["env", "A", "1"]])
    service_updates.put(fake_lab(swarm), "frontend", wanted)
    assert swarm.done == [spec_edits.fast(wanted), wanted]
    assert swarm.services_["frontend"]["Spec"] == wanted


def test_every_task_is_replaced_whatever_becomes_of_the_new_ones() -> None:
    """At once, and the service's own policy comes back once no task of the old spec runs."""
    swarm = spread("frontend")
    swarm.services_["frontend"]["UpdatedAt"] = "2025-11-11T12:00:00.123456789Z"
    for each in swarm.tasks_:
        each["CreatedAt"] = "2025-11-11T11:00:00.5Z"
    wanted = spec_edits.edited(swarm.services_["frontend"]["Spec"], [["env", "A", "1"]])
    with pytest.raises(
        NotReadyError, match="translation_frontend: 3 tasks of the old spec, 0 of the new one"
    ):
        service_updates.put_abruptly(fake_lab(swarm), "frontend", wanted)
    assert swarm.done == [spec_edits.fast(wanted)]
    for each in swarm.tasks_:
        each["Status"]["State"] = "shutdown"
    pending = task(
        "frontend", "translation01", 7, Status={"State": "pending"}, CreatedAt="2025-11-11T12:00:01.5Z"
    )
    swarm.tasks_.append(pending)
    service_updates.put_abruptly(fake_lab(swarm), "frontend", wanted)
    assert swarm.done[1:] == [spec_edits.fast(wanted), wanted]


def test_what_cannot_come_to_rest_is_sent_once_or_is_an_error() -> None:
    """Without waiting it is sent as it is; with it the deadline says what was seen, and the rest is not sent."""
    swarm = spread("frontend")
    wanted = spec_edits.edited(swarm.services_["frontend"]["Spec"], [["replicas", 9]])
    with pytest.raises(
        NotReadyError, match=r"update of translation_frontend: not within .*: translation_frontend 3/9"
    ):
        service_updates.put(fake_lab(swarm), "frontend", wanted)
    assert swarm.done == [spec_edits.fast(wanted)]
    service_updates.put(fake_lab(swarm), "frontend", wanted, waits=False)
    assert swarm.done[1:] == [wanted]


def test_a_change_of_placement_does_not_wait_for_an_update() -> None:
    """The Swarm begins none where it makes no new tasks."""
    swarm = spread("frontend")
    swarm.post = lambda path, *, params, json: post(swarm, json)  # type: ignore[method-assign]

    def post(swarm: FakeSwarm, spec: Json) -> Any:  # noqa: ANN401
        swarm.services_["frontend"]["Spec"] = spec
        return type("Answer", (), {"ok": True})

    wanted = spec_edits.edited(swarm.services_["frontend"]["Spec"], [["label", "a", "b"]])
    service_updates.put(fake_lab(swarm), "frontend", wanted)
    assert swarm.services_["frontend"]["Spec"] == wanted
    with pytest.raises(NotReadyError, match="update not begun"):
        service_updates.put(fake_lab(swarm), "frontend", spec_edits.edited(wanted, [["env", "A", "1"]]))


def test_the_swarms_refusals_are_errors_in_its_words() -> None:
    """A service that is not there, and an update that comes too late."""
    lab = fake_lab(spread("frontend"))
    with pytest.raises(EngineError, match="service translation_web: service web not found"):
        service_updates.inspect(lab, "web")

    class Late(FakeSwarm):
        def get(self, path: str) -> Any:  # noqa: ANN401
            answer = super().get(path)
            answer.value = {**answer.value, "Version": {"Index": 1}}
            return answer

    late = Late(services_={"frontend": service("frontend")})
    with pytest.raises(
        EngineError, match="service translation_frontend was not updated: update out of sequence"
    ):
        service_updates.post(fake_lab(late), "frontend", {})


def test_paths_are_of_the_newest_api() -> None:
    """What an older version does not know it drops from a spec that is read and written back."""
    asked: list[str] = []

    class Noting(FakeSwarm):
        def get(self, path: str) -> Any:  # noqa: ANN401
            asked.append(path)
            return super().get(path)

        def post(self, path: str, *, params: Json, json: Json) -> Any:  # noqa: ANN401
            asked.append(path)
            return super().post(path, params=params, json=json)

    swarm = Noting(services_={"web": service("web")})
    service_updates.post(fake_lab(swarm), "web", {"Name": "translation_web"})
    assert asked == [
        "tcp://node/v1.45/services/translation_web",
        "tcp://node/v1.45/services/id-web/update",
    ]


def test_a_services_change_takes_and_is_undone() -> None:
    """The proof names the edits; what was before is put back whole."""
    swarm = spread("frontend")
    lab = fake_lab(swarm)
    before = copy.deepcopy(swarm.services_["frontend"]["Spec"])
    change = service_changes.change_of(lab, "frontend", ["env", "A", "1"], ["label", "b", "c"])
    assert (change.before, change.waits) == (before, True)
    assert change.took(lab) == NotYet("translation_frontend has another spec than was sent")
    assert change.undone(lab) == Ready("translation_frontend is as it was")
    change.apply(lab)
    assert change.took(lab) == Ready("translation_frontend was changed: env A 1, label b c")
    assert change.undone(lab) == NotYet("translation_frontend still differs from what it was")
    change.undo(lab)
    assert swarm.services_["frontend"]["Spec"] == before
    assert change.undone(lab) == Ready("translation_frontend is as it was")
    waiting = service_changes.change_of(lab, "frontend", ["replicas", 9], waits=False)
    waiting.apply(lab)
    with pytest.raises(NotReadyError, match="3/8"):
        service_changes.change_of(lab, "frontend", ["replicas", 8]).apply(lab)


def test_what_must_come_first_comes_to_rest_first() -> None:
    """One replica on the small network, and only then more than it has addresses for."""
    swarm = spread("frontend")
    lab = fake_lab(swarm)
    before = swarm.services_["frontend"]["Spec"]
    swarm.networks_["small"] = {"Id": "id-small"}
    first = (["network", "small"], ["replicas", 3], ["env", "A", "1"])
    ServiceChange("frontend", (["network", "small"],), before, waits=False, first=first).apply(lab)
    alone = spec_edits.edited(before, [["network", "id-small"], ["replicas", 3], ["env", "A", "1"]])
    assert swarm.done == [spec_edits.fast(alone), alone, spec_edits.edited(before, [["network", "id-small"]])]
    swarm.done.clear()
    swarm.services_["frontend"]["Spec"] = before
    with pytest.raises(NotReadyError):
        ServiceChange("frontend", (), before, waits=False, first=(["replicas", 9],)).apply(lab)


def test_names_are_turned_into_the_swarms_ids() -> None:
    """Of a secret just that one, not one whose name only begins so; what is not there is an error."""
    swarm = spread("frontend")
    lab = fake_lab(swarm)
    secrets = {"Secrets": [{"SecretName": "translation_s", "SecretID": "1"}]}
    swarm.services_["frontend"]["Spec"]["TaskTemplate"]["ContainerSpec"] = secrets
    swarm.create_secret("s-new-other", b"", labels={})
    swarm.create_secret("s-new", b"", labels={})
    change = service_changes.change_of(lab, "frontend", ["secret", "translation_s", "s-new"])
    change.apply(lab)
    assert swarm.services_["frontend"]["Spec"]["TaskTemplate"]["ContainerSpec"]["Secrets"] == [
        {"SecretName": "s-new", "SecretID": "id-s-new"}
    ]
    for edit, lack in ((["secret", "s-new", "none"], "secret none"), (["network", "none"], "network none")):
        with pytest.raises(LabError, match=f"there is no {lack}"):
            service_changes.change_of(lab, "frontend", edit).apply(lab)


def test_secrets_are_swapped_for_new_ones() -> None:
    """Each new one is made before the service is given it, in base64 so that it can be written down."""
    swarm = spread("coturn")
    before = swarm.services_["coturn"]["Spec"]
    changes = service_changes.swapped_secrets(fake_lab(swarm), "coturn", "changed", {"a": b"abc", "b": b"\0"})
    assert changes == (
        NewSecret("a-changed", "YWJj"), NewSecret("b-changed", "AA=="),
        ServiceChange(
            "coturn", (["secret", "translation_a", "a-changed"], ["secret", "translation_b", "b-changed"]), before
        ),
    )  # fmt: skip


def test_a_service_is_pinned_by_the_nodes_label() -> None:
    """In the place of the constraints that it has."""
    lab = fake_lab(spread("frontend"))
    change = service_changes.pinned(lab, "frontend", "translation02")
    assert change.edits == (["constraints", ["node.labels.instance == translation02"]],)
