"""routing: what a kernel with IPVS adds: each service's own address, and ports that every node answers on."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from fixtures.target.values import Target
from tests.texts import one_per_line

if TYPE_CHECKING:
    from lab.cluster.handle import Lab

pytestmark = [pytest.mark.criterion("routing"), pytest.mark.lab, pytest.mark.xdist_group("routing")]
ROUNDS = 2
"""Requests to an address for each replica: IPVS gives each connection to the next one, so that all are asked."""


@pytest.fixture
def with_ipvs(target: Target, request: pytest.FixtureRequest) -> "Lab":
    """The lab, whose nodes' kernel has service addresses."""
    if not target.is_lab:
        not_exercised("service addresses are asked inside the lab's tasks only")
    if target.kernel is None or not target.kernel.get("ipvs"):
        not_exercised("no IPVS in this kernel: ./accept kernel brings one that has it")
    lab: Lab = request.getfixturevalue("lab")
    return lab


def test_service_addresses_lead_to_every_replica(
    with_ipvs: "Lab", plan: Plan, measured: Callable[[str], None]
) -> None:
    """From the edge's task: the service's name is its address, and every connection to it is answered."""
    from lab.cluster import tasks
    from lab.probe import service_addresses

    edges = [each for each in tasks.placed(with_ipvs) if each.service == plan.edge.name]
    shared = {network for edge in edges for network in edge.addresses}
    asked, wrong = [], []
    for address in service_addresses.addresses(with_ipvs):
        planned = next((each for each in plan.services if each.name == address.service), None)
        if planned is None or address.network not in shared:
            continue
        names = service_addresses.name_leads_to(with_ipvs, edges[0], address.service)
        if names != (address.ip,):
            wrong.append(
                f"{address.service}: Docker's DNS says {', '.join(names) or 'nothing'}, wanted {address.ip}"
            )
        each = service_addresses.ask(with_ipvs, edges[0], address, "/", ROUNDS * planned.replicas)
        asked.append(each)
        wrong += [f"{each.who}: {failure}" for failure in each.failures]
    if not asked:
        not_exercised("no service that the edge routes to has an address of its own: endpoint_mode dnsrr")
    assert not wrong, one_per_line(wrong)
    measured(
        f"VIPs of {len(asked)} services answered {sum(each.requests for each in asked)} connections, none failed"
    )


def test_a_port_of_the_mesh_answers_on_every_node(
    with_ipvs: "Lab", plan: Plan, measured: Callable[[str], None]
) -> None:
    """One task beside the stack, published through the ingress mesh: each node passes a request on to it."""
    from lab.probe import service_addresses

    routed = {each.service: each for each in service_addresses.addresses(with_ipvs)}
    page = next((routed[host.service] for host in plan.hosts if host.service in routed), None)
    if page is None:
        not_exercised("the stack has no page with an address of its own, whose image could stand beside it")
    image = service_addresses.image_of(with_ipvs, page.service)
    with service_addresses.published(with_ipvs, image, page.port, page.network):
        service_addresses.wait_published(with_ipvs, "/")
        asked = [each for _ in range(ROUNDS) for each in service_addresses.ask_mesh(with_ipvs, "/")]
    wrong = [f"{each.who}: {failure}" for each in asked for failure in each.failures]
    assert not wrong, one_per_line(wrong)
    measured(
        f"a port published by the mesh answers on {len(asked)} of {len(asked)} nodes, one of which runs its task"
    )
