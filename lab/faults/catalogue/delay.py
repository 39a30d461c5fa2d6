"""The overlay held up or out of order, where the nodes' kernel has netem."""

from lab.cluster.handle import Lab
from lab.faults.change import Changes
from lab.faults.fault import NODE3, fault
from lab.faults.shaping import Shaped


@fault("overlay-delay", "VXLAN packets from one node delayed", needs="netem", node=NODE3, delay="300ms")
def overlay_delay(lab: Lab, node: str, delay: str) -> Changes:
    return (Shaped(node, ("delay", delay)),)


@fault(
    "overlay-reordered", "VXLAN packets from one node delayed, except for a share that overtakes the others",
    needs="netem", node=NODE3, delay="300ms", share="25%",
)  # fmt: skip
def overlay_reordered(lab: Lab, node: str, delay: str, share: str) -> Changes:
    return (Shaped(node, ("delay", delay, "reorder", share)),)
