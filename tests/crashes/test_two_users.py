"""Two users of one machine, and one user's two checkouts, do not disturb each other."""

import sys
from pathlib import Path

import pytest

from lab import exits
from lab.host import engine
from tests.crashes.conftest import MakeBench
from tests.crashes.trial import COMMAND_DEADLINE_S, LAB, Bench, last_line

pytestmark = pytest.mark.needs_lab
ONE_NODE = ("--no-stack", "--nodes", "1")


def lab(*words: str) -> list[str]:
    return [sys.executable, "-m", "lab", *words]


def ended(bench: Bench, *words: str) -> tuple[int, str]:
    """A command of the lab: its exit status, and its last line."""
    log = bench.folder / "ended.log"
    status = bench.start_words(lab(*words), log).wait(COMMAND_DEADLINE_S)
    return status, last_line(log.read_text())


def at_once(*commands: tuple[Bench, tuple[str, ...]]) -> list[tuple[int, str]]:
    """Commands that run at the same time."""
    logs = [bench.folder / f"at-once-{n}.log" for n, (bench, _) in enumerate(commands)]
    processes = [b.start_words(lab(*words), log) for (b, words), log in zip(commands, logs, strict=True)]
    statuses = [process.wait(COMMAND_DEADLINE_S) for process in processes]
    return [(status, last_line(log.read_text())) for status, log in zip(statuses, logs, strict=True)]


def subnets(bench: Bench, *names: str) -> set[str]:
    networks = bench.host.api.networks(names=[f"jbcalling-{name}" for name in names])
    return {config["Subnet"] for network in networks for config in network["IPAM"]["Config"]}


def test_two_homes_side_by_side(bench_of: MakeBench) -> None:
    """Two state folders and two names at once: two subnets, two sets of volumes, one image store; no command of one
    takes anything of the other's, and each takes down its own."""
    ann, bob = bench_of("ann"), bench_of("bob")
    came = at_once((ann, ("up", "--name", "ann", *ONE_NODE)), (bob, ("up", "--name", "bob", *ONE_NODE)))
    assert [status for status, _ in came] == [0, 0], came
    of_ann = engine.belongings(ann.host, "ann")
    assert len(subnets(ann, "ann", "bob")) == 2
    assert {thing.name for thing in of_ann.volumes} == {"jbcalling-ann-translation01"}
    for words in (("down", "--name", "ann"), ("up", "--name", "ann", *ONE_NODE)):
        status, said = ended(bob, *words)
        assert status == exits.USAGE
        assert said.startswith(
            f"lab: the lab 'ann' on this engine was made from another state folder, {ann.state}"
        )
    assert ended(bob, "up", "--name", "bob", *ONE_NODE)[0] == 0  # it sweeps
    assert engine.belongings(ann.host, "ann") == of_ann
    limits = [ann.host.api.inspect_container(thing.id)["HostConfig"]["Memory"] for thing in of_ann.containers]
    assert all(limits) == ann.host.info()["MemoryLimit"]
    assert ended(bob, "down", "--name", "bob")[0] == 0
    assert ended(ann, "down", "--name", "ann")[0] == 0
    assert (ann.left(), bob.left()) == ((), ())


def test_one_name_from_two_checkouts_at_once(bench_of: MakeBench) -> None:
    """One state folder, one name: the second waits for the first, and finds its lab."""
    bench = bench_of("user")
    up = ("up", "--name", LAB, *ONE_NODE)
    came = at_once((bench, up), (bench, up))
    assert [status for status, _ in came] == [0, 0], came
    assert len(engine.belongings(bench.host, LAB).containers) == 1
    assert [
        status for status, _ in at_once((bench, ("down", "--name", LAB)), (bench, ("down", "--name", LAB)))
    ] == [0, 0]
    assert bench.left() == ()


def test_an_owner_in_another_pid_namespace_is_not_judged(tmp_path: Path) -> None:
    """Its pid is another process's here. Needs root, as `unshare` does."""
    import os
    import subprocess

    from lab.host import ownership

    if os.geteuid() != 0:
        pytest.skip("not exercised: unshare needs root")
    say = "import os; from lab.host import ownership as o; print(o.owner_of(os.getpid()), o.run_name(os.getpid()))"
    inside = [
        subprocess.run(
            ["unshare", "--fork", "--pid", "--mount-proc", sys.executable, "-c", say],
            cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
        ).stdout.split()
        for _ in range(2)
    ]  # fmt: skip
    assert [ownership.is_dead(owner) for owner, _ in inside] == [False, False]
    assert len({owner.split("/")[1] for owner, _ in inside}) == 1, "the pids differ, so nothing was tried"
    assert len({name for _, name in inside}) == 2
