"""What the tasks' own health checks say, as each node's engine knows it: the manager only knows the outcome.

Importable without Docker: only `checks` needs it, and imports it when it is called.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.cluster import tasks
    from lab.cluster.handle import Lab

OUTPUT_SHOWN = 200
UNHEALTHY, UNREADABLE = "unhealthy", "not readable"


@dataclass(frozen=True)
class Check:
    """The health check of one task: `status` is the engine's word (healthy, starting, unhealthy) or UNREADABLE,
    `streak` how many times running it failed, `output` what it said last."""

    task: str
    node: str
    status: str
    streak: int
    output: str

    @property
    def bad(self) -> bool:
        """Whether it failed the last time, or could not be asked for."""
        return bool(self.streak) or self.status in (UNHEALTHY, UNREADABLE)

    def __str__(self) -> str:
        return f"{self.task} on {self.node} is {self.status}, its check failed {self.streak} times running: {self.output}"


def checks(lab: "Lab") -> tuple[Check, ...]:
    """One for each running task of the stack that has a health check; one that cannot be read is UNREADABLE."""
    from lab.cluster import tasks

    return tuple(check for task in tasks.placed(lab) for check in _check(lab, task))


def _check(lab: "Lab", task: "tasks.Placed") -> Iterator[Check]:
    import docker.errors
    import requests

    name = f"{task.service} ({task.task[:12]})"
    try:
        health = lab.nodes[task.node].api.inspect_container(task.container)["State"].get("Health")
    except docker.errors.NotFound:
        return  # it ended since the Swarm was asked; the Swarm's own state reports that
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        yield Check(name, task.node, UNREADABLE, 0, " ".join(str(error).split())[:OUTPUT_SHOWN])
        return
    if health:
        said = " ".join(str((health.get("Log") or [{}])[-1].get("Output", "")).split())
        yield Check(
            name, task.node, health["Status"], health["FailingStreak"], said[:OUTPUT_SHOWN] or "nothing"
        )
