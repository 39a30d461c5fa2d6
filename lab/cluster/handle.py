"""A lab as it is wanted, and a lab that is up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import docker

from lab.cluster import stack_deploy
from lab.errors import InputError
from lab.host import nodes, ownership, state
from lab.host.authority import Authority, Pair
from lab.host.state import LabState
from lab.host.topology import Topology, topology

DEFAULT_NAME = "default"
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Wanted:
    """What a lab should be. `owner` is a process, or `kept`; `stack_file` None brings up bare nodes, which have
    the reference stack's images unless `with_images` is off. `over` are further stack files, laid over it in order.
    `variables` go over the environment that the stack files are interpolated with; `images` say where the
    services' images come from, as lab.build.sources reads them."""

    name: str = DEFAULT_NAME
    nodes: Topology = field(default_factory=topology)
    owner: str = ownership.KEPT
    stack_file: Path | None = stack_deploy.REFERENCE_STACK
    over: tuple[Path, ...] = ()
    with_images: bool = True
    variables: tuple[tuple[str, str], ...] = ()
    images: tuple[str, ...] = ()

    @property
    def stack_files(self) -> tuple[Path, ...]:
        """The stack file and those over it; none for bare nodes."""
        return () if self.stack_file is None else (self.stack_file, *self.over)


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

    def container(self, node: str) -> str:
        """The name of a node's container on the host's engine; raises InputError for an unknown node."""
        if node not in self.state.addresses:
            raise InputError(
                f"no node {node!r} in lab {self.name}: there are {', '.join(self.state.addresses)}"
            )
        return container_name(self.name, node)

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


def authority_of(name: str) -> Authority:
    place = state.folder(name)
    return Authority.from_pem(Pair((place / "ca.pem").read_bytes(), (place / "ca-key.pem").read_bytes()))
