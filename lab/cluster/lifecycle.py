"""The lab as a whole: bring it up, find it again, take it down."""

import datetime
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from functools import partial

import docker
import docker.errors

from lab.build import image_builds, image_sources
from lab.cleaning import to_the_end, undone_on_failure
from lab.cluster import filling, forming, image_store, nodes, stack_deploy
from lab.cluster.deployment import chosen_images, deploy, load_into_each, stack_images
from lab.cluster.handle import Lab, Wanted, container_name
from lab.cluster.repair import repair, start_nodes, write_identity
from lab.errors import InputError, LabError
from lab.host import engine, ownership, state, subnet
from lab.host.progress import Reporter
from lab.host.state import LabState
from lab.text.shell import command_line, lab_command

NODE_IMAGE_VARIABLE = "LAB_NODE_IMAGE"


def node_image() -> str:
    """The image nodes are made of: ours, or what LAB_NODE_IMAGE names."""
    return os.environ.get(NODE_IMAGE_VARIABLE) or image_builds.tag(image_builds.NODE)


def fingerprint(wanted: Wanted, refs: Iterable[str]) -> str:
    """What a running lab must match to be used instead of a fresh one."""
    stack = None if wanted.stack is None else wanted.stack.document
    parts = [node_image(), sorted(refs), [n.name for n in wanted.nodes.nodes], stack, wanted.images]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def sweep(host: docker.DockerClient, reporter: Reporter) -> list[str]:
    """Remove the labs whose owner process is gone (after `kill -9`), and nothing else; returns their names.

    Every one is tried; raises CleanUpError with those that could not be removed.
    """
    left = [
        lab
        for lab, owners in engine.owners(host).items()
        if lab != ownership.CACHE and owners and all(ownership.is_dead(owner) for owner in owners)
    ]
    for lab in left:
        reporter.say(f"  lab {lab}: its owner is gone; removing what it left")
    down_all(host, left)
    _forget_described(host)
    return left


def _forget_described(host: docker.DockerClient) -> None:
    """Forget the labs of this engine that are described and have nothing on it any more."""
    with_objects, this = set(engine.owners(host)), host.info()["ID"]
    for lab in state.names():
        known = state.load(lab)
        if lab in with_objects or known is None or known.engine != this:
            continue
        if known.owner == ownership.KEPT or ownership.is_dead(known.owner):
            state.forget(lab)


def owned_by(host: docker.DockerClient, owner: str) -> list[str]:
    """The labs that this owner alone has on the engine or in a state folder."""
    on_engine = [lab for lab, owners in engine.owners(host).items() if owners == {owner}]
    described = [
        lab for lab in state.names() if (known := state.load(lab)) is not None and known.owner == owner
    ]
    return sorted({*on_engine, *described})


def down(host: docker.DockerClient, name: str) -> engine.Belongings:
    """Remove the lab, whole; what is not there is no error."""
    removed = engine.remove(host, name)
    state.forget(name)
    return removed


def down_all(host: docker.DockerClient, names: Iterable[str]) -> None:
    """Remove each of these labs, whatever becomes of the others; raises CleanUpError with all that stay."""
    to_the_end("not every lab was removed", ((name, partial(down, host, name)) for name in names))


def attach(host: docker.DockerClient, name: str) -> Lab | None:
    """The lab of that name if it has a state and any container, else None."""
    found = state.load(name)
    return Lab(host, found) if found is not None and engine.belongings(host, name).containers else None


def matches(host: docker.DockerClient, wanted: Wanted) -> bool:
    """Whether a lab of that name is up and is just what is wanted, images included."""
    present = attach(host, wanted.name)
    refs = [image_builds.tag(name) for name in stack_images(wanted)]
    return present is not None and present.state.fingerprint == fingerprint(wanted, refs)


def up(host: docker.DockerClient, wanted: Wanted, reporter: Reporter) -> Lab:
    """Bring the lab up, or use and repair the one that is up and matches.

    Raises LabError (InputError where another lab of that name differs). What a failed start created is
    removed again.
    """
    sweep(host, reporter)
    names = stack_images(wanted) if wanted.with_images else ()
    _provide_early(host, wanted, reporter)
    own_node = [] if os.environ.get(NODE_IMAGE_VARIABLE) else [image_builds.NODE]
    refs = image_builds.ensure(host, [*own_node, *names], reporter)
    print_ = fingerprint(wanted, [refs[name] for name in names])
    nodes.use_ryuk(host, wanted=wanted.owner != ownership.KEPT)
    present = attach(host, wanted.name)
    if present is not None:
        if present.state.fingerprint != print_:
            raise InputError(
                f"a lab {wanted.name!r} is up and differs (nodes, stack or images): "
                f"{lab_command('down', '--name', wanted.name)}, or choose another with --name"
            )
        return repair(present, wanted, reporter)
    down(host, wanted.name)  # remnants of a start that was cut off
    with undone_on_failure(partial(down, host, wanted.name)):
        return _create(host, wanted, [refs[name] for name in names], print_, reporter)


def _provide_early(host: docker.DockerClient, wanted: Wanted, reporter: Reporter) -> None:
    """Find a missing image before a node starts."""
    chosen, sources = chosen_images(wanted)
    image_sources.provide(host, chosen, sources, reporter)


def _create(
    host: docker.DockerClient, wanted: Wanted, refs: list[str], print_: str, reporter: Reporter
) -> Lab:
    image, name = node_image(), wanted.name
    labels = {ownership.LABEL: name, ownership.OWNER_LABEL: wanted.owner}
    privileged = nodes.can_be_privileged(host, image, labels)
    the_store = filling.ensure_store(host, refs, image, privileged, labels, reporter) if refs else None
    with reporter.step("network, volumes, images") as step:
        net = subnet.create_network(host, f"jbcalling-{name}", labels)
        volumes = [container_name(name, node.name) for node in wanted.nodes.nodes]
        for volume in volumes:
            host.api.create_volume(volume, labels=labels)
        prepared = image_store.prepare(host, image, privileged, the_store, volumes, labels)
        _check_kernel(prepared.kernel)
    addresses = {node.name: str(net[node.host]) for node in wanted.nodes.nodes}
    lab_state = LabState(
        name=name, owner=wanted.owner, fingerprint=print_, subnet=str(net), node_image=image, addresses=addresses,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), kernel=prepared.kernel, privileged=privileged,
        hosts=hosts_of(addresses), engine=host.info()["ID"],
    )  # fmt: skip
    write_identity(name)
    state.save(lab_state)
    lab = Lab(host, lab_state)
    with reporter.step(f"{len(addresses)} nodes Ready") as step:
        start_nodes(lab, wanted.nodes.nodes, labels, step)
        step.update("engines up, forming the Swarm")
        forming.form(wanted.nodes, addresses, lab.nodes)
    if refs and not prepared.linked:
        load_into_each(lab, refs, reporter)
    return lab if wanted.stack is None else deploy(lab, wanted.stack, reporter, wanted.images)


def _check_kernel(kernel: Mapping[str, bool | None]) -> None:
    lacking = [what for what in ("overlay", "vxlan", "bridge", "veth", "iptables") if kernel[what] is False]
    if lacking:
        raise LabError(
            f"this host's kernel cannot carry a Swarm: no {', '.join(lacking)}; load the modules "
            f"({command_line(['modprobe', '-a', *lacking])}) or use another host"
        )


def hosts_of(addresses: Mapping[str, str]) -> dict[str, str]:
    """Public host -> address: the edge on the manager, the media host on the second node (or the only one)."""
    order = list(addresses.values())
    return {
        **dict.fromkeys(stack_deploy.EDGE_HOSTS, order[0]),
        stack_deploy.MEDIA_HOST: order[min(1, len(order) - 1)],
    }
