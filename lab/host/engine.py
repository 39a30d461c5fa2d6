"""The host's Docker engine: how it is reached, what of ours is on it, and how that is removed."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import docker
import docker.errors
from docker.context import Context, ContextAPI

from lab.errors import EngineError, InputError, PreflightError
from lab.host import own_container
from lab.host.ownership import (
    CACHE,
    HELPER_LABEL,
    HOME_LABEL,
    LABEL,
    NODE_LABEL,
    OWNER_LABEL,
    STORE_LABEL,
    SUITE,
    is_dead,
    is_lab_name,
)
from lab.text.shell import lab_command
from lab.waiting import Look, NotYet, Ready, WaitError, wait_for

API_TIMEOUT_S = 120
"""One engine call; removing a volume of several GB on a slow disk is the longest we saw."""
CONNECT_TIMEOUT_S = 10
"""The first answer of an engine; an address that drops packets would else hold a person for API_TIMEOUT_S."""
REMOVAL_DEADLINE_S = 60
"""What another process has begun to remove goes within seconds; its volume of several GB takes the longest."""
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
    context = _context(named)
    if context is None and named is not None:
        raise InputError(f"DOCKER_CONTEXT={named}: there is no such context: docker context ls")
    return None if context is None or context.Name == "default" else str(context.Host)


def _context(name: str | None) -> Context | None:
    """None where there is no such context, which the package's own types leave out."""
    return ContextAPI.get_context(name)


def connect() -> docker.DockerClient:
    """A client of the host's engine; raises PreflightError with one clear line when none answers, InputError
    when the address is not one we can use."""
    where = address()
    if where is not None and where.startswith("ssh://"):
        raise InputError(
            f"the engine at {where} cannot be used: a lab's nodes must be reachable from here; run the suite on that machine"
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


def shared_folder(otherwise: Path) -> Path:
    """A folder that all who use this engine on this machine see, to lock what they share: the one that its socket is
    in, or `otherwise` where it has none here."""
    where = address() or "unix:///var/run/docker.sock"
    beside = Path(where.removeprefix("unix://")).parent
    return beside if where.startswith("unix://") and os.access(beside, os.R_OK) else otherwise


class Thing(NamedTuple):
    """A container, network or volume: names may be anybody's, an id is one object's."""

    name: str
    id: str


@dataclass(frozen=True)
class Belongings:
    """What of ours is on the engine, never anything without our label."""

    containers: tuple[Thing, ...]
    networks: tuple[Thing, ...]
    volumes: tuple[Thing, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(thing.name for thing in (*self.containers, *self.networks, *self.volumes))

    def __bool__(self) -> bool:
        return bool(self.containers or self.networks or self.volumes)


@dataclass
class Marks:
    """What the labels of a lab's objects say: whose it is, which state folders describe it, which nodes it has."""

    owners: set[str] = field(default_factory=set)
    homes: set[str] = field(default_factory=set)
    nodes: set[str] = field(default_factory=set)


def marks(client: docker.DockerClient) -> dict[str, Marks]:
    """Lab name -> what its objects say, each kind of them asked for once."""
    found: dict[str, Marks] = {}
    for labels in _all_labels(client):
        if is_lab_name(labels[LABEL]):
            of = found.setdefault(labels[LABEL], Marks())
            of.owners.add(labels.get(OWNER_LABEL, ""))
            of.homes |= {labels[HOME_LABEL]} if labels.get(HOME_LABEL) else set()
            of.nodes |= {labels[NODE_LABEL]} if labels.get(NODE_LABEL) else set()
    return found


def owners(client: docker.DockerClient) -> dict[str, set[str]]:
    """Lab name -> the owners that its containers, networks and volumes name.

    An object whose label is no lab's name is nobody's lab: whoever put the label there, we did not.
    """
    return _by_lab(client, OWNER_LABEL)


def homes(client: docker.DockerClient, lab: str, *, unnamed: bool = False) -> set[str]:
    """The state folders that describe the lab, as its objects name them; none for a lab that is not there. With
    `unnamed`, an empty text stands for objects that name none."""
    return _by_lab(client, HOME_LABEL).get(lab, set()) - (set() if unnamed else {""})


def _by_lab(client: docker.DockerClient, label: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for labels in _all_labels(client):
        if is_lab_name(labels[LABEL]):
            found.setdefault(labels[LABEL], set()).add(labels.get(label, ""))
    return found


def _all_labels(client: docker.DockerClient) -> Iterable[dict[str, str]]:
    filters = {"label": LABEL}
    for container in client.api.containers(all=True, filters=filters):
        yield container["Labels"]
    for network in client.api.networks(filters=filters):
        yield network["Labels"]
    for volume in client.api.volumes(filters=filters)["Volumes"] or []:
        yield volume["Labels"]


def belongings(client: docker.DockerClient, lab: str, *labels: str) -> Belongings:
    """The containers, networks and volumes that bear `lab`'s label, and `labels` besides."""
    filters = {"label": [f"{LABEL}={lab}", *labels]}
    return Belongings(
        tuple(_container(each) for each in client.api.containers(all=True, filters=filters)),
        tuple(Thing(each["Name"], each["Id"]) for each in client.api.networks(filters=filters)),
        tuple(Thing(v["Name"], v["Name"]) for v in client.api.volumes(filters=filters)["Volumes"] or []),
    )


def _container(listed: dict[str, Any]) -> Thing:
    """A container that the engine is about to remove has lost its names."""
    return Thing((listed["Names"] or [listed["Id"]])[0].lstrip("/"), listed["Id"])


def remove(client: docker.DockerClient, lab: str) -> Belongings:
    """Remove all that bears `lab`'s label, to the end, whatever fails; returns what was there.

    Raises EngineError naming every failure.
    """
    ours = belongings(client, lab)
    discard(client, ours)
    return ours


def remove_abandoned(client: docker.DockerClient) -> tuple[str, ...]:
    """Remove what processes that are gone needed for themselves alone: helpers, and containers of the suite.

    Each is judged by itself, for its lab may live on. Returns the names; raises EngineError naming every failure.
    """
    left = Belongings(
        tuple(_container(each) for each in client.api.containers(all=True, filters={"label": LABEL})
              if _is_abandoned(each["Labels"])),
        tuple(Thing(each["Name"], each["Id"]) for each in client.api.networks(filters={"label": LABEL})
              if _is_abandoned(each["Labels"])),
        (),
    )  # fmt: skip
    discard(client, left)
    return left.names


def _is_abandoned(labels: dict[str, str]) -> bool:
    helper = HELPER_LABEL in labels and is_dead(labels[HELPER_LABEL])
    return helper or (labels[LABEL] == SUITE and is_dead(labels.get(OWNER_LABEL, "")))


def discard(client: docker.DockerClient, ours: Belongings) -> None:
    """Remove what is named, to the end; what is already gone is no failure. Raises EngineError naming all."""
    failures = [
        *_each(ours.containers, lambda id_: client.api.remove_container(id_, force=True, v=True)),
        *_each(ours.networks, lambda id_: _remove_network(client, id_)),
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
    failures = _each([Thing(name, name) for name in names], client.api.remove_volume)
    if failures:
        raise EngineError(
            f"image stores still in use, by labs that are up (see {lab_command('status', '--all')}, and remove them "
            f"first): {'; '.join(failures)}"
        )
    return names


def _remove_network(client: docker.DockerClient, name: str) -> None:
    own_container.leave(client, name)
    client.api.remove_network(name)


def _each(things: Iterable[Thing], act: Callable[[str], Any]) -> list[str]:
    """Do `act` to the id of all at once and return the failures; what is already gone is no failure."""

    def one(thing: Thing) -> str | None:
        try:
            wait_for(
                f"{thing.name} is being removed", lambda: _removed(act, thing.id),
                deadline_s=REMOVAL_DEADLINE_S, interval_s=0.2,
            )  # fmt: skip
        except docker.errors.APIError as error:
            return f"{thing.name}: {error.explanation or error}"
        except WaitError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(max_workers=8) as pool:
        return [failure for failure in pool.map(one, things) if failure is not None]


def _removed(act: Callable[[str], Any], id_: str) -> Look[bool]:
    """Removed, or under way by another process: then its end is waited for, since what follows needs it gone."""
    try:
        act(id_)
    except docker.errors.NotFound:
        return Ready(True)
    except docker.errors.APIError as error:
        if "already in progress" not in str(error.explanation):
            raise
        return NotYet(str(error.explanation))
    return Ready(True)
