"""What the nodes of a lab and its manager say before anything is entered: overlays, tasks, peers."""

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import docker
import docker.errors
import requests

from lab.cluster import nodes, readiness, stack_deploy
from lab.cluster.handle import Lab
from lab.probe import balancing
from lab.probe.balancing import ServiceAddress
from lab.probe.reading_agents import ports_of
from lab.probe.values import Destination

API_TIMEOUT_S = 4
"""A node's dockerd answers in milliseconds; one that is stopped must not hold the whole probe."""
EDGE_SERVICE = "traefik"
NETWORK = f"{stack_deploy.STACK_NAME}_frontend"
UNREACHABLE = (docker.errors.DockerException, requests.exceptions.RequestException)
Json = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A node's own endpoint on one overlay."""

    node: str
    network: str
    network_id: str
    address: str

    @property
    def namespace(self) -> str:
        return f"/var/run/docker/netns/lb_{self.network_id[:9]}"

    @property
    def overlay_namespace(self) -> str:
        return f"/var/run/docker/netns/1-{self.network_id[:10]}"


@dataclass(frozen=True)
class NodeView:
    """What one node says of its overlays; `why` says why it says nothing. `bridges` are the addresses that its containers
    and it itself have on its own bridges, by subnet."""

    node: str
    places: Mapping[str, Place]
    peers: Mapping[str, tuple[str, ...]]
    why: str = ""
    encrypted: frozenset[str] = frozenset()
    bridges: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Placed:
    """The running tasks on a network, those with a port of Traefik's label to be asked, and Traefik's node; `ages` in
    seconds by address, `joined` how long a node has had tasks there."""

    tasks: tuple[Destination, ...]
    edge_node: str | None
    ages: Mapping[str, float]
    joined: Mapping[str, float]


def view_of(lab: Lab, node: str) -> NodeView:
    """A node's overlays; a node that does not answer is a view that says why."""
    try:
        status = lab.host.api.inspect_container(lab.container(node))["State"]
        if not status["Running"] or status["Paused"]:
            return NodeView(node, {}, {}, f"the node is {status['Status']}")
        client = nodes.api(lab.state.addresses[node], lab.ca_file, lab.client_files, API_TIMEOUT_S)
        found = [client.api.inspect_network(n["Id"]) for n in client.api.networks(filters={"driver": "overlay"})
                 if not n.get("Ingress")]  # fmt: skip
        local = [
            client.api.inspect_network(n["Id"]) for n in client.api.networks(filters={"driver": "bridge"})
        ]
        client.close()
    except UNREACHABLE as error:
        return NodeView(node, {}, {}, f"its dockerd does not answer: {str(error)[:200]}")
    places = {n["Name"]: place for n in found if (place := _place(node, n)) is not None}
    peers = {n["Name"]: tuple(sorted(p["IP"] for p in n["Peers"])) for n in found if n.get("Peers")}
    encrypted = frozenset(n["Name"] for n in found if "encrypted" in (n.get("Options") or {}))
    return NodeView(node, places, peers, encrypted=encrypted, bridges=_bridges(local))


def _bridges(networks: list[Json]) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for network in networks:
        used = {
            str(each.get("IPv4Address", "")).partition("/")[0]
            for each in (network.get("Containers") or {}).values()
        }
        for pool in (network.get("IPAM") or {}).get("Config") or ():
            if pool.get("Subnet"):
                found[str(pool["Subnet"])] = frozenset({*used, str(pool.get("Gateway", ""))})
    return found


def _place(node: str, network: Json) -> Place | None:
    own = (network.get("Containers") or {}).get(f"lb-{network['Name']}")
    address = (own or {}).get("IPv4Address", "").partition("/")[0]
    return Place(node, network["Name"], network["Id"], address) if address else None


def edge_network(lab: Lab) -> str:
    """The overlay of Traefik's that most of the stack's tasks are on: over it they are dialled."""
    names = {s["ID"]: s["Spec"]["Name"] for s in readiness.services(lab.manager, stack_deploy.STACK_NAME)}
    tasks = readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME)
    edge = {
        net
        for t in tasks
        if names.get(t["ServiceID"]) == f"{stack_deploy.STACK_NAME}_{EDGE_SERVICE}"
        for net in _networks(t)
    }
    on = Counter(net for t in tasks for net in _networks(t) if net in edge)
    return max(on, key=lambda net: (on[net], net == NETWORK, net), default=NETWORK)


def _networks(task: Json) -> set[str]:
    """The names of the overlays that a task has an address on."""
    attached = [
        each["Network"]["Spec"] for each in task.get("NetworksAttachments") or [] if each.get("Addresses")
    ]
    return {str(spec["Name"]) for spec in attached if not spec.get("Ingress")}


def tasks_on(lab: Lab, network: str) -> Placed:
    names = {n["ID"]: n["Description"].get("Hostname", n["ID"]) for n in lab.manager.api.nodes()}
    services = {s["ID"]: s["Spec"] for s in readiness.services(lab.manager, stack_deploy.STACK_NAME)}
    found, ages, joined = list[Destination](), dict[str, float](), dict[str, float]()
    edge_node = None
    for task in readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME):
        spec, node = services.get(task["ServiceID"]), names.get(task.get("NodeID", ""), "")
        if spec is None or task["Status"]["State"] not in ("running", "starting"):
            continue
        if spec["Name"] == f"{stack_deploy.STACK_NAME}_{EDGE_SERVICE}":
            edge_node = node
        name = f"{spec['Name']}.{task.get('Slot') or task.get('NodeID')}"
        for address in _addresses(task, network):
            ages[address] = _age_s(task)
            joined[node] = max(joined.get(node, 0.0), ages[address])
            ports = ports_of(spec.get("Labels") or {}) or (0,)
            found += [Destination("", spec["Name"], name, node, address, port) for port in ports]
    return Placed(tuple(found), edge_node, ages, joined)


def service_addresses(lab: Lab) -> tuple[ServiceAddress, ...]:
    """The addresses of the stack's services, as the manager has them."""
    api = lab.manager.api
    tasks = api.tasks(filters={"label": f"com.docker.stack.namespace={stack_deploy.STACK_NAME}"})
    return balancing.service_addresses(
        balancing.Manager(
            readiness.services(lab.manager, stack_deploy.STACK_NAME), tasks,
            {each["Id"]: each["Name"] for each in api.networks(filters={"driver": "overlay"})},
            {each["ID"]: each["Description"].get("Hostname", each["ID"]) for each in api.nodes()},
            {each["ID"]: _age_s(each) for each in tasks},
            {each["ID"]: _seconds_since(each["UpdatedAt"]) for each in tasks},
        )
    )  # fmt: skip


def _age_s(task: Json) -> float:
    """For how long it has been in its state, which is running or about to."""
    return _seconds_since(task["Status"]["Timestamp"])


def _seconds_since(moment: str) -> float:
    """0 where the clocks differ."""
    then = datetime.datetime.fromisoformat(moment[:19] + "+00:00")
    return max(0.0, (datetime.datetime.now(datetime.UTC) - then).total_seconds())


def _addresses(task: Json, network: str) -> list[str]:
    attached = task.get("NetworksAttachments") or []
    there = [a for a in attached if a["Network"].get("Spec", {}).get("Name") == network]
    return [address.partition("/")[0] for a in there for address in (a.get("Addresses") or ())[:1]]
