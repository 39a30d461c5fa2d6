"""Changes made to what runs: a replica's processes stopped, a task killed again and again, a node gone."""

from dataclasses import dataclass

from lab.cluster import nodes, readiness, stack_deploy
from lab.cluster.lifecycle import Lab
from lab.errors import EngineError
from lab.faults import looks, service_changes, spec_edits
from lab.faults.packet_rules import _runs as runs
from lab.waiting import Look, NotYet, Ready

# Every process of a container shares the pid namespace of its first one; the node itself may have no `ps`.
OF_CONTAINER = """
first=$(docker inspect -f '{{.State.Pid}}' "$1" 2>/dev/null) || exit 0
space=$(readlink "/proc/$first/ns/pid") || exit 0
for place in /proc/[0-9]*; do
  [ "$(readlink "$place/ns/pid" 2>/dev/null)" = "$space" ] || continue
  case "$(cat "$place/comm" 2>/dev/null)" in "$3"*) ;; *) continue ;; esac
  case "$2" in
    states) sed 's/.*) //; s/ .*//' "$place/stat" 2>/dev/null ;;
    *) kill "-$2" "${place#/proc/}" ;;
  esac
done
"""
KILL_LOOP = """
echo $$ > "$1"
while [ -f "$1" ]; do
  for id in $(docker ps -q --filter "label=com.docker.swarm.service.name=$2"); do docker kill "$id"; done
  sleep "$3"
done
"""
NODE_DEADLINE_S = 60


@dataclass(frozen=True)
class StoppedTask:
    """Processes of one task's container stopped by signal: their sockets stay open, and nobody reads them.

    All of them, or those whose name, of which the kernel keeps 15 characters, begins with `only`.
    """

    node: str
    container: str
    task: str
    only: str = ""

    def _do(self, lab: Lab, what: str) -> str:
        command = ["sh", "-c", OF_CONTAINER, "sh", self.container, what, self.only]
        return looks.in_node(lab, self.node, command)[1]

    def _states(self, lab: Lab) -> list[str]:
        return self._do(lab, "states").split()

    def apply(self, lab: Lab) -> None:
        self._do(lab, "STOP")

    def took(self, lab: Lab) -> Look[str]:
        states = self._states(lab)
        if not states or set(states) != {"T"}:
            return NotYet(f"{self.task}: its processes are {states or 'gone'}")
        which = f"all its {len(states)} processes are" if not self.only else f"{len(states)}x {self.only} is"
        return Ready(f"{self.task} on {self.node}: {which} stopped (T)")

    def undo(self, lab: Lab) -> None:
        if runs(lab, self.node):
            self._do(lab, "CONT")

    def undone(self, lab: Lab) -> Look[str]:
        if runs(lab, self.node) and "T" in self._states(lab):
            return NotYet(f"{self.task}: a process is still stopped")
        return Ready(f"{self.task}: no process is stopped")


@dataclass(frozen=True)
class ReplacedFile:
    """Another text in the place of a file, in each replica of a service that runs; the file is kept beside it."""

    service: str
    path: str
    text: str

    def _in_each(self, lab: Lab, script: str) -> list[str]:
        """What the script, given path and text, says in each replica."""
        command = ["sh", "-c", script, "sh", self.path, self.text]
        mine = [task for task in looks.placed(lab) if task.service == self.service]
        return [looks.in_task(lab, task, command)[1].strip() for task in mine]

    def apply(self, lab: Lab) -> None:
        self._in_each(
            lab,
            '[ -e "$1.kept" ] || { cp -p "$1" "$1.new" && mv "$1.new" "$1.kept"; }; printf %s "$2" > "$1"',
        )

    def took(self, lab: Lab) -> Look[str]:
        found = self._in_each(lab, 'cat "$1"')
        lacking = sum(text != self.text for text in found)
        if lacking or not found:
            return NotYet(f"{self.service}: {lacking} of {len(found)} replicas have {self.path} as it was")
        return Ready(f"{self.service}: {self.path} is another in all {len(found)} replicas")

    def undo(self, lab: Lab) -> None:
        self._in_each(lab, '[ ! -e "$1.kept" ] || mv "$1.kept" "$1"')

    def undone(self, lab: Lab) -> Look[str]:
        left = [text for text in self._in_each(lab, '[ ! -e "$1.kept" ] || echo "$1.kept"') if text]
        return (
            NotYet(f"{self.service}: {left[0]} is still there")
            if left
            else Ready(f"{self.service}: {self.path} is as it was")
        )


@dataclass(frozen=True)
class KillLoop:
    """A loop in a node that kills a service's containers there every `every_s` seconds."""

    node: str
    service: str
    every_s: int
    since: str

    @property
    def pid_file(self) -> str:
        return f"/lab/fault-kill-{self.service}.pid"

    def apply(self, lab: Lab) -> None:
        command = [
            "sh",
            "-c",
            KILL_LOOP,
            "sh",
            self.pid_file,
            service_changes.full(self.service),
            str(self.every_s),
        ]
        created = lab.host.api.exec_create(lab.container(self.node), command)["Id"]
        lab.host.api.exec_start(created, detach=True)

    def took(self, lab: Lab) -> Look[str]:
        ended = self._ended(lab)
        if not ended:
            return NotYet(f"{self.service}: no task has ended yet")
        return Ready(f"{service_changes.full(self.service)}: {ended} tasks ended since {self.since}")

    def _ended(self, lab: Lab) -> int:
        tasks = lab.manager.api.tasks(filters={"service": service_changes.full(self.service)})
        return sum(
            t["Status"]["State"] == "failed" and t["Status"]["Timestamp"][:19] >= self.since for t in tasks
        )

    def undo(self, lab: Lab) -> None:
        if runs(lab, self.node):
            script = '[ -f "$1" ] || exit 0; pid=$(cat "$1"); rm -f "$1"; kill -9 "$pid" 2>/dev/null; true'
            looks.in_node(lab, self.node, ["sh", "-c", script, "sh", self.pid_file])

    def undone(self, lab: Lab) -> Look[str]:
        if runs(lab, self.node) and looks.in_node(lab, self.node, ["test", "-f", self.pid_file])[0] == 0:
            return NotYet(f"{self.node}: the loop still kills {self.service}")
        return Ready(f"{self.node}: nothing kills {self.service} any more")


@dataclass(frozen=True)
class StoppedNode:
    """A node gone from one moment to the next, as by a power cut."""

    node: str

    def apply(self, lab: Lab) -> None:
        if runs(lab, self.node):
            lab.host.api.kill(lab.container(self.node))

    def _state(self, lab: Lab) -> str:
        states = {n["Description"].get("Hostname"): n["Status"]["State"] for n in lab.manager.api.nodes()}
        return str(states.get(self.node, "unknown to the Swarm"))

    def took(self, lab: Lab) -> Look[str]:
        """The Swarm takes it for Down, has its tasks elsewhere, and Traefik knows those."""
        if self._state(lab) != "down":
            return NotYet(f"{self.node} is {self._state(lab)}")
        there = [t.service for t in looks.placed(lab) if t.node == self.node]
        if there:
            return NotYet(f"{there} are still counted on {self.node}")
        lacking = [
            readiness.missing(s, readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME))
            for s in readiness.services(lab.manager, stack_deploy.STACK_NAME)
            if looks.short(s["Spec"]["Name"]) in looks.ROUTED
        ]
        if any(lacking):
            return NotYet(f"not yet elsewhere: {lacking}")
        return Ready(f"{self.node} is down, its replicas run elsewhere")

    def undo(self, lab: Lab) -> None:
        """Start it, and spread the replicas again that ran away from it."""
        if not runs(lab, self.node):
            lab.host.api.start(lab.container(self.node))
        nodes.wait_until_up(lab.host, lab.container(self.node), lab.nodes[self.node])

    def undone(self, lab: Lab) -> Look[str]:
        state = self._state(lab)
        return Ready(f"{self.node} is ready") if state == "ready" else NotYet(f"{self.node} is {state}")


def respread(lab: Lab) -> None:
    """Make new tasks of the routed services where a node runs none: the Swarm does not move what runs."""
    for service in looks.ROUTED:
        homes = {task.node for task in looks.placed(lab) if task.service == service}
        if len(homes) < len(lab.state.addresses):
            spec = service_changes.inspect(lab, service)["Spec"]
            service_changes.put(lab, service, spec_edits.edited(spec, [("force",)]))


def task_on(lab: Lab, service: str, node: str) -> looks.Placed:
    """The service's task on a node; raises EngineError when there is none."""
    for task in looks.placed(lab):
        if (task.service, task.node) == (service, node):
            return task
    raise EngineError(
        f"no replica of {service} runs on {node}: python -m lab fault heal --all spreads them again"
    )
