"""A service's spec as the Swarm has it: read, sent, and waited for until the service runs as it says."""

from typing import Any

from lab.cluster import readiness, stack_deploy
from lab.cluster.handle import Lab
from lab.cluster.tasks import full
from lab.errors import EngineError
from lab.faults import spec_edits
from lab.faults.proof import until
from lab.waiting import Look, NotYet, Ready

Json = dict[str, Any]


def _path(lab: Lab, path: str) -> str:
    """A path of the manager's newest API: the version that the lab's clients speak drops what it does not know."""
    manager = lab.manager
    return f"{manager.api.base_url}/v{manager.version()['ApiVersion']}{path}"


def inspect(lab: Lab, service: str) -> Json:
    """The service, whole; raises EngineError when there is none."""
    answer = lab.manager.api.get(_path(lab, f"/services/{full(service)}"))
    if not answer.ok:
        raise EngineError(f"service {full(service)}: {answer.json().get('message', answer.status_code)}")
    found: Json = answer.json()
    return found


def post(lab: Lab, service: str, spec: Json) -> None:
    """Make `spec` the service's; raises EngineError with the Swarm's words."""
    current = inspect(lab, service)
    path = _path(lab, f"/services/{current['ID']}/update")
    answer = lab.manager.api.post(path, params={"version": current["Version"]["Index"]}, json=spec)
    if not answer.ok:
        raise EngineError(f"service {full(service)} was not updated: {answer.json().get('message')}")


def create(lab: Lab, spec: Json) -> None:
    """Make a service of `spec`; raises EngineError with the Swarm's words."""
    answer = lab.manager.api.post(_path(lab, "/services/create"), json=spec)
    if not answer.ok:
        raise EngineError(f"service {spec['Name']} was not created: {answer.json().get('message')}")


def settled(lab: Lab, service: str, *, restarts: bool) -> Look[str]:
    """Whether the service runs as its spec says: updated, every replica up, on nodes that its constraints allow."""
    found = inspect(lab, service)
    update = (found.get("UpdateStatus") or {}).get("State")
    if update in readiness.UNFINISHED or (restarts and update is None):
        return NotYet(f"{full(service)}: update {update or 'not begun'}")
    tasks = [
        t
        for t in readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME)
        if t["ServiceID"] == found["ID"]
    ]
    want = found["Spec"]["Mode"]["Replicated"]["Replicas"]
    up = [t for t in tasks if t["Status"]["State"] == "running" and t["DesiredState"] == "running"]
    if len(up) != want or len(tasks) != want:
        return NotYet(f"{full(service)} {len(up)}/{want}, {len(tasks)} tasks wanted")
    nodes = {node["ID"]: node for node in lab.manager.api.nodes()}
    wrong = [
        c for c in spec_edits.constraints(found["Spec"]) for t in up if not spec_edits.satisfies(nodes[t["NodeID"]], c)
    ]  # fmt: skip
    if wrong:
        return NotYet(f"{full(service)}: a replica stands against {wrong[0]}")
    return Ready(f"{full(service)} {want}/{want}")


def put_abruptly(lab: Lab, service: str, wanted: Json) -> None:
    """Replace every task at once by one of this spec, whatever becomes of the new ones, and then leave the service its
    own update policy. Raises NotReadyError where a task of the old spec stays."""
    post(lab, service, spec_edits.fast(wanted))
    since = inspect(lab, service)["UpdatedAt"]
    until(f"new tasks of {full(service)}", lambda: _all_newer(lab, service, since))
    post(lab, service, wanted)


def _all_newer(lab: Lab, service: str, since: str) -> Look[str]:
    tasks = lab.manager.api.tasks(filters={"service": full(service)})
    old = [
        t
        for t in tasks
        if t["CreatedAt"][:26] < since[:26] and t["Status"]["State"] in ("starting", "running")
    ]
    new = [t for t in tasks if t["CreatedAt"][:26] >= since[:26]]
    if old or not new:
        return NotYet(f"{full(service)}: {len(old)} tasks of the old spec, {len(new)} of the new one")
    return Ready(f"{full(service)}: {len(new)} new tasks")


def put(lab: Lab, service: str, wanted: Json, *, waits: bool = True) -> None:
    """Bring the service to this spec at once, and then leave it its own update policy; nothing where it has it.

    Raises NotReadyError when it does not come to rest.
    """
    now = inspect(lab, service)["Spec"]
    if now == wanted:
        return
    if waits:
        restarts = spec_edits.restarts_tasks(now, wanted)
        post(lab, service, spec_edits.fast(wanted))
        until(f"update of {full(service)}", lambda: settled(lab, service, restarts=restarts))
    post(lab, service, wanted)
