"""Overlays that are encrypted, where ESP does not pass between the nodes."""

from lab.cluster.handle import Lab
from lab.cluster.stack_deploy import STACK_NAME
from lab.faults import edge, effects
from lab.faults.change import Changes
from lab.faults.fault import NODE1, NODE3, fault
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
    rules = (_esp_dropped(lab, "encrypted-without-esp", node),) if lab.state.kernel.get("esp") else ()
    return (*_encrypted(lab, value), *rules)


@fault(
    "esp-cut-pair", "Traefik and the services behind it on an encrypted overlay, and ESP dropped between two nodes, both ways",
    effect=effects.replica_unreached, node=NODE1, peer=NODE3, needs="esp",
)  # fmt: skip
def esp_cut_pair(lab: Lab, node: str, peer: str) -> Changes:
    ways = ((peer, node), (node, peer))
    return (
        *_encrypted(lab, ""),
        *(_esp_dropped(lab, "esp-cut-pair", target, source) for source, target in ways),
    )


@fault(
    "esp-cut-direction", "Traefik and the services behind it on an encrypted overlay, and ESP dropped in one direction",
    effect=effects.replica_unreached, from_=NODE3, to=NODE1, needs="esp",
)  # fmt: skip
def esp_cut_direction(lab: Lab, from_: str, to: str) -> Changes:
    return (*_encrypted(lab, ""), _esp_dropped(lab, "esp-cut-direction", to, from_))


def _encrypted(lab: Lab, value: str) -> Changes:
    """Traefik and what it routes to, on an overlay of their own with the option `encrypted`."""
    network = NewNetwork(ENCRYPTED, SUBNET, {"com.docker.stack.namespace": STACK_NAME}, {"encrypted": value})
    moved = ["network instead", PLAIN, ENCRYPTED]
    services = (change_of(lab, service, moved) for service in edge.routed(lab))
    traefik = change_of(lab, "traefik", moved, ["argument", DEFAULT_NETWORK, ENCRYPTED])
    return (network, *services, traefik)


def _esp_dropped(lab: Lab, name: str, node: str, source: str | None = None) -> DropRule:
    """ESP dropped where it arrives at a node, from everywhere or from one other node; a request shows it."""
    other = source or next(each for each in lab.state.addresses if each != node)
    match = ("-p", "50") if source is None else ("-p", "50", "-s", lab.state.addresses[source])
    return DropRule(name, node, match, ("request", other, node))
