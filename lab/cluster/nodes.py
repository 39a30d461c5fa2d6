"""A node: a container that runs its own dockerd, started through testcontainers."""

import ipaddress
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict, TypeVar

import docker
import docker.errors
import docker.tls
import requests
from docker.types import EndpointConfig, Mount

from lab.cluster.authority import Authority, Pair
from lab.cluster.served_version import LEAST, ServedApi
from lab.errors import EngineError, NotReadyError
from lab.host.ownership import CACHE, LABEL, STORE_LABEL, helper_labels
from lab.text.shell import docker_command
from lab.waiting import Hopeless, Look, NotYet, Ready, WaitError, wait_for

T = TypeVar("T")
ENTRYPOINT = Path(__file__).with_name("node_entrypoint.sh")
LOAD_MODULES = Path(__file__).with_name("load_modules.sh")
MODULES = "/lib/modules"
API_PORT = 2376
DATA_ROOT = "/var/lib/docker"
STORE = "/lab/store"
"""Where a node sees the files of its images: all nodes read the same, and none can write to them."""
TLS = "/lab/tls"
API_DEADLINE_S = 30
"""A dockerd answers 1 s after its start here; under software emulation it took 20 s."""
API_LOOK_S = 4.0
"""For one question whether it answers: of one that is asked too early the answer may never come."""
RYUK_VARIABLE = "TESTCONTAINERS_RYUK_DISABLED"

DOCKERD = (
    "--host=unix:///var/run/docker.sock",
    f"--host=tcp://0.0.0.0:{API_PORT}",  # with TLS: without it dockerd waits 15 s at its start, as a warning
    "--tlsverify", f"--tlscacert={TLS}/ca.pem", f"--tlscert={TLS}/cert.pem", f"--tlskey={TLS}/key.pem",
    "--storage-driver=overlay2",  # the store's images are kept for it; newer engines default to another
    "--dns=127.0.0.1",  # names outside the lab are nobody's: refused at once, never asked of a public server
    "--log-level=info",
)  # fmt: skip


@dataclass(frozen=True)
class Container:
    """A container to start as a node: `volume` becomes its data root, `address` its address on `network`; `store` holds
    the files of its images, None where it has them itself."""

    name: str
    hostname: str
    image: str
    labels: Mapping[str, str]
    volume: str
    store: str | None
    network: str
    address: str
    tls: Pair
    ca: bytes
    privileged: bool
    memory: int | None
    """Bytes that all of the node together may take, None for as many as there are."""


class Rights(TypedDict, total=False):
    """Options of a container's creation, as docker-py names them."""

    privileged: bool
    cap_add: list[str]
    cap_drop: list[str]
    security_opt: list[str]
    device_cgroup_rules: list[str]
    cgroupns: Literal["private"]


PRIVILEGED: Rights = {"privileged": True}
# What privileged means, less CAP_SYS_RESOURCE, for hosts whose bounding set lacks it; the read-only parts of
# /proc, which the engine's API cannot leave out for us, are uncovered by the entrypoint.
EXPLICIT: Rights = {
    "cap_add": ["ALL"],
    "cap_drop": ["SYS_RESOURCE"],
    "security_opt": ["seccomp=unconfined", "apparmor=unconfined"],
    "device_cgroup_rules": ["a *:* rwm"],
}


def rights(privileged: bool) -> Rights:
    """The engine's options that let a container run a dockerd of its own."""
    return {**(PRIVILEGED if privileged else EXPLICIT), "cgroupns": "private"}


def loading_modules(script: Path) -> str:
    """A shell script that first loads the modules which a Swarm uses."""
    return LOAD_MODULES.read_text() + script.read_text()


def with_modules(make: Callable[[list[Mount]], T]) -> T:
    """What `make` makes of a mount of the modules of the host that carries the engine, or of none where it has none.

    The engine is asked, since it may be on another machine, or this process in a container: neither sees that folder.
    """
    try:
        return make([Mount(MODULES, MODULES, type="bind", read_only=True)])
    except docker.errors.APIError as error:
        if MODULES not in str(error) or "bind" not in str(error):
            raise
        return make([])


def has_modules(client: docker.DockerClient, image: str, labels: Mapping[str, str]) -> bool:
    """Whether the host that carries the engine has modules to be loaded."""

    def made(modules: list[Mount]) -> bool:
        config = client.api.create_host_config(mounts=modules, network_mode="none")
        probe = client.api.create_container(
            image, command=["true"], labels=helper_labels(labels), host_config=config
        )
        client.api.remove_container(probe["Id"], force=True)
        return bool(modules)

    return with_modules(made)


def can_be_privileged(client: docker.DockerClient, image: str, labels: Mapping[str, str]) -> bool:
    """Whether this engine starts privileged containers (some hosts' capability sets forbid it)."""
    config = client.api.create_host_config(privileged=True, network_mode="none")
    probe = client.api.create_container(
        image, command=["true"], labels=helper_labels(labels), host_config=config
    )
    try:
        client.api.start(probe["Id"])
    except docker.errors.APIError as error:
        if "caps" in str(error) or "not permitted" in str(error) or "privileged" in str(error).lower():
            return False
        raise
    finally:
        client.api.remove_container(probe["Id"], force=True)
    return True


def use_ryuk(client: docker.DockerClient, wanted: bool) -> bool:
    """Let testcontainers' Ryuk reap what this process leaves, where its image is on the engine.

    A kept lab must outlive its process, so it does without. Must be called before testcontainers is
    imported, which reads its settings then; returns whether Ryuk is used.
    """
    if RYUK_VARIABLE not in os.environ:
        image = os.environ.get("RYUK_CONTAINER_IMAGE", "testcontainers/ryuk:0.8.1")
        there = bool(client.api.images(name=image))
        os.environ[RYUK_VARIABLE] = "false" if wanted and there else "true"
    return os.environ[RYUK_VARIABLE] == "false"


def start(spec: Container) -> str:
    """Create and start the container; returns its id. The dockerd in it is not ready yet."""
    from testcontainers.core.container import DockerContainer  # reads the environment when imported

    ipaddress.ip_address(spec.address)
    node = (
        DockerContainer(spec.image)
        .with_name(spec.name)
        .with_command(["sh", "/lab/entrypoint.sh", *DOCKERD])
        .with_volume_mapping(spec.volume, DATA_ROOT, "rw")
        .with_copy_into_container(loading_modules(ENTRYPOINT).encode(), "lab/entrypoint.sh", 0o755)
        .with_copy_into_container(spec.ca, "lab/tls/ca.pem")
        .with_copy_into_container(spec.tls.certificate, "lab/tls/cert.pem")
        .with_copy_into_container(spec.tls.key, "lab/tls/key.pem", 0o600)
    )
    store = () if spec.store is None else (store_mount(spec.store),)
    endpoint = EndpointConfig(LEAST, ipv4_address=spec.address)

    def started(modules: list[Mount]) -> None:
        node.with_kwargs(
            hostname=spec.hostname,
            entrypoint=[],  # an official dind image has one of its own, which would listen without our TLS
            labels=dict(spec.labels),
            network=spec.network,
            networking_config={spec.network: endpoint},
            mounts=[*modules, *store],
            **rights(spec.privileged),
            **({} if spec.memory is None else {"mem_limit": spec.memory, "memswap_limit": spec.memory}),
        )
        node.start()

    try:
        with_modules(started)
    except docker.errors.APIError as error:
        raise EngineError(f"node {spec.name} did not start: {error.explanation or error}") from error
    return str(node.get_container_id())


def store_mount(volume: str) -> Mount:
    """Where the volume is gone meanwhile, Docker makes an empty one: with these labels it is found, and the node, which
    finds it empty, ends."""
    return Mount(STORE, volume, read_only=True, labels={LABEL: CACHE, STORE_LABEL: "true"})


def api(address: str, ca: Path, pair: tuple[Path, Path], timeout_s: int = 20) -> docker.DockerClient:
    """A client of a node's Docker API over TCP with TLS, as a real cluster's would be."""
    tls = docker.tls.TLSConfig(client_cert=(str(pair[0]), str(pair[1])), ca_cert=str(ca), verify=True)
    given: dict[str, Any] = {
        "base_url": f"tcp://{address}:{API_PORT}", "tls": tls, "timeout": timeout_s, "version": LEAST,
    }  # fmt: skip
    client = docker.DockerClient(**given)
    client.api = ServedApi(**given)
    client.api.trust_env = (
        False  # requests would let REQUESTS_CA_BUNDLE and proxies win over what is given here
    )
    return client


def wait_until_up(host: docker.DockerClient, container: str, node: docker.DockerClient) -> None:
    """Wait for a node's dockerd; raises NotReadyError with its last log lines when it does not come."""

    def look() -> Look[bool]:
        try:
            node.ping()
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
            state = host.api.inspect_container(container)["State"]
            if not state["Running"]:
                return Hopeless(f"the node's container ended with status {state['ExitCode']}")
            return NotYet(str(error)[-300:])
        return Ready(True)

    try:
        wait_for(
            f"dockerd of {container}", look, deadline_s=API_DEADLINE_S, interval_s=0.1, look_s=API_LOOK_S
        )
    except WaitError as error:
        log = host.api.logs(container, tail=20).decode(errors="replace")
        raise NotReadyError(
            f"{error}\n  its last lines:\n{log}\n  by hand: {docker_command('logs', container)}"
        ) from error


def certificate(authority: Authority, name: str, addresses: Sequence[str]) -> Pair:
    """What a node proves itself with: good for its name and its addresses."""
    return authority.issue([name, "localhost", "127.0.0.1", *addresses], common_name=name)
