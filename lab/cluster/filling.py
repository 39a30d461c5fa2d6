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
from lab.host import engine, subnet
from lab.host.locks import exclusive
from lab.host.ownership import LABEL
from lab.host.progress import Reporter, Step

STORE_HOST = 10


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

    if complete():
        return name
    with reporter.step("image store") as step, exclusive(image_builds.FOLDER):
        if complete():  # another lab filled it while this one waited
            return name
        existing = image_store.stores(host)
        if name in existing:
            host.api.remove_volume(name)  # cut off while it was being filled
        image_store.create_store(host, name)
        older = next((other for other in existing if other != name), None)
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
    lab, container = labels[LABEL], f"jbcalling-{labels[LABEL]}-store"
    authority = Authority.fresh()
    net = subnet.create_network(host, container, dict(labels))
    address = str(net[STORE_HOST])
    pair = nodes.certificate(authority, container, [address])
    with tempfile.TemporaryDirectory(prefix=f"jbcalling-{lab}-") as folder:
        files = {"ca": authority.pair.certificate, "cert": pair.certificate, "key": pair.key}
        paths = {kind: Path(folder) / kind for kind in files}
        for kind, content in files.items():
            paths[kind].touch(mode=0o600)
            paths[kind].write_bytes(content)
        try:
            nodes.start(
                nodes.Container(
                    name=container,
                    hostname="store",
                    image=image,
                    labels=labels,
                    volume=name,
                    network=container,
                    address=address,
                    tls=pair,
                    ca=authority.pair.certificate,
                    privileged=privileged,
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
            engine.discard(host, engine.Belongings((container,), (container,), ()))


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
