"""The host's Docker engine: how it is reached, what of ours is on it, and how that is removed."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import docker
import docker.errors
from docker.context import ContextAPI

from lab.errors import EngineError, PreflightError
from lab.ownership import LABEL, OWNER_LABEL

API_TIMEOUT_S = 120
"""One engine call; removing a volume of several GB on a slow disk is the longest we saw."""
ENGINE_HOWTO = "start Docker, or install it: https://docs.docker.com/engine/install/ (on Debian or Ubuntu as root, ./accept does it)"


def address() -> str | None:
    """Where the engine is: DOCKER_HOST, else the current Docker context, else None for the default socket."""
    if host := os.environ.get("DOCKER_HOST"):
        return host
    context = ContextAPI.get_current_context()
    host = context.Host if context is not None else None
    return None if context is None or context.Name == "default" else host


def connect() -> docker.DockerClient:
    """A client of the host's engine; raises PreflightError with one clear line when none answers."""
    where = address()
    if where is not None:
        os.environ["DOCKER_HOST"] = where  # so that testcontainers and child processes use the same engine
    try:
        client = docker.from_env(timeout=API_TIMEOUT_S)
        client.ping()
    except docker.errors.DockerException as error:
        raise PreflightError(_why_unreachable(where, error)) from error
    return client


def _why_unreachable(where: str | None, error: Exception) -> str:
    name = where or "unix:///var/run/docker.sock"
    if "Permission denied" in str(error):
        return f"no permission on the Docker engine at {name}: join the group `docker`, or run as root"
    return f"no Docker engine answers at {name}: {ENGINE_HOWTO}"


@dataclass(frozen=True)
class Belongings:
    """What of ours is on the engine: names, never anything without our label."""

    containers: tuple[str, ...]
    networks: tuple[str, ...]
    volumes: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.containers or self.networks or self.volumes)


def owners(client: docker.DockerClient) -> dict[str, set[str]]:
    """Lab name -> the owners that its containers, networks and volumes name."""
    found: dict[str, set[str]] = {}
    for labels in _all_labels(client):
        found.setdefault(labels[LABEL], set()).add(labels.get(OWNER_LABEL, ""))
    return found


def _all_labels(client: docker.DockerClient) -> Iterable[dict[str, str]]:
    filters = {"label": LABEL}
    for container in client.api.containers(all=True, filters=filters):
        yield container["Labels"]
    for network in client.api.networks(filters=filters):
        yield network["Labels"]
    for volume in client.api.volumes(filters=filters)["Volumes"] or []:
        yield volume["Labels"]


def belongings(client: docker.DockerClient, lab: str) -> Belongings:
    """The containers, networks and volumes that bear `lab`'s label."""
    filters = {"label": f"{LABEL}={lab}"}
    return Belongings(
        tuple(
            c["Names"][0].lstrip("/") for c in client.api.containers(all=True, filters=filters) if c["Names"]
        ),
        tuple(n["Name"] for n in client.api.networks(filters=filters)),
        tuple(v["Name"] for v in client.api.volumes(filters=filters)["Volumes"] or []),
    )


def remove(client: docker.DockerClient, lab: str) -> Belongings:
    """Remove all that bears `lab`'s label, to the end, whatever fails; returns what was there.

    Raises EngineError naming every failure.
    """
    ours = belongings(client, lab)
    discard(client, ours)
    return ours


def discard(client: docker.DockerClient, ours: Belongings) -> None:
    """Remove what is named, to the end; what is already gone is no failure. Raises EngineError naming all."""
    failures = [
        *_each(ours.containers, lambda name: client.api.remove_container(name, force=True, v=True)),
        *_each(ours.networks, client.api.remove_network),
        *_each(ours.volumes, lambda name: client.api.remove_volume(name, force=True)),
    ]
    if failures:
        raise EngineError("could not remove everything: " + "; ".join(failures))


def _each(names: Iterable[str], act: Callable[[str], Any]) -> list[str]:
    """Do `act` to all at once and return the failures; what is already gone is no failure."""

    def one(name: str) -> str | None:
        try:
            act(name)
        except docker.errors.NotFound:
            return None
        except docker.errors.APIError as error:
            return f"{name}: {error.explanation or error}"
        return None

    with ThreadPoolExecutor(max_workers=8) as pool:
        return [failure for failure in pool.map(one, names) if failure is not None]
