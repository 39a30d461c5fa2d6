"""A node's place in the Swarm, an image's name on a node, the address of a host: changed, proved, and put back."""

from dataclasses import dataclass, field
from typing import Any

import docker.errors
import pytest

from lab.errors import EngineError
from lab.faults.object_changes import MissingImage, StaleRecord, node_change
from lab.host import state
from lab.host.state import LabState
from tests.harness.stand_ins.fake_lab import NODE, TWO, FakeSwarm, fake_lab, words

Json = dict[str, Any]


@dataclass
class Placing(FakeSwarm):
    """A Swarm whose nodes can be changed, and an engine that has images."""

    specs: dict[str, Json] = field(default_factory=dict)
    images: set[str] = field(default_factory=lambda: {"jbcalling-lab/tts:12ab"})

    def nodes(self) -> list[Json]:
        bare = {"Role": "worker", "Availability": "active"}
        return [
            {**node, "Version": {"Index": 5},
             "Spec": self.specs.get(node["ID"], {**bare, **node["Spec"]})}
            for node in super().nodes()
        ]  # fmt: skip

    def update_node(self, identity: str, version: int, spec: Json) -> None:
        self.specs[identity] = spec
        self.done.append((identity, version))

    def inspect_image(self, name: str) -> Json:
        if name not in self.images:
            raise docker.errors.ImageNotFound(name)
        return {}

    def tag(self, image: str, repository: str, tag: str) -> None:
        assert image in self.images
        self.images.add(f"{repository}:{tag}")

    def remove_image(self, name: str) -> None:
        self.images.remove(name)


def test_a_node_loses_its_label_and_gets_it_back() -> None:
    """Sent once each way, with the version that the Swarm has; a node that there is not is an error."""
    swarm = Placing()
    lab = fake_lab(swarm)
    change = node_change(lab, TWO, Labels={})
    assert words(change.took(lab)) == "not yet: translation02 has another spec than was sent"
    change.apply(lab)
    change.apply(lab)
    assert swarm.done == [("id-translation02", 5)]
    assert words(change.took(lab)) == "ready: translation02 is active, its labels: none"
    assert words(change.undone(lab)) == "not yet: translation02 still has another spec"
    change.undo(lab)
    change.undo(lab)
    assert len(swarm.done) == 2
    assert words(change.undone(lab)) == "ready: translation02 is as it was in the Swarm"
    with pytest.raises(EngineError, match="the Swarm has no node nowhere"):
        node_change(lab, "nowhere", Labels={})


def test_an_image_goes_by_name_and_comes_back() -> None:
    """It is kept under another name meanwhile, and nothing of that is left; a node that is gone is left alone."""
    swarm = Placing()
    lab, change = fake_lab(swarm), MissingImage(TWO, "jbcalling-lab/tts:12ab")
    assert words(change.took(lab)) == "not yet: translation02 still has jbcalling-lab/tts:12ab"
    change.apply(lab)
    change.apply(lab)
    assert swarm.images == {"jbcalling-lab-fault/tts:kept"}
    assert words(change.took(lab)) == "ready: translation02 has no image jbcalling-lab/tts:12ab"
    assert words(change.undone(lab)) == "not yet: translation02 lacks jbcalling-lab/tts:12ab"
    swarm.stopped = {NODE}
    change.undo(lab)
    assert swarm.images == {"jbcalling-lab-fault/tts:kept"}
    swarm.stopped = set()
    change.undo(lab)
    change.undo(lab)
    assert swarm.images == {"jbcalling-lab/tts:12ab"}
    assert words(change.undone(lab)) == "ready: translation02 has jbcalling-lab/tts:12ab"


def test_a_host_is_found_elsewhere_and_here_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the description of the lab that other processes read, and nothing else of it changes."""
    known = LabState(
        "paper", "kept", "f", "t", "s", "i", {TWO: "172.28.0.12"}, {}, False, {"a": "1", "m": "2"}
    )
    saved = {"paper": known}
    monkeypatch.setattr(state, "load", saved.get)
    monkeypatch.setattr(state, "save", lambda new: saved.update({new.name: new}))
    lab, change = fake_lab(FakeSwarm()), StaleRecord("m", "3", "2")
    assert words(change.took(lab)) == "not yet: m is found at 2"
    change.apply(lab)
    assert saved["paper"].hosts == {"a": "1", "m": "3"}
    assert words(change.took(lab)) == "ready: m is found at 3"
    assert words(change.undone(lab)) == "not yet: m is found at 3"
    change.undo(lab)
    assert saved["paper"] == known
    assert words(change.undone(lab)) == "ready: m is found at 2"
