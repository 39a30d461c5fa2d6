"""Changes made to one service's tasks: processes stopped, a file replaced, a task ended so that another comes."""

from dataclasses import dataclass

from lab.cluster.handle import Lab
from lab.cluster.tasks import in_node, in_task, placed, runs, task_on
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
STOP_S = 10
"""A task that does not end on SIGTERM is killed after this; longer than the lab's replicas serve on (DRAIN_SECONDS)."""


@dataclass(frozen=True)
class StoppedTask:
    """Processes of one task's container stopped by signal: their sockets stay open, and nothing reads from them.

    All of them, or those whose name, of which the kernel keeps 15 characters, begins with `only`.
    """

    node: str
    container: str
    task: str
    only: str = ""

    def _do(self, lab: Lab, what: str) -> str:
        command = ["sh", "-c", OF_CONTAINER, "sh", self.container, what, self.only]
        return in_node(lab, self.node, command)[1]

    def _states(self, lab: Lab) -> list[str]:
        return self._do(lab, "states").split()

    def apply(self, lab: Lab) -> None:
        self._do(lab, "STOP")

    def took(self, lab: Lab) -> Look[str]:
        states = self._states(lab)
        if not states or set(states) != {"T"}:
            return NotYet(f"{self.task}: its processes are in state {' '.join(states) or 'gone'}")
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
    """Another text in the place of a file, in each replica of a service that runs, or in those on `node` alone; the
    file is kept beside it."""

    service: str
    path: str
    text: str
    node: str = ""

    def _in_each(self, lab: Lab, script: str) -> list[str]:
        """What the script, given path and text, says in each replica."""
        command = ["sh", "-c", script, "sh", self.path, self.text]
        replicas = [
            task for task in placed(lab) if task.service == self.service and self.node in ("", task.node)
        ]
        return [in_task(lab, task, command)[1].strip() for task in replicas]

    def apply(self, lab: Lab) -> None:
        keep = '[ -e "$1.kept" ] || { cp -p "$1" "$1.new" && mv "$1.new" "$1.kept"; }'
        self._in_each(lab, f'{keep}; printf %s "$2" > "$1"')

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
        if left:
            return NotYet(f"{self.service}: {left[0]} is still there")
        return Ready(f"{self.service}: {self.path} is as it was")


@dataclass(frozen=True)
class ReplacedTask:
    """One task ended in peace, so that the Swarm makes another in its place, with an address of its own."""

    service: str
    node: str
    container: str
    task: str

    def apply(self, lab: Lab) -> None:
        if any(t.task == self.task for t in placed(lab)):
            lab.nodes[self.node].api.stop(self.container, timeout=STOP_S)

    def took(self, lab: Lab) -> Look[str]:
        here = [t for t in placed(lab) if t.service == self.service]
        fresh = [t for t in here if t.node == self.node and t.task != self.task]
        if not fresh or any(t.task == self.task for t in here):
            return NotYet(f"{self.service} on {self.node} is not replaced yet")
        addresses = ", ".join(sorted(fresh[0].addresses.values()))
        return Ready(f"{self.service} on {self.node} was replaced, now at {addresses}")

    def undo(self, lab: Lab) -> None:
        """The new task is as good as the old one; what it lacks comes back with the network."""

    def undone(self, lab: Lab) -> Look[str]:
        return Ready(f"{self.service} on {self.node} stays as it was replaced")


@dataclass(frozen=True)
class EndedTask:
    """One task ended in peace; what the Swarm makes in its place may not be able to run."""

    node: str
    container: str
    task: str

    def apply(self, lab: Lab) -> None:
        if any(t.task == self.task for t in placed(lab)):
            lab.nodes[self.node].api.stop(self.container, timeout=STOP_S)

    def took(self, lab: Lab) -> Look[str]:
        if any(t.task == self.task for t in placed(lab)):
            return NotYet(f"the task {self.task} on {self.node} still runs")
        return Ready(f"the task {self.task} on {self.node} ended")

    def undo(self, lab: Lab) -> None:
        """The Swarm makes another by itself, as soon as one can run."""

    def undone(self, lab: Lab) -> Look[str]:
        return Ready(f"the task {self.task} on {self.node} is gone for good")


@dataclass(frozen=True)
class RunsAgain:
    """Nothing is changed; but it is healed only when the service runs on the node again. It comes before what stops it."""

    service: str
    node: str

    def apply(self, lab: Lab) -> None:
        """What comes after it does."""

    def took(self, lab: Lab) -> Look[str]:
        return Ready(f"{self.service} on {self.node} is to run again")

    def undo(self, lab: Lab) -> None:
        """The Swarm does, by itself."""

    def undone(self, lab: Lab) -> Look[str]:
        if not any((t.service, t.node) == (self.service, self.node) for t in placed(lab)):
            return NotYet(f"{self.service} does not run on {self.node}")
        return Ready(f"{self.service} runs on {self.node}")


@dataclass(frozen=True)
class PausedTask:
    """One task's container paused: an engine asks no health check of it meanwhile, so the Swarm lets it be."""

    node: str
    container: str
    task: str

    def _is_paused(self, lab: Lab) -> bool:
        return bool(lab.nodes[self.node].api.inspect_container(self.container)["State"].get("Paused"))

    def apply(self, lab: Lab) -> None:
        if not self._is_paused(lab):
            lab.nodes[self.node].api.pause(self.container)

    def took(self, lab: Lab) -> Look[str]:
        if not self._is_paused(lab):
            return NotYet(f"{self.task} on {self.node} is not paused")
        return Ready(f"{self.task} on {self.node} is paused")

    def undo(self, lab: Lab) -> None:
        if runs(lab, self.node) and self._is_paused(lab):
            lab.nodes[self.node].api.unpause(self.container)

    def undone(self, lab: Lab) -> Look[str]:
        if runs(lab, self.node) and self._is_paused(lab):
            return NotYet(f"{self.task} on {self.node} is still paused")
        return Ready(f"{self.task} on {self.node} is not paused")


def replaced(lab: Lab, service: str, node: str) -> ReplacedTask:
    """The replacement of the service's task on a node; raises EngineError when there is none."""
    task = task_on(lab, service, node)
    return ReplacedTask(service, node, task.container, task.task)


def paused(lab: Lab, service: str, node: str) -> PausedTask:
    """The pausing of the service's task on a node; raises EngineError when there is none."""
    task = task_on(lab, service, node)
    return PausedTask(node, task.container, task.task)


def stopped(lab: Lab, service: str, node: str, only: str = "") -> StoppedTask:
    """The stopping of the service's task on a node; raises EngineError when there is none."""
    task = task_on(lab, service, node)
    return StoppedTask(node, task.container, task.task, only)
