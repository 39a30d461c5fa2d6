"""What is deployed and where it runs, at the edges of each rule."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules import deployed, swarm_nodes
from fixtures.diagnose.values import Cause, Confidence
from fixtures.observe.swarm.state import Task
from fixtures.target.planned import Port
from tests.harness.samples import between_nodes, faults
from tests.harness.samples import observed as samples
from tests.harness.samples.between_nodes import ended, since_the_run_began
from tests.harness.samples.observed import FRONTEND, NOW, ONE, PLAN, THREE, TWO, blind, changed, with_tasks


def on(
    *nodes: str, constraint: str = f"node.labels.instance == {TWO}", plan_has: tuple[str, ...] = ()
) -> Observations:
    """The frontend with a constraint, its replicas on these nodes."""
    seen = changed(samples.sound(), "frontend", constraints=(constraint, *plan_has))
    return with_tasks(seen, "frontend", lambda t: replace(t, node=nodes[(t.slot or 1) % len(nodes)]))


@pytest.mark.parametrize(
    ("seen", "named"),
    [
        (on(TWO), True), (on(TWO, ONE), PLAN.service("frontend").min_nodes > 2), (on(ONE, TWO, THREE), False),
        (blind(on(TWO), "state"), False),
    ],
)  # fmt: skip
def test_pins_need_both_a_constraint_and_too_few_nodes(seen: Observations, named: bool) -> None:
    """A constraint that still lets replicas run on as many nodes as wanted is no pin."""
    assert bool(list(deployed.pins(seen))) is named


def test_too_few_nodes_without_a_constraint_are_no_pin() -> None:
    """Replicas on one node by themselves are not pinned; nor is one by a constraint of the plan."""
    together = with_tasks(samples.sound(), "frontend", lambda t: replace(t, node=TWO))
    assert list(deployed.pins(together)) == []


def test_a_pinned_service_that_runs_nowhere() -> None:
    """It says that it runs on no node, and how to take every constraint off."""
    seen = with_tasks(on(TWO, plan_has=("node.role==worker",)), "frontend", lambda t: None)
    (cause,) = deployed.pins(seen)
    assert (
        "is constrained to no node by node.labels.instance == translation02, node.role == worker"
        in cause.title
    )
    assert (
        "--constraint-rm 'node.labels.instance == translation02' --constraint-rm 'node.role == worker'"
        in cause.remedy
    )
    assert cause.names("constraint") == ("node.labels.instance == translation02", "node.role == worker")


def full(state: str = "preparing", desired: str = "running") -> Observations:
    """An overlay of five addresses with none left but for a virtual one, and the last of three tasks in this state."""
    seen = changed(faults.exhausted(), "frontend", endpoint_mode="vip")
    return with_tasks(
        seen, "frontend", lambda t: replace(t, state=state, desired_state=desired) if t.slot == 3 else t
    )


def exhausted(seen: Observations) -> list[Cause]:
    return list(deployed.addresses_exhausted(seen))


@pytest.mark.parametrize(
    ("state", "desired", "named"),
    [
        ("new", "running", True), ("pending", "running", True), ("assigned", "running", True),
        ("accepted", "running", True), ("preparing", "running", True), ("preparing", "ready", True),
        ("preparing", "shutdown", False), ("running", "running", False), ("starting", "running", False),
        ("failed", "running", False),
    ],
)  # fmt: skip
def test_only_tasks_that_wait_lack_an_address(state: str, desired: str, named: bool) -> None:
    """A task that is not wanted, or that has come further, waits for none."""
    assert bool(exhausted(full(state, desired))) is named


def test_how_many_addresses_are_left() -> None:
    """Of eight three are the network's own; three tasks and two nodes take five; one more is wanted for a node."""
    (cause,) = exhausted(faults.exhausted())
    assert cause.names("left") == ("0",)
    assert (
        cause.title
        == "addresses exhausted: translation_small (10.9.9.0/29) has 0 left, tasks of translation_frontend wait"
    )
    assert exhausted(faults.exhausted("10.9.9.0/28")) == []


def test_a_task_whose_turn_comes_later_holds_its_address() -> None:
    """As recorded between two attempts: the third task is `ready`, has an address, and its node lacks one."""
    turn = with_tasks(
        faults.exhausted(),
        "frontend",
        lambda t: replace(t, desired_state="ready") if t.state == "preparing" else t,
    )
    (cause,) = exhausted(turn)
    assert cause.names("left") == ("0",)


@pytest.mark.parametrize("phrase", ["no available IP", "ip addresses may be exhausted"])
@pytest.mark.parametrize("where", ["error", "message"])
@pytest.mark.parametrize(("age_s", "named"), [(0, True), (120, True), (121, False)])
def test_a_task_that_says_so_proves_it(phrase: str, where: str, age_s: float, named: bool) -> None:
    """What a task says of addresses proves it, where that is of this run."""
    seen = faults.exhausted("10.9.0.0/20")
    said = replace(samples.task("frontend", 1, TWO, 77), state="rejected", desired_state="shutdown",
                   since=NOW - timedelta(seconds=age_s), **{where: phrase})  # type: ignore[arg-type]  # fmt: skip
    found = exhausted(with_tasks(seen, "frontend", lambda t: t, [said]))
    assert [cause.confidence for cause in found] == ([Confidence.PROVED] if named else [])
    if found:
        assert found[0].names("network") == (FRONTEND,)  # the tightest of its two
        assert phrase in "".join(found[0].speaks_for)


@pytest.mark.parametrize(
    ("more", "mode", "left"), [(7, "dnsrr", None), (8, "dnsrr", "0"), (7, "vip", "0"), (6, "vip", None)]
)
def test_every_address_is_counted(more: int, mode: str, left: str | None) -> None:
    """Of sixteen three are the network's own, each task takes one, each node that runs one, and a virtual address."""
    tasks = [
        replace(samples.task("frontend", n, TWO, 80 + n), addresses={"translation_small": f"10.9.9.{n}"})
        for n in range(4, 4 + more)
    ]
    seen = changed(faults.exhausted("10.9.9.0/28"), "frontend", endpoint_mode=mode)
    found = exhausted(with_tasks(seen, "frontend", lambda t: t, tasks))
    assert [cause.names("left") for cause in found] == ([] if left is None else [(left,)])


@pytest.mark.parametrize(
    ("state", "availability", "said"),
    [
        ("ready", "active", None),
        ("down", "active", "it is down, active"),
        ("ready", "drain", None),
        ("down", "drain", "it is down, drain"),
    ],
)
def test_a_node_that_is_down(state: str, availability: str, said: str | None) -> None:
    """A node that is down is named by its host name, with what the manager says of it; a closed one is up."""
    seen = samples.silent_node(samples.sound(), THREE)
    assert seen.state is not None
    nodes = tuple(
        replace(n, state=state, availability=availability) if n.hostname == THREE else n
        for n in seen.state.nodes
    )
    found = list(swarm_nodes.node_down(replace(seen, state=replace(seen.state, nodes=nodes))))
    assert [cause.names("node") for cause in found] == ([] if said is None else [(THREE,)])
    if said:
        assert found[0].speaks_for == (f"the manager says of {THREE}: {said}",)


def test_a_node_that_the_swarm_lacks() -> None:
    """A node of the plan that no node could be is down, and is named by its label."""
    seen = samples.sound()
    assert seen.state is not None
    nodes = tuple(n for n in seen.state.nodes if n.hostname != THREE)
    (cause,) = swarm_nodes.node_down(replace(seen, state=replace(seen.state, nodes=nodes)))
    assert cause.names("node") == (THREE,)
    assert cause.speaks_for == (f"the manager says of {THREE}: no node carries its label",)
    assert list(swarm_nodes.node_down(blind(seen, "state"))) == []


def test_mediasoup_where_it_should_be_and_elsewhere() -> None:
    """It is moved where it runs on another node; what does not run there is nowhere."""
    assert list(deployed.mediasoup_moved(samples.sound())) == []
    assert len(list(deployed.mediasoup_moved(faults.moved()))) == 1
    assert list(deployed.mediasoup_moved(blind(faults.moved(), "state"))) == []
    gone = with_tasks(faults.moved(), "mediasoup", lambda t: replace(t, state="failed"))
    assert list(deployed.mediasoup_moved(gone)) == []
    free = changed(faults.moved(), "mediasoup", constraints=())
    assert next(iter(deployed.mediasoup_moved(free))).speaks_for[-1] == "constraints: none"


def test_each_port_that_is_not_published() -> None:
    """Each of them is a cause, by protocol and number; a service that is not deployed publishes none wrongly."""
    ports = PLAN.media.ports
    seen = changed(samples.sound(), "mediasoup", ports=(ports[0],))
    found = list(deployed.port_not_published(seen))
    wanted = sorted(ports[1:], key=lambda port: (port.protocol, port.target))
    assert [cause.names("port") for cause in found] == [(str(port.published),) for port in wanted]
    assert found[0].speaks_for == (f"plan A wants {wanted[0]}, the running service publishes 1 ports",)
    assert list(deployed.port_not_published(blind(seen, "state"))) == []
    assert seen.state is not None
    without = tuple(s for s in seen.state.services if s.name != PLAN.media.full_name)
    assert list(deployed.port_not_published(replace(seen, state=replace(seen.state, services=without)))) == []


@pytest.mark.parametrize(("age_s", "named"), [(0, True), (120, True), (121, False)])
def test_restarts_of_the_last_two_minutes(age_s: float, named: bool) -> None:
    """Where the start of the run is not known two minutes count."""
    assert bool(list(deployed.restarts(ended("signaling", age_s)))) is named
    assert bool(list(deployed.mediasoup_restarts(ended("mediasoup", age_s)))) is named


@pytest.mark.parametrize(("began_s", "named"), [(60, True), (55, True), (54, False)])
def test_restarts_since_just_before_the_run(began_s: float, named: bool) -> None:
    """Tasks that failed up to five seconds before the run began count too."""
    assert (
        bool(list(deployed.restarts(since_the_run_began(lambda: ended("signaling", 60), began_s)))) is named
    )


@pytest.mark.parametrize(
    ("seen", "count"),
    [
        (ended("signaling", 6, state="failed"), 1), (ended("signaling", 6, state="rejected"), 1),
        (ended("signaling", 6, state="shutdown"), 0), (ended("signaling", 6, state="complete"), 0),
        (ended("signaling", 6, error="task: unhealthy container"), 0), (ended("signaling", 6, error="no available IP"), 0),
        (ended("mediasoup", 6), 0), (blind(ended("signaling", 6), "state"), 0),
    ],
)  # fmt: skip
def test_what_counts_as_a_restart(seen: Observations, count: int) -> None:
    """A task that failed or was rejected for no reason that has a rule of its own; the SFU's have a cause of theirs."""
    assert len(list(deployed.restarts(seen))) == count


def test_tasks_that_a_lost_node_took_along() -> None:
    """Tasks that ended with their node are no restarts; one elsewhere is."""
    seen = between_nodes.restarted()
    assert seen.state is not None

    def with_down(name: str) -> Observations:
        assert seen.state is not None
        nodes = tuple(
            samples.node(n.hostname, "down" if n.hostname == name else "ready") for n in seen.state.nodes
        )
        return replace(seen, state=replace(seen.state, nodes=nodes))

    assert list(deployed.restarts(with_down(TWO))) == []
    assert len(list(deployed.restarts(with_down(THREE)))) == 1

    def elsewhere(t: Task) -> Task:
        return (
            replace(t, node=ONE)
            if t.state == "failed" and t.addresses.get(FRONTEND, "").endswith(".60")
            else t
        )

    assert len(list(deployed.restarts(with_tasks(with_down(TWO), "signaling", elsewhere)))) == 1


def test_a_restart_says_when() -> None:
    """The times are those of the Swarm, the oldest first in the title."""
    (cause,) = deployed.restarts(between_nodes.restarted())
    assert cause.title == "restarts: translation_signaling ended 2 times, at 16:59:48Z, 16:59:54Z"
    assert len(cause.speaks_for) == 2
    unknown = with_tasks(
        between_nodes.restarted(), "signaling", lambda t: replace(t, since=None) if t.state == "failed" else t
    )
    assert list(deployed.restarts(unknown)) == []


def test_a_port_goes_by_the_number_that_is_published() -> None:
    """By the node's port, else by the container's; in order of protocol and number."""
    ports = (Port(7, 9007, "udp", "host"), Port(8, 9008, "tcp", "host"), Port(5, None, "tcp", "host"))
    media = replace(PLAN.media, ports=ports)
    plan = replace(PLAN, services=tuple(media if s.name == media.name else s for s in PLAN.services))
    seen = replace(changed(samples.sound(), "mediasoup", ports=()), plan=plan)
    assert [cause.names("port") for cause in deployed.port_not_published(seen)] == [
        ("5",),
        ("9008",),
        ("9007",),
    ]


def test_nodes_of_a_pin_are_listed_in_order() -> None:
    """However the Swarm lists its tasks."""
    wide = replace(PLAN.service("frontend"), min_nodes=3)
    plan = replace(PLAN, services=tuple(wide if s.name == wide.name else s for s in PLAN.services))
    (cause,) = deployed.pins(replace(on(THREE, ONE), plan=plan))
    assert cause.names("node") == (ONE, THREE)
