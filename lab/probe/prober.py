"""Enters the nodes of a lab and tells, between every two of them and both ways, what passes the overlay.

Every node has an endpoint of its own on each overlay it runs tasks of: the namespace `lb_<id>`, which Docker
keeps for load balancing. The agents run there, so no task is touched, and a lost row of one task does not look
like a lost node. Only reading and asking: nothing of the lab is changed.
"""

import datetime
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
from lab.probe import gossip_lists
from lab.probe.agent import LARGE_BYTES, WINDOW_S
from lab.probe.reading_agents import AgentReport, pair_of, ports_of, reached, read_agent
from lab.probe.reading_tables import TABLES, rows_of, unread
from lab.probe.second_look import CannotLookError, TablesRead, settled
from lab.probe.values import Destination, Pair, Peers, Probe

T = TypeVar("T")
EXEC_DEADLINE_S = WINDOW_S + 4
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
    """What one node says of its overlays; `why` says why it says nothing."""

    node: str
    places: Mapping[str, Place]
    peers: Mapping[str, tuple[str, ...]]
    why: str = ""


@dataclass(frozen=True)
class Placed:
    """The running tasks on a network, those with a port of Traefik's label to be asked, and Traefik's node; `ages` in
    seconds by address, `joined` how long a node has had tasks there."""

    tasks: tuple[Destination, ...]
    edge_node: str | None
    ages: Mapping[str, float]
    joined: Mapping[str, float]


def probe(lab: Lab, network: str = NETWORK) -> Probe:
    """One look, within about fifteen seconds whatever the overlay does; raises LabError when the manager is gone."""
    started = time.monotonic()
    views = {view.node: view for view in _each(lab.state.addresses, lambda node: _view(lab, node))}
    try:
        placed = _tasks(lab, network)
    except UNREACHABLE as error:
        raise LabError(
            f"the manager {lab.state.manager} does not answer, so nothing can be probed: {error}"
        ) from error
    entered, edge_node = _places(views, network), placed.edge_node
    destinations = [replace(task, source=edge_node or "") for task in placed.tasks]
    reports = _run_agents(lab, network, entered, destinations, edge_node)
    tables = _tables(lab, entered, network)
    peers = _peers(lab, views, network, placed.joined)
    return Probe(
        network=network,
        edge_node=edge_node,
        took_s=time.monotonic() - started,
        nodes=tuple(lab.state.addresses),
        pairs=tuple(_pairs(views, network, entered, reports)),
        destinations=tuple(reached(destinations, reports.get((edge_node or "", network)))),
        rows=tables.rows,
        peers=peers,
        large_bytes=LARGE_BYTES,
        problems=(
            *(f"{node} on {net}: {t.problem}" for (node, net), t in reports.items() if t.problem),
            *tables.unread,
        ),
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


def _peers(
    lab: Lab, views: Mapping[str, NodeView], network: str, joined: Mapping[str, float]
) -> tuple[Peers, ...]:
    """Whom each node gossips with. Lists that disagree are read again: a node that has just joined is told by and by."""
    lists = {node: view.peers for node, view in views.items()}
    if gossip_lists.disagree(lists, network, lab.state.addresses):
        again = _each(views, lambda node: _view(lab, node))
        lists = dict(gossip_lists.union(lists, {view.node: view.peers for view in again}))
    return tuple(
        gossip_lists.peers_of(
            node, lists, network, lab.state.addresses, joined.get(node), view.why or "it runs no task there"
        )
        for node, view in views.items()
    )


def _place(node: str, network: Json) -> Place | None:
    own = (network.get("Containers") or {}).get(f"lb-{network['Name']}")
    address = (own or {}).get("IPv4Address", "").partition("/")[0]
    return Place(node, network["Name"], network["Id"], address) if address else None


def _tasks(lab: Lab, network: str) -> Placed:
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


def _age_s(task: Json) -> float:
    """For how long it has been in its state, which is running or about to; 0 where the clocks differ."""
    since = datetime.datetime.fromisoformat(task["Status"]["Timestamp"][:19] + "+00:00")
    return max(0.0, (datetime.datetime.now(datetime.UTC) - since).total_seconds())


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
    tasks: Iterable[Destination],
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
        status = lab.host.api.exec_inspect(created)["ExitCode"]
        return -1 if status is None else int(status), output
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


def _tables(lab: Lab, places: Mapping[tuple[str, str], Place], network: str) -> TablesRead:
    """Each node's neighbour entry and forwarding row for every task of the network on another node.

    A task that has just started is not known everywhere yet, and one that has ended is known no more: the tasks are
    asked for at every look.
    """
    entered = [place for (_, net), place in places.items() if net == network]

    def look() -> TablesRead:
        try:
            placed = _tasks(lab, network)
        except UNREACHABLE as error:
            raise CannotLookError(f"the nodes' tables: the manager does not answer: {error}") from error
        found = _each(entered, lambda place: _table_of(lab, place, placed))
        return TablesRead(tuple(r for t in found for r in t.rows), tuple(w for t in found for w in t.unread))

    return settled(look)


def _table_of(lab: Lab, place: Place, placed: Placed) -> TablesRead:
    entering = _entering(place.overlay_namespace, API_TIMEOUT_S)
    status, output = _exec(lab, place.node, [*entering, "sh", "-c", TABLES])
    if why := unread(status, output):
        return TablesRead((), (f"{place.node}: its tables were not read: {why}",))
    ages = {address: min(age, placed.joined.get(place.node, 0.0)) for address, age in placed.ages.items()}
    rows = rows_of(place.node, place.network, output, placed.tasks, lab.state.addresses, ages)
    return TablesRead(tuple(rows))
