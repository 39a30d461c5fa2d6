"""How images reach every node without a load each: loaded once into a store, which all nodes read.

The store is a volume that one dockerd has loaded the images into; it is never changed once complete, and a
changed image makes a new one that starts from hard links to the old.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import docker
import docker.errors

from lab.cluster.nodes import STORE, loading_modules, rights, with_modules
from lab.errors import EngineError
from lab.host.ownership import CACHE, LABEL, STORE_LABEL, helper_labels
from lab.host.progress import Reporter, Step
from lab.text.shell import docker_command, operands

PREPARE = Path(__file__).with_name("prepare.sh")
MARK = ".complete"
INCOMPLETE, NO_LINKS = 3, 4
"""Exit statuses of prepare.sh."""
KEEP_STORES = 2
STOP_TIMEOUT_S = 20
CHUNK = 1 << 20


@dataclass(frozen=True)
class Prepared:
    """What prepare.sh answered: the kernel's abilities, whether the store is complete, whether the volumes
    got its images."""

    kernel: Mapping[str, bool | None]
    complete: bool
    linked: bool


def image_ids(client: docker.DockerClient, refs: Sequence[str]) -> dict[str, str]:
    """Reference -> image id; raises EngineError naming the first that is not on the engine."""
    found = {}
    for ref in sorted(set(refs)):
        try:
            found[ref] = client.api.inspect_image(ref)["Id"]
        except docker.errors.ImageNotFound as error:
            look = docker_command("image", "inspect", *operands(ref))
            raise EngineError(f"image {ref} is not on the engine: {look}") from error
    return found


def volume_name(ids: dict[str, str]) -> str:
    """The store that holds exactly these images."""
    return f"jbcalling-store-{hashlib.sha256(json.dumps(ids, sort_keys=True).encode()).hexdigest()[:12]}"


def prepare(
    client: docker.DockerClient,
    image: str,
    privileged: bool,
    store: str | None,
    volumes: Sequence[str],
    labels: Mapping[str, str],
    *,
    seen: bool = False,
) -> Prepared:
    """Probe the kernel and link the store into the volumes; they are data roots of nodes that mount it at nodes.STORE,
    where it is `seen`.

    `linked` is False where links cannot be made (other file system, incomplete store). Raises EngineError
    when the container itself fails.
    """
    root = "/volumes"
    mounts = {}
    if store is not None:
        mountpoint = client.api.inspect_volume(store)["Mountpoint"]
        mounts[str(Path(mountpoint).parent.parent)] = {"bind": root, "mode": "rw"}
    # With the modules of the host, as the nodes: a kernel that was just booted has loaded next to nothing.
    container = with_modules(lambda modules: client.containers.create(
        image, ["sh", "-c", loading_modules(PREPARE), "prepare", root, store or "", STORE if seen else "", *volumes],
        entrypoint=[],
        labels=helper_labels(labels), network_mode="none", volumes=mounts, mounts=modules, **rights(privileged),
    ))  # fmt: skip
    try:
        container.start()
        status = int(container.wait()["StatusCode"])
        output = container.logs(stderr=False).decode().strip().splitlines()
        if status not in (0, INCOMPLETE, NO_LINKS) or not output:
            said = container.logs().decode(errors="replace")[-400:]
            raise EngineError(f"preparing the nodes' volumes failed with status {status}: {said}")
    finally:
        container.remove(force=True)
    return Prepared(json.loads(output[-1]), complete=status != INCOMPLETE, linked=status == 0)


def save_stream(client: docker.DockerClient, refs: Sequence[str]) -> Iterator[bytes]:
    """`docker save` of several images at once, which sends the layers they share only once."""
    url = f"{client.api.base_url}/v{client.api.api_version}/images/get"
    answer = client.api.get(url, params={"names": list(refs)}, stream=True)
    if answer.status_code != 200:
        raise EngineError(f"{docker_command('save', *operands(*refs))}: {answer.text[:300]}")
    yield from answer.iter_content(CHUNK)


def load(host: docker.DockerClient, node: docker.DockerClient, refs: Sequence[str], step: Step) -> None:
    """Copy images from the host's engine into a node's."""

    def counted() -> Iterator[bytes]:
        sent = 0
        for chunk in save_stream(host, refs):
            sent += len(chunk)
            step.update(f"{sent >> 20} MB loaded")
            yield chunk

    for message in node.api.load_image(counted()):
        if "error" in message:
            raise EngineError(f"docker load: {message['error']}")


def stores(client: docker.DockerClient) -> list[str]:
    """The stores on the engine, the newest first."""
    found = client.api.volumes(filters={"label": STORE_LABEL})["Volumes"] or []
    return [v["Name"] for v in sorted(found, key=lambda v: str(v["CreatedAt"]), reverse=True)]


def create_store(client: docker.DockerClient, name: str) -> None:
    client.api.create_volume(name, labels={LABEL: CACHE, STORE_LABEL: "true"})


def seal(client: docker.DockerClient, container: str, data_root: str) -> None:
    """Stop a store's dockerd cleanly and mark the volume complete; only then may it be linked."""
    from testcontainers.core.transferable import build_transfer_tar  # reads the environment when imported

    client.api.stop(container, timeout=STOP_TIMEOUT_S)
    client.api.put_archive(container, data_root, build_transfer_tar(b"complete\n", MARK))


def prune(client: docker.DockerClient, keep: str, reporter: Reporter) -> None:
    """Remove all but the newest stores, and those that the nodes of a lab read."""
    others = [name for name in stores(client) if name != keep]
    for name in others[KEEP_STORES - 1 :]:
        try:
            client.api.remove_volume(name)
        except docker.errors.APIError as error:
            if error.status_code != 409:  # 409: a lab reads it, or another run is filling it
                raise
            reporter.say(f"  store {name} is in use and stays")
