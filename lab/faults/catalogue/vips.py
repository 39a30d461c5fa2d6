"""The Swarm's own load balancing (IPVS), on kernels that have it."""

from lab.cluster.handle import Lab
from lab.faults.balancing_changes import idle_timeouts, lost_backends
from lab.faults.change import Changes
from lab.faults.fault import NODE1, fault


@fault(
    "vip-without-backend", "the address of a service leads to no task on one node", needs="ipvs", service="redis", node=NODE1
)  # fmt: skip
def vip_without_backend(lab: Lab, service: str, node: str) -> Changes:
    return (lost_backends(lab, service, node),)


@fault(
    "vip-idle-cut", "connections through a service's address are forgotten after seconds of silence, not 15 minutes",
    needs="ipvs", service="redis", seconds="2",
)  # fmt: skip
def vip_idle_cut(lab: Lab, service: str, seconds: str) -> Changes:
    return idle_timeouts(lab, service, int(seconds))
