"""The lab as a whole: bring it up, find it again, repair it, take it down."""

import contextlib
import copy
import datetime
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import docker
import docker.errors

from lab import (
    edge,
    engine,
    filling,
    image_sources,
    images,
    nodes,
    ownership,
    readiness,
    render,
    stack,
    state,
    store,
    subnet,
    swarm,
)
from lab.authority import Authority, Pair, spki_pin
from lab.errors import InputError, LabError
from lab.progress import Reporter, Step
from lab.state import LabState
from lab.topology import NodeSpec, Topology, topology

NODE_IMAGE_VARIABLE = "LAB_NODE_IMAGE"
DEFAULT_NAME = "default"
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Wanted:
    """What a lab should be. `owner` is a process, or `kept`; `stack_file` None brings up bare nodes, which have
    the reference stack's images unless `with_images` is off. `over` are further stack files, laid over it in order.
    `variables` go over the environment that the stack files are interpolated with; `images` say where the
    services' images come from, as lab.image_sources reads them."""

    name: str = DEFAULT_NAME
    nodes: Topology = field(default_factory=topology)
    owner: str = ownership.KEPT
    stack_file: Path | None = stack.REFERENCE_STACK
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


def node_image() -> str:
    """The image nodes are made of: ours, or what LAB_NODE_IMAGE names."""
    return os.environ.get(NODE_IMAGE_VARIABLE) or images.tag(images.NODE)


def fingerprint(wanted: Wanted, refs: Iterable[str]) -> str:
    """What a running lab must match to be used instead of a fresh one."""
    text = render.source_text(wanted.stack_files) if wanted.stack_files else ""
    parts = [
        node_image(), sorted(refs), [n.name for n in wanted.nodes.nodes], text, wanted.variables, wanted.images
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def stack_images(wanted: Wanted) -> tuple[str, ...]:
    """The images of ours that the stack needs, by name; bare nodes get the reference stack's, which costs nothing."""
    return image_sources.ours(_chosen(wanted)[0])


def _chosen(wanted: Wanted) -> tuple[tuple[image_sources.Chosen, ...], image_sources.Sources]:
    sources = image_sources.parse(wanted.images)
    files = wanted.stack_files or (stack.REFERENCE_STACK,)
    return image_sources.choose(stack.read(files, dict(wanted.variables)).document, sources), sources


def sweep(host: docker.DockerClient, reporter: Reporter) -> list[str]:
    """Remove the labs whose owner process is gone (after `kill -9`), and nothing else; returns their names."""
    swept = []
    for lab, owner_labels in engine.owners(host).items():
        if (
            lab != ownership.CACHE
            and owner_labels
            and all(ownership.is_dead(owner) for owner in owner_labels)
        ):
            reporter.say(f"  lab {lab}: its owner is gone; removing what it left")
            engine.remove(host, lab)
            state.forget(lab)
            swept.append(lab)
    with_objects = set(engine.owners(host))
    for lab in state.names():
        known = state.load(lab)
        if (
            lab not in with_objects
            and known is not None
            and known.engine == host.info()["ID"]
            and (known.owner == ownership.KEPT or ownership.is_dead(known.owner))
        ):
            state.forget(lab)
    return swept


def owned_by(host: docker.DockerClient, owner: str) -> list[str]:
    """The labs that this owner, and nobody else, has on the engine or in a state folder."""
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


def attach(host: docker.DockerClient, name: str) -> Lab | None:
    """The lab of that name if it has a state and any container, else None."""
    found = state.load(name)
    return Lab(host, found) if found is not None and engine.belongings(host, name).containers else None


def matches(host: docker.DockerClient, wanted: Wanted) -> bool:
    """Whether a lab of that name is up and is just what is wanted, images included."""
    present = attach(host, wanted.name)
    refs = [images.tag(name) for name in stack_images(wanted)]
    return present is not None and present.state.fingerprint == fingerprint(wanted, refs)


def up(host: docker.DockerClient, wanted: Wanted, reporter: Reporter) -> Lab:
    """Bring the lab up, or use and repair the one that is up and matches.

    Raises LabError (InputError where another lab of that name differs). What a failed start created is
    removed again.
    """
    sweep(host, reporter)
    names = stack_images(wanted) if wanted.with_images else ()
    _provide_early(host, wanted, reporter)
    own_node = [] if os.environ.get(NODE_IMAGE_VARIABLE) else [images.NODE]
    refs = images.ensure(host, [*own_node, *names], reporter)
    print_ = fingerprint(wanted, [refs[name] for name in names])
    nodes.use_ryuk(host, wanted=wanted.owner != ownership.KEPT)
    present = attach(host, wanted.name)
    if present is not None:
        if present.state.fingerprint != print_:
            raise InputError(
                f"a lab {wanted.name!r} is up and differs (nodes, stack or images): "
                f"python -m lab down --name {wanted.name}, or choose another with --name"
            )
        return _repair(present, wanted, reporter)
    down(host, wanted.name)  # remnants of a start that was cut off
    try:
        return _create(host, wanted, [refs[name] for name in names], print_, reporter)
    except BaseException:
        with contextlib.suppress(LabError):
            down(host, wanted.name)
        raise


def _provide_early(host: docker.DockerClient, wanted: Wanted, reporter: Reporter) -> None:
    """A missing image is told before a node starts."""
    chosen, sources = _chosen(wanted)
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
        prepared = store.prepare(host, image, privileged, the_store, volumes, labels)
        _check_kernel(prepared.kernel)
    addresses = {node.name: str(net[node.host]) for node in wanted.nodes.nodes}
    lab_state = LabState(
        name=name, owner=wanted.owner, fingerprint=print_, subnet=str(net), node_image=image, addresses=addresses,
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), kernel=prepared.kernel, privileged=privileged,
        hosts=_hosts(addresses), engine=host.info()["ID"],
    )  # fmt: skip
    _write_identity(name)
    state.save(lab_state)
    lab = Lab(host, lab_state)
    with reporter.step(f"{len(addresses)} nodes Ready") as step:
        _start_nodes(lab, wanted.nodes.nodes, labels, step)
        step.update("engines up, forming the Swarm")
        swarm.form(wanted.nodes, addresses, lab.nodes)
    if refs and not prepared.linked:
        _load_into_each(lab, refs, reporter)
    return (
        deploy(lab, wanted.stack_file, reporter, dict(wanted.variables), wanted.over, wanted.images)
        if wanted.stack_file is not None
        else lab
    )


def _check_kernel(kernel: Mapping[str, bool | None]) -> None:
    lacking = [what for what in ("overlay", "vxlan", "bridge", "veth", "iptables") if kernel[what] is False]
    if lacking:
        raise LabError(
            f"this host's kernel cannot carry a Swarm: no {', '.join(lacking)}; load the modules "
            f"(modprobe {' '.join(lacking)}) or use another host"
        )


def _hosts(addresses: Mapping[str, str]) -> dict[str, str]:
    """Public host -> address: the edge on the manager, the media host on the second node (or the only one)."""
    order = list(addresses.values())
    return {**dict.fromkeys(stack.EDGE_HOSTS, order[0]), stack.MEDIA_HOST: order[min(1, len(order) - 1)]}


def _write_identity(name: str) -> None:
    authority = Authority.fresh()
    client = authority.issue(["client.lab"], common_name="client")
    for file, content in (
        ("ca.pem", authority.pair.certificate), ("ca-key.pem", authority.pair.key),
        ("client.pem", client.certificate), ("client-key.pem", client.key),
    ):  # fmt: skip
        state.write_secret(name, file, content)


def _authority(name: str) -> Authority:
    place = state.folder(name)
    return Authority.from_pem(Pair((place / "ca.pem").read_bytes(), (place / "ca-key.pem").read_bytes()))


def _start_nodes(lab: Lab, specs: Iterable[NodeSpec], labels: Mapping[str, str], step: Step) -> None:
    authority, specs = _authority(lab.name), list(specs)

    def start(node: NodeSpec) -> None:
        address = lab.state.addresses[node.name]
        name = container_name(lab.name, node.name)
        nodes.start(
            nodes.Container(
                name=name,
                hostname=node.name,
                image=lab.state.node_image,
                volume=name,
                address=address,
                labels={**labels, ownership.NODE_LABEL: node.name},
                network=f"jbcalling-{lab.name}",
                tls=nodes.certificate(authority, node.name, [address]),
                ca=authority.pair.certificate,
                privileged=lab.state.privileged,
            )
        )
        step.update(f"{node.name} started, waiting for its engine")
        nodes.wait_until_up(lab.host, name, lab.nodes[node.name])
        step.update(f"{node.name}'s engine is up")

    with ThreadPoolExecutor() as pool:
        list(pool.map(start, specs))


def deploy(
    lab: Lab,
    stack_file: Path,
    reporter: Reporter,
    variables: Mapping[str, str] = NOTHING,
    over: tuple[Path, ...] = (),
    image_specs: Sequence[str] = (),
) -> Lab:
    """Deploy the stack and wait until it is converged and routed; each change from the files is said."""
    environment = {**stack.environment(lab.state.hosts[stack.MEDIA_HOST]), **variables}
    candidate = render.read((stack_file, *over), environment)
    made = _credentials(lab)
    rendered = _with_images(lab, render.render(candidate, _facts(lab, made.files)), image_specs, reporter)
    for change in rendered.changes:
        reporter.say(f"  changed for this lab: {change}")
    place = state.folder(lab.name)
    with reporter.step(f"stack {stack.STACK_NAME} healthy") as step:
        manager = container_name(lab.name, lab.state.manager)
        stack.deploy(lab.host, manager, rendered, candidate.folder, made.files)
        state.write_secret(lab.name, "stack.yml", rendered.text.encode())
        (place / "changes.txt").write_text("".join(f"{change}\n" for change in rendered.changes))
        readiness.wait_converged(lab.manager, stack.STACK_NAME, on_wait=step.update)
        step.update("Traefik taking over the replicas")
        _wait_routed(lab, rendered.document)
    lab_state = replace(lab.state, stack=str(stack_file))
    state.save(lab_state)
    return Lab(lab.host, lab_state)


def _credentials(lab: Lab) -> stack.Credentials:
    """The lab's, made at its first deploy: a Swarm's secrets cannot change, so a later deploy needs the same."""
    kept = state.folder(lab.name) / "secrets" / "credentials.json"
    if kept.exists():
        return stack.Credentials.from_json(kept.read_text())
    made = stack.credentials(_authority(lab.name))
    state.write_secret(lab.name, "secrets/credentials.json", made.as_json().encode())
    state.write_secret(lab.name, "secrets/turn_secret", made.turn_secret.encode())
    state.write_secret(lab.name, "secrets/dashboard_password", made.dashboard_password.encode())
    (state.folder(lab.name) / "edge-pin").write_text(spki_pin(made.files["secrets/edge_certificate"]))
    return made


def _facts(lab: Lab, supplied: Mapping[str, bytes]) -> render.Facts:
    host = lab.host.info()
    return render.Facts(
        kernel=lab.state.kernel, media_address=lab.state.hosts[stack.MEDIA_HOST], host_memory=host["MemTotal"],
        host_cpus=host["NCPU"], nodes=len(lab.state.addresses), supplied=frozenset(supplied),
    )  # fmt: skip


def _with_images(
    lab: Lab, rendered: render.Rendered, specs: Sequence[str], reporter: Reporter
) -> render.Rendered:
    """The stack with the images chosen for it, which every node then has; raises InputError naming what lacks."""
    sources = image_sources.parse(specs)
    chosen = image_sources.choose(rendered.document, sources)
    image_sources.provide(lab.host, chosen, sources, reporter)
    document = copy.deepcopy(rendered.document)
    for one in chosen:
        document["services"][one.service]["image"] = one.image
    _bring_images(lab, [one.image for one in chosen if one.way != image_sources.ARCHIVE], reporter)
    if sources.folder is not None:
        with reporter.step(f"images of {sources.folder} loaded into each node"):
            image_sources.load_archives(lab.nodes, chosen, sources.folder)
    changes = (*rendered.changes, *(one.change for one in chosen if one.change is not None))
    return replace(rendered, document=document, changes=changes)


def _bring_images(lab: Lab, wanted: Iterable[str], reporter: Reporter) -> None:
    """Load into the nodes what they lack; the reference stack's images are there already."""
    have = [
        {ref for image in node.api.images() for ref in image["RepoTags"] or ()} for node in lab.nodes.values()
    ]
    everywhere = set.intersection(*have)
    lacking = [image for image in wanted if not {image, f"{image}:latest"} & everywhere]
    if lacking:
        images.ensure(
            lab.host, [m["name"] for ref in lacking if (m := images.REFERENCE.fullmatch(ref))], reporter
        )
        _load_into_each(lab, lacking, reporter)


def _wait_routed(lab: Lab, document: render.Document) -> None:
    servers = {
        name: int((service.get("deploy") or {}).get("replicas", 1))
        for name, service in document["services"].items()
        if name in ("frontend", "signaling")
    }
    user = (stack.DASHBOARD_USER, lab.secret("dashboard_password"))
    host = f"traefik.{stack.DOMAIN}"
    edge.wait_routed(lab.state.hosts[host], host, lab.ca_file, user, servers)


def _repair(lab: Lab, wanted: Wanted, reporter: Reporter) -> Lab:
    """Start what is stopped, make anew what is gone, deploy what is missing; instant when all is well."""
    host = lab.host
    there = {
        c["Names"][0].lstrip("/"): c["State"]
        for c in host.api.containers(all=True, filters={"label": f"{ownership.LABEL}={lab.name}"})
    }
    broken = [node for node in wanted.nodes.nodes if there.get(lab.container(node.name)) != "running"]
    if broken:
        with reporter.step(f"repairing {', '.join(node.name for node in broken)}") as step:
            _repair_nodes(lab, broken, there, step)
            swarm.form(wanted.nodes, lab.state.addresses, lab.nodes)
            swarm.drop_replaced(lab.manager)
    if wanted.stack_file is None:
        return lab
    deployed = {service["Spec"]["Name"] for service in readiness.services(lab.manager, stack.STACK_NAME)}
    candidate = stack.read(wanted.stack_files, dict(wanted.variables))
    expected = {f"{stack.STACK_NAME}_{name}" for name in candidate.document["services"]}
    if not expected <= deployed:
        return deploy(lab, wanted.stack_file, reporter, dict(wanted.variables), wanted.over, wanted.images)
    readiness.wait_converged(lab.manager, stack.STACK_NAME)
    return lab


def _repair_nodes(lab: Lab, broken: list[NodeSpec], there: Mapping[str, str], step: Step) -> None:
    labels = {ownership.LABEL: lab.name, ownership.OWNER_LABEL: lab.state.owner}
    gone = [node for node in broken if lab.container(node.name) not in there]
    if any(node.manager for node in gone):
        raise LabError(
            f"lab {lab.name} lost its manager, and the Swarm with it: python -m lab down --name {lab.name}"
        )
    for node in broken:
        if node not in gone:
            lab.host.api.start(lab.container(node.name))
            nodes.wait_until_up(lab.host, lab.container(node.name), lab.nodes[node.name])
    _restore_volumes(lab, [lab.container(node.name) for node in gone], labels)
    _start_nodes(lab, gone, labels, step)


def _restore_volumes(lab: Lab, volumes: list[str], labels: Mapping[str, str]) -> None:
    """Make the volumes that are gone anew, with the store's images; one that is there still holds its node."""
    there = set(engine.belongings(lab.host, lab.name).volumes)
    gone = [volume for volume in volumes if volume not in there]
    for volume in gone:
        lab.host.api.create_volume(volume, labels=labels)
    if gone:
        refs = [images.tag(name) for name in stack_images(Wanted())]
        the_store = store.volume_name(store.image_ids(lab.host, refs))
        store.prepare(lab.host, lab.state.node_image, lab.state.privileged, the_store, gone, labels)


def _load_into_each(lab: Lab, refs: list[str], reporter: Reporter) -> None:
    """The obvious way, where links cannot be made: every node loads every image."""
    with reporter.step(f"{len(refs)} images loaded into each node") as step:
        for node in lab.nodes.values():
            store.load(lab.host, node, refs, step)


@contextlib.contextmanager
def running(host: docker.DockerClient, wanted: Wanted, reporter: Reporter) -> Iterator[Lab]:
    """A lab for the length of a block."""
    lab = up(host, wanted, reporter)
    try:
        yield lab
    finally:
        lab.close()
        down(host, wanted.name)
