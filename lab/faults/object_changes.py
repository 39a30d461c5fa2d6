"""Changes made to a node's place in the Swarm, to the images that it has, and to the record by which a host is found."""

import dataclasses
from dataclasses import dataclass
from typing import Any

import docker.errors

from lab.cluster.handle import Lab
from lab.cluster.tasks import runs
from lab.errors import EngineError
from lab.host import state
from lab.waiting import Look, NotYet, Ready

Json = dict[str, Any]


@dataclass(frozen=True)
class NodeSpecChange:
    """Another availability, or another set of labels, for a node that stays up. `before` is the spec to go back to."""

    node: str
    wanted: Json
    before: Json

    def _found(self, lab: Lab) -> Json:
        for node in lab.manager.api.nodes():
            if node["Description"].get("Hostname") == self.node:
                found: Json = node
                return found
        raise EngineError(f"the Swarm has no node {self.node}")

    def _put(self, lab: Lab, spec: Json) -> None:
        found = self._found(lab)
        if found["Spec"] != spec:
            sent: Any = spec  # the stubs know a part of what a spec holds
            lab.manager.api.update_node(found["ID"], found["Version"]["Index"], sent)

    def apply(self, lab: Lab) -> None:
        self._put(lab, self.wanted)

    def took(self, lab: Lab) -> Look[str]:
        if self._found(lab)["Spec"] != self.wanted:
            return NotYet(f"{self.node} has another spec than was sent")
        labels = ", ".join(f"{k}={v}" for k, v in (self.wanted.get("Labels") or {}).items()) or "none"
        return Ready(f"{self.node} is {self.wanted['Availability']}, its labels: {labels}")

    def undo(self, lab: Lab) -> None:
        self._put(lab, self.before)

    def undone(self, lab: Lab) -> Look[str]:
        if self._found(lab)["Spec"] != self.before:
            return NotYet(f"{self.node} still has another spec")
        return Ready(f"{self.node} is as it was in the Swarm")


def node_change(lab: Lab, node: str, **over: Any) -> NodeSpecChange:  # noqa: ANN401 - what a spec holds
    """A change of a node's spec, with the spec to go back to; raises EngineError for a node that there is not."""
    for found in lab.manager.api.nodes():
        if found["Description"].get("Hostname") == node:
            return NodeSpecChange(node, {**found["Spec"], **over}, found["Spec"])
    raise EngineError(f"the Swarm has no node {node}")


@dataclass(frozen=True)
class MissingImage:
    """An image's name taken away on one node: what runs of it goes on, and no new container can be made."""

    node: str
    image: str

    @property
    def kept(self) -> str:
        """The name that the image is kept under, so that it can be given back."""
        return f"jbcalling-lab-fault/{self.image.rpartition('/')[2].partition(':')[0]}:kept"

    def _there(self, lab: Lab, name: str) -> bool:
        try:
            lab.nodes[self.node].api.inspect_image(name)
        except docker.errors.ImageNotFound:
            return False
        return True

    def apply(self, lab: Lab) -> None:
        api = lab.nodes[self.node].api
        if self._there(lab, self.image):
            name, _, tag = self.kept.partition(":")
            api.tag(self.image, name, tag)
            api.remove_image(self.image)

    def took(self, lab: Lab) -> Look[str]:
        if self._there(lab, self.image):
            return NotYet(f"{self.node} still has {self.image}")
        return Ready(f"{self.node} has no image {self.image}")

    def undo(self, lab: Lab) -> None:
        if runs(lab, self.node) and self._there(lab, self.kept):
            api = lab.nodes[self.node].api
            name, _, tag = self.image.partition(":")
            api.tag(self.kept, name, tag or "latest")
            api.remove_image(self.kept)

    def undone(self, lab: Lab) -> Look[str]:
        if not self._there(lab, self.image):
            return NotYet(f"{self.node} lacks {self.image}")
        return Ready(f"{self.node} has {self.image}")


@dataclass(frozen=True)
class StaleRecord:
    """A public host that is found at another address than before: what DNS is to clients of the lab."""

    host: str
    address: str
    before: str

    def _set(self, lab: Lab, address: str) -> None:
        known = state.load(lab.name)
        if known is not None:
            state.save(dataclasses.replace(known, hosts={**known.hosts, self.host: address}))

    def _now(self, lab: Lab) -> str:
        known = state.load(lab.name)
        return "" if known is None else known.hosts.get(self.host, "")

    def apply(self, lab: Lab) -> None:
        self._set(lab, self.address)

    def took(self, lab: Lab) -> Look[str]:
        now = self._now(lab)
        ready = now == self.address
        return Ready(f"{self.host} is found at {now}") if ready else NotYet(f"{self.host} is found at {now}")

    def undo(self, lab: Lab) -> None:
        self._set(lab, self.before)

    def undone(self, lab: Lab) -> Look[str]:
        now = self._now(lab)
        ready = now == self.before
        return Ready(f"{self.host} is found at {now}") if ready else NotYet(f"{self.host} is found at {now}")
