"""Changes made through the Swarm: a service's spec, a secret, a network."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import docker
import docker.errors

from lab.cluster import stack_deploy
from lab.cluster.handle import Lab
from lab.cluster.tasks import full
from lab.errors import EngineError, LabError
from lab.faults import spec_edits
from lab.faults.service_updates import inspect, put, put_abruptly
from lab.waiting import Look, NotYet, Ready

FAULT_LABEL = "site.jbcalling.lab.fault"
"""On every Swarm object that a fault creates; its value is the object's name."""
Json = dict[str, Any]


@dataclass(frozen=True)
class ServiceChange:
    """Edits of a service's spec. `before` is the whole spec to go back to; with `waits` off the service is not
    expected to come to rest, as when its tasks can never start; `abrupt` replaces them all even so. `first` are edits
    that are made alone, and come to rest, before `edits` are made in their place."""

    service: str
    edits: tuple[Any, ...]
    before: Json
    waits: bool = True
    first: tuple[Any, ...] = ()
    abrupt: bool = False

    def apply(self, lab: Lab) -> None:
        """One quick update, then the stack's own update policy again, so that only the edits differ."""
        if self.first:
            put(lab, self.service, self._edited(lab, self.first), waits=True)
        wanted = self._edited(lab, self.edits)
        if self.abrupt and inspect(lab, self.service)["Spec"] != wanted:
            put_abruptly(lab, self.service, wanted)
        else:
            put(lab, self.service, wanted, waits=self.waits)

    def _edited(self, lab: Lab, edits: tuple[Any, ...]) -> Json:
        return spec_edits.edited(self.before, [_resolved(lab, edit) for edit in edits])

    def took(self, lab: Lab) -> Look[str]:
        if inspect(lab, self.service)["Spec"] != self._edited(lab, self.edits):
            return NotYet(f"{full(self.service)} has another spec than was sent")
        edits = ", ".join(" ".join(map(str, edit)) for edit in self.edits)
        return Ready(f"{full(self.service)} was changed: {edits}")

    def undo(self, lab: Lab) -> None:
        put(lab, self.service, self.before, waits=True)

    def undone(self, lab: Lab) -> Look[str]:
        if inspect(lab, self.service)["Spec"] != self.before:
            return NotYet(f"{full(self.service)} still differs from what it was")
        return Ready(f"{full(self.service)} is as it was")


def change_of(lab: Lab, service: str, *edits: spec_edits.Edit, waits: bool = True) -> ServiceChange:
    """Edits of a running service, with the spec to go back to."""
    return ServiceChange(service, edits, inspect(lab, service)["Spec"], waits)


def abrupt_change_of(lab: Lab, service: str, *edits: spec_edits.Edit) -> ServiceChange:
    """Edits with which a service's tasks may never run: its old ones end all the same."""
    return ServiceChange(service, edits, inspect(lab, service)["Spec"], waits=False, abrupt=True)


def pinned(lab: Lab, service: str, node: str) -> ServiceChange:
    """All replicas of a service on one node, by a constraint in the place of those that it has."""
    return change_of(lab, service, ["constraints", [f"node.labels.instance == {node}"]])


def _resolved(lab: Lab, edit: spec_edits.Edit) -> spec_edits.Edit:
    """The edit with the ids of the secrets and networks that it names."""
    if edit[0] == "secret":
        return [*edit[:3], _secret_id(lab, edit[2])]
    if edit[0] in ("network", "network instead"):
        return [edit[0], *(_network_id(lab, name) for name in edit[1:])]
    return edit


def _network_id(lab: Lab, name: str) -> str:
    found = lab.manager.api.networks(names=[name])
    if not found:
        raise LabError(f"there is no network {name}")
    return str(found[0]["Id"])


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
    """An overlay of a size of its own, with the driver's `options`."""

    name: str
    subnet: str
    labels: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    def apply(self, lab: Lab) -> None:
        if not lab.manager.api.networks(names=[self.name]):
            pool = docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=self.subnet)])
            labels = {FAULT_LABEL: self.name, **self.labels}
            lab.manager.api.create_network(
                self.name, driver="overlay", options=self.options, ipam=pool, labels=labels
            )

    def took(self, lab: Lab) -> Look[str]:
        there = lab.manager.api.networks(names=[self.name])
        options = "".join(f", {key}={value}" for key, value in self.options.items())
        return (
            Ready(f"network {self.name} is {self.subnet}{options}")
            if there
            else NotYet(f"no network {self.name}")
        )

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
        if there:
            return NotYet(f"network {self.name} is still in use")
        return Ready(f"network {self.name} is gone")


def swapped_secrets(
    lab: Lab, service: str, fault: str, contents: Mapping[str, bytes]
) -> tuple[NewSecret | ServiceChange, ...]:
    """New secrets in the place of a service's own: `contents` by the name that the stack file has for each."""
    made = tuple(
        NewSecret(f"{name}-{fault}", base64.b64encode(content).decode()) for name, content in contents.items()
    )
    edits = (
        ["secret", f"{stack_deploy.STACK_NAME}_{name}", new.name]
        for name, new in zip(contents, made, strict=True)
    )
    return (*made, change_of(lab, service, *edits))
