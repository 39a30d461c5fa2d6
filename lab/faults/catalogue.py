"""The faults there are: each is a list of changes to a lab, and what shows that they have the effect meant."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lab.cluster import stack_deploy
from lab.cluster.lifecycle import Lab
from lab.faults import effects, looks, secret_changes, service_changes, spec_edits
from lab.faults.change import Change
from lab.faults.packet_rules import DropRule, LostRow
from lab.faults.process_changes import KillLoop, ReplacedFile, StoppedNode, StoppedTask, task_on
from lab.faults.service_changes import NewNetwork, ServiceChange
from lab.waiting import Look

Arguments = Mapping[str, str]
Changes = tuple[Change, ...]
VXLAN = ("-p", "udp", "--dport", "4789")
TCP_INSIDE = ("-m", "u32", "--u32", "56&0xFF=6")
"""Byte 59 of the packet is the inner IP protocol: 20 outer IP, 8 UDP, 8 VXLAN, 14 Ethernet, then 9 into IP."""
GOSSIP = "7946"


@dataclass(frozen=True)
class Fault:
    """A way to break a lab. `defaults` are its arguments; `effect` proves what the changes alone do not;
    `routed` off: Traefik cannot be asked, or will never list the replicas."""

    name: str
    summary: str
    changes: Callable[[Lab, Arguments], Changes]
    defaults: Arguments = field(default_factory=dict)
    effect: Callable[[Lab], Look[str]] | None = None
    routed: bool = True


def service(lab: Lab, name: str, *edits: spec_edits.Edit, waits: bool = True) -> ServiceChange:
    """Edits of a running service, with the spec to go back to."""
    return ServiceChange(name, tuple(edits), service_changes.inspect(lab, name)["Spec"], waits)


def pinned_to(node: str) -> spec_edits.Edit:
    return ["constraints", [f"node.labels.instance == {node}"]]


# --- the overlay ------------------------------------------------------------------------------------------


def _others(lab: Lab, node: str) -> str:
    return next(each for each in lab.state.addresses if each != node)


def _cut(lab: Lab, a: Arguments) -> Changes:
    return (DropRule("overlay-cut", a["node"], VXLAN, ("request", _others(lab, a["node"]), a["node"])),)


def _cut_pair(lab: Lab, a: Arguments) -> Changes:
    def rule(here: str, there: str) -> DropRule:
        match = (*VXLAN, "-s", lab.state.addresses[there])
        return DropRule("overlay-cut-pair", here, match, ("request", there, here))

    return (rule(a["node"], a["peer"]), rule(a["peer"], a["node"]))


def _cut_direction(lab: Lab, a: Arguments) -> Changes:
    match = (*VXLAN, "-s", lab.state.addresses[a["from"]])
    return (DropRule("overlay-cut-direction", a["to"], match, ("request", a["from"], a["to"])),)


def _black_hole(lab: Lab, a: Arguments) -> Changes:
    match = (*VXLAN, "-m", "length", "--length", f"{a['size']}:65535")
    manager = lab.state.manager
    here = (*match, "-s", lab.state.addresses[a["node"]])
    return (DropRule("mtu-black-hole", manager, here, ("large", manager, a["node"])),)


def _tcp_dropped(lab: Lab, a: Arguments) -> Changes:
    match = (*VXLAN, *TCP_INSIDE)
    return (DropRule("tcp-dropped", a["node"], match, ("request", _others(lab, a["node"]), a["node"])),)


def _row_lost(lab: Lab, a: Arguments) -> Changes:
    task = task_on(lab, a["service"], a["node"])
    network = f"{stack_deploy.STACK_NAME}_frontend"
    address = task.addresses[network]
    found = lab.manager.api.networks(names=[network])[0]["Id"]
    joined = lab.nodes[a["node"]].api.inspect_container(task.container)["NetworkSettings"]["Networks"][
        network
    ]
    namespace = f"/var/run/docker/netns/1-{found[:10]}"
    return (LostRow(a["from"], namespace, joined["MacAddress"], lab.state.addresses[a["node"]], address),)


def _gossip_cut(lab: Lab, a: Arguments) -> Changes:
    rules = tuple(
        DropRule("gossip-cut", a["node"], ("-p", protocol, port, GOSSIP), chain=chain)
        for protocol in ("udp", "tcp")
        for chain, port in (("INPUT", "--dport"), ("OUTPUT", "--dport"))
    )
    return (*rules, effects.replaced(lab, "frontend", a["node"]))


# --- Traefik and its labels -------------------------------------------------------------------------------


def _wrong_network(lab: Lab, a: Arguments) -> Changes:
    return (service(lab, a["service"], ["label", "traefik.swarm.network", a["network"]]),)


def _wrong_port(lab: Lab, a: Arguments) -> Changes:
    name = a["service"]
    return (
        service(lab, name, ["label", f"traefik.http.services.{name}.loadbalancer.server.port", a["port"]]),
    )


def _sticky_off(lab: Lab, a: Arguments) -> Changes:
    prefix = "traefik.http.services.signaling.loadbalancer.sticky.cookie"
    labels = service_changes.inspect(lab, "signaling")["Spec"]["Labels"]
    return (
        service(
            lab, "signaling", *(["label", key, None] for key in sorted(labels) if key.startswith(prefix))
        ),
    )


# --- replicas and their places ----------------------------------------------------------------------------


def _incident(lab: Lab, a: Arguments) -> Changes:
    pins = tuple(service(lab, name, pinned_to(a["node"])) for name in looks.ROUTED)
    name = "--serverstransport.forwardingtimeouts.dialtimeout"
    dial = (service(lab, "traefik", ["argument", name, a["dial"]]),) if a["dial"] else ()
    cut = DropRule("incident", a["node"], VXLAN, ("request", _others(lab, a["node"]), a["node"]))
    return (*dial, *pins, cut)


def _pinned(lab: Lab, a: Arguments) -> Changes:
    return (service(lab, a["service"], pinned_to(a["node"])),)


def _constraint_added(lab: Lab, a: Arguments) -> Changes:
    return (service(lab, a["service"], ["constraint", a["constraint"]]),)


def _replica_stopped(lab: Lab, a: Arguments) -> Changes:
    task = task_on(lab, a["service"], a["node"])
    return (StoppedTask(task.node, task.container, task.task),)


def _addresses_exhausted(lab: Lab, a: Arguments) -> Changes:
    small = NewNetwork(
        f"{stack_deploy.STACK_NAME}_small",
        a["subnet"],
        {"com.docker.stack.namespace": stack_deploy.STACK_NAME},
    )
    before = service_changes.inspect(lab, a["service"])["Spec"]
    joined: spec_edits.Edit = ["network", small.name]
    # One replica fits; scaling up from it is what gets stuck, while that one goes on answering.
    return (
        small,
        ServiceChange(a["service"], (joined,), before, waits=False, first=(joined, ["replicas", 1])),
    )


def _node_stopped(lab: Lab, a: Arguments) -> Changes:
    return (StoppedNode(a["node"]),)


# --- media ------------------------------------------------------------------------------------------------


def _moved(lab: Lab, a: Arguments) -> Changes:
    return (service(lab, "mediasoup", pinned_to(a["node"])),)


def _announced_wrong(lab: Lab, a: Arguments) -> Changes:
    return (
        service(lab, "mediasoup", ["env", "ANNOUNCED_IP", a["address"] or lab.state.addresses[a["node"]]]),
    )


def _ports_dropped(fault: str) -> Callable[[Lab, Arguments], Changes]:
    # In `raw`, before Docker's own rules turn the packet to its container and INPUT never sees it.
    def changes(lab: Lab, a: Arguments) -> Changes:
        match = ("-p", "udp", "--dport", a["ports"], "-d", lab.state.addresses[a["node"]])
        first = a["ports"].partition(":")[0]
        return (DropRule(fault, a["node"], match, ("datagram", a["node"], first), "PREROUTING", "raw"),)

    return changes


def _unpublished(lab: Lab, a: Arguments) -> Changes:
    return (service(lab, "mediasoup", ["unpublish", int(a["port"])]),)


def _killed(lab: Lab, a: Arguments) -> Changes:
    now = datetime.datetime.now(datetime.UTC).isoformat()[:19]
    return (KillLoop(a["node"], a["service"], int(a["every"]), now),)


# --- signaling --------------------------------------------------------------------------------------------


def _redis_gone(lab: Lab, a: Arguments) -> Changes:
    return (service(lab, "redis", ["replicas", 0]),)


def _rooms_unshared(lab: Lab, a: Arguments) -> Changes:
    return (service(lab, "signaling", ["env", "ROOM_STATE", "memory"]),)


def _origin_open(lab: Lab, a: Arguments) -> Changes:
    return (service(lab, "signaling", ["env", "ALLOWED_ORIGINS", "*"]),)


# --- what no rule of the diagnosis covers -------------------------------------------------------------------


def _page_replaced(lab: Lab, a: Arguments) -> Changes:
    return (ReplacedFile("frontend", a["path"], a["text"]),)


def _rate_limited(lab: Lab, a: Arguments) -> Changes:
    limit, router = "traefik.http.middlewares.few.ratelimit", "traefik.http.routers.frontend.middlewares"
    labels = {f"{limit}.average": a["average"], f"{limit}.burst": a["burst"], router: "few"}
    return (service(lab, "frontend", *(["label", key, value] for key, value in labels.items())),)


def _worker_stopped(lab: Lab, a: Arguments) -> Changes:
    task = task_on(lab, "mediasoup", a["node"])
    return (StoppedTask(task.node, task.container, task.task, "mediasoup-worke"),)


NODE3, NODE2, NODE1 = "translation03", "translation02", "translation01"
CATALOGUE = (
    Fault("incident", "frontend and signaling pinned to one node, and the overlay to it cut", _incident,
          {"node": NODE3, "dial": ""}),
    Fault("overlay-cut", "udp/4789 dropped on one node", _cut, {"node": NODE3}),
    Fault("overlay-cut-pair", "udp/4789 dropped between two nodes, both ways", _cut_pair,
          {"node": NODE1, "peer": NODE3}),
    Fault("overlay-cut-direction", "udp/4789 dropped in one direction", _cut_direction, {"from": NODE3, "to": NODE1}),
    Fault("mtu-black-hole", "large VXLAN packets from one node dropped at the manager", _black_hole,
          {"node": NODE3, "size": "1000"}),
    Fault("tcp-dropped", "TCP inside the overlay dropped on one node, ICMP alive", _tcp_dropped, {"node": NODE3}),
    Fault("fdb-row-lost", "the forwarding row of one replica deleted on one node", _row_lost,
          {"from": NODE1, "service": "frontend", "node": NODE3}, effects.row_matters),
    Fault("gossip-cut", "gossip (7946) dropped on one node, then a replica there replaced", _gossip_cut, {"node": NODE3},
          effects.replica_unreached),
    Fault("wrong-network", "a label tells Traefik a network that it is not on", _wrong_network,
          {"service": "signaling", "network": f"{stack_deploy.STACK_NAME}_backend"}, effects.off_the_edge),
    Fault("wrong-port", "a label tells Traefik a port where nothing listens", _wrong_port,
          {"service": "frontend", "port": "81"}, effects.wrong_port),
    Fault("sticky-off", "no sticky cookie for signaling", _sticky_off, {}, effects.not_sticky),
    Fault("replica-stopped", "the processes of one replica stopped (SIGSTOP)", _replica_stopped,
          {"service": "frontend", "node": NODE3}, effects.check_failed),
    Fault("pinned", "all replicas of a service on one node by a constraint, network sound", _pinned,
          {"service": "frontend", "node": NODE2}),
    Fault("constraint-added", "a constraint on the running service that its file lacks", _constraint_added,
          {"service": "signaling", "constraint": "node.labels.instance != translation09"}),
    Fault("addresses-exhausted", "an overlay with fewer addresses than replicas", _addresses_exhausted,
          {"service": "frontend", "subnet": "10.99.99.0/29"}, effects.stuck, routed=False),
    Fault("mediasoup-moved", "mediasoup pinned to another node", _moved, {"node": NODE3}),
    Fault("announced-wrong", "mediasoup announces another address", _announced_wrong, {"node": NODE3, "address": ""}),
    Fault("media-ports-dropped", "mediasoup's UDP ports dropped at its node", _ports_dropped("media-ports-dropped"),
          {"node": NODE2, "ports": "40000:40009"}),
    Fault("port-unpublished", "one of mediasoup's ports not published", _unpublished, {"port": "40007"}),
    Fault("mediasoup-killed", "mediasoup killed every few seconds", _killed,
          {"node": NODE2, "service": "mediasoup", "every": "6"}),
    Fault("redis-gone", "Redis scaled to nothing", _redis_gone),
    Fault("rooms-unshared", "signaling keeps rooms in its own memory", _rooms_unshared),
    Fault("origin-open", "signaling lets every origin in", _origin_open),
    *(
        Fault(f"certificate-{kind}", text, secret_changes.changes(kind), {}, secret_changes.effect(kind),
              routed=False)
        for kind, text in secret_changes.KINDS.items()
    ),
    Fault("turn-secret-changed", "coturn's shared secret is another", secret_changes.turn_secret),
    Fault("turn-ports-closed", "coturn's relay ports dropped at its node", _ports_dropped("turn-ports-closed"),
          {"node": NODE2, "ports": "49160:49167"}),
    Fault("page-replaced", "every frontend replica serves another page", _page_replaced,
          {"path": "/srv/page/index.html", "text": "down for maintenance"}),
    Fault("rate-limited", "Traefik lets few requests through to the page", _rate_limited,
          {"average": "1", "burst": "1"}, effects.limited),
    Fault("worker-stopped", "mediasoup's worker process stopped, its HTTP service alive", _worker_stopped,
          {"node": NODE2}),
    Fault("node-stopped", "a node gone as by a power cut", _node_stopped, {"node": NODE3}),
)  # fmt: skip
FAULTS: Mapping[str, Fault] = {fault.name: fault for fault in CATALOGUE}
