"""Enters the nodes of a lab and tells, between every two of them and both ways, what passes the overlay.

Every node has an endpoint of its own on each overlay it runs tasks of: the namespace `lb_<id>`, which Docker
keeps for load balancing. The agents run there, so no task is touched, and a lost row of one task does not look
like a lost node. Only reading and asking: nothing of the lab is changed.
"""

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import docker
import docker.errors
import requests

from lab.cluster import nodes, readiness, stack_deploy
from lab.cluster.handle import Lab
from lab.errors import LabError
from lab.probe import agent as probe_agent
from lab.probe.agent import LARGE_BYTES, WINDOW_S
from lab.probe.reading_agents import AgentReport, pair_of, ports_of, reached, read_agent, rows_of
from lab.probe.values import Destination, Pair, Peers, Probe, Row
from lab.waiting import NotYet, Ready, WaitTimeoutError, wait_for

T = TypeVar("T")
EXEC_DEADLINE_S = WINDOW_S + 4
API_TIMEOUT_S = 4
"""A node's dockerd answers in milliseconds; one that is stopped must not hold the whole probe."""
SECOND_LOOK_S = 6.0
"""Gossip tells of a new task within 0.2 s (networkdb's interval), and repeats what was lost for some seconds."""
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
    """What one node says of its overlays; `why` says why it says nothing."""

    node: str
    places: Mapping[str, Place]
    peers: Mapping[str, tuple[str, ...]]
    why: str = ""


def probe(lab: Lab, network: str = NETWORK) -> Probe:
    """One look, within about fifteen seconds whatever the overlay does; raises LabError when the manager is gone."""
    started = time.monotonic()
    views = {view.node: view for view in _each(lab.state.addresses, lambda node: _view(lab, node))}
    try:
        tasks, edge_node = _tasks(lab, network)
    except UNREACHABLE as error:
        raise LabError(
            f"the manager {lab.state.manager} does not answer, so nothing can be probed: {error}"
        ) from error
    entered = _places(views, network)
    destinations = [replace(task, source=edge_node or "") for task in tasks]
    reports = _run_agents(lab, network, entered, destinations, edge_node)
    return Probe(
        network=network,
        edge_node=edge_node,
        took_s=time.monotonic() - started,
        nodes=tuple(lab.state.addresses),
        pairs=tuple(_pairs(views, network, entered, reports)),
        destinations=tuple(reached(destinations, reports.get((edge_node or "", network)))),
        rows=tuple(_rows(lab, entered, tasks, network)),
        peers=tuple(_peers(view, network) for view in views.values()),
        large_bytes=LARGE_BYTES,
        problems=tuple(f"{node} on {net}: {t.problem}" for (node, net), t in reports.items() if t.problem),
    )  # fmt: skip


def _each(items: Iterable[Any], act: Callable[[Any], T]) -> list[T]:
    with ThreadPoolExecutor(max_workers=16) as pool:
        return list(pool.map(act, items))


def _view(lab: Lab, node: str) -> NodeView:
    """A node's overlays; a node that does not answer is a view that says why."""
    try:
        status = lab.host.api.inspect_container(lab.container(node))["State"]
        if not status["Running"] or status["Paused"]:
            return NodeView(node, {}, {}, f"the node is {status['Status']}")
        client = nodes.api(lab.state.addresses[node], lab.ca_file, lab.client_files, API_TIMEOUT_S)
        found = [client.api.inspect_network(n["Id"]) for n in client.api.networks(filters={"driver": "overlay"})
                 if not n.get("Ingress")]  # fmt: skip
        client.close()
    except UNREACHABLE as error:
        return NodeView(node, {}, {}, f"its dockerd does not answer: {str(error)[:200]}")
    places = {n["Name"]: place for n in found if (place := _place(node, n)) is not None}
    peers = {n["Name"]: tuple(sorted(p["IP"] for p in n["Peers"])) for n in found if n.get("Peers")}
    return NodeView(node, places, peers)


def _peers(view: NodeView, network: str) -> Peers:
    known = view.peers.get(network)
    return Peers(view.node, network, known, "" if known else view.why or "it runs no task there")


def _place(node: str, network: Json) -> Place | None:
    own = (network.get("Containers") or {}).get(f"lb-{network['Name']}")
    address = (own or {}).get("IPv4Address", "").partition("/")[0]
    return Place(node, network["Name"], network["Id"], address) if address else None


def _tasks(lab: Lab, network: str) -> tuple[list[Destination], str | None]:
    """The running tasks on the network, those with a port of Traefik's label first asked; and Traefik's node."""
    names = {n["ID"]: n["Description"].get("Hostname", n["ID"]) for n in lab.manager.api.nodes()}
    services = {s["ID"]: s["Spec"] for s in readiness.services(lab.manager, stack_deploy.STACK_NAME)}
    found, edge_node = [], None
    for task in readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME):
        spec, node = services.get(task["ServiceID"]), names.get(task.get("NodeID", ""), "")
        if spec is None or task["Status"]["State"] not in ("running", "starting"):
            continue
        if spec["Name"] == f"{stack_deploy.STACK_NAME}_{EDGE_SERVICE}":
            edge_node = node
        name = f"{spec['Name']}.{task.get('Slot') or task.get('NodeID')}"
        found += [
            Destination("", spec["Name"], name, node, address, port)
            for address in _addresses(task, network)
            for port in ports_of(spec.get("Labels") or {}) or (0,)
        ]
    return found, edge_node


def _addresses(task: Json, network: str) -> list[str]:
    attached = task.get("NetworksAttachments") or []
    there = [a for a in attached if a["Network"].get("Spec", {}).get("Name") == network]
    return [address.partition("/")[0] for a in there for address in (a.get("Addresses") or ())[:1]]


def _places(views: Mapping[str, NodeView], network: str) -> dict[tuple[str, str], Place]:
    """Where agents run: on Traefik's overlay, and on another for the pairs of nodes that it does not join."""
    places = {(v.node, network): v.places[network] for v in views.values() if network in v.places}
    off = [v for v in views.values() if network not in v.places and v.places]
    for view in off:
        for other in views.values():
            shared = sorted(set(view.places) & set(other.places))
            if other is not view and shared:
                places[view.node, shared[0]] = view.places[shared[0]]
                places[other.node, shared[0]] = other.places[shared[0]]
    return places


def _run_agents(
    lab: Lab,
    network: str,
    places: Mapping[tuple[str, str], Place],
    tasks: list[Destination],
    edge_node: str | None,
) -> dict[tuple[str, str], AgentReport]:
    def run(place: Place) -> AgentReport:
        others = [p.address for p in places.values() if p.network == place.network and p.node != place.node]
        asking = (place.node, place.network) == (edge_node, network)
        asks = [f"{t.address}:{t.port}" for t in tasks if t.port and asking]
        agent = probe_agent.command(probe_agent.by_address(others), asks)
        return read_agent(*_exec(lab, place.node, [*_entering(place.namespace, EXEC_DEADLINE_S), *agent]))

    return dict(zip(places, _each(places.values(), run), strict=True))


def _entering(namespace: str, deadline_s: float) -> list[str]:
    return ["timeout", "-k", "1", str(deadline_s), "nsenter", f"--net={namespace}"]


def _exec(lab: Lab, node: str, command: list[str]) -> tuple[int, str]:
    """Status and output; a node that is gone is a status of its own."""
    try:
        created = lab.host.api.exec_create(lab.container(node), command)["Id"]
        output = lab.host.api.exec_start(created).decode(errors="replace")
        return int(lab.host.api.exec_inspect(created)["ExitCode"] or 0), output
    except UNREACHABLE as error:
        return -1, str(error)


def _pairs(
    views: Mapping[str, NodeView],
    network: str,
    places: Mapping[tuple[str, str], Place],
    reports: Mapping[tuple[str, str], AgentReport],
) -> Iterable[Pair]:
    """Every ordered pair of nodes: as the agents found it, or why they could not."""
    for source in views:
        for target in views:
            if source == target:
                continue
            shared = [net for node, net in places if node == source and (target, net) in places]
            if not shared:
                why = views[source].why or views[target].why or "no overlay has tasks on both nodes"
                yield Pair(source, target, network, why=why)
                continue
            net = network if network in shared else shared[0]
            here, there = places[source, net], places[target, net]
            yield pair_of(
                Pair(source, target, net),
                reports[source, net],
                reports[target, net],
                here.address,
                there.address,
            )


def _rows(
    lab: Lab, places: Mapping[tuple[str, str], Place], tasks: list[Destination], network: str
) -> Iterable[Row]:
    """Each node's neighbour entry and forwarding row for every task of the network on another node.

    A task that has just started is not known everywhere yet, and one that has ended is known no more: where a node
    lacks an entry, it is looked at again until it has it, and what it lacks at the end of SECOND_LOOK_S is lacking.
    """
    entered = [place for (_, net), place in places.items() if net == network]
    last: list[Row] = []

    def look(place: Place) -> list[Row]:
        tables = "ip neigh show dev vxlan0 && echo -- && bridge fdb show dev vxlan0"
        entering = _entering(place.overlay_namespace, API_TIMEOUT_S)
        status, output = _exec(lab, place.node, [*entering, "sh", "-c", tables])
        return rows_of(place.node, network, output, tasks, lab.state.addresses) if status == 0 else []

    def look_at_all() -> Ready[None] | NotYet:
        there = {task.address for task in (_tasks(lab, network)[0] if last else tasks)}
        last[:] = [row for rows in _each(entered, look) for row in rows if row.address in there]
        lacking = [row.task for row in last if row.mac is None]
        return NotYet(f"no entry for {', '.join(lacking)}") if lacking else Ready(None)

    with contextlib.suppress(WaitTimeoutError, *UNREACHABLE):
        wait_for("every node knows every task", look_at_all, deadline_s=SECOND_LOOK_S, interval_s=0.5)
    return last
