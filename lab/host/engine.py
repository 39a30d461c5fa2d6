"""The host's Docker engine: how it is reached, what of ours is on it, and how that is removed."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import docker
import docker.errors
from docker.context import ContextAPI

from lab.errors import EngineError, InputError, PreflightError
from lab.host import own_container
from lab.host.ownership import CACHE, LABEL, OWNER_LABEL, STORE_LABEL

API_TIMEOUT_S = 120
"""One engine call; removing a volume of several GB on a slow disk is the longest we saw."""
CONNECT_TIMEOUT_S = 10
"""The first answer of an engine; an address that drops packets would else hold a person for API_TIMEOUT_S."""
ENGINE_HOWTO = (
    "start Docker, or install it: https://docs.docker.com/engine/install/ "
    "(on Debian or Ubuntu as root, ./accept does it)"
)


def address() -> str | None:
    """Where the engine is: DOCKER_HOST, else the Docker context, else None for the default socket.

    The context is the one that DOCKER_CONTEXT names, else the current one, as the docker command has it; raises
    InputError for one that does not exist.
    """
    if host := os.environ.get("DOCKER_HOST"):
        return host
    named = os.environ.get("DOCKER_CONTEXT")
    context = ContextAPI.get_context(named)
    if context is None and named is not None:
        raise InputError(f"DOCKER_CONTEXT={named}: there is no such context: docker context ls")
    return None if context is None or context.Name == "default" else str(context.Host)


def connect() -> docker.DockerClient:
    """A client of the host's engine; raises PreflightError with one clear line when none answers, InputError
    when the address is not one we can use."""
    where = address()
    if where is not None and where.startswith("ssh://"):
        raise InputError(
            f"the engine at {where} cannot be used: a lab's nodes must be reachable from here; run it there"
        )
    if where is not None:
        os.environ["DOCKER_HOST"] = where  # so that testcontainers and child processes use the same engine
    try:
        client = docker.from_env(timeout=CONNECT_TIMEOUT_S)
    except docker.errors.DockerException as error:
        raise PreflightError(_why_unreachable(where, error)) from error
    client.api.timeout = API_TIMEOUT_S
    return client


def _why_unreachable(where: str | None, error: Exception) -> str:
    name = where or "unix:///var/run/docker.sock"
    if "Permission denied" in str(error):
        return f"no permission on the Docker engine at {name}: join the group `docker`, or run as root"
    return f"no Docker engine answers at {name} ({_root(error)}): {ENGINE_HOWTO}"


def _root(error: BaseException) -> str:
    """The innermost cause, in a line: the outer ones repeat it, wrapped."""
    while (inner := error.__cause__ or error.__context__) is not None:
        error = inner
    return " ".join(str(error).split()) or type(error).__name__


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
        *_each(ours.networks, lambda name: _remove_network(client, name)),
        *_each(ours.volumes, lambda name: client.api.remove_volume(name, force=True)),
    ]
    if failures:
        raise EngineError("could not remove everything: " + "; ".join(failures))


def remove_stores(client: docker.DockerClient) -> list[str]:
    """Remove the image stores and return their names; raises EngineError naming every failure.

    Only these bear `cache` by our own hand: a container that a person runs from one of our images, or from an
    image built on one, inherits the label and is theirs.
    """
    filters = {"label": [f"{LABEL}={CACHE}", STORE_LABEL]}
    names = [volume["Name"] for volume in client.api.volumes(filters=filters)["Volumes"] or []]
    failures = _each(names, client.api.remove_volume)
    if failures:
        raise EngineError("image stores still in use: " + "; ".join(failures))
    return names


def _remove_network(client: docker.DockerClient, name: str) -> None:
    own_container.leave(client, name)
    client.api.remove_network(name)


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
