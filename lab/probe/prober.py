"""Enters the nodes of a lab and tells, between every two of them and both ways, what passes the overlay.

Every node has an endpoint of its own on each overlay it runs tasks of: the namespace `lb_<id>`, which Docker
keeps for load balancing. The agents run there, so no task is touched, and a lost row of one task does not look
like a lost node. Only reading and asking: nothing of the lab is changed.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from lab.cluster.handle import Lab
from lab.errors import LabError
from lab.probe import agent as probe_agent
from lab.probe import gossip_lists
from lab.probe.agent import LARGE_BYTES, LATE_MOST_S
from lab.probe.balancers import balancers
from lab.probe.entering import bounded, in_namespace, run, side_by_side
from lab.probe.node_views import (
    API_TIMEOUT_S,
    UNREACHABLE,
    NodeView,
    Place,
    Placed,
    edge_network,
    tasks_on,
    view_of,
)
from lab.probe.reading_agents import START_SLACK_S, AgentReport, pair_of, reached, read_agent, started_apart_s
from lab.probe.reading_kernel import COUNTERS, kernel_of, with_esp, with_gone
from lab.probe.reading_tables import TABLES, rows_of, unread
from lab.probe.second_look import CannotLookError, TablesRead, settled
from lab.probe.values import Destination, Kernel, Pair, Peers, Probe

SLOW_S = 4
"""What a busy node takes to start and to end an agent, beside its window."""


def probe(lab: Lab) -> Probe:
    """One look, within about fifteen seconds whatever the overlay does, and where the nodes are slow within half a minute
    more; raises LabError when the manager is gone."""
    started = time.monotonic()
    views = {view.node: view for view in side_by_side(lab.state.addresses, lambda node: view_of(lab, node))}
    try:
        network = edge_network(lab)
        placed = tasks_on(lab, network)
    except UNREACHABLE as error:
        raise LabError(
            f"the manager {lab.state.manager} does not answer, so nothing can be probed: {error}"
        ) from error
    entered, edge_node = _places(views, network), placed.edge_node
    plain, beside = _plain_beside(views, network)
    destinations = [replace(task, source=edge_node or "") for task in placed.tasks]
    encrypted = any(network in view.encrypted for view in views.values())
    before = _kernels(lab, views) if encrypted else {}
    reports = _run_agents(lab, network, {**beside, **entered}, destinations, edge_node)
    kernels = _kernels(lab, views)
    pairs = [
        with_esp(each, before, kernels, lab.state.addresses)
        for each in _pairs(views, network, entered, reports)
    ]
    with ThreadPoolExecutor(1) as meanwhile:
        led = meanwhile.submit(balancers, lab, [view.node for view in views.values() if not view.why])
        tables = _tables(lab, entered, network)
        peers = _peers(lab, views, network, placed.joined)
        addresses = led.result()
    return Probe(
        network=network,
        edge_node=edge_node,
        took_s=time.monotonic() - started,
        nodes=tuple(lab.state.addresses),
        pairs=tuple(pairs),
        destinations=tuple(reached(destinations, reports.get((edge_node or "", network)))),
        rows=tables.rows,
        peers=peers,
        large_bytes=LARGE_BYTES,
        plain=tuple(p for p in _pairs(views, plain, beside, reports) if not p.why),
        kernels=tuple(with_gone(each, views[node].bridges) for node, each in kernels.items()),
        problems=(
            *(f"{node} on {net}: {t.problem}" for (node, net), t in reports.items() if t.problem),
            *tables.unread,
            *addresses.unread,
        ),
        balanced=addresses.balanced,
    )  # fmt: skip


def _peers(
    lab: Lab, views: Mapping[str, NodeView], network: str, joined: Mapping[str, float]
) -> tuple[Peers, ...]:
    """Whom each node gossips with. Lists that disagree are read again: a node that has just joined is told by and by."""
    lists = {node: view.peers for node, view in views.items()}
    if gossip_lists.disagree(lists, network, lab.state.addresses):
        again = side_by_side(views, lambda node: view_of(lab, node))
        lists = dict(gossip_lists.union(lists, {view.node: view.peers for view in again}))
    return tuple(
        gossip_lists.peers_of(
            node, lists, network, lab.state.addresses, joined.get(node), view.why or "it runs no task there"
        )
        for node, view in views.items()
    )


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


def _plain_beside(views: Mapping[str, NodeView], network: str) -> tuple[str, dict[tuple[str, str], Place]]:
    """Where an overlay that is encrypted is to be compared with a plain one: that one, and the nodes' places there."""
    if not any(network in view.encrypted for view in views.values()):
        return "", {}
    secret = frozenset().union(*(view.encrypted for view in views.values()))
    on = Counter(name for view in views.values() for name in view.places if name not in secret)
    name = max(on, key=lambda each: (on[each], each), default="")
    return name, {(view.node, name): view.places[name] for view in views.values() if name in view.places}


def _kernels(lab: Lab, nodes: Iterable[str]) -> dict[str, Kernel]:
    return {each.node: each for each in side_by_side(nodes, lambda node: _kernel_of(lab, node))}


def _kernel_of(lab: Lab, node: str) -> Kernel:
    return kernel_of(node, *run(lab, node, bounded(["sh", "-c", COUNTERS], API_TIMEOUT_S)))


def _run_agents(
    lab: Lab,
    network: str,
    places: Mapping[tuple[str, str], Place],
    tasks: Iterable[Destination],
    edge_node: str | None,
) -> dict[tuple[str, str], AgentReport]:
    """Once more where engines that are slow started them so far apart that some missed one another, with time for that."""
    reports = _run_once(lab, network, places, (tasks, edge_node), 0)
    apart = started_apart_s(reports.values())
    if START_SLACK_S < apart <= LATE_MOST_S and any(
        _missed(place, places, reports) for place in places.values()
    ):
        return _run_once(lab, network, places, (tasks, edge_node), min(apart + START_SLACK_S, LATE_MOST_S))
    return reports


def _missed(
    place: Place, places: Mapping[tuple[str, str], Place], reports: Mapping[tuple[str, str], AgentReport]
) -> bool:
    heard = reports[place.node, place.network].arrived
    return any(p.address not in heard for p in places.values() if p.network == place.network and p != place)


def _run_once(
    lab: Lab,
    network: str,
    places: Mapping[tuple[str, str], Place],
    dialled: tuple[Iterable[Destination], str | None],
    late_s: int,
) -> dict[tuple[str, str], AgentReport]:
    """`dialled` are the tasks, and the node that asks them."""
    port, (tasks, edge_node) = probe_agent.any_port(), dialled

    def ask(place: Place) -> AgentReport:
        others = [p.address for p in places.values() if p.network == place.network and p.node != place.node]
        asking = (place.node, place.network) == (edge_node, network)
        asks = [f"{t.address}:{t.port}" for t in tasks if t.port and asking]
        agent = probe_agent.command(probe_agent.by_address(others), asks, port, late_s=late_s)
        within_s = probe_agent.within_s(late_s) + SLOW_S
        return read_agent(*run(lab, place.node, [*in_namespace(place.namespace, within_s), *agent]))

    return dict(zip(places, side_by_side(places.values(), ask), strict=True))


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
            placed = tasks_on(lab, network)
        except UNREACHABLE as error:
            raise CannotLookError(f"the nodes' tables: the manager does not answer: {error}") from error
        found = side_by_side(entered, lambda place: _table_of(lab, place, placed))
        return TablesRead(tuple(r for t in found for r in t.rows), tuple(w for t in found for w in t.unread))

    return settled(look)


def _table_of(lab: Lab, place: Place, placed: Placed) -> TablesRead:
    entering = in_namespace(place.overlay_namespace, API_TIMEOUT_S)
    status, output = run(lab, place.node, [*entering, "sh", "-c", TABLES])
    if why := unread(status, output):
        return TablesRead((), (f"{place.node}: its tables were not read: {why}",))
    ages = {address: min(age, placed.joined.get(place.node, 0.0)) for address, age in placed.ages.items()}
    rows = rows_of(place.node, place.network, output, placed.tasks, lab.state.addresses, ages)
    return TablesRead(tuple(rows))
