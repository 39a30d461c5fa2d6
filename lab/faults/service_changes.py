"""Changes made through the Swarm: a service's spec, a secret, a network. See faults_changes for the contract."""

import base64
from dataclasses import dataclass, field
from typing import Any

import docker
import docker.errors

from lab.cluster import readiness, stack_deploy
from lab.cluster.lifecycle import Lab
from lab.errors import EngineError, LabError
from lab.faults import spec_edits
from lab.waiting import Look, NotYet, Ready

FAULT_LABEL = "site.jbcalling.lab.fault"
"""On every Swarm object that a fault creates; its value is the fault's name."""
Json = dict[str, Any]


def full(service: str) -> str:
    return service if "_" in service else f"{stack_deploy.STACK_NAME}_{service}"


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
    return (
        NotYet(f"{full(service)}: a replica stands against {wrong[0]}")
        if wrong
        else Ready(f"{full(service)} {want}/{want}")
    )


@dataclass(frozen=True)
class ServiceChange:
    """Edits of a service's spec. `before` is the whole spec to go back to; with `waits` off the service is not
    expected to come to rest, as when its tasks can never start. `first` are edits that are made alone, and come
    to rest, before `edits` are made in their place."""

    service: str
    edits: tuple[Any, ...]
    before: Json
    waits: bool = True
    first: tuple[Any, ...] = ()

    def apply(self, lab: Lab) -> None:
        """One quick update, then the stack's own update policy again, so that only the edits differ."""
        if self.first:
            put(lab, self.service, self._edited(lab, self.first), waits=True)
        put(lab, self.service, self._edited(lab, self.edits), waits=self.waits)

    def _edited(self, lab: Lab, edits: tuple[Any, ...]) -> Json:
        return spec_edits.edited(self.before, [_resolved(lab, edit) for edit in edits])

    def took(self, lab: Lab) -> Look[str]:
        if inspect(lab, self.service)["Spec"] != self._edited(lab, self.edits):
            return NotYet(f"{full(self.service)} has another spec than was sent")
        told = ", ".join(" ".join(map(str, edit)) for edit in self.edits)
        return Ready(f"{full(self.service)} was changed: {told}")

    def undo(self, lab: Lab) -> None:
        put(lab, self.service, self.before, waits=True)

    def undone(self, lab: Lab) -> Look[str]:
        if inspect(lab, self.service)["Spec"] != self.before:
            return NotYet(f"{full(self.service)} still differs from what it was")
        return Ready(f"{full(self.service)} is as it was")


def put(lab: Lab, service: str, wanted: Json, *, waits: bool = True) -> None:
    """Bring the service to this spec at once, and then leave it its own update policy; nothing where it has it.

    Raises NotReadyError when it does not come to rest.
    """
    from lab.faults.change import until  # it lists our classes, so it is imported late

    now = inspect(lab, service)["Spec"]
    if now == wanted:
        return
    if waits:
        restarts = spec_edits.restarts_tasks(now, wanted)
        post(lab, service, spec_edits.fast(wanted))
        until(f"update of {full(service)}", lambda: settled(lab, service, restarts=restarts))
    post(lab, service, wanted)


def _resolved(lab: Lab, edit: spec_edits.Edit) -> spec_edits.Edit:
    """The edit with the ids of the secrets and networks that it names."""
    if edit[0] == "secret":
        return [*edit[:3], _secret_id(lab, edit[2])]
    if edit[0] == "network":
        found = lab.manager.api.networks(names=[edit[1]])
        if not found:
            raise LabError(f"there is no network {edit[1]}")
        return ["network", found[0]["Id"]]
    return edit


def _secret_id(lab: Lab, name: str) -> str:
    found = lab.manager.api.secrets(filters={"name": name})
    ids = [str(each["ID"]) for each in found if each["Spec"]["Name"] == name]
    if not ids:
        raise LabError(f"there is no secret {name}")
    return ids[0]


@dataclass(frozen=True)
class NewSecret:
    """A secret that takes another's place; `content` is in base64, so that it can be written down."""

    name: str
    content: str

    def apply(self, lab: Lab) -> None:
        if isinstance(self.took(lab), NotYet):
            data = base64.b64decode(self.content)
            lab.manager.api.create_secret(self.name, data, labels={FAULT_LABEL: self.name})

    def took(self, lab: Lab) -> Look[str]:
        there = lab.manager.api.secrets(filters={"label": f"{FAULT_LABEL}={self.name}"})
        return Ready(f"secret {self.name} is there") if there else NotYet(f"no secret {self.name}")

    def undo(self, lab: Lab) -> None:
        for secret in lab.manager.api.secrets(filters={"label": f"{FAULT_LABEL}={self.name}"}):
            lab.manager.api.remove_secret(secret["ID"])

    def undone(self, lab: Lab) -> Look[str]:
        gone = isinstance(self.took(lab), NotYet)
        return Ready(f"secret {self.name} is gone") if gone else NotYet(f"secret {self.name} is still there")


@dataclass(frozen=True)
class NewNetwork:
    """An overlay of a size of its own."""

    name: str
    subnet: str
    labels: dict[str, str] = field(default_factory=dict)

    def apply(self, lab: Lab) -> None:
        if not lab.manager.api.networks(names=[self.name]):
            pool = docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=self.subnet)])
            labels = {FAULT_LABEL: self.name, **self.labels}
            lab.manager.api.create_network(self.name, driver="overlay", ipam=pool, labels=labels)

    def took(self, lab: Lab) -> Look[str]:
        there = lab.manager.api.networks(names=[self.name])
        return Ready(f"network {self.name} is {self.subnet}") if there else NotYet(f"no network {self.name}")

    def undo(self, lab: Lab) -> None:
        """Tried again by `undone`: a network goes only when its last task has let go of it."""
        for network in lab.manager.api.networks(names=[self.name]):
            try:
                lab.manager.api.remove_network(network["Id"])
            except docker.errors.APIError as error:
                if "in use" not in str(error.explanation):
                    raise EngineError(f"network {self.name}: {error.explanation}") from error

    def undone(self, lab: Lab) -> Look[str]:
        self.undo(lab)
        there = lab.manager.api.networks(names=[self.name])
        return (
            NotYet(f"network {self.name} is still in use") if there else Ready(f"network {self.name} is gone")
        )
