"""Commands run in the nodes of a lab and in their namespaces, of many nodes side by side."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from lab.cluster.handle import Lab
from lab.probe.node_views import UNREACHABLE

T = TypeVar("T")


def side_by_side(items: Iterable[Any], act: Callable[[Any], T]) -> list[T]:
    """What came of each, in the order of the items."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        return list(pool.map(act, items))


def bounded(command: list[str], deadline_s: float) -> list[str]:
    """The command, ended when it takes longer."""
    return ["timeout", "-k", "1", str(deadline_s), *command]


def in_namespace(namespace: str, deadline_s: float) -> list[str]:
    """What stands before a command that is run in a namespace of a node."""
    return bounded(["nsenter", f"--net={namespace}"], deadline_s)


def run(lab: Lab, node: str, command: list[str]) -> tuple[int, str]:
    """Status and output; a node that is gone is a status of its own."""
    try:
        created = lab.host.api.exec_create(lab.container(node), command)["Id"]
        output = lab.host.api.exec_start(created).decode(errors="replace")
        status = lab.host.api.exec_inspect(created)["ExitCode"]
        return -1 if status is None else int(status), output
    except UNREACHABLE as error:
        return -1, str(error)
