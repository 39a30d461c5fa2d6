"""Everything a person needs to look into a lab afterwards, written to a folder; nothing stops at the first error."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import docker.errors
import requests

from lab.cluster import readiness, service_logs
from lab.cluster.handle import Lab
from lab.host import state
from lab.text.masking import Masker, secrets_in

LOG_TAIL = 5000
SECRET_NAMES = ("turn_secret", "dashboard_password")
FOLDER_MODE, FILE_MODE = 0o700, 0o600
"""States and logs of a cluster are for the person who collected them alone."""


def collect(lab: Lab, folder: Path, stack: str) -> list[str]:
    """Write nodes, services, tasks, networks, logs and the rendered stack; returns what could not be had.

    Masked in all of it are the lab's secrets, those of the services' and of this process's environment, and what
    looks like one. Nobody else may read the files, nor the folders that are made.
    """
    _make(folder)
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
        services = readiness.services(manager, stack)
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        problems.append(f"services: {error}")
        services = []
    for each in services:
        pieces[f"services/{each['Spec']['Name']}.log"] = lambda id_=each["ID"]: service_log(lab, id_)  # type: ignore[misc]
    mask = _masking(lab, services)
    write_masked(folder, pieces, mask, problems)
    return [mask(problem) for problem in problems]


def write_masked(
    folder: Path, pieces: Mapping[str, Callable[[], str]], mask: Callable[[str], str], problems: list[str]
) -> None:
    """Write each piece that can be had to the file of its name, masked as a whole; the others are problems."""
    for name, make in pieces.items():
        path = folder / name
        _make(path.parent)
        try:
            text = make()
        except (docker.errors.DockerException, requests.exceptions.RequestException, OSError) as error:
            problems.append(f"{name}: {error}")
            continue
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE), "w") as file:
            path.chmod(FILE_MODE)  # that of a file that was there already
            file.write(mask(text))


def _masking(lab: Lab, services: list[dict[str, Any]]) -> Callable[[str], str]:
    """Puts the names of the lab's own secrets in their place, and masks all others."""
    place = state.folder(lab.name)
    named = {name: lab.secret(name) for name in SECRET_NAMES if (place / "secrets" / name).exists()}
    mask = Masker({*secrets_in(os.environ), *state.secrets_of(place), *_of_services(services)})

    def masked(text: str) -> str:
        for name, secret in named.items():
            text = text.replace(secret, f"<{name}>")
        return mask(text)

    return masked


def _make(folder: Path) -> None:
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def _of_services(services: list[dict[str, Any]]) -> Iterator[str]:
    for service in services:
        environment = service["Spec"]["TaskTemplate"].get("ContainerSpec", {}).get("Env") or ()
        yield from secrets_in(dict(pair.split("=", 1) for pair in environment if "=" in pair))


def _node_log(lab: Lab, node: str) -> str:
    return str(lab.host.api.logs(lab.container(node), tail=LOG_TAIL).decode(errors="replace"))


def service_log(lab: Lab, service: str, tail: int = LOG_TAIL) -> str:
    """The service's log over all its tasks, oldest first, each line with its time."""
    return service_logs.text(lab.manager, service, tail)
