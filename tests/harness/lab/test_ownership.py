"""Whose a lab is, and that sweeping takes what a dead owner left and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.build import image_builds
from lab.cluster import lifecycle, nodes
from lab.cluster.handle import Wanted
from lab.errors import CleanUpError, EngineError, InputError, LabError
from lab.host import engine, ownership, state
from lab.host.ownership import CACHE, KEPT, LABEL, OWNER_LABEL, STORE_LABEL, is_dead, owner_of
from lab.host.progress import Reporter
from lab.host.state import LabState
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine, Labels, as_client


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def dead_owner() -> str:
    """The owner label of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = str(owner_of(child.pid))
    child.communicate(b"\n")
    return owner


def labels(lab: str, owner: str) -> Labels:
    return {LABEL: lab, OWNER_LABEL: owner}


def engine_with(**objects: dict[str, Labels]) -> FakeEngine:
    return FakeEngine(FakeApi(objects))


def sweep(fake: FakeEngine) -> list[str]:
    return lifecycle.sweep(as_client(fake), Reporter())


def test_a_living_owner_is_not_dead() -> None:
    """This process is alive, and its label says so."""
    assert not is_dead(str(owner_of(os.getpid())))


def test_an_ended_owner_is_dead() -> None:
    """A process that has ended is seen to be gone."""
    assert is_dead(dead_owner())


def test_a_zombie_is_dead() -> None:
    """A killed owner whose parent has not asked after it yet is gone as well."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = str(owner_of(child.pid))
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead(owner)
    child.communicate()


def test_a_reused_pid_is_another_process() -> None:
    """A process with the owner's pid but another start time is not the owner."""
    where, pid, started = str(owner_of(os.getpid())).split("/")
    assert is_dead(f"{where}/{pid}/{int(started) - 1}")


@pytest.mark.parametrize("owner", [KEPT, "", "nonsense", "x/y/z", "elsewhere:pid:[1]/1/1"])
def test_who_cannot_be_judged_is_not_dead(owner: str) -> None:
    """A kept lab, a label we cannot read, and an owner in another boot or pid namespace are left in peace."""
    assert not is_dead(owner)


def test_a_process_that_proc_hides_is_not_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """With `hidepid`, another user's process has no /proc entry for us, and lives all the same."""
    gone, refuse = dead_owner(), PermissionError

    def hidden(_pid: int, _signal: int) -> None:
        raise refuse

    assert is_dead(gone)
    monkeypatch.setattr(os, "kill", hidden)
    assert not is_dead(gone)


def test_an_owner_must_live_to_be_named() -> None:
    """There is no owner label for a process that is not there."""
    with pytest.raises(ProcessLookupError):
        owner_of(2**22 + 1)  # above the kernel's highest pid


def test_what_a_dead_owner_left_is_removed_whole() -> None:
    """Containers, networks and volumes of a lab whose owner is gone are all removed."""
    left = labels("run-1", dead_owner())
    fake = engine_with(container={"c": left}, network={"n": left}, volume={"v": left})
    assert sweep(fake) == ["run-1"]
    assert fake.api.removed == ["container c", "network n", "volume v"]


@pytest.mark.parametrize(
    "owner",
    [str(owner_of(os.getpid())), KEPT, "elsewhere:pid:[1]/1/1", ""],
    ids=["a living process", "kept", "another machine", "none"],
)
def test_other_owners_labs_stay(owner: str) -> None:
    """A living owner's lab, a kept one, one of another machine, and one without an owner are not touched."""
    fake = engine_with(container={"c": labels("other", owner)}, volume={"v": labels("other", owner)})
    assert sweep(fake) == []
    assert fake.api.removed == []


def test_a_lab_with_one_living_owner_stays() -> None:
    """Where a dead and a living process both own parts of a lab, the living one still uses it."""
    fake = engine_with(
        container={"a": labels("shared", dead_owner()), "b": labels("shared", str(owner_of(os.getpid())))}
    )
    assert sweep(fake) == []


def test_nothing_without_our_label_is_removed() -> None:
    """Strangers' objects stay, even where they are named like ours, and so do the caches."""
    dead = dead_owner()
    cache = {LABEL: CACHE, STORE_LABEL: "true", OWNER_LABEL: dead}
    fake = engine_with(
        container={
            "jbcalling-run-1-translation01": {},
            "ours": labels("run-1", dead),
            "web": {OWNER_LABEL: dead},
        },
        volume={"store": cache, "theirs": {"site.jbcalling": "x"}},
    )
    sweep(fake)
    assert fake.api.removed == ["container ours"]


def test_prune_removes_stores_and_no_container() -> None:
    """A container run by hand from one of our images inherits the cache's label, and stays."""
    cache = {LABEL: CACHE, STORE_LABEL: "true"}
    fake = engine_with(
        container={"by-hand": {LABEL: CACHE}}, volume={"store": cache, "other": {LABEL: CACHE}}
    )
    assert engine.remove_stores(as_client(fake)) == ["store"]
    assert fake.api.removed == ["volume store"]


def test_a_store_stays_while_a_lab_reads_it() -> None:
    """The nodes of a lab that is up have their images from it: the error says so, and what to do."""
    fake = engine_with(volume={"store": {LABEL: CACHE, STORE_LABEL: "true"}})
    fake.api.in_use = frozenset({"store"})
    with pytest.raises(
        EngineError,
        match=r"still in use, by labs that are up \(see python -m lab status --all, and remove them",
    ) as caught:
        engine.remove_stores(as_client(fake))
    assert (fake.api.removed, "store" in str(caught.value)) == ([], True)


def test_sweeping_goes_on_when_one_lab_refuses() -> None:
    """The others are removed, and the error names each that stays with the reason."""
    dead = dead_owner()
    fake = engine_with(container={f"c{n}": labels(f"run-{n}", dead) for n in (1, 2, 3)})
    fake.api.in_use = frozenset({"c1", "c3"})
    with pytest.raises(CleanUpError) as caught:
        sweep(fake)
    assert fake.api.removed == ["container c2"]
    assert str(caught.value) == (
        "not every lab was removed: run-1: could not remove everything: c1: container c1 is in use; "
        "run-3: could not remove everything: c3: container c3 is in use"
    )


def test_taking_labs_down_goes_on_when_one_refuses() -> None:
    """A lab that stays keeps its folder, by which it is found again; the others' are gone."""
    for name in ("one", "two", "three"):
        state.save(LabState(name, KEPT, "", "", "", "", {"translation01": "172.28.0.11"}, {}, False))
    fake = engine_with(container={f"c-{n}": labels(n, KEPT) for n in ("one", "two", "three")})
    fake.api.in_use = frozenset({"c-one"})
    with pytest.raises(
        CleanUpError, match="not every lab was removed: one: could not remove everything: c-one"
    ):
        lifecycle.down_all(as_client(fake), ["one", "two", "three"])
    assert fake.api.removed == ["container c-two", "container c-three"]
    assert state.names() == ("one",)


@pytest.mark.parametrize("stuck", [False, True])
def test_a_failed_start_is_removed_and_a_removal_that_fails_too_is_said(
    monkeypatch: pytest.MonkeyPatch, stuck: bool
) -> None:
    """What the start left is taken down; where that fails nothing is hidden, neither error nor leftovers."""
    fake = engine_with()

    def create(*_: object) -> None:
        fake.api.objects["container"] = {"c": labels("mine", KEPT)}
        raise EngineError("no space left")

    monkeypatch.setattr(lifecycle, "_provide_early", lambda *_: None)
    monkeypatch.setattr(image_builds, "ensure", lambda host, names, reporter: {n: n for n in names})
    monkeypatch.setattr(nodes, "use_ryuk", lambda host, wanted: None)
    monkeypatch.setattr(lifecycle, "_create", create)
    fake.api.in_use = frozenset({"c"} if stuck else ())
    with pytest.raises(LabError) as caught:
        lifecycle.up(as_client(fake), Wanted(name="mine", with_images=False), Reporter())
    said = "no space left; then cleaning up failed as well: could not remove everything: c: container c is in use"
    assert str(caught.value) == (said if stuck else "no space left")
    assert bool(fake.api.objects["container"]) == stuck


def test_removal_goes_to_the_end_and_names_every_failure() -> None:
    """What cannot be removed is named, each of it, and does not keep the rest."""
    own = labels("lab", KEPT)
    fake = engine_with(container={"a": own, "b": own}, network={"n": own})
    fake.api.in_use = frozenset({"a", "n"})
    with pytest.raises(EngineError, match=r"a: container a is in use; n: network n is in use"):
        engine.remove(as_client(fake), "lab")
    assert fake.api.removed == ["container b"]


def test_the_folder_of_a_lab_that_is_gone_is_swept() -> None:
    """A description without any object is forgotten; not a living owner's, who is about to create them, nor one
    of a lab on another engine."""
    alive, here = str(owner_of(os.getpid())), FakeEngine().info()["ID"]
    for name, owner, of in (("gone", KEPT, here), ("starting", alive, here), ("elsewhere", KEPT, "other")):
        addresses = {"translation01": "172.28.0.11"}
        state.save(LabState(name, owner, "", "", "", "", addresses, {}, False, engine=of))
    sweep(FakeEngine())
    assert state.names() == ("elsewhere", "starting")


@pytest.mark.parametrize("name", ["..", "/etc", "", "a/b"])
def test_no_name_leads_out_of_the_state_folder(name: str, tmp_path: Path) -> None:
    """Forgetting a lab removes its folder, so a name that is a path is refused before anything is removed."""
    (tmp_path / "precious").mkdir()
    with pytest.raises(InputError, match="lab name"):
        state.forget(name)
    assert (tmp_path / "precious").exists()


def test_the_owner_label_is_read_as_it_is_written() -> None:
    """The label holds where, pid and start time, and nothing of the start time is lost."""
    owner = owner_of(os.getpid())
    assert ownership.Owner(*str(owner).split("/")[:1], *map(int, str(owner).split("/")[1:])) == owner  # type: ignore[arg-type]
