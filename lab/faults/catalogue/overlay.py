"""The overlay network between the nodes: packets dropped, rows and gossip lost."""

from lab.cluster.handle import Lab
from lab.cluster.stack_deploy import STACK_NAME
from lab.cluster.tasks import task_on
from lab.faults import edge, effects
from lab.faults.change import Changes
from lab.faults.fault import NODE1, NODE3, fault
from lab.faults.packet_rules import DropRule, LostRow, lossy
from lab.faults.process_changes import replaced
from lab.faults.service_changes import change_of, pinned

VXLAN = ("-p", "udp", "--dport", "4789")
TCP_INSIDE = ("-m", "u32", "--u32", "56&0xFF=6")
"""Byte 59 of the packet is the inner IP protocol: 20 outer IP, 8 UDP, 8 VXLAN, 14 Ethernet, then 9 into IP."""
GOSSIP = "7946"


def _dropped_at(lab: Lab, fault_name: str, node: str, *match: str) -> DropRule:
    """Packets of the overlay dropped where they arrive at a node; a request from another node shows it."""
    other = next(each for each in lab.state.addresses if each != node)
    return DropRule(fault_name, node, (*VXLAN, *match), ("request", other, node))


def _dropped_between(lab: Lab, fault_name: str, source: str, target: str) -> DropRule:
    match = (*VXLAN, "-s", lab.state.addresses[source])
    return DropRule(fault_name, target, match, ("request", source, target))


@fault(
    "incident", "frontend and signaling pinned to one node, and the overlay to it cut", node=NODE3, dial=""
)
def incident(lab: Lab, node: str, dial: str) -> Changes:
    option = "--serverstransport.forwardingtimeouts.dialtimeout"
    timeout = (change_of(lab, "traefik", ["argument", option, dial]),) if dial else ()
    pins = (pinned(lab, service, node) for service in edge.routed(lab))
    return (*timeout, *pins, _dropped_at(lab, "incident", node))


@fault("overlay-cut", "udp/4789 dropped on one node", node=NODE3)
def overlay_cut(lab: Lab, node: str) -> Changes:
    return (_dropped_at(lab, "overlay-cut", node),)


@fault("overlay-cut-pair", "udp/4789 dropped between two nodes, both ways", node=NODE1, peer=NODE3)
def overlay_cut_pair(lab: Lab, node: str, peer: str) -> Changes:
    ways = ((peer, node), (node, peer))
    return tuple(_dropped_between(lab, "overlay-cut-pair", source, target) for source, target in ways)


@fault("overlay-cut-direction", "udp/4789 dropped in one direction", from_=NODE3, to=NODE1)
def overlay_cut_direction(lab: Lab, from_: str, to: str) -> Changes:
    return (_dropped_between(lab, "overlay-cut-direction", from_, to),)


@fault("mtu-black-hole", "large VXLAN packets from one node dropped at the manager", node=NODE3, size="1000")
def mtu_black_hole(lab: Lab, node: str, size: str) -> Changes:
    match = (*VXLAN, "-m", "length", "--length", f"{size}:65535", "-s", lab.state.addresses[node])
    manager = lab.state.manager
    return (DropRule("mtu-black-hole", manager, match, ("large", manager, node)),)


@fault("tcp-dropped", "TCP inside the overlay dropped on one node, ICMP alive", node=NODE3)
def tcp_dropped(lab: Lab, node: str) -> Changes:
    return (_dropped_at(lab, "tcp-dropped", node, *TCP_INSIDE),)


@fault("overlay-loss", "a share of the VXLAN packets into one node dropped", node=NODE3, share="0.3")
def overlay_loss(lab: Lab, node: str, share: str) -> Changes:
    return (_dropped_at(lab, "overlay-loss", node, *lossy(share)),)


@fault(
    "fdb-row-lost", "the forwarding row of one replica deleted on one node", effect=effects.replica_unreached,
    from_=NODE1, service="frontend", node=NODE3,
)  # fmt: skip
def fdb_row_lost(lab: Lab, from_: str, service: str, node: str) -> Changes:
    task, network = task_on(lab, service, node), f"{STACK_NAME}_frontend"
    overlay = lab.manager.api.networks(names=[network])[0]["Id"]
    joined = lab.nodes[node].api.inspect_container(task.container)["NetworkSettings"]["Networks"][network]
    namespace = f"/var/run/docker/netns/1-{overlay[:10]}"
    via, address = lab.state.addresses[node], task.addresses[network]
    return (LostRow(from_, namespace, joined["MacAddress"], via, address),)


@fault(
    "gossip-cut", "gossip (7946) dropped on one node, then a replica there replaced",
    effect=effects.replica_unreached, node=NODE3,
)  # fmt: skip
def gossip_cut(lab: Lab, node: str) -> Changes:
    rules = (
        DropRule("gossip-cut", node, ("-p", protocol, "--dport", GOSSIP), chain=chain)
        for protocol in ("udp", "tcp")
        for chain in ("INPUT", "OUTPUT")
    )
    return (*rules, replaced(lab, "frontend", node))
