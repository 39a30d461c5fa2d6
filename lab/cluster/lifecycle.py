"""The lab as a whole: bring it up, find it again, take it down."""

import datetime
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial

import docker
import docker.errors

from lab.build import image_builds, image_sources
from lab.cleaning import undone_on_failure
from lab.cluster import filling, forming, image_store, nodes, stack_deploy
from lab.cluster.deployment import chosen_images, deploy, load_into_each, stack_images
from lab.cluster.handle import Lab, Wanted, container_name, labels_of, network_name, store_name
from lab.cluster.removal import attach, down, refuse_another_homes, removed, sweep, usable
from lab.cluster.removal import down_all as down_all
from lab.cluster.removal import owned_by as owned_by
from lab.cluster.repair import UnrepairableError, repair, start_nodes, write_identity
from lab.errors import InputError, LabError
from lab.host import ownership, state, strangers, subnet
from lab.host.progress import Reporter
from lab.host.state import LabState
from lab.text.shell import command_line, lab_command

__all__ = ["attach", "down", "down_all", "owned_by", "sweep", "usable"]
NODE_IMAGE_VARIABLE = "LAB_NODE_IMAGE"


def node_image() -> str:
    """The image nodes are made of: ours, or what LAB_NODE_IMAGE names."""
    return os.environ.get(NODE_IMAGE_VARIABLE) or image_builds.tag(image_builds.NODE)


def fingerprint(wanted: Wanted, refs: Iterable[str], kernel: Mapping[str, bool | None]) -> str:
    """What a running lab must match to be used instead of a fresh one.

    The kernel's abilities are part of it: a stack that was fitted to a kernel without IPVS is another one.
    """
    stack = None if wanted.stack is None else wanted.stack.document
    nodes_ = [n.name for n in wanted.nodes.nodes]
    parts = [node_image(), sorted(refs), nodes_, stack, wanted.images, sorted(kernel.items())]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def matches(host: docker.DockerClient, wanted: Wanted) -> bool:
    """Whether a lab of that name is up and is just what is wanted, images included."""
    present = usable(host, wanted.name)
    refs = [image_builds.tag(name) for name in stack_images(wanted)]
    if present is None or present.state.fingerprint != fingerprint(wanted, refs, present.state.kernel):
        return False
    return present.state.kernel == _kernel_now(present)


def up(host: docker.DockerClient, wanted: Wanted, reporter: Reporter) -> Lab:
    """Bring the lab up, or use and repair the one that is up and matches; what was cut off is made anew.

    Raises LabError (InputError where another lab of that name differs, or is another user's). What a failed start
    created is removed again.
    """
    sweep(host, reporter)
    names = stack_images(wanted) if wanted.with_images else ()
    _provide_early(host, wanted, reporter)
    own_node = [] if os.environ.get(NODE_IMAGE_VARIABLE) else [image_builds.NODE]
    refs = image_builds.ensure(host, [*own_node, *names], reporter)
    own = [refs[name] for name in names]
    nodes.use_ryuk(host, wanted=wanted.owner != ownership.KEPT)
    waiting = f"  lab {wanted.name}: another process is making or removing it; waiting"
    with state.held(wanted.name, on_wait=partial(reporter.say, waiting)):
        refuse_another_homes(host, wanted.name)
        present = usable(host, wanted.name)
        if present is not None:
            try:
                return _used(present, wanted, own, reporter)
            except UnrepairableError as why:
                reporter.say(f"  lab {wanted.name} cannot be repaired: {why}; making it anew")
        remove = partial(removed, host, wanted.name)
        if remove():
            reporter.say(f"  lab {wanted.name}: removed what was left of a lab that was interrupted")
        with undone_on_failure(remove):
            return _create(host, wanted, own, reporter)


def _used(present: Lab, wanted: Wanted, refs: Iterable[str], reporter: Reporter) -> Lab:
    then = present.state.kernel
    why = "nodes, stack or images"
    if present.state.fingerprint == fingerprint(wanted, refs, then):
        now = _kernel_now(present)
        if now == then:
            return repair(present, wanted, reporter)
        changed = [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]
        why = ", ".join(
            f"the kernel's {name}: {_has(then, name)} when it was made, {_has(now, name)} now"
            for name in changed
        )
    raise InputError(
        f"a lab {wanted.name!r} is up and differs ({why}): "
        f"{lab_command('down', '--name', wanted.name)}, or choose another with --name"
    )


def _has(kernel: Mapping[str, bool | None], name: str) -> str:
    known = kernel.get(name)
    return "not known" if known is None else "there" if known else "missing"


def _kernel_now(present: Lab) -> Mapping[str, bool | None]:
    """What this kernel can do now: a module that was loaded or installed since makes it another one."""
    of = present.state
    try:
        return image_store.prepare(
            present.host, of.node_image, of.privileged, None, [], present.labels
        ).kernel
    except (
        docker.errors.ImageNotFound
    ):  # its tag is gone since: nothing can be asked, and nothing is held against it
        return of.kernel


def _provide_early(host: docker.DockerClient, wanted: Wanted, reporter: Reporter) -> None:
    """Find a missing image before a node starts."""
    chosen, sources = chosen_images(wanted)
    image_sources.provide(host, chosen, sources, reporter)


def _create(host: docker.DockerClient, wanted: Wanted, refs: list[str], reporter: Reporter) -> Lab:
    image, name = node_image(), wanted.name
    volumes = [container_name(name, node.name) for node in wanted.nodes.nodes]
    strangers.refuse(
        host, name, containers=[*volumes, store_name(name)],
        networks=[network_name(name), store_name(name)], volumes=volumes,
    )  # fmt: skip
    labels = labels_of(name, wanted.owner)
    privileged = nodes.can_be_privileged(host, image, labels)
    the_store = filling.ensure_store(host, refs, image, privileged, labels, reporter) if refs else None
    with reporter.step("network, volumes, images") as step:
        net = subnet.create_network(host, network_name(name), labels)
        for volume in volumes:
            strangers.create_volume(host, volume, labels)
        prepared = image_store.prepare(host, image, privileged, the_store, volumes, labels, seen=True)
        _check_kernel(prepared.kernel)
    addresses = {node.name: str(net[node.host]) for node in wanted.nodes.nodes}
    print_ = fingerprint(wanted, refs, prepared.kernel)
    lab_state = LabState(
        name=name, owner=wanted.owner, fingerprint=print_, subnet=str(net), node_image=image, addresses=addresses,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), kernel=prepared.kernel, privileged=privileged,
        hosts=hosts_of(addresses), engine=host.info()["ID"], whole=False,
        store=the_store if the_store and prepared.linked else "",
    )  # fmt: skip
    write_identity(name)
    state.save(lab_state)
    lab = Lab(host, lab_state)
    with reporter.step(f"{len(addresses)} nodes Ready") as step:
        start_nodes(lab, wanted.nodes.nodes, step)
        step.update("engines up, forming the Swarm")
        forming.form(wanted.nodes, addresses, lab.nodes)
    if refs and not prepared.linked:
        load_into_each(lab, refs, reporter)
    if wanted.stack is not None:
        lab = deploy(lab, wanted.stack, reporter, wanted.images)
    whole = replace(lab.state, whole=True)
    state.save(whole)
    return Lab(host, whole)


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
        **dict.fromkeys((*stack_deploy.EDGE_HOSTS, *stack_deploy.MORE_EDGE_HOSTS), order[0]),
        stack_deploy.MEDIA_HOST: order[min(1, len(order) - 1)],
    }
