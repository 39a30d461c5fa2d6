"""The overlay or the media held up or out of order, where the nodes' kernel has netem."""

from lab.cluster.handle import Lab
from lab.faults.change import Changes
from lab.faults.fault import NODE2, NODE3, fault
from lab.faults.shaping import MEDIA, Shaped


@fault("overlay-delay", "VXLAN packets from one node delayed", needs="netem", node=NODE3, delay="300ms")
def overlay_delay(lab: Lab, node: str, delay: str) -> Changes:
    return (Shaped(node, ("delay", delay)),)


@fault(
    "overlay-reordered", "VXLAN packets from one node delayed, except for a share that overtakes the others",
    needs="netem", node=NODE3, delay="300ms", share="25%",
)  # fmt: skip
def overlay_reordered(lab: Lab, node: str, delay: str, share: str) -> Changes:
    return (Shaped(node, ("delay", delay, "reorder", share)),)


@fault(
    "media-delay", "mediasoup's packets delayed as they leave its node, some more than others", needs="netem", node=NODE2,
    delay="500ms", jitter="100ms",
)  # fmt: skip
def media_delay(lab: Lab, node: str, delay: str, jitter: str) -> Changes:
    return (Shaped(node, ("delay", delay, jitter), MEDIA),)


@fault(
    "media-lost-by-netem", "a share of mediasoup's packets lost as they leave its node", needs="netem", node=NODE2,
    share="20%",
)  # fmt: skip
def media_lost_by_netem(lab: Lab, node: str, share: str) -> Changes:
    return (Shaped(node, ("loss", share), MEDIA),)
