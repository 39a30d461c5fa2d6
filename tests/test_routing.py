"""routing: the edge's own log says that it reached every replica, across nodes too."""

from collections.abc import Callable

import pytest

from fixtures.judge.edge_errors import error_texts
from fixtures.judge.paces import STEP_MS, Timed, paces, slow_nodes
from fixtures.judge.placement import edge_log_of, running
from fixtures.observe.http.access_log import errors_5xx, served_by
from fixtures.observe.swarm.state import SwarmState, Task
from fixtures.plugins.traffic import Routed
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from fixtures.target.values import Target
from tests.texts import listed, one_per_line

pytestmark = [
    pytest.mark.criterion("routing"),
    pytest.mark.lab,
    pytest.mark.smoke,
    pytest.mark.xdist_group("routing"),
]


def _replicas(state: SwarmState, plan: Plan) -> dict[str, Task]:
    """The address of every replica on a network that the edge is on too -> its task."""
    shared = {plan.network(network) for network in plan.edge.networks}
    tasks = [task for planned in plan.served_services for task in running(state, planned.full_name)]
    return {
        address: task for task in tasks for network, address in task.addresses.items() if network in shared
    }


def test_no_5xx_in_the_access_log(routed: Routed, plan: Plan, request: pytest.FixtureRequest) -> None:
    """Between the marks the log holds at least our requests, and none was answered 5xx."""
    if not routed.attempts:
        not_exercised("no request was made")
    assert len(routed.lines) >= len(routed.attempts), (
        f"{len(routed.lines)} lines for {len(routed.attempts)} requests{routed.logged.unread_text}"
    )
    given_up = [attempt for attempt in routed.attempts if attempt.cut_short]
    assert not given_up, f"{len(given_up)} of {len(routed.attempts)} requests: {given_up[0].error}"
    errors = errors_5xx(routed.lines)
    # Only for the names: that the requests were answered is judged before the Swarm is asked for its state.
    state: SwarmState | None = request.getfixturevalue("state") if errors else None
    assert not errors, one_per_line(error_texts(errors, state, plan.stack))


def test_every_replica_served(
    routed: Routed, state: SwarmState, plan: Plan, measured: Callable[[str], None]
) -> None:
    """Every running replica answered 2xx through the edge."""
    if not plan.served_services:
        not_exercised("no public host leads to a service with several replicas: one replica serves all")
    served, replicas = served_by(routed.lines), _replicas(state, plan)
    wanted = sum(planned.replicas for planned in plan.served_services)
    where = listed(f"{task.name} at {address}" for address, task in replicas.items())
    assert len(replicas) == wanted, (
        f"{len(replicas)} replicas are on a network of the edge, wanted {wanted}: {where}"
    )
    idle = [
        f"{task.name} on {task.node} at {address}: no 2xx in {len(routed.lines)} logged requests; "
        f"is UDP 4789 open to {task.node}? by hand: {edge_log_of(plan.edge.full_name, address)}"
        for address, task in replicas.items()
        if not served.get(address)
    ]
    assert not idle, one_per_line(idle)
    measured(
        f"{len(replicas)} of {wanted} replicas served {sum(served[a] for a in replicas)} requests, no 5xx"
        f"{routed.logged.unread_text}"
    )


def test_no_node_is_slower_than_the_others(
    paced: tuple[Timed, ...], plan: Plan, measured: Callable[[str], None]
) -> None:
    """On no node a larger share of requests takes a retransmission longer than on the others."""
    slow = slow_nodes(paced)
    assert not slow, one_per_line(
        f"{pace}: packets are lost on the way there, or its replicas are held up; "
        f"by hand: {edge_log_of(plan.edge.full_name, address)}"
        for pace in slow
        for address in sorted({each.address for each in paced if each.node == pace.node})[:1]
    )
    late = sum(pace.slow for pace in paces(paced))
    measured(
        f"{late} of {len(paced)} requests later than the fastest by {STEP_MS:g} ms, on no node more than elsewhere"
    )


LACKS = {
    "ipvs": "service VIPs and the ingress mesh (no IPVS in this kernel)",
    "esp": "encrypted overlays (no ESP)",
}
"""What of routing a nodes' kernel cannot show, by the feature it lacks."""


def test_the_overlay_is_crossed(
    routed: Routed, state: SwarmState, plan: Plan, target: Target, measured: Callable[[str], None]
) -> None:
    """Of each service that the plan does not keep beside the edge, a replica on another node answered."""
    served, replicas = served_by(routed.lines), _replicas(state, plan)
    home = {task.node for task in running(state, plan.edge.full_name)}
    abroad = [
        planned for planned in plan.served_services if planned.node is None or planned.node != plan.edge.node
    ]
    if not abroad:
        not_exercised(
            "the plan keeps every replicated service beside the edge: no request crosses the overlay"
        )
    for planned in abroad:
        nodes = {t.node for a, t in replicas.items() if t.service == planned.full_name and served.get(a)}
        assert nodes - home, (
            f"{planned.full_name}: only {listed(map(str, nodes))} answered, where the edge itself is: the overlay is "
            "not proved"
        )
        there, here = (", ".join(sorted(map(str, names))) for names in (nodes - home, home))
        measured(f"{planned.name} reached on {there} from {here}")
    for feature, lack in LACKS.items():
        if target.kernel is not None and target.kernel.get(feature) is False:
            measured(f"not exercised: {lack}")
