"""Replicas and their places: stopped, pinned, without an address, without a node."""

from lab.cluster.handle import Lab
from lab.cluster.stack_deploy import STACK_NAME
from lab.faults import effects, service_changes
from lab.faults.change import Changes
from lab.faults.fault import NODE2, NODE3, fault
from lab.faults.node_changes import StoppedNode
from lab.faults.process_changes import stopped
from lab.faults.service_changes import NewNetwork, ServiceChange, change_of
from lab.faults.service_updates import inspect
from lab.faults.spec_edits import Edit


@fault(
    "replica-stopped", "the processes of one replica stopped (SIGSTOP)", effect=effects.check_failed,
    service="frontend", node=NODE3,
)  # fmt: skip
def replica_stopped(lab: Lab, service: str, node: str) -> Changes:
    return (stopped(lab, service, node),)


@fault(
    "pinned", "all replicas of a service on one node by a constraint, network sound", service="frontend",
    node=NODE2,
)  # fmt: skip
def pinned(lab: Lab, service: str, node: str) -> Changes:
    return (service_changes.pinned(lab, service, node),)


@fault(
    "constraint-added", "a constraint on the running service that its file lacks", service="signaling",
    constraint="node.labels.instance != translation09",
)  # fmt: skip
def constraint_added(lab: Lab, service: str, constraint: str) -> Changes:
    return (change_of(lab, service, ["constraint", constraint]),)


@fault(
    "addresses-exhausted", "an overlay with fewer addresses than replicas", effect=effects.stuck, routed=False,
    service="frontend", subnet="10.99.99.0/29",
)  # fmt: skip
def addresses_exhausted(lab: Lab, service: str, subnet: str) -> Changes:
    small = NewNetwork(f"{STACK_NAME}_small", subnet, {"com.docker.stack.namespace": STACK_NAME})
    before, joined = inspect(lab, service)["Spec"], ["network", small.name]
    # One replica fits; scaling up from it is what gets stuck, while that one goes on answering. One on each node at
    # most, or after some failures the Swarm puts the others together, where they share the node's own address.
    alone: Edit = ["max replicas", 1]
    first: tuple[Edit, ...] = (joined, alone, ["replicas", 1])
    return (small, ServiceChange(service, (joined, alone), before, waits=False, first=first))


@fault("node-stopped", "a node stopped, as by a power failure", node=NODE3)
def node_stopped(lab: Lab, node: str) -> Changes:
    return (StoppedNode(node),)
