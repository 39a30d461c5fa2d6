"""The stack's tasks as the lab finds them: where each runs, and commands in one or in its node."""

import pytest

from lab.cluster import tasks
from lab.cluster.tasks import Placed
from lab.errors import EngineError
from tests.harness.stand_ins.fake_lab import FRONTEND, FakeSwarm, fake_lab, spread, task


def test_the_running_tasks_are_placed() -> None:
    """Each with its service, node, container and addresses; what does not run, or is to end, is none."""
    swarm = spread()
    swarm.services_ = {"frontend": {"ID": "id-frontend", "Spec": {"Name": "translation_frontend"}}}
    swarm.tasks_ = [
        task("frontend", "translation02", 1),
        task("frontend", "translation02", 2, Status={"State": "starting"}),
        task("frontend", "translation02", 3, DesiredState="shutdown"),
        task("frontend", "translation02", 4, DesiredState="ready"),
    ]
    assert tasks.placed(fake_lab(swarm)) == (
        Placed("frontend", "t-frontend-1", "translation02", "c-frontend-1", {FRONTEND: "10.0.1.1"}),
    )


def test_what_the_swarm_leaves_out_is_no_error() -> None:
    """A service, a node, a container or an address that it does not name."""
    bare = {"ID": "t", "ServiceID": "x", "Status": {"State": "running"}, "DesiredState": "running"}
    without = {"Network": {"Spec": {"Name": "n"}}, "Addresses": None}
    swarm = FakeSwarm(tasks_=[{**bare, "NetworksAttachments": [without]}, bare])
    assert tasks.placed(fake_lab(swarm)) == (Placed("?", "t", "?", "", {}),) * 2


def test_a_task_is_found_by_service_and_node() -> None:
    """One that is not there is refused with what brings it back."""
    lab = fake_lab(spread("frontend", "signaling"))
    assert tasks.task_on(lab, "signaling", "translation03").task == "t-signaling-23"
    with pytest.raises(EngineError, match=r"no replica of traefik runs on translation02: .*heal --all"):
        tasks.task_on(lab, "traefik", "translation02")


def test_commands_run_in_a_node_or_in_a_task() -> None:
    """In the container meant, with status and output; bytes that are no text are shown as such."""
    swarm = spread("frontend")
    swarm.answer = lambda container, command: (len(command), f"{container}: {command[0]}")
    lab = fake_lab(swarm)
    assert tasks.in_node(lab, "translation02", ["a", "b"]) == (2, "jbcalling-paper-translation02: a")
    assert tasks.in_task(lab, tasks.placed(lab)[1], ["c"]) == (1, "c-frontend-11: c")


def test_a_command_in_a_task_runs_as_root() -> None:
    """A fault replaces a file that the task's own user may not write, and heals it again."""
    swarm = spread("frontend")
    lab = fake_lab(swarm)
    tasks.in_task(lab, tasks.placed(lab)[0], ["mv", "a", "b"])
    assert swarm.users == ["root"]


def test_names_have_two_forms() -> None:
    """As the stack file has it, and as the Swarm does."""
    assert tasks.short("translation_web") == tasks.short("web") == "web"
    assert tasks.full("translation_web") == tasks.full("web") == "translation_web"


def test_whether_a_node_runs() -> None:
    """The host's engine says it of the node's container."""
    swarm = FakeSwarm(stopped={"jbcalling-paper-translation02"})
    lab = fake_lab(swarm)
    assert tasks.runs(lab, "translation01")
    assert not tasks.runs(lab, "translation02")
