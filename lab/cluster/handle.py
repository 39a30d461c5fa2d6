"""A lab as it is wanted, and a lab that is up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import docker

from lab.adapt import changes
from lab.adapt.changes import Change
from lab.cluster import nodes
from lab.cluster.authority import Authority, Pair
from lab.compose import reading
from lab.compose.reading import Stack
from lab.errors import InputError, LabError
from lab.host import ownership, state
from lab.host.state import LabState
from lab.host.topology import Topology, topology
from lab.text.nearest import hint
from lab.text.shell import lab_command

DEFAULT_NAME = ownership.DEFAULT_NAME


@dataclass(frozen=True)
class Wanted:
    """What a lab should be.

    `owner` is a process, or `kept`. Without a `stack` the nodes are bare, and have the reference stack's images
    unless `with_images` is off. `images` say where the services' images come from, as lab.build.image_sources
    reads them.
    """

    name: str = DEFAULT_NAME
    nodes: Topology = field(default_factory=topology)
    owner: str = ownership.KEPT
    stack: Stack | None = None
    with_images: bool = True
    images: tuple[str, ...] = ()


class Lab:
    """A lab that is up: its nodes over TLS, its hosts, its files."""

    def __init__(self, host: docker.DockerClient, lab_state: LabState) -> None:
        self.host, self.state = host, lab_state

    @property
    def name(self) -> str:
        return self.state.name

    @property
    def ca_file(self) -> Path:
        return state.folder(self.name) / "ca.pem"

    @property
    def client_files(self) -> tuple[Path, Path]:
        """The certificate and key that the nodes' APIs accept."""
        place = state.folder(self.name)
        return place / "client.pem", place / "client-key.pem"

    @cached_property
    def nodes(self) -> Mapping[str, docker.DockerClient]:
        """Each node's Docker API over TCP with TLS, by node name."""
        return {n: nodes.api(a, self.ca_file, self.client_files) for n, a in self.state.addresses.items()}

    @property
    def manager(self) -> docker.DockerClient:
        return self.nodes[self.state.manager]

    @cached_property
    def deployed(self) -> Stack:
        """The stack file that was deployed here last, as it was changed for this lab; raises InputError."""
        return reading.read((state.folder(self.name) / "stack.yml",), {})

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What was changed in that file to fit it to this lab; none where nothing was deployed; raises LabError."""
        file = state.folder(self.name) / changes.FILE
        try:
            return changes.read(file.read_text("utf-8")) if file.exists() else ()
        except ValueError as error:
            raise LabError(
                f"{file} is of another version ({error}): remove the lab with: {lab_command('down', '--name', self.name)}"
            ) from error

    def container(self, node: str) -> str:
        """The name of a node's container on the host's engine; raises InputError for an unknown node."""
        if node not in self.state.addresses:
            raise InputError(f"no node {node!r} in lab {self.name}: {hint(node, self.state.addresses)}")
        return container_name(self.name, node)

    @property
    def labels(self) -> dict[str, str]:
        """What every object of the lab bears."""
        return labels_of(self.name, self.state.owner)

    def secret(self, name: str) -> str:
        """A secret that the lab made up: `turn_secret` or `dashboard_password`."""
        return (state.folder(self.name) / "secrets" / name).read_text()

    def close(self) -> None:
        """Close the connections to the nodes."""
        for client in self.__dict__.get("nodes", {}).values():
            client.close()


def container_name(lab: str, node: str) -> str:
    """Labs stand side by side, so node names alone would clash on the host's engine."""
    return f"jbcalling-{lab}-{node}"


def network_name(lab: str) -> str:
    """Also the beginning of the lab's other names."""
    return f"jbcalling-{lab}"


def store_name(lab: str) -> str:
    """The container and the network that fill the image store for a lab; no lab's own name has a dot in it."""
    return f"jbcalling-{lab}.store"


def labels_of(lab: str, owner: str) -> dict[str, str]:
    """What every object of a lab bears: which lab's it is, whose end ends it, and where it is described."""
    return {ownership.LABEL: lab, ownership.OWNER_LABEL: owner, ownership.HOME_LABEL: state.home_label()}


def authority_of(name: str) -> Authority:
    place = state.folder(name)
    return Authority.from_pem(Pair((place / "ca.pem").read_bytes(), (place / "ca-key.pem").read_bytes()))
