"""Tasks that find no place, and say why: a taken port, no room, a limit per node, a missing image."""

from lab.cluster.handle import Lab
from lab.cluster.tasks import task_on
from lab.faults import effects
from lab.faults.change import Changes
from lab.faults.fault import NODE3, fault
from lab.faults.object_changes import MissingImage
from lab.faults.process_changes import EndedTask, RunsAgain
from lab.faults.service_changes import abrupt_change_of, change_of
from lab.faults.service_updates import inspect


@fault("port-taken", "a service wants a host port that Traefik holds", effect=effects.unplaced, service="monitoring",
       published="443", target="9090")  # fmt: skip
def port_taken(lab: Lab, service: str, published: str, target: str) -> Changes:
    return (abrupt_change_of(lab, service, ["publish", int(published), int(target)]),)


@fault(
    "no-room",
    "a service reserves more memory than a node has",
    effect=effects.unplaced,
    service="tts",
    gib="900",
)
def no_room(lab: Lab, service: str, gib: str) -> Changes:
    return (abrupt_change_of(lab, service, ["memory reserved", int(gib) * 2**30]),)


@fault(
    "max-per-node", "one replica on each node at most, and one node shut out", effect=effects.unplaced, service="frontend",
    most="1", constraint="node.labels.instance != translation03",
)  # fmt: skip
def max_per_node(lab: Lab, service: str, most: str, constraint: str) -> Changes:
    # Placement alone moves only the replicas that stand wrong; the old one must stop first, or it stays for good.
    edits = (["max replicas", int(most)], ["constraint", constraint], ["order", "stop-first"])
    return (change_of(lab, service, *edits, waits=False),)


@fault("image-missing", "one node lacks the image of a service that must run there", effect=effects.rejected,
       service="tts", node=NODE3)  # fmt: skip
def image_missing(lab: Lab, service: str, node: str) -> Changes:
    image = inspect(lab, service)["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
    task = task_on(lab, service, node)
    return (RunsAgain(service, node), MissingImage(node, image), EndedTask(node, task.container, task.task))
