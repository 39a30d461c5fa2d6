"""What is seen of a lab that is up, as values: for a person's table and for a JSON document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.cluster import readiness, stack_deploy
from lab.cluster.handle import Lab
from lab.errors import InputError
from lab.faults.record import Record
from lab.host import state
from lab.text.nearest import hint

API_PORT = 2376
UNEXERCISED = {
    "ipvs": "service VIPs and the ingress mesh (no IPVS): endpoints are rendered dnsrr",
    "esp": "encrypted overlays (no ESP)",
    "netem": "injected delay and jitter (no netem)",
}


@dataclass(frozen=True)
class Node:
    """A node as its manager has it; `address` is the one on this host, None where none is known."""

    name: str
    state: str
    role: str
    address: str | None


@dataclass(frozen=True)
class Service:
    """A service with its tasks; `wanted` is None for one task on each node."""

    name: str
    running: int
    wanted: int | None
    nodes: tuple[str, ...]
    image: str


def nodes(lab: Lab) -> tuple[Node, ...]:
    """By name."""
    found = (
        Node(host, each["Status"]["State"], each["Spec"]["Role"], lab.state.addresses.get(host))
        for each in lab.manager.api.nodes()
        for host in (str(each["Description"].get("Hostname", "?")),)
    )
    return tuple(sorted(found, key=lambda node: node.name))


def services(lab: Lab) -> tuple[Service, ...]:
    """Those of the stack, by name; none where nothing is deployed."""
    found = readiness.services(lab.manager, stack_deploy.STACK_NAME)
    if not found:
        return ()
    names = {node["ID"]: node["Description"].get("Hostname", "?") for node in lab.manager.api.nodes()}
    tasks = readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME)
    return tuple(_service(each, tasks, names) for each in sorted(found, key=lambda s: str(s["Spec"]["Name"])))


def service_named(lab: Lab, name: str) -> str:
    """The name, where the Swarm has such a service, of any stack; else raises InputError with those there are."""
    found = [str(each["Spec"]["Name"]) for each in lab.manager.api.services(filters={})]
    if name not in found:
        known = hint(name, sorted(found)) if found else "nothing is deployed"
        raise InputError(f"no service {name!r} in lab {lab.name}: {known}")
    return name


def _service(service: Mapping[str, Any], tasks: list[dict[str, Any]], names: Mapping[str, str]) -> Service:
    own = [t for t in tasks if t["ServiceID"] == service["ID"] and t["Status"]["State"] == "running"]
    spec = service["Spec"]
    return Service(
        name=spec["Name"],
        running=len(own),
        wanted=(spec["Mode"].get("Replicated") or {}).get("Replicas"),
        nodes=tuple(sorted(names.get(t.get("NodeID", ""), "?") for t in own)),
        image=spec["TaskTemplate"]["ContainerSpec"]["Image"].partition("@")[0],
    )


def unexercised(kernel: Mapping[str, bool | None]) -> list[str]:
    """What of a Swarm this kernel cannot show, each with the reason."""
    return [text for feature, text in UNEXERCISED.items() if not kernel.get(feature, False)]


def swarm_api(lab: Lab) -> str:
    """Where the manager's Docker API is reached from this host."""
    return f"tcp://{lab.state.addresses[lab.state.manager]}:{API_PORT}"


def faults(records: tuple[Record, ...]) -> list[Mapping[str, Any]]:
    """What is injected, as `injected` of json_shapes has it."""
    return [
        {"fault": each.fault, "arguments": each.arguments, "since": each.at, "proofs": list(each.proofs)}
        for each in records
    ]


def content(lab: Lab, injected: tuple[Record, ...]) -> Mapping[str, Any]:
    """As json_shapes.STATUS has it."""
    of = lab.state
    return {
        "lab": lab.name,
        "created": of.created,
        "subnet": of.subnet,
        "whole": of.whole,
        "in_use_by": list(state.users_of(lab.name)),
        "nodes": [vars(each) for each in nodes(lab)],
        "services": [{**vars(each), "nodes": list(each.nodes)} for each in services(lab)],
        "hosts": of.hosts,
        "ca_file": str(lab.ca_file),
        "swarm_api": swarm_api(lab),
        "not_exercised": unexercised(of.kernel),
        "injected": faults(injected),
    }
