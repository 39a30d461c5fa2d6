"""mediasoup: its place, the address that it announces, its ports, its life."""

import datetime

from lab.cluster.handle import Lab
from lab.faults.change import Changes
from lab.faults.fault import NODE2, NODE3, fault
from lab.faults.node_changes import KillLoop
from lab.faults.packet_rules import lossy, ports_dropped
from lab.faults.service_changes import change_of, pinned

SFU = "mediasoup"
"""The service that the design has for media."""


@fault("mediasoup-moved", "mediasoup pinned to another node", node=NODE3, service=SFU)
def mediasoup_moved(lab: Lab, node: str, service: str) -> Changes:
    return (pinned(lab, service, node),)


@fault("announced-wrong", "mediasoup announces another address", node=NODE3, address="", service=SFU)
def announced_wrong(lab: Lab, node: str, address: str, service: str) -> Changes:
    return (change_of(lab, service, ["env", "ANNOUNCED_IP", address or lab.state.addresses[node]]),)


@fault("media-ports-dropped", "mediasoup's UDP ports dropped at its node", node=NODE2, ports="40000:40009")
def media_ports_dropped(lab: Lab, node: str, ports: str) -> Changes:
    return (ports_dropped(lab, "media-ports-dropped", node, ports),)


@fault(
    "media-loss", "a share of the packets into mediasoup's UDP ports dropped at its node", node=NODE2,
    ports="40000:40009", share="0.15",
)  # fmt: skip
def media_loss(lab: Lab, node: str, ports: str, share: str) -> Changes:
    return (ports_dropped(lab, "media-loss", node, ports, *lossy(share)),)


@fault("port-unpublished", "one of mediasoup's ports not published, or several", port="40007", service=SFU)
def port_unpublished(lab: Lab, port: str, service: str) -> Changes:
    first, _, last = port.partition(":")
    ports = range(int(first), int(last or first) + 1)
    return (change_of(lab, service, *(["unpublish", each] for each in ports)),)


@fault("mediasoup-killed", "mediasoup killed every few seconds", node=NODE2, service="mediasoup", every="6")
def mediasoup_killed(lab: Lab, node: str, service: str, every: str) -> Changes:
    now = datetime.datetime.now(datetime.UTC).isoformat()[:19]
    return (KillLoop(node, service, int(every), now),)
