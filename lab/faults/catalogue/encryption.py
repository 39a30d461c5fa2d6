"""Overlays that are encrypted, where ESP does not pass between the nodes."""

from lab.cluster.handle import Lab
from lab.cluster.stack_deploy import STACK_NAME
from lab.faults import edge, effects
from lab.faults.change import Changes
from lab.faults.fault import NODE3, fault
from lab.faults.packet_rules import DropRule
from lab.faults.service_changes import NewNetwork, change_of

PLAIN, ENCRYPTED = f"{STACK_NAME}_frontend", f"{STACK_NAME}_encrypted"
SUBNET = "10.99.98.0/24"
DEFAULT_NETWORK = "--providers.swarm.network"


@fault(
    "encrypted-without-esp", "Traefik and the services behind it on an overlay with the option `encrypted`, while no ESP passes",
    effect=effects.replica_unreached, value="false", node=NODE3,
)  # fmt: skip
def encrypted_without_esp(lab: Lab, value: str, node: str) -> Changes:
    """A kernel without ESP needs no rule: nothing that the network carries leaves a node."""
    network = NewNetwork(ENCRYPTED, SUBNET, {"com.docker.stack.namespace": STACK_NAME}, {"encrypted": value})
    moved = ["network instead", PLAIN, ENCRYPTED]
    services = (change_of(lab, service, moved) for service in edge.routed(lab))
    traefik = change_of(lab, "traefik", moved, ["argument", DEFAULT_NETWORK, ENCRYPTED])
    return (network, *services, traefik, *(_esp_dropped(lab, node) if lab.state.kernel.get("esp") else ()))


def _esp_dropped(lab: Lab, node: str) -> Changes:
    other = next(each for each in lab.state.addresses if each != node)
    return (DropRule("encrypted-without-esp", node, ("-p", "50"), ("request", other, node)),)
