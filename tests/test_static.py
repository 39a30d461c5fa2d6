"""The criteria as far as a stack file alone can break them: judged before anything is started, without Docker."""

from collections.abc import Callable

import pytest

from fixtures.judge.candidate import Candidate
from fixtures.judge.rules import deployment as checks
from fixtures.judge.rules import labels
from fixtures.target.current import planned
from fixtures.target.planned import Plan
from tests.texts import one_per_line

pytestmark = [pytest.mark.static, pytest.mark.lab]
criterion = pytest.mark.criterion


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The plan as it is known before there is a target."""
    return planned()


@criterion("spread")
def test_static_replicas_can_spread(
    to_deploy: Candidate, plan: Plan, measured: Callable[[str], None]
) -> None:
    """The file asks for the plan's replicas, and no constraint keeps them off the nodes that the plan wants."""
    assert plan.spread_services, "the plan names no service with several replicas: there is nothing to spread"
    violations = [
        t for each in plan.spread_services for t in checks.placement_violations(to_deploy, plan, each)
    ]
    assert not violations, one_per_line(violations)
    measured(f"static: {', '.join(each.name for each in plan.spread_services)} as the plan has them")


@criterion("mediasoup-pinned")
def test_static_mediasoup_is_pinned(
    to_deploy: Candidate, plan: Plan, measured: Callable[[str], None]
) -> None:
    """The file pins the one replica to its node and publishes exactly the plan's ports."""
    media = plan.media
    violations = [
        *checks.placement_violations(to_deploy, plan, media),
        *checks.published_violations(to_deploy, media),
    ]
    assert not violations, one_per_line(violations)
    measured(f"static: pinned to {media.node}, {len(media.ports)} ports")


@criterion("media-host")
def test_static_media_is_announced(to_deploy: Candidate, plan: Plan, measured: Callable[[str], None]) -> None:
    """The file gives the SFU an address to announce, and only ports that it publishes."""
    violations = checks.announced_violations(to_deploy, plan)
    assert not violations, one_per_line(violations)
    measured("static: announces an address and its published ports")


@criterion("call")
def test_static_services_are_connected(
    to_deploy: Candidate, plan: Plan, measured: Callable[[str], None]
) -> None:
    """Every service is on the networks that the plan has it on: signaling reaches the SFU, and both Redis."""
    violations = checks.unconnected(to_deploy, plan)
    assert not violations, one_per_line(violations)
    measured("static: every service is on its networks")


@criterion("no-504")
def test_static_hosts_have_routes(to_deploy: Candidate, plan: Plan, measured: Callable[[str], None]) -> None:
    """Every public host has a rule of an enabled service, with TLS and a port; the edge's ports are published."""
    edge = checks.published_violations(to_deploy, plan.edge)
    violations = [*labels.host_violations(to_deploy, plan), *labels.router_violations(to_deploy, plan), *edge]
    assert not violations, one_per_line(violations)
    measured(f"static: {len(plan.web_hosts)} hosts have a route")


@criterion("routing")
def test_static_tasks_can_be_dialled(
    to_deploy: Candidate, plan: Plan, measured: Callable[[str], None]
) -> None:
    """What Traefik routes to shares a network with it, and no label leads it to another."""
    violations = labels.network_violations(to_deploy, plan)
    assert not violations, one_per_line(violations)
    old = ", ".join(labels.deprecated(to_deploy))
    measured("static: networks fit" + (f"; deprecated traefik.docker.* labels on {old}" if old else ""))


@criterion("socketio")
def test_static_sessions_stay(to_deploy: Candidate, plan: Plan, measured: Callable[[str], None]) -> None:
    """Several signaling replicas have a sticky cookie, and the site's own origins are allowed."""
    violations = [*labels.sticky_violations(to_deploy, plan), *labels.origin_violations(to_deploy, plan)]
    assert not violations, one_per_line(violations)
    measured("static: sticky cookie, origins allowed")


@criterion("healthy")
def test_static_everything_can_run(to_deploy: Candidate, plan: Plan, measured: Callable[[str], None]) -> None:
    """Every service of the plan is there, may run where the plan has it, and finds its ports free."""
    apart = {plan.media, *plan.spread_services}
    pinned = [each for each in plan.services if each not in apart and to_deploy.service(each) is not None]
    violations = [
        *checks.missing_services(to_deploy, plan),
        *(violation for each in pinned for violation in checks.placement_violations(to_deploy, plan, each)),
        *(
            violation
            for each in pinned
            if each != plan.edge
            for violation in checks.published_violations(to_deploy, each)
        ),
        *checks.clashing_ports(to_deploy, plan),
    ]
    assert not violations, one_per_line(violations)
    measured(f"static: {len(plan.services)} services can be placed")


@criterion("healthy")
def test_static_memory_fits(to_deploy: Candidate, plan: Plan, measured: Callable[[str], None]) -> None:
    """No service has less memory than the plan gives it, and no node is overfilled in the worst placement."""
    violations = checks.memory_violations(to_deploy, plan)
    assert not violations, one_per_line(violations)
    worst = {node.instance: sum(checks.worst_case(to_deploy, plan, node).values()) for node in plan.nodes}
    listed = ", ".join(f"{name} {size / checks.GB:.1f} GB" for name, size in worst.items())
    measured(f"static: reserved in the worst placement: {listed}")


@criterion("healthy")
def test_static_updates_can_roll(to_deploy: Candidate, plan: Plan, measured: Callable[[str], None]) -> None:
    """No update policy waits for a port that the old task holds, or stops every replica at once."""
    violations = checks.update_violations(to_deploy, plan)
    assert not violations, one_per_line(violations)
    measured("static: updates leave replicas running")
