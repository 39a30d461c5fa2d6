"""What bears a name that a lab needs, and not its label, is named in an error: it is neither used nor removed."""

import pytest

from lab.cluster import lifecycle, nodes
from lab.cluster.handle import Wanted
from lab.errors import EngineError
from lab.host import engine, strangers
from lab.host.ownership import LABEL
from lab.host.progress import Reporter
from tests.harness.lab.test_cut_off import _own_state as _own_state
from tests.harness.lab.test_cut_off import _quiet, ours
from tests.harness.lab.test_ownership import engine_with
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine, Labels, api_error, as_client

NODE = "jbcalling-mine-translation01"
STORE = "jbcalling-mine.store"
TAKEN = [
    ("container", NODE), ("container", STORE), ("network", "jbcalling-mine"), ("network", STORE), ("volume", NODE),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "name"), TAKEN)
@pytest.mark.parametrize(
    "labels", [{}, {LABEL: "other"}, {LABEL: "../mine"}], ids=["none", "another lab's", "odd"]
)
def test_up_says_whose_name_it_needs(
    kind: str, name: str, labels: Labels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The object, the command that shows it, and the way out; nothing is made, and it stays."""
    fake = engine_with(**{kind: {name: labels}})
    _quiet(monkeypatch)
    monkeypatch.setattr(nodes, "can_be_privileged", lambda *_: pytest.fail("something was made"))
    with pytest.raises(EngineError) as caught:
        lifecycle.up(as_client(fake), Wanted(name="mine", with_images=False), Reporter())
    assert str(caught.value) == (
        f"{kind} {name} exists and does not belong to lab mine (it has no label site.jbcalling.lab=mine), so it is not ours to "
        f"remove: look at it with docker {kind} inspect {name}, or choose another name with --name"
    )
    assert fake.api.removed == []


def test_what_is_the_labs_own_is_no_stranger() -> None:
    """Nor is another's object of another name."""
    fake = engine_with(
        container={NODE: ours(), "web": {}}, network={"jbcalling-mine-2": {}}, volume={NODE: ours()}
    )
    strangers.refuse(as_client(fake), "mine", containers=[NODE], networks=["jbcalling-mine"], volumes=[NODE])


class HandsOver(FakeApi):
    """Gives a volume that is there already to whoever creates one of its name, as an engine does."""

    def create_volume(self, name: str, labels: Labels) -> dict[str, object]:
        return {"Name": name, "Labels": self.objects["volume"].setdefault(name, labels)}


def test_a_volume_that_is_there_is_not_taken_for_a_new_one() -> None:
    """Between our look and our call it may have been made: the engine says nothing of it."""
    fake = FakeEngine(HandsOver({"volume": {"theirs": {"a": "b"}}}))
    strangers.create_volume(as_client(fake), "fresh", ours())
    with pytest.raises(
        EngineError,
        match="volume theirs exists and does not bear our label; look at it: docker volume inspect theirs",
    ):
        strangers.create_volume(as_client(fake), "theirs", ours())


class UnderWay(FakeApi):
    """Another process has begun to remove the container; it is gone at the third look."""

    looks = 0

    def remove_container(self, name: str, **_: object) -> None:
        self.looks += 1
        if self.looks < 3:
            raise api_error(409, f"removal of container {name} is already in progress")
        super().remove_container(name)


def test_a_removal_that_is_under_way_is_waited_for() -> None:
    """A process that was killed has begun it, or another sweeps too; the network can go only after it."""
    fake = FakeEngine(UnderWay({"container": {"c": ours()}, "network": {"n": ours()}}))
    engine.remove(as_client(fake), "mine")
    assert fake.api.removed == ["container c", "network n"]


def test_two_networks_of_one_name_are_told_apart() -> None:
    """A network's name is not its own: ours goes by its id, and another of the same name stays."""

    class Twins(FakeApi):
        def networks(self, *, filters: object = None) -> list[dict[str, object]]:
            return [{"Name": "jbcalling-mine", "Id": "1f", "Labels": ours()}]

    fake = FakeEngine(Twins())
    engine.remove(as_client(fake), "mine")
    assert fake.api.removed == ["network 1f"]
