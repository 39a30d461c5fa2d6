"""What the tasks' own health checks say, as each node's engine knows it: a manager tells only what came of them."""

from collections.abc import Iterator

import docker.errors
import requests

from lab import faults_probe
from lab.cluster import Lab
from lab.health_values import Check

OUTPUT_SHOWN = 200


def checks(lab: Lab) -> tuple[Check, ...]:
    """One for each running task of the stack that has a health check and whose node's engine answers."""
    return tuple(check for task in faults_probe.placed(lab) for check in _check(lab, task))


def _check(lab: Lab, task: faults_probe.Placed) -> Iterator[Check]:
    try:
        health = lab.nodes[task.node].api.inspect_container(task.container)["State"].get("Health")
    except (docker.errors.DockerException, requests.exceptions.RequestException):
        return  # gone meanwhile, or its node is: the Swarm tells of both
    if health:
        said = " ".join(str((health.get("Log") or [{}])[-1].get("Output", "")).split())
        name = f"{task.service} ({task.task[:12]})"
        yield Check(name, task.node, health["Status"], health["FailingStreak"], said[:OUTPUT_SHOWN] or "nothing")
