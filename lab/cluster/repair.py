"""A lab's nodes: started, and made whole again when some are stopped or gone."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from lab.cluster import forming, image_store, nodes, readiness, stack_deploy
from lab.cluster.authority import Authority
from lab.cluster.deployment import deploy
from lab.cluster.handle import Lab, Wanted, authority_of, container_name, network_name
from lab.errors import LabError
from lab.host import engine, ownership, preflight, state, strangers
from lab.host.progress import Reporter, Step
from lab.host.topology import NodeSpec


def write_identity(name: str) -> None:
    authority = Authority.fresh()
    client = authority.issue(["client.lab"], common_name="client")
    for file, content in (
        ("ca.pem", authority.pair.certificate), ("ca-key.pem", authority.pair.key),
        ("client.pem", client.certificate), ("client-key.pem", client.key),
    ):  # fmt: skip
        state.write_secret(name, file, content)


def start_nodes(lab: Lab, specs: Iterable[NodeSpec], step: Step) -> None:
    """Start the nodes, all at once, and wait until each one's engine answers."""
    authority, specs = authority_of(lab.name), list(specs)
    memory = preflight.node_memory(lab.host.info(), len(lab.state.addresses))

    def start(node: NodeSpec) -> None:
        address = lab.state.addresses[node.name]
        name = container_name(lab.name, node.name)
        nodes.start(
            nodes.Container(
                name=name,
                hostname=node.name,
                image=lab.state.node_image,
                volume=name,
                store=lab.state.store or None,
                address=address,
                labels={**lab.labels, ownership.NODE_LABEL: node.name},
                network=network_name(lab.name),
                tls=nodes.certificate(authority, node.name, [address]),
                ca=authority.pair.certificate,
                privileged=lab.state.privileged,
                memory=memory,
            )
        )
        step.update(f"{node.name} started, waiting for its engine")
        nodes.wait_until_up(lab.host, name, lab.nodes[node.name])
        step.update(f"{node.name}'s engine is up")

    with ThreadPoolExecutor() as pool:
        list(pool.map(start, specs))


class UnrepairableError(LabError):
    """The lab has lost what no repair brings back; one made anew is as good, for a lab holds nothing of anybody's."""


def repair(lab: Lab, wanted: Wanted, reporter: Reporter) -> Lab:
    """Start what is stopped, make anew what is gone, deploy what is missing; instant when all is well.

    Raises UnrepairableError where the Swarm itself is lost.
    """
    host = lab.host
    there = {
        c["Names"][0].lstrip("/"): c["State"]
        for c in host.api.containers(all=True, filters={"label": f"{ownership.LABEL}={lab.name}"})
    }
    broken = [node for node in wanted.nodes.nodes if there.get(lab.container(node.name)) != "running"]
    if broken:
        named = ", ".join(node.name for node in broken)
        with reporter.step(f"repairing {named}") as step, state.being_changed(lab.state, harmless=False):
            _repair_nodes(lab, broken, there, step)
            _refuse_without_swarm(lab)
            forming.form(wanted.nodes, lab.state.addresses, lab.nodes)
            forming.drop_replaced(lab.manager)
    elif not forming.is_formed(wanted.nodes, lab.manager):
        _refuse_without_swarm(lab)
        with reporter.step("joining the nodes again"), state.being_changed(lab.state):
            forming.form(wanted.nodes, lab.state.addresses, lab.nodes)
    if wanted.stack is None:
        return lab
    deployed = {
        service["Spec"]["Name"] for service in readiness.services(lab.manager, stack_deploy.STACK_NAME)
    }
    expected = {f"{stack_deploy.STACK_NAME}_{name}" for name in wanted.stack.document["services"]}
    if not expected <= deployed:
        with state.being_changed(lab.state):
            return deploy(lab, wanted.stack, reporter, wanted.images)
    readiness.wait_converged(lab.manager, stack_deploy.STACK_NAME)
    return lab


def _refuse_without_swarm(lab: Lab) -> None:
    """A manager that is in no Swarm any more, or never was, would make another one: of this node alone."""
    swarm = lab.manager.info()["Swarm"]
    if swarm["LocalNodeState"] != "active" or not swarm["ControlAvailable"]:
        raise UnrepairableError(f"{lab.state.manager} manages no Swarm (it is {swarm['LocalNodeState']})")


def _repair_nodes(lab: Lab, broken: list[NodeSpec], there: Mapping[str, str], step: Step) -> None:
    gone = [node for node in broken if lab.container(node.name) not in there]
    if any(node.manager for node in gone):
        raise UnrepairableError("its manager is gone, and the Swarm with it")
    for node in broken:
        if node not in gone:
            lab.host.api.start(lab.container(node.name))
            nodes.wait_until_up(lab.host, lab.container(node.name), lab.nodes[node.name])
    _restore_volumes(lab, [lab.container(node.name) for node in gone])
    start_nodes(lab, gone, step)


def _restore_volumes(lab: Lab, volumes: list[str]) -> None:
    """Make the volumes that are gone anew, with the store's images; one that is there still holds its node."""
    there = {volume.name for volume in engine.belongings(lab.host, lab.name).volumes}
    gone = [volume for volume in volumes if volume not in there]
    for volume in gone:
        strangers.create_volume(lab.host, volume, lab.labels)
    of = lab.state
    linked = False
    if gone and of.store:
        prepared = image_store.prepare(
            lab.host, of.node_image, of.privileged, of.store, gone, lab.labels, seen=True
        )
        linked = prepared.linked
    if gone and of.stack and not linked:  # each node had loaded its images itself, or the store is damaged
        raise UnrepairableError(f"the images of {', '.join(gone)} are gone with it")
