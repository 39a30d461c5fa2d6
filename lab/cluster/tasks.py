"""The stack's running tasks: where each is, at which addresses, and commands run in one or in its node."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.cluster import readiness, stack_deploy
from lab.cluster.handle import Lab
from lab.errors import EngineError

Json = dict[str, Any]


@dataclass(frozen=True)
class Placed:
    """A running task: `service` without the stack's name, `addresses` by network name."""

    service: str
    task: str
    node: str
    container: str
    addresses: Mapping[str, str]


def placed(lab: Lab) -> tuple[Placed, ...]:
    """The running tasks of the stack."""
    names = {n["ID"]: n["Description"].get("Hostname", n["ID"]) for n in lab.manager.api.nodes()}
    services = {
        s["ID"]: short(s["Spec"]["Name"]) for s in readiness.services(lab.manager, stack_deploy.STACK_NAME)
    }
    return tuple(
        Placed(
            services.get(task["ServiceID"], "?"), task["ID"], names.get(task.get("NodeID", ""), "?"),
            task["Status"].get("ContainerStatus", {}).get("ContainerID", ""), _addresses(task),
        )
        for task in readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME)
        if task["Status"]["State"] == "running" and task["DesiredState"] == "running"
    )  # fmt: skip


def task_on(lab: Lab, service: str, node: str) -> Placed:
    """The service's task on a node; raises EngineError when there is none."""
    for task in placed(lab):
        if (task.service, task.node) == (service, node):
            return task
    raise EngineError(
        f"no replica of {service} runs on {node}: python -m lab fault heal --all spreads them again"
    )


def short(service: str) -> str:
    """The service's name as the stack file has it."""
    return service.removeprefix(f"{stack_deploy.STACK_NAME}_")


def full(service: str) -> str:
    """The service's name as the Swarm has it."""
    return service if "_" in service else f"{stack_deploy.STACK_NAME}_{service}"


def _addresses(task: Json) -> dict[str, str]:
    attached = task.get("NetworksAttachments") or []
    return {
        each["Network"]["Spec"]["Name"]: each["Addresses"][0].partition("/")[0]
        for each in attached
        if each.get("Addresses")
    }


def runs(lab: Lab, node: str) -> bool:
    """Whether the node's container runs on the host's engine."""
    return bool(lab.host.api.inspect_container(lab.container(node))["State"]["Running"])


def in_node(lab: Lab, node: str, command: list[str]) -> tuple[int, str]:
    """Run a command in a node: its exit status, and what it said."""
    return _run(lab.host.api, lab.container(node), command)


def in_task(lab: Lab, task: Placed, command: list[str]) -> tuple[int, str]:
    """Run a command in a task's container, as root whoever its program runs as: its exit status, and what it said."""
    return _run(lab.nodes[task.node].api, task.container, command, user="root")


def _run(api: Any, container: str, command: list[str], **options: str) -> tuple[int, str]:  # noqa: ANN401 - docker's APIClient
    created = api.exec_create(container, command, **options)["Id"]
    output = api.exec_start(created).decode(errors="replace")
    return int(api.exec_inspect(created)["ExitCode"]), output
