"""Everything a person needs to look into a lab afterwards, written to a folder; nothing stops at the first error."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import docker.errors
import requests

from lab.cluster import readiness
from lab.cluster.handle import Lab
from lab.host import state

LOG_TAIL = 5000
SECRET_NAMES = ("turn_secret", "dashboard_password")


def collect(lab: Lab, folder: Path, stack: str) -> list[str]:
    """Write nodes, services, tasks, networks, logs and the rendered stack; returns what could not be had.

    The lab's secrets are masked in all of it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    manager = lab.manager
    pieces: dict[str, Callable[[], str]] = {
        "nodes.json": lambda: json.dumps(manager.api.nodes(), indent=2),
        "services.json": lambda: json.dumps(readiness.services(manager, stack), indent=2),
        "tasks.json": lambda: json.dumps(manager.api.tasks(), indent=2),
        "stack.yml": lambda: (state.folder(lab.name) / "stack.yml").read_text(),
    }
    for node, engine in lab.nodes.items():
        pieces[f"{node}/networks.json"] = lambda engine=engine: json.dumps(engine.api.networks(), indent=2)  # type: ignore[misc]
        pieces[f"{node}/containers.json"] = lambda engine=engine: json.dumps(
            engine.api.containers(all=True), indent=2
        )  # type: ignore[misc]
        pieces[f"{node}/dockerd.log"] = lambda node=node: _node_log(lab, node)  # type: ignore[misc]
    try:
        names = {s["Spec"]["Name"]: s["ID"] for s in readiness.services(manager, stack)}
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        problems.append(f"services: {error}")
        names = {}
    for name, service in names.items():
        pieces[f"services/{name}.log"] = lambda service=service: service_log(lab, service)  # type: ignore[misc]
    _write(folder, pieces, _secrets(lab), problems)
    return problems


def _write(
    folder: Path, pieces: Mapping[str, Callable[[], str]], secrets: Mapping[str, str], problems: list[str]
) -> None:
    for name, make in pieces.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            text = make()
        except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
            problems.append(f"{name}: {error}")
            continue
        for label, secret in secrets.items():
            text = text.replace(secret, f"<{label}>")
        path.write_text(text)


def _secrets(lab: Lab) -> dict[str, str]:
    place = state.folder(lab.name) / "secrets"
    return {name: lab.secret(name) for name in SECRET_NAMES if (place / name).exists()}


def _node_log(lab: Lab, node: str) -> str:
    return str(lab.host.api.logs(lab.container(node), tail=LOG_TAIL).decode(errors="replace"))


def service_log(lab: Lab, service: str, tail: int = LOG_TAIL) -> str:
    """The service's log over all its tasks, oldest first, each line with its time and task."""
    return readiness.log_text(lab.manager, service, tail)
