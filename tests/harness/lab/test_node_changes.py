"""A stopped node, and a loop in a node that kills a service's tasks: what is done, and what proves it."""

from lab.faults.node_changes import KillLoop, StoppedNode
from tests.harness.stand_ins.fake_lab import NODE, TWO, FakeSwarm, fake_lab, service, spread, task, words


def test_a_loop_kills_a_services_tasks_until_it_is_ended() -> None:
    """Proved by tasks that failed since it began; ended by its file and its process."""
    there, lab_commands = {"file": False}, list[list[str]]()

    def answer(container: str, command: list[str]) -> tuple[int, str]:
        lab_commands.append(command)
        return (0 if there["file"] else 1), ""

    swarm = FakeSwarm(answer, {"mediasoup": service("mediasoup")})
    lab, change = fake_lab(swarm), KillLoop(TWO, "mediasoup", 6, "2025-11-11T11:11:11")
    change.apply(lab)
    assert swarm.commands[-1] == (
        NODE, ["sh", "-c", swarm.commands[-1][1][2], "sh", "/lab/fault-kill-mediasoup.pid", "translation_mediasoup", "6"],
    )  # fmt: skip
    for state, at in (("failed", "10"), ("running", "12")):
        status = {"State": state, "Timestamp": f"2025-11-11T11:11:{at}.5Z"}
        swarm.tasks_.append(task("mediasoup", TWO, 1, Status=status))
    assert words(change.took(lab)) == "not yet: mediasoup: no task has ended yet"
    for at in ("11", "12"):
        status = {"State": "failed", "Timestamp": f"2025-11-11T11:11:{at}.5Z"}
        swarm.tasks_.append(task("mediasoup", TWO, 2, Status=status))
    swarm.tasks_.append(task("redis", TWO, 3, Status=status))
    assert words(change.took(lab)) == (
        "ready: translation_mediasoup: 2 tasks ended since 2025-11-11T11:11:11"
    )
    there["file"] = True
    assert words(change.undone(lab)) == "not yet: translation02: the loop still kills mediasoup"
    change.undo(lab)
    assert "kill -9" in lab_commands[-1][2]
    assert lab_commands[-1][-1] == "/lab/fault-kill-mediasoup.pid"
    there["file"] = False
    assert words(change.undone(lab)) == "ready: translation02: nothing kills mediasoup any more"
    swarm.stopped, there["file"] = {NODE}, True
    asked = len(lab_commands)
    change.undo(lab)
    assert words(change.undone(lab)) == "ready: translation02: nothing kills mediasoup any more"
    assert len(lab_commands) == asked, "a node that does not run was asked"


def test_a_node_goes_and_comes_back() -> None:
    """Gone only once the Swarm takes it for down and has its routed replicas elsewhere; back once it is ready."""
    swarm = spread("frontend", "tts")
    for each in swarm.tasks_:
        each["Spec"] = {"ContainerSpec": {}}
    lab, change = fake_lab(swarm), StoppedNode(TWO)
    change.apply(lab)
    change.apply(lab)
    assert swarm.done == [f"kill {NODE}"]
    assert words(change.took(lab)) == "not yet: translation02 is ready"
    swarm.states[TWO] = "down"
    assert words(change.took(lab)) == "not yet: frontend, tts still counted on translation02"
    assert words(change.undone(lab)) == "not yet: translation02 is down"
    moved = [each for each in swarm.tasks_ if each["NodeID"] == f"id-{TWO}"]
    swarm.tasks_ = [each for each in swarm.tasks_ if each not in moved]
    assert words(change.took(lab)) == "not yet: not yet elsewhere: translation_frontend 2/3"
    swarm.tasks_.append(task("frontend", "translation03", 14))
    assert words(change.took(lab)) == "ready: translation02 is down, its replicas run elsewhere"
    change.undo(lab)
    change.undo(lab)
    assert swarm.done == [f"kill {NODE}", f"start {NODE}"]
    swarm.states[TWO] = "ready"
    assert words(change.undone(lab)) == "ready: translation02 is ready"
    del swarm.states[TWO]
    assert words(change.undone(lab)) == "not yet: translation02 is unknown to the Swarm"
