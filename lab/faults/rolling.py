"""Updating a service as its own update policy says, as `docker service update` does, and how the Swarm says it ended."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from lab.cluster import readiness
from lab.cluster.handle import Lab
from lab.cluster.tasks import full
from lab.errors import NotReadyError
from lab.faults import spec_edits
from lab.faults.service_updates import inspect, post
from lab.waiting import Look, NotYet, Ready, WaitError, wait_for

ROLL_DEADLINE_S = 240.0
"""Three replicas one after the other, each with its start (2 s), its watch (`monitor`, 10 s) and, where it never gets
healthy, the 60 s in which its health check decides; and as much again to roll back."""
COMPLETED = "completed"
NO_UPDATE = "no update"
Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Rolled:
    """How an update ended. `state` and `message` are UpdateStatus's; `command_succeeds` notes that the command that asks
    for an update has long ended with 0 by then, whatever became of it."""

    service: str
    state: str
    message: str
    took_s: float

    @property
    def went_through(self) -> bool:
        """Whether the service runs what was asked for: an update that was rolled back, or paused, did not."""
        return self.state == COMPLETED

    def __str__(self) -> str:
        said = f" ({self.message})" if self.message else ""
        return f"{self.service}: {self.state}{said} after {self.took_s:.1f} s"


def roll(lab: Lab, *edits_of: tuple[str, spec_edits.Edit]) -> tuple[Rolled, ...]:
    """Update services at the same time, each with its edit, `("frontend", ["force"])`, by their own policy.

    Returns when all have ended, and the tasks of before have too: with start-first the Swarm does not wait for them.
    Raises NotReadyError where one does not end, EngineError where the Swarm refuses.
    """
    began, waited = time.monotonic(), []
    for service, edit in edits_of:
        found = inspect(lab, service)
        post(lab, service, spec_edits.edited(found["Spec"], [edit]))
        waited.append((service, _started_at(found)))
    rolled = tuple(_ended(lab, service, before, began) for service, before in waited)
    _until("the end of the replaced tasks", lambda: all_stopped(lab, [service for service, _ in waited]))
    return rolled


def all_stopped(lab: Lab, services: list[str]) -> Look[None]:
    """Whether no task of these services runs that is to be shut down."""
    wanted = {inspect(lab, service)["ID"] for service in services}
    left = [
        task["ID"]
        for service in services
        for task in lab.manager.api.tasks(filters={"service": full(service)})
        if task["ServiceID"] in wanted
        and task["DesiredState"] == "shutdown"
        and task["Status"]["State"] == "running"
    ]
    return NotYet(f"{len(left)} replaced tasks still run") if left else Ready(None)


def _until(what: str, look: Callable[[], Look[T]]) -> T:
    try:
        return wait_for(what, look, deadline_s=ROLL_DEADLINE_S, interval_s=0.2)
    except WaitError as error:
        raise NotReadyError(str(error)) from error


def _ended(lab: Lab, service: str, before: str, began: float) -> Rolled:
    return _until(
        f"the end of the update of {full(service)}",
        lambda: ended(inspect(lab, service), before, lambda: time.monotonic() - began),
    )


def ended(service: Json, before: str, took_s: Callable[[], float]) -> Look[Rolled]:
    """Whether the update has ended that began after the one of `before`."""
    name = str(service["Spec"]["Name"])
    status = service.get("UpdateStatus") or {}
    state = status.get("State")
    if state is None or _started_at(service) == before:
        return NotYet(f"{name}: the update has not begun")
    if state in readiness.UNFINISHED:
        return NotYet(f"{name}: {state}")
    return Ready(Rolled(name, state, status.get("Message", ""), took_s()))


def _started_at(service: Json) -> str:
    return str((service.get("UpdateStatus") or {}).get("StartedAt", ""))
