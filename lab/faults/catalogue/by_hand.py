"""What a hand does to a Swarm: a label taken away, a node drained or paused, another number of replicas, less memory,
an update that fails, a variable that names nothing, one replica that is not like the others."""

from lab.cluster.handle import Lab
from lab.cluster.stack_deploy import MEDIA_HOST
from lab.faults import effects
from lab.faults.change import Changes
from lab.faults.fault import NODE2, NODE3, fault
from lab.faults.object_changes import StaleRecord, node_change
from lab.faults.process_changes import ReplacedFile
from lab.faults.service_changes import abrupt_change_of, change_of


@fault(
    "label-gone", "a node's label removed, while the node itself works", effect=effects.unplaced, node=NODE2
)
def label_gone(lab: Lab, node: str) -> Changes:
    return (node_change(lab, node, Labels={}),)


@fault("node-drained", "a node drained: it is up and takes no tasks", effect=effects.unplaced, node=NODE3)
def node_drained(lab: Lab, node: str) -> Changes:
    return (node_change(lab, node, Availability="drain"),)


@fault("node-paused", "a node paused: its tasks run on, and it gets no new ones", node=NODE3)
def node_paused(lab: Lab, node: str) -> Changes:
    return (node_change(lab, node, Availability="pause"),)


@fault(
    "scaled-by-hand", "a service scaled to more replicas than its file has", service="frontend", replicas="5"
)
def scaled_by_hand(lab: Lab, service: str, replicas: str) -> Changes:
    return (change_of(lab, service, ["replicas", int(replicas)]),)


@fault("memory-short", "a service with less memory than it needs", effect=effects.out_of_memory, service="signaling",
       mib="30")  # fmt: skip
def memory_short(lab: Lab, service: str, mib: str) -> Changes:
    return (abrupt_change_of(lab, service, ["memory limit", int(mib) * 2**20]),)


@fault("update-paused", "an update to a program that ends at once, which the Swarm pauses", effect=effects.update_paused,
       service="frontend")  # fmt: skip
def update_paused(lab: Lab, service: str) -> Changes:
    edits = (["entrypoint", ["false"]], ["on failure", "pause"])
    return (change_of(lab, service, *edits, waits=False),)


@fault("redis-misnamed", "signaling is given the name of a store that no service has", service="signaling",
       variable="REDIS_URL", value="redis://redis_gateway:6379")  # fmt: skip
def redis_misnamed(lab: Lab, service: str, variable: str, value: str) -> Changes:
    return (abrupt_change_of(lab, service, ["env", variable, value]),)


@fault("media-record-stale", "the DNS record of the media host has another node's address", node=NODE3)
def media_record_stale(lab: Lab, node: str) -> Changes:
    return (StaleRecord(MEDIA_HOST, lab.state.addresses[node], lab.state.hosts[MEDIA_HOST]),)


@fault("replica-differs", "one frontend replica serves another page than the others", node=NODE3,
       path="/srv/page/index.html")  # fmt: skip
def replica_differs(lab: Lab, node: str, path: str) -> Changes:
    text = "<!doctype html><title>JB-Calling</title><p>an older page</p>"
    return (ReplacedFile("frontend", path, text, node),)
