"""Changes made to a node as a whole: a loop in it that kills a service's tasks, the node itself gone."""

from dataclasses import dataclass

from lab.cluster import nodes, readiness, stack_deploy
from lab.cluster.handle import Lab
from lab.cluster.tasks import full, in_node, placed, runs, short
from lab.faults import edge
from lab.waiting import Look, NotYet, Ready

KILL_LOOP = """
echo $$ > "$1"
while [ -f "$1" ]; do
  for id in $(docker ps -q --filter "label=com.docker.swarm.service.name=$2"); do docker kill "$id"; done
  sleep "$3"
done
"""


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
        command = ["sh", "-c", KILL_LOOP, "sh", self.pid_file, full(self.service), str(self.every_s)]
        created = lab.host.api.exec_create(lab.container(self.node), command)["Id"]
        lab.host.api.exec_start(created, detach=True)

    def took(self, lab: Lab) -> Look[str]:
        ended = self._ended(lab)
        if not ended:
            return NotYet(f"{self.service}: no task has ended yet")
        return Ready(f"{full(self.service)}: {ended} tasks ended since {self.since}")

    def _ended(self, lab: Lab) -> int:
        tasks = lab.manager.api.tasks(filters={"service": full(self.service)})
        return sum(
            t["Status"]["State"] == "failed" and t["Status"]["Timestamp"][:19] >= self.since for t in tasks
        )

    def undo(self, lab: Lab) -> None:
        if runs(lab, self.node):
            script = '[ -f "$1" ] || exit 0; pid=$(cat "$1"); rm -f "$1"; kill -9 "$pid" 2>/dev/null; true'
            in_node(lab, self.node, ["sh", "-c", script, "sh", self.pid_file])

    def undone(self, lab: Lab) -> Look[str]:
        if runs(lab, self.node) and in_node(lab, self.node, ["test", "-f", self.pid_file])[0] == 0:
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
        there = [t.service for t in placed(lab) if t.node == self.node]
        if there:
            return NotYet(f"{', '.join(there)} still counted on {self.node}")
        lacking = [
            text
            for s in readiness.services(lab.manager, stack_deploy.STACK_NAME)
            if short(s["Spec"]["Name"]) in edge.ASKED
            if (text := readiness.missing(s, readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME)))
        ]
        if lacking:
            return NotYet(f"not yet elsewhere: {', '.join(lacking)}")
        return Ready(f"{self.node} is down, its replicas run elsewhere")

    def undo(self, lab: Lab) -> None:
        """Start it, and spread the replicas again that ran away from it."""
        if not runs(lab, self.node):
            lab.host.api.start(lab.container(self.node))
        nodes.wait_until_up(lab.host, lab.container(self.node), lab.nodes[self.node])

    def undone(self, lab: Lab) -> Look[str]:
        state = self._state(lab)
        return Ready(f"{self.node} is ready") if state == "ready" else NotYet(f"{self.node} is {state}")
