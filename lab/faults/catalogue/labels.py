"""The labels that Traefik reads: another network, another port, no sticky cookie."""

from lab.cluster.handle import Lab
from lab.cluster.stack_deploy import STACK_NAME
from lab.faults import effects
from lab.faults.change import Changes
from lab.faults.fault import fault
from lab.faults.service_changes import change_of
from lab.faults.service_updates import inspect

STICKY = "traefik.http.services.signaling.loadbalancer.sticky.cookie"


@fault(
    "wrong-network", "a label tells Traefik a network that it is not on", effect=effects.replica_unreached,
    service="signaling", network=f"{STACK_NAME}_backend",
)  # fmt: skip
def wrong_network(lab: Lab, service: str, network: str) -> Changes:
    return (change_of(lab, service, ["label", "traefik.swarm.network", network]),)


@fault(
    "wrong-port", "a label tells Traefik a port where nothing listens", effect=effects.connection_refused,
    service="frontend", port="81",
)  # fmt: skip
def wrong_port(lab: Lab, service: str, port: str) -> Changes:
    label = f"traefik.http.services.{service}.loadbalancer.server.port"
    return (change_of(lab, service, ["label", label, port]),)


@fault("sticky-off", "no sticky cookie for signaling", effect=effects.not_sticky)
def sticky_off(lab: Lab) -> Changes:
    labels = inspect(lab, "signaling")["Spec"]["Labels"]
    edits = (["label", key, None] for key in sorted(labels) if key.startswith(STICKY))
    return (change_of(lab, "signaling", *edits),)
