"""What a repair can mend and what it cannot, who waits for whom at the image store, and what a node may take."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import docker.errors
import pytest

from lab.cluster import filling, forming, image_store, nodes, repair
from lab.cluster.handle import Lab, Wanted
from lab.cluster.repair import UnrepairableError
from lab.errors import LabError
from lab.host import preflight, state, strangers
from lab.host.ownership import CACHE, LABEL, STORE_LABEL
from lab.host.progress import Reporter
from lab.host.state import LabState
from lab.host.topology import topology
from tests.harness.lab.test_cut_off import _own_state as _own_state
from tests.harness.lab.test_cut_off import ours
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine, api_error, as_client

ADDRESSES = {"translation01": "172.28.0.11", "translation02": "172.28.0.12"}
BOTH = topology(2)
ACTIVE, NONE = {"LocalNodeState": "active", "ControlAvailable": True}, {"LocalNodeState": "inactive"}


@dataclass
class Running(FakeApi):
    """Lists the containers of the lab's nodes as `states` has them, by node."""

    states: Mapping[str, str] = field(default_factory=dict)

    def containers(self, *, all: bool = False, filters: object = None) -> list[dict[str, Any]]:
        listed = {f"jbcalling-mine-{node}": each for node, each in self.states.items()}
        return [{"Names": [f"/{n}"], "Id": n, "Labels": ours(), "State": each} for n, each in listed.items()]


@dataclass
class Manager:
    """A node's engine: what it says of the Swarm, and of the Swarm's nodes."""

    swarm: Mapping[str, Any]
    ready: tuple[str, ...] = ()

    @property
    def api(self) -> "Manager":
        return self

    def info(self) -> dict[str, Any]:
        return {"Swarm": {"ControlAvailable": False, **self.swarm}}

    def nodes(self) -> list[dict[str, Any]]:
        return [{"ID": n, "Description": {"Hostname": n}, "Status": {"State": "ready"}} for n in self.ready]


def lab_with(states: Mapping[str, str], manager: Manager, *, stack: str = "", store: str = "") -> Lab:
    """A lab of two nodes, whole by its description."""
    described = LabState("mine", "kept", "", "", "", "", ADDRESSES, {}, False, stack=stack, store=store)
    state.save(described)
    made = Lab(as_client(FakeEngine(Running(states=states))), described)
    made.__dict__["nodes"] = dict.fromkeys(ADDRESSES, manager)
    return made


def repaired(lab: Lab) -> Lab:
    return repair.repair(lab, Wanted(name="mine", nodes=BOTH), Reporter())


BOTH_RUN = dict.fromkeys(ADDRESSES, "running")


@pytest.mark.parametrize(
    ("states", "swarm", "said"),
    [
        (BOTH_RUN, NONE, "translation01 manages no Swarm [(]it is inactive[)]"),
        (BOTH_RUN, {"LocalNodeState": "active", "ControlAvailable": False}, "translation01 manages no Swarm"),
        ({"translation02": "running"}, ACTIVE, "its manager is gone, and the Swarm with it"),
    ],
    ids=["no Swarm", "a worker", "no manager"],
)
def test_a_lab_without_its_swarm_is_beyond_repair(states: dict[str, str], swarm: Any, said: str) -> None:  # noqa: ANN401
    """All containers run, and yet there is nothing to repair: another Swarm would know neither nodes nor stack."""
    with pytest.raises(UnrepairableError, match=said):
        repaired(lab_with(states, Manager(swarm)))


def test_a_node_that_never_joined_is_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its container runs, and the manager does not know it; the lab is not whole meanwhile."""
    seen: list[bool] = []

    def form(*_: object) -> None:
        known = state.load("mine")
        assert known is not None
        seen.append(known.whole)

    monkeypatch.setattr(forming, "form", form)
    repaired(lab_with(BOTH_RUN, Manager(ACTIVE, ("translation01",))))
    assert seen == [False]
    repaired(lab_with(BOTH_RUN, Manager(ACTIVE, tuple(ADDRESSES))))
    assert seen == [False], "a lab that is sound was formed again"


@pytest.mark.parametrize("error", [LabError("no"), KeyboardInterrupt()])
def test_a_repair_that_is_cut_off_leaves_no_whole_lab(
    error: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume that it had made, and not filled, would be taken for one that still holds its node."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(repair, "_repair_nodes", fail)
    lab = lab_with({"translation01": "running"}, Manager(ACTIVE))
    with pytest.raises(type(error)):
        repaired(lab)
    known = state.load("mine")
    assert known is not None
    assert not known.whole


@dataclass
class FillsElsewhere(FakeApi):
    """A store that another process fills, which no lock of ours tells of: in use twice, then complete, or let go."""

    tries: int = 0
    then: str = "complete"

    def inspect_image(self, ref: str) -> dict[str, str]:
        return {"Id": f"sha256:{ref}"}

    def remove_volume(self, name: str, **_: object) -> None:
        self.tries += 1
        if self.tries < 3:
            raise api_error(409, "volume is in use")
        if self.then == "gone":
            raise docker.errors.NotFound("no such volume")
        super().remove_volume(name)


@pytest.mark.parametrize("then", ["complete", "let go", "gone"])
def test_a_store_that_another_fills_is_waited_for(then: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never removed under its hands: it becomes complete, and is used; or that process died, and it is filled anew."""
    name = image_store.volume_name({"a:1": "sha256:a:1"})
    api = FillsElsewhere({"volume": {name: {"site.jbcalling.lab.store": "true"}}}, then=then)
    filled: list[str] = []

    def prepare(*_: object) -> image_store.Prepared:
        return image_store.Prepared({}, complete=then == "complete" and api.tries >= 2, linked=True)

    monkeypatch.setattr(image_store, "prepare", prepare)
    monkeypatch.setattr(image_store, "create_store", lambda host, made: filled.append(made))
    monkeypatch.setattr(filling, "_fill", lambda *_: None)
    monkeypatch.setattr(filling, "exclusive", lambda *_: nullcontext())
    monkeypatch.setattr(filling, "LOOK_S", 0.01)
    got = filling.ensure_store(as_client(FakeEngine(api)), ["a:1"], "image", False, ours(), Reporter())
    assert got == name
    assert filled == ([] if then == "complete" else [name])


GIB = 1 << 30


@pytest.mark.parametrize("total", [int(7.6 * GIB), int(23.5 * GIB)], ids=["8 GB", "24 GB"])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_nodes_may_take_fits_the_host(total: int, count: int) -> None:
    """All of them together leave the host a quarter, and none gets less than the reference stack needs."""
    each = preflight.node_memory({"MemTotal": total, "MemoryLimit": True}, count)
    assert each is not None
    assert each * count <= total * 0.75
    assert each >= preflight.NODE_MEMORY


def test_a_small_host_and_one_that_cannot_limit() -> None:
    """The least is given all the same; an engine without memory limits would only warn."""
    assert preflight.node_memory({"MemTotal": 3 * GIB, "MemoryLimit": True}, 3) == preflight.NODE_MEMORY
    assert preflight.node_memory({"MemTotal": 24 * GIB, "MemoryLimit": False}, 3) is None
    assert preflight.node_memory({"MemTotal": 24 * GIB}, 3) is None


def test_a_stack_may_reserve_what_its_nodes_may_take() -> None:
    """What its reservations are fitted to is what the nodes have."""
    from lab.adapt import resources

    assert preflight.NODES_MEMORY_SHARE == resources.MEMORY_SHARE


@pytest.mark.parametrize(
    ("stack", "store", "linked", "said"),
    [
        ("stack.yml", "the-store", True, ""),
        ("stack.yml", "the-store", False, "the images of jbcalling-mine-translation02 are gone with it"),
        ("stack.yml", "", True, "the images of jbcalling-mine-translation02 are gone with it"),
        ("", "", True, ""),
    ],
    ids=["from the store", "a damaged store", "each had its own", "nothing is deployed"],
)
def test_a_node_that_is_gone_gets_its_images_or_the_lab_is_made_anew(
    stack: str, store: str, linked: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the very store that the others read; a node without images would run no task and look sound."""
    asked: list[tuple[object, bool]] = []
    started: list[list[str]] = []

    def prepare(*given: Any, seen: bool = False) -> image_store.Prepared:  # noqa: ANN401
        asked.append((given[3], seen))
        return image_store.Prepared({}, complete=True, linked=linked)

    monkeypatch.setattr(image_store, "prepare", prepare)
    monkeypatch.setattr(strangers, "create_volume", lambda *_: None)
    monkeypatch.setattr(repair, "start_nodes", lambda _, specs, __: started.append([s.name for s in specs]))
    monkeypatch.setattr(forming, "form", lambda *_: None)
    monkeypatch.setattr(forming, "drop_replaced", lambda *_: None)
    lab = lab_with({"translation01": "running"}, Manager(ACTIVE), stack=stack, store=store)
    with pytest.raises(UnrepairableError, match=said) if said else nullcontext():
        repaired(lab)
    assert asked == ([(store, True)] if store else [])
    assert started == ([] if said else [["translation02"]])


def test_a_node_reads_the_store_and_cannot_write_to_it() -> None:
    """Where Docker has to make the volume, it bears our labels: prune finds it."""
    mount = nodes.store_mount("the-store")
    assert (mount["Target"], mount["Source"], mount["Type"], mount["ReadOnly"]) == (
        nodes.STORE, "the-store", "volume", True,
    )  # fmt: skip
    assert mount["VolumeOptions"]["Labels"] == {LABEL: CACHE, STORE_LABEL: "true"}
