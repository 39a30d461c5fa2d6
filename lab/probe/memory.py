"""The memory that the stack's tasks used, by their cgroups, read inside each node; of either version of cgroups."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lab.probe.values import MemoryUsed

if TYPE_CHECKING:
    from lab.cluster.handle import Lab
    from lab.cluster.tasks import Placed

# A line for each figure: FOLDER FILE VALUE, or FOLDER FILE NAME VALUE. The folder's name holds the container's id,
# whichever driver made it: docker/ID, docker-ID.scope.
READ = r"""
for id in "$@"; do find /sys/fs/cgroup -type d -name "*$id*" 2>/dev/null; done | while read -r folder; do
  cd "$folder" || continue
  for file in memory.peak memory.current memory.max memory.max_usage_in_bytes memory.usage_in_bytes memory.limit_in_bytes; do
    [ -r $file ] && echo "$folder $file $(cat $file)"
  done
  for file in memory.events memory.oom_control memory.stat; do
    [ -r $file ] && sed -n "/oom_kill \|^inactive_file \|^total_inactive_file /s|^|$folder $file |p" $file
  done
done
exit 0
"""
NO_LIMIT = 2**62
"""cgroup v1 writes the largest whole pages of 63 bits where there is no limit; v2 writes `max`."""
_NUMBER = re.compile(r"\d{1,20}", re.ASCII)


def used(lab: "Lab") -> tuple[tuple[MemoryUsed, ...], tuple[str, ...]]:
    """What each running task of the stack used, and why of some nothing could be read, a line for each node.

    A task that ends meanwhile is left out.
    """
    from lab.cluster import tasks

    found, problems = list[MemoryUsed](), list[str]()
    by_node: dict[str, list[Placed]] = {}
    for task in tasks.placed(lab):
        by_node.setdefault(task.node, []).append(task)
    for node, placed in sorted(by_node.items()):
        try:
            found += of_node(placed, _read(lab, node, placed))
        except ReadError as error:
            problems.append(f"{node}: {error}")
    return tuple(found), tuple(problems)


class ReadError(Exception):
    """A node that could not be entered, or has no memory cgroups."""


def _read(lab: "Lab", node: str, placed: "list[Placed]") -> str:
    import docker.errors
    import requests

    from lab.cluster import tasks
    from lab.errors import LabError

    command = ["sh", "-c", READ, "sh", *(task.container for task in placed if task.container)]
    try:
        _, output = tasks.in_node(lab, node, command)
    except (docker.errors.DockerException, requests.exceptions.RequestException, LabError) as error:
        raise ReadError(" ".join(str(error).split())[:200]) from error
    if "memory." not in output:
        raise ReadError("its kernel keeps no account of memory by container (no memory cgroup)")
    return output


def of_node(placed: "Iterable[Placed]", output: str) -> Iterator[MemoryUsed]:
    """What was printed in one node, task by task; what is no number of bytes is unknown."""
    figures: dict[str, dict[str, str]] = {}
    for line in output.splitlines():
        folder, _, rest = line.partition(" ")
        *names, value = rest.split() or ("",)
        figures.setdefault(folder, {})[" ".join(names)] = value
    for task in placed:
        own = next((f for folder, f in figures.items() if task.container and task.container in folder), None)
        if own:
            yield _used(task, own)


def _used(task: "Placed", own: dict[str, str]) -> MemoryUsed:
    now = _first(own, "memory.current", "memory.usage_in_bytes")
    droppable = _first(own, "memory.stat total_inactive_file", "memory.stat inactive_file") or 0
    limit = _first(own, "memory.max", "memory.limit_in_bytes")
    killed = _first(own, "memory.events oom_kill", "memory.oom_control oom_kill")
    return MemoryUsed(
        service=task.service,
        task=task.task,
        node=task.node,
        limit=None if limit is None or limit >= NO_LIMIT else limit,
        peak=_first(own, "memory.peak", "memory.max_usage_in_bytes"),
        now=now,
        held=None if now is None else max(now - droppable, 0),
        killed=killed or 0,
    )


def _first(own: dict[str, str], *names: str) -> int | None:
    found = (own[name] for name in names if _NUMBER.fullmatch(own.get(name, "")))
    return next((int(each) for each in found), None)
