"""The labels that Traefik reads: another network, another port, no sticky cookie."""

from lab.cluster.handle import Lab
from lab.cluster.stack_deploy import DOMAIN, STACK_NAME
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


@fault(
    "middleware-undefined", "a router names a middleware that nobody defines", effect=effects.router_refused,
    service="frontend", middleware="absent",
)  # fmt: skip
def middleware_undefined(lab: Lab, service: str, middleware: str) -> Changes:
    label = f"traefik.http.routers.{service}.middlewares"
    return (change_of(lab, service, ["label", label, middleware]),)


@fault(
    "route-taken", "another service takes the page's host by a router of higher priority", effect=effects.taken,
    service="signaling", router="taker",
)  # fmt: skip
def route_taken(lab: Lab, service: str, router: str) -> Changes:
    options = {"rule": f"Host(`{DOMAIN}`) && PathPrefix(`/`)", "priority": "1000", "entrypoints": "websecure"}
    labels = {f"traefik.http.routers.{router}.{option}": value for option, value in options.items()}
    labels[f"traefik.http.routers.{router}.service"] = service
    return (change_of(lab, service, *(["label", key, value] for key, value in labels.items())),)


@fault(
    "sticky-by-name", "the sticky cookie of signaling is switched on by its options, without sticky.cookie=true",
    effect=effects.still_sticky,
)  # fmt: skip
def sticky_by_name(lab: Lab) -> Changes:
    return (change_of(lab, "signaling", ["label", STICKY, None]),)


@fault("sticky-off", "no sticky cookie for signaling", effect=effects.not_sticky)
def sticky_off(lab: Lab) -> Changes:
    labels = inspect(lab, "signaling")["Spec"]["Labels"]
    edits = (["label", key, None] for key in sorted(labels) if key.startswith(STICKY))
    return (change_of(lab, "signaling", *edits),)
