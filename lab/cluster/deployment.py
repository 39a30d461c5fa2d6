"""Deploying into a lab that is up: the stack rendered, its images brought, converged, routed."""

import copy
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from lab.adapt import announced, changes, render
from lab.build import image_builds, image_sources
from lab.cluster import image_store, older_clients, readiness, routed, stack_deploy
from lab.cluster.authority import spki_pin
from lab.cluster.handle import Lab, Wanted, authority_of, container_name
from lab.compose.reading import Stack
from lab.errors import InputError
from lab.host import state
from lab.host.progress import Reporter

ROUTED = ("frontend", "signaling", "gateway")
"""The services behind the edge whose replicas are waited for, where the stack has them."""
HEALTH_VARIABLE = "LAB_HEALTH_INTERVAL"
"""A candidate's health checks every half minute would make its start in a lab take as long; capped on request."""


def stack_images(wanted: Wanted) -> tuple[str, ...]:
    """The images of ours that the stack needs, by name; bare nodes get the reference stack's, which costs nothing."""
    return image_sources.ours(chosen_images(wanted)[0])


def chosen_images(wanted: Wanted) -> tuple[tuple[image_sources.Chosen, ...], image_sources.Sources]:
    sources = image_sources.parse(wanted.images)
    stack = image_sources.reference_stack() if wanted.stack is None else wanted.stack
    return image_sources.choose(stack.document, sources), sources


def deploy(lab: Lab, stack: Stack, reporter: Reporter, image_specs: Sequence[str] = ()) -> Lab:
    """Deploy the stack and wait until it is converged and routed; each change from the files is said."""
    lab = _addressed(lab, stack)
    made = _credentials(lab)
    rendered = _with_images(lab, render.render(stack, _facts(lab, made.files)), image_specs, reporter)
    for change in rendered.changes:
        reporter.say(f"  changed for this lab: {change}")
    with reporter.step(f"stack {stack_deploy.STACK_NAME} healthy") as step:
        rendered = _handed_over(lab, rendered, stack, made, reporter)
        state.write_secret(lab.name, "stack.yml", rendered.text.encode())
        secrets = (rendered.document.get("secrets") or {}).values()
        state.note_secret_files(lab.name, (stack.folder / each["file"] for each in secrets if "file" in each))
        state.write_secret(lab.name, changes.FILE, changes.written(rendered.changes).encode())
        readiness.wait_converged(lab.manager, stack_deploy.STACK_NAME, on_wait=step.update)
        step.update("Traefik taking over the replicas")
        _wait_routed(lab, rendered.document)
    lab_state = replace(lab.state, stack=", ".join(map(str, stack.files)))
    state.save(lab_state)
    return Lab(lab.host, lab_state)


def _handed_over(
    lab: Lab,
    rendered: render.Rendered,
    stack: Stack,
    made: stack_deploy.Credentials,
    reporter: Reporter,
) -> render.Rendered:
    """The stack as Docker took it: where the nodes' client is older than the file, without what it does not know."""
    manager = container_name(lab.name, lab.state.manager)
    while True:  # each round takes something out of the file
        try:
            stack_deploy.deploy(lab.host, manager, rendered, stack.folder, made.files)
        except stack_deploy.RefusedError as refused:
            older = older_clients.fitted(rendered, refused.said)
            if older is None:
                raise
            reporter.say(f"  changed for this lab: {older.changes[-1]}")
            rendered = older
        else:
            return rendered


def _credentials(lab: Lab) -> stack_deploy.Credentials:
    """The lab's, made at its first deploy: a Swarm's secrets cannot change, so a later deploy needs the same."""
    kept = state.folder(lab.name) / "secrets" / "credentials.json"
    if kept.exists():
        return stack_deploy.Credentials.from_json(kept.read_text())
    made = stack_deploy.credentials(authority_of(lab.name))
    state.write_secret(lab.name, "secrets/credentials.json", made.as_json().encode())
    state.write_secret(lab.name, "secrets/turn_secret", made.turn_secret.encode())
    state.write_secret(lab.name, "secrets/dashboard_password", made.dashboard_password.encode())
    state.write_secret(lab.name, "edge-pin", spki_pin(made.files["secrets/edge_certificate"]).encode())
    return made


def _addressed(lab: Lab, stack: Stack) -> Lab:
    """The lab with its media host where this stack has it: beside the edge, or on a node of its own."""
    address = lab.state.hosts[stack_deploy.DOMAIN]
    if not announced.is_the_edges(stack.document):
        order = list(lab.state.addresses.values())
        address = order[min(1, len(order) - 1)]
    return Lab(lab.host, replace(lab.state, hosts={**lab.state.hosts, stack_deploy.MEDIA_HOST: address}))


def _facts(lab: Lab, supplied: Mapping[str, bytes]) -> render.Facts:
    host = lab.host.info()
    return render.Facts(
        kernel=lab.state.kernel, media_address=lab.state.hosts[stack_deploy.MEDIA_HOST], host_memory=host["MemTotal"],
        host_cpus=host["NCPU"], nodes=len(lab.state.addresses), supplied=frozenset(supplied),
        health_interval_s=health_interval(os.environ),
    )  # fmt: skip


def health_interval(environ: Mapping[str, str]) -> float | None:
    """Seconds that LAB_HEALTH_INTERVAL caps health intervals at, None where it says nothing; raises InputError."""
    given = environ.get(HEALTH_VARIABLE)
    if not given:
        return None
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise InputError(f"{HEALTH_VARIABLE}={given}: seconds between 0.1 and 3600, or unset it")
    return seconds


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
    other = changes.of_kind(changes.Kind.IMAGES, (one.change for one in chosen if one.change is not None))
    return replace(rendered, document=document, changes=(*rendered.changes, *other))


def _bring_images(lab: Lab, wanted: Iterable[str], reporter: Reporter) -> None:
    """Load into the nodes what they lack; the reference stack's images are there already."""
    have = [
        {ref for image in node.api.images() for ref in image["RepoTags"] or ()} for node in lab.nodes.values()
    ]
    everywhere = set.intersection(*have)
    lacking = [image for image in wanted if not {image, f"{image}:latest"} & everywhere]
    if lacking:
        image_builds.ensure(
            lab.host, [m["name"] for ref in lacking if (m := image_builds.REFERENCE.fullmatch(ref))], reporter
        )
        load_into_each(lab, lacking, reporter)


def _wait_routed(lab: Lab, document: render.Document) -> None:
    servers = {
        name: int((service.get("deploy") or {}).get("replicas", 1))
        for name, service in document["services"].items()
        if name in ROUTED
    }
    user = (stack_deploy.DASHBOARD_USER, lab.secret("dashboard_password"))
    host = f"traefik.{stack_deploy.DOMAIN}"
    if (public := routed.public_hosts(document)) and host not in public:
        routed.wait_answered(lab.state.hosts[host], public, lab.ca_file)
        return
    routed.wait_routed(lab.state.hosts[host], host, lab.ca_file, user, servers)


def load_into_each(lab: Lab, refs: list[str], reporter: Reporter) -> None:
    """The obvious way, where links cannot be made: every node loads every image."""
    with reporter.step(f"{len(refs)} images loaded into each node") as step:
        for node in lab.nodes.values():
            image_store.load(lab.host, node, refs, step)
