"""When a deployed stack is ready: read from the Swarm, never slept for."""

import datetime
from collections.abc import Callable, Iterable
from typing import Any

import docker
import docker.errors
import requests

from lab.cluster import service_logs
from lab.errors import NotReadyError
from lab.text.shell import docker_command, operands
from lab.waiting import Hopeless, Look, NotYet, Ready, WaitError, wait_for

STACK_LABEL = "com.docker.stack.namespace"
READY_DEADLINE_S = 120
"""A healthy stack takes 10 to 20 s on two cores; this is for a machine under load."""
READY_LOOK_S = 15.0
"""For one look at all services and tasks."""
UNFINISHED = frozenset({"updating", "rollback_started"})
GIVEN_UP = frozenset({"paused", "rollback_paused", "rollback_completed"})
"""Update states in which the replicas may all run and yet not be what was deployed."""
LOG_LINES = 15
NEVER = ("No such image", "invalid mount config", "executable file not found")
"""Task errors that no waiting mends."""

Json = dict[str, Any]


def services(manager: docker.DockerClient, stack: str) -> list[Json]:
    """The services of the stack, as the API gives them."""
    found: list[Json] = manager.api.services(filters={"label": f"{STACK_LABEL}={stack}"})
    return found


def wanted_tasks(manager: docker.DockerClient, stack: str) -> list[Json]:
    """The tasks of the stack that the Swarm wants to run."""
    return [task for task in _tasks(manager, stack) if task["DesiredState"] in ("running", "ready")]


def _tasks(manager: docker.DockerClient, stack: str) -> list[Json]:
    found: list[Json] = manager.api.tasks(filters={"label": f"{STACK_LABEL}={stack}"})
    return found


def missing(service: Json, tasks: Iterable[Json]) -> str | None:
    """What `service` still lacks, None when it is converged: all replicas running, each of them made from the
    spec as it is now, no update under way."""
    name, spec = service["Spec"]["Name"], service["Spec"]
    state = (service.get("UpdateStatus") or {}).get("State")
    if state in UNFINISHED:
        return f"{name} {state}"
    want = (spec["Mode"].get("Replicated") or {}).get("Replicas")
    own = [task for task in tasks if task["ServiceID"] == service["ID"] and task["DesiredState"] == "running"]
    up = [task for task in own if task["Status"]["State"] == "running"]
    if want is None:
        want = max(len(own), 1)
    if len(up) != want:
        return f"{name} {len(up)}/{want}"
    # Right after a deploy the update has not begun: the old tasks all run, and nothing says `updating` yet.
    wanted = spec["TaskTemplate"]["ContainerSpec"]
    old = sum(task["Spec"]["ContainerSpec"] != wanted for task in up)
    return f"{name} {old} of {want} still from the spec before" if old else None


def _hopeless(services_: Iterable[Json], tasks: Iterable[Json], since: str) -> str | None:
    """Why it will not come: an update that was given up, or a task error that stays, since the wait began."""
    for service in services_:
        update = service.get("UpdateStatus") or {}
        if (
            update.get("State") in GIVEN_UP
            and (update.get("CompletedAt") or update["StartedAt"])[:19] >= since
        ):
            return f"{service['Spec']['Name']}: update {update['State']}: {update.get('Message', '')}"
    for task in tasks:
        error = task["Status"].get("Err", "")
        if any(sign in error for sign in NEVER) and task["Status"]["Timestamp"][:19] >= since:
            return str(error)
    return None


def wait_converged(
    manager: docker.DockerClient,
    stack: str,
    *,
    deadline_s: float = READY_DEADLINE_S,
    on_wait: Callable[[str], None] | None = None,
) -> None:
    """Wait until every service has all replicas running (which, with a health check, means healthy).

    Raises NotReadyError with the task errors and last log lines of whatever is not; at once for an update that
    the Swarm gives up while we wait, which `docker stack deploy` calls a success.
    """
    since = datetime.datetime.now(datetime.UTC).isoformat()[:19]

    def look() -> Look[bool]:
        deployed, tasks = services(manager, stack), _tasks(manager, stack)
        if (why := _hopeless(deployed, tasks, since)) is not None:
            return Hopeless(why)
        lacking = [text for service in deployed if (text := missing(service, tasks)) is not None]
        if not deployed:
            return NotYet("it has no service yet")
        return NotYet(", ".join(sorted(lacking))) if lacking else Ready(True)

    try:
        wait_for(
            f"stack {stack}",
            look,
            deadline_s=deadline_s,
            interval_s=0.2,
            on_wait=on_wait,
            look_s=READY_LOOK_S,
        )
    except WaitError as error:
        raise NotReadyError(f"{error}\n{explain(manager, stack)}") from error


def explain(manager: docker.DockerClient, stack: str) -> str:
    """For each service that is not converged: its tasks, their errors, and its last log lines."""
    all_tasks = _tasks(manager, stack)
    nodes = {node["ID"]: node["Description"].get("Hostname", "?") for node in manager.api.nodes()}
    parts = []
    for service in services(manager, stack):
        given_up = (service.get("UpdateStatus") or {}).get("State") in GIVEN_UP
        if given_up or missing(service, all_tasks) is not None:
            name = service["Spec"]["Name"]
            own = [task for task in all_tasks if task["ServiceID"] == service["ID"]]
            parts += [f"  {name}:", *_task_lines(own, nodes), *_log_lines(manager, service["ID"])]
            parts.append(f"    by hand: {docker_command('service', 'ps', '--no-trunc', *operands(name))}")
    return "\n".join(parts)


def _task_lines(tasks: Iterable[Json], nodes: dict[str, str]) -> list[str]:
    recent = sorted(tasks, key=lambda task: str(task["UpdatedAt"]))[-4:]
    return [
        f"    task {task['ID'][:12]} on {nodes.get(task.get('NodeID', ''), 'no node')}: {task['Status']['State']} "
        f"since {task['Status']['Timestamp'][:19]}: {task['Status'].get('Err') or task['Status'].get('Message', '')}"
        for task in recent
    ]


def _log_lines(manager: docker.DockerClient, service: str) -> list[str]:
    try:
        text = service_logs.text(manager, service, LOG_LINES)
    except (docker.errors.APIError, requests.exceptions.RequestException) as error:
        return [f"    its log cannot be read: {error}"]
    return [f"    | {line}" for line in text.splitlines()[-LOG_LINES:]]
