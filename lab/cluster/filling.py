"""Filling the image store: a dockerd of its own loads what an older store does not have yet."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import docker
import docker.errors
from docker.utils import parse_repository_tag

from lab.build import image_builds
from lab.cluster import image_store, nodes
from lab.cluster.authority import Authority
from lab.cluster.handle import store_name
from lab.host import engine, state, subnet
from lab.host.locks import exclusive
from lab.host.ownership import HELPER_LABEL, LABEL, helper_labels
from lab.host.progress import Reporter, Step
from lab.waiting import Look, NotYet, Ready, wait_for

STORE_HOST = 10
FILLED_DEADLINE_S = 600
"""How long another's filling of the same store is waited for where no lock tells of it (another machine, or a
container, that uses this engine); it takes half a minute."""
LOOK_S = 2.0
"""Between two looks at such a store: each starts a container."""


def ensure_store(
    host: docker.DockerClient,
    refs: Sequence[str],
    image: str,
    privileged: bool,
    labels: Mapping[str, str],
    reporter: Reporter,
) -> str:
    """The volume that holds exactly the images `refs`, filled if need be."""
    ids = image_store.image_ids(host, refs)
    name = image_store.volume_name(ids)

    def complete() -> bool:
        there = name in image_store.stores(host)
        return there and image_store.prepare(host, image, privileged, name, [], labels).complete

    def complete_or_gone() -> Look[bool]:
        if complete():  # another lab filled it while this one waited
            return Ready(True)
        try:
            host.api.remove_volume(name)  # cut off while it was being filled
        except docker.errors.NotFound:
            return Ready(False)
        except docker.errors.APIError as error:
            if error.status_code != 409:
                raise
            return NotYet(str(error.explanation))
        return Ready(False)

    if complete():
        return name
    shared = engine.shared_folder(image_builds.FOLDER)
    with reporter.step("image store") as step, exclusive(shared, lambda: step.update("another lab fills it")):
        if wait_for(f"image store {name}", complete_or_gone, deadline_s=FILLED_DEADLINE_S, interval_s=LOOK_S):
            return name
        older = next(iter(image_store.stores(host)), None)
        image_store.create_store(host, name)
        if older is not None:
            image_store.prepare(host, image, privileged, older, [name], labels)
        _fill(host, name, ids, image, privileged, labels, step)
    image_store.prune(host, name, reporter)
    return name


def _fill(
    host: docker.DockerClient,
    name: str,
    ids: Mapping[str, str],
    image: str,
    privileged: bool,
    labels: Mapping[str, str],
    step: Step,
) -> None:
    """Start a dockerd on the volume, bring its images to exactly `ids`, stop it, mark the volume complete."""
    lab, container, ours = labels[LABEL], store_name(labels[LABEL]), helper_labels(labels)
    authority = Authority.fresh()
    place = state.folder(lab)  # goes with the lab, whatever becomes of this process
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix="store-", dir=place) as folder:
        try:
            net = subnet.create_network(host, container, ours)
            address = str(net[STORE_HOST])
            pair = nodes.certificate(authority, container, [address])
            files = {"ca": authority.pair.certificate, "cert": pair.certificate, "key": pair.key}
            paths = {kind: Path(folder) / kind for kind in files}
            for kind, content in files.items():
                paths[kind].touch(mode=0o600)
                paths[kind].write_bytes(content)
            nodes.start(
                nodes.Container(
                    name=container,
                    hostname="store",
                    image=image,
                    labels=ours,
                    volume=name,
                    store=None,
                    network=container,
                    address=address,
                    tls=pair,
                    ca=authority.pair.certificate,
                    privileged=privileged,
                    memory=None,
                )
            )
            engine_in = nodes.api(
                address, paths["ca"], (paths["cert"], paths["key"]), timeout_s=engine.API_TIMEOUT_S
            )
            nodes.wait_until_up(host, container, engine_in)
            _match(host, engine_in, ids, step)
            engine_in.close()
            step.update("sealing")
            image_store.seal(host, container, nodes.DATA_ROOT)
        finally:
            engine.discard(host, engine.belongings(host, lab, f"{HELPER_LABEL}={ours[HELPER_LABEL]}"))


def _match(host: docker.DockerClient, node: docker.DockerClient, ids: Mapping[str, str], step: Step) -> None:
    have = {image["Id"] for image in node.api.images()}
    for ref, image_id in ids.items():
        if image_id in have and "@" not in ref:  # perhaps under another tag, which goes below
            node.api.tag(image_id, *parse_repository_tag(ref))
    lacking = [ref for ref, image_id in ids.items() if image_id not in have]
    if lacking:
        image_store.load(host, node, lacking, step)
    wanted = set(ids)
    for image in node.api.images():
        for ref in image["RepoTags"] or ():
            if ref not in wanted:
                node.api.remove_image(ref, force=True)
