"""Memory by container, from what a node's cgroups say: both versions, folders of either driver."""

import subprocess
from pathlib import Path

import pytest

from lab.cluster.tasks import Placed
from lab.probe import memory
from lab.probe.values import MemoryUsed
from tests.harness.stand_ins import fake_lab

ID, OTHER = "a1" * 32, "b2" * 32
TASK = Placed("frontend", "t1", "translation02", ID, {})
ONE = f"/sys/fs/cgroup/memory/docker/{ID}"
TWO = f"/sys/fs/cgroup/system.slice/docker-{ID}.scope"
V1 = f"""\
{ONE} memory.max_usage_in_bytes 41943040
{ONE} memory.usage_in_bytes 20971520
{ONE} memory.limit_in_bytes 134217728
{ONE} memory.oom_control oom_kill 1
{ONE} memory.stat total_inactive_file 10485760
"""
V2 = f"""\
{TWO} memory.peak 41943040
{TWO} memory.current 20971520
{TWO} memory.max 134217728
{TWO} memory.events oom_kill 1
{TWO} memory.stat inactive_file 10485760
"""
WANTED = MemoryUsed("frontend", "t1", "translation02", 134217728, 41943040, 20971520, 10485760, 1)


@pytest.mark.parametrize("said", [V1, V2])
def test_either_version_says_the_same(said: str) -> None:
    """The same figures, under other names."""
    assert list(memory.of_node([TASK], said)) == [WANTED]


def test_no_limit_is_none_and_no_peak_is_unknown() -> None:
    """cgroup v1 writes a very large number, v2 a word; before Linux 5.19 v2 keeps no peak."""
    (one,) = memory.of_node([TASK], V1.replace("134217728", "9223372036854771712"))
    (two,) = memory.of_node([TASK], V2.replace("134217728", "max").replace("memory.peak", "memory.other"))
    assert (one.limit, two.limit, two.peak, two.now) == (None, None, None, 20971520)


def test_a_task_that_ended_meanwhile_is_left_out() -> None:
    """Its folder is gone; one without a container never had one."""
    gone, unmade = Placed("a", "t2", "n", OTHER, {}), Placed("b", "t3", "n", "", {})
    assert [each.task for each in memory.of_node([gone, TASK, unmade], V1)] == ["t1"]
    assert list(memory.of_node([TASK], "nothing of the kind\n\n")) == []


@pytest.mark.parametrize(("folder", "files"), [
    ("memory/docker/{}", {"memory.max_usage_in_bytes": "7\n", "memory.oom_control": "under_oom 0\noom_kill 0\n",
                          "memory.stat": "inactive_file 1\ntotal_inactive_file 2\n"}),
    ("docker/{}", {"memory.peak": "7\n", "memory.max": "max\n", "memory.events": "oom 0\noom_kill 3\noom_group_kill 9\n",
                   "memory.stat": "anon 5\ninactive_file 2\n"}),
])  # fmt: skip
def test_the_script_finds_the_container_of_a_node(tmp_path: Path, folder: str, files: dict[str, str]) -> None:
    """Run by a shell, on folders like a kernel's: peak, kills and droppable files are found, and none of a neighbour's."""
    for id_ in (ID, OTHER):
        there = tmp_path / folder.format(id_)
        there.mkdir(parents=True)
        for name, text in files.items():
            (there / name).write_text(text if id_ == ID else "1\n")
    (tmp_path / "cpu" / "docker" / ID).mkdir(parents=True)
    script = memory.READ.replace("/sys/fs/cgroup", str(tmp_path))
    done = subprocess.run(["sh", "-c", script, "sh", ID], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    (found,) = memory.of_node([TASK], done.stdout)
    assert (found.peak, found.limit, found.killed) == (7, None, 3 if "memory.events" in files else 0)
    assert OTHER not in done.stdout
    assert len(done.stdout.splitlines()) == 4


def test_a_node_without_memory_cgroups_is_said() -> None:
    """And what other nodes say is kept; one that cannot be entered is said by name too."""
    swarm = fake_lab.FakeSwarm(answer=lambda container, command: (0, ""))
    swarm.services_["frontend"] = fake_lab.service("frontend")
    swarm.tasks_.append(fake_lab.task("frontend", fake_lab.TWO, 5))
    used, problems = memory.used(fake_lab.fake_lab(swarm))
    assert used == ()
    assert [each.partition(":")[0] for each in problems] == ["translation02"]
    assert "keeps no account of memory by container" in problems[0]
