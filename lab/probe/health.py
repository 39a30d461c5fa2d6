"""What the tasks' own health checks say, as each node's engine knows it: a manager tells only what came of them."""

from collections.abc import Iterator

import docker.errors
import requests

from lab.cluster import tasks
from lab.cluster.handle import Lab
from lab.probe.health_values import UNREADABLE, Check

OUTPUT_SHOWN = 200


def checks(lab: Lab) -> tuple[Check, ...]:
    """One for each running task of the stack that has a health check; one that cannot be read is told as such."""
    return tuple(check for task in tasks.placed(lab) for check in _check(lab, task))


def _check(lab: Lab, task: tasks.Placed) -> Iterator[Check]:
    name = f"{task.service} ({task.task[:12]})"
    try:
        health = lab.nodes[task.node].api.inspect_container(task.container)["State"].get("Health")
    except docker.errors.NotFound:
        return  # ended since the Swarm was asked, which tells of that itself
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        yield Check(name, task.node, UNREADABLE, 0, " ".join(str(error).split())[:OUTPUT_SHOWN])
        return
    if health:
        said = " ".join(str((health.get("Log") or [{}])[-1].get("Output", "")).split())
        yield Check(
            name, task.node, health["Status"], health["FailingStreak"], said[:OUTPUT_SHOWN] or "nothing"
        )
