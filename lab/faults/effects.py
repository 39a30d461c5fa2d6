"""What shows that a fault has the effect meant, beyond the change itself: asked of Traefik and of the replicas."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from lab.cluster import readiness, stack_deploy
from lab.cluster.lifecycle import Lab
from lab.errors import LabError
from lab.faults import looks
from lab.probe import health
from lab.waiting import Look, NotYet, Ready

STOP_S = 3
STUCK_S = 5
"""A task with its addresses is prepared within one second."""
WAITING = ("new", "pending", "preparing")


def _servers(lab: Lab, service: str) -> set[str]:
    try:
        return looks.servers(lab, service)
    except httpx.TransportError as error:
        raise LabError(f"Traefik's API does not answer: {error}") from error


def _edge(lab: Lab) -> looks.Placed:
    for task in looks.placed(lab):
        if task.service == "traefik":
            return task
    raise LabError("Traefik does not run: python -m lab logs traefik")


def _asked_of_each(lab: Lab, judge: Callable[[int], bool], told: str) -> Look[str]:
    """Ready when some server of a routed service, asked from Traefik's own container, ends as `judge` wants."""
    edge = _edge(lab)
    for service in looks.ROUTED:
        path = looks.ANSWERS[service].partition("/")[2]
        for server in sorted(_servers(lab, service)):
            address, _, port = server.partition(":")
            if judge(looks.request(lab, edge, address, f"{port}/{path}")):
                return Ready(f"{service}: {server} {told} from Traefik's container")
    return NotYet(f"every server that Traefik knows answers it: none {told}")


def row_matters(lab: Lab) -> Look[str]:
    """One replica does not answer Traefik's container."""
    return _asked_of_each(lab, lambda status: status == looks.TIMED_OUT, "does not answer")


replica_unreached = off_the_edge = row_matters


def wrong_port(lab: Lab) -> Look[str]:
    """A server that Traefik knows refuses the connection."""
    return _asked_of_each(lab, lambda status: status == looks.REFUSED, "refuses")


def not_sticky(lab: Lab) -> Look[str]:
    """Traefik's own view of the service has no sticky cookie."""
    try:
        service = looks.edge_services(lab).get("signaling", {})
    except httpx.TransportError as error:
        return NotYet(f"Traefik's API: {error}")
    return (
        NotYet("Traefik still sets the cookie") if service.get("sticky") else Ready("Traefik sets no cookie")
    )


def check_failed(lab: Lab) -> Look[str]:
    """A task's own health check has failed, so what judges health can see it."""
    failed = [check for check in health.checks(lab) if check.streak]
    return Ready(str(failed[0])) if failed else NotYet("every task's health check passes")


def limited(lab: Lab) -> Look[str]:
    """The page is refused as too much asked for."""
    try:
        wrong = looks.pages(lab)
    except httpx.TransportError as error:
        return NotYet(f"the edge: {error}")
    refused = [text for text in wrong if str(httpx.codes.TOO_MANY_REQUESTS.value) in text]
    return Ready(refused[0]) if refused else NotYet("every page is answered")


def stuck(lab: Lab) -> Look[str]:
    """A task is waiting, and has been for longer than any takes that has its addresses."""
    now = datetime.datetime.now(datetime.UTC)
    waiting = {
        f"{task['Status']['State']}: {task['Status'].get('Err') or task['Status'].get('Message', '')}"
        for task in readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME)
        if task["Status"]["State"] in WAITING
        and (now - _when(task["Status"]["Timestamp"])).total_seconds() > STUCK_S
    }
    return (
        Ready(f"a task waits for {STUCK_S} s: {'; '.join(sorted(waiting))}")
        if waiting
        else NotYet("no task waits long")
    )


def _when(timestamp: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(timestamp[:19] + "+00:00")


@dataclass(frozen=True)
class ReplacedTask:
    """One task ended in peace, so that the Swarm makes another in its place, with an address of its own."""

    service: str
    node: str
    container: str
    task: str

    def apply(self, lab: Lab) -> None:
        if any(t.task == self.task for t in looks.placed(lab)):
            lab.nodes[self.node].api.stop(self.container, timeout=STOP_S)

    def took(self, lab: Lab) -> Look[str]:
        here = [t for t in looks.placed(lab) if t.service == self.service]
        fresh = [t for t in here if t.node == self.node and t.task != self.task]
        if not fresh or any(t.task == self.task for t in here):
            return NotYet(f"{self.service} on {self.node} is not replaced yet")
        return Ready(
            f"{self.service} on {self.node} was replaced, now at {sorted(fresh[0].addresses.values())}"
        )

    def undo(self, lab: Lab) -> None:
        """The new task is as good as the old one; what it lacks comes back with the network."""

    def undone(self, lab: Lab) -> Look[str]:
        return Ready(f"{self.service} on {self.node} stays as it was replaced")


def replaced(lab: Lab, service: str, node: str) -> ReplacedTask:
    """The replacement of the service's task on a node; raises EngineError when there is none."""
    from lab.faults.process_changes import task_on

    task = task_on(lab, service, node)
    return ReplacedTask(service, node, task.container, task.task)
