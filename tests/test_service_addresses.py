"""routing: what a kernel with IPVS adds: each service's own address, and ports that every node answers on."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from tests.texts import one_per_line

if TYPE_CHECKING:
    from fixtures.plugins.cluster import ServiceAddresses

pytestmark = [pytest.mark.criterion("routing"), pytest.mark.lab, pytest.mark.xdist_group("routing")]
ROUNDS = 2
"""Requests to an address for each replica: IPVS gives each connection to the next one, so that all are asked."""


def test_service_addresses_lead_to_every_replica(
    service_addresses: "ServiceAddresses", plan: Plan, measured: Callable[[str], None]
) -> None:
    """From the edge's task: a service's name is its address, and every connection to it is answered."""
    replicas = {each.name: each.replicas for each in plan.services}
    asked = service_addresses.asked_from(plan.edge.name, replicas, ROUNDS)
    if not asked:
        not_exercised("no service that the edge routes to has an address of its own: endpoint_mode dnsrr")
    wrong = [f"{each.who}: {failure}" for each in asked for failure in each.failures]
    assert not wrong, one_per_line(wrong)
    measured(
        f"VIPs of {len(asked)} services answered {sum(each.requests for each in asked)} connections, none failed"
    )


def test_a_port_of_the_mesh_answers_on_every_node(
    service_addresses: "ServiceAddresses", plan: Plan, measured: Callable[[str], None]
) -> None:
    """One task beside the stack, published through the ingress mesh: each node passes a request on to it."""
    asked = service_addresses.mesh([host.service for host in plan.hosts if host.service], ROUNDS)
    if not asked:
        not_exercised("the stack has no page with an address of its own, whose image could stand beside it")
    wrong = [f"{each.who}: {failure}" for each in asked for failure in each.failures]
    assert not wrong, one_per_line(wrong)
    nodes = len({each.who for each in asked})
    measured(
        f"a port of the mesh answered {len(asked)} requests on {nodes} nodes, one of which runs its task"
    )
