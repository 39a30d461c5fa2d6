"""Whether the lab is well: converged, spread, routed, every node reaching every other."""

from lab.cluster import readiness, stack_deploy
from lab.cluster.handle import Lab
from lab.cluster.tasks import placed
from lab.errors import LabError
from lab.faults import crossings, edge, spec_edits
from lab.faults.proof import until
from lab.faults.service_updates import inspect, put
from lab.waiting import Look, NotYet, Ready

IN_A_ROW = 2
"""Traefik takes over what it polled step by step; between two steps one look may find all well."""


def prove_sound(lab: Lab) -> str:
    """Wait until the lab is well, and return that in words; raises NotReadyError with what is not."""
    readiness.wait_converged(lab.manager, stack_deploy.STACK_NAME)
    respread(lab)
    until("a sound lab", lambda: sound(lab), in_a_row=IN_A_ROW)
    return "the lab is sound: converged, every replica routed, every node reaches every other"


def sound(lab: Lab) -> Look[bool]:
    """Ready when Traefik has every replica, each of them answers, and every node reaches every other."""
    known = edge.edge_knows_tasks(lab)
    if not isinstance(known, Ready):
        return known
    try:
        wrong = [*edge.pages(lab), *crossings.uncrossed(lab)]
    except LabError as error:
        return NotYet(str(error))
    return NotYet("; ".join(wrong)) if wrong else Ready(True)


def respread(lab: Lab) -> None:
    """Make new tasks of the routed services where a node runs none: the Swarm does not move what runs."""
    for service in edge.routed(lab):
        spec = inspect(lab, service)["Spec"]
        homes = {task.node for task in placed(lab) if task.service == service}
        if len(homes) < min(spec["Mode"]["Replicated"]["Replicas"], len(lab.state.addresses)):
            put(lab, service, spec_edits.edited(spec, [("force",)]))
