"""A lab that was cut off while it was made, changed or removed is recognised, and nobody's whole lab is taken for one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lab.build import image_builds
from lab.cluster import lifecycle, nodes
from lab.cluster.handle import Lab, Wanted
from lab.cluster.repair import UnrepairableError
from lab.errors import InputError, LabError
from lab.host import state
from lab.host.ownership import HELPER_LABEL, HOME_LABEL, KEPT, LABEL, OWNER_LABEL, SUITE, owner_of
from lab.host.progress import Reporter
from lab.host.state import LabState
from tests.harness.lab.test_ownership import dead_owner, engine_with
from tests.harness.stand_ins.fake_engine import FakeEngine, Labels, as_client

ALIVE = str(owner_of(os.getpid()))
ANOTHERS = "/home/another/.local/state/jbcalling-lab of user 1001 (inode 7)"
ROOT = Path(__file__).parents[3]
HOLD = "import sys\nfrom lab.host import state\n"
HOLD += "with state.held(sys.argv[1]):\n    print('held', flush=True)\n    sys.stdin.read()\n"


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def described(name: str = "mine", *, owner: str = KEPT, whole: bool = True) -> LabState:
    """A lab's description, saved; its engine is the stand-in."""
    address = {"translation01": "172.28.0.11"}
    saved = LabState(name, owner, "", "", "", "", address, {}, False, engine="fake", whole=whole)
    state.save(saved)
    return saved


def ours(name: str = "mine", owner: str = KEPT, **more: str) -> Labels:
    return {LABEL: name, OWNER_LABEL: owner, HOME_LABEL: state.home_label(), **more}


def sweep(fake: FakeEngine) -> None:
    lifecycle.sweep(as_client(fake), Reporter())


SPOILT = {
    "empty": "",
    "truncated": '{"name": "mine", "owner": "ke',
    "no object": "[]",
    "null": "null",
    "bytes": "\0\0\0",
    "deep": "[" * 100_000,
    "of another lab": None,
    "a node that is a path": None,
    "no address": None,
    "no node": None,
}


def spoil(how: str) -> None:
    """A description as a crash, a full disk or a hand may leave it."""
    described()
    path = state.folder("mine") / "lab.json"
    text = path.read_text()
    changed = {
        "of another lab": text.replace('"mine"', '"other"'),
        "a node that is a path": text.replace("translation01", "../../etc"),
        "no address": text.replace("172.28.0.11", "localhost"),
        "no node": text.replace('"translation01": "172.28.0.11"', ""),
    }
    path.write_text(changed.get(how, SPOILT[how] or ""))


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_description_is_no_lab(how: str) -> None:
    """Who asks for it is told the file and the remedy; who brings a lab up makes it anew; the next run sweeps it."""
    spoil(how)
    fake = engine_with(container={"c": ours()}, network={"n": ours()}, volume={"v": ours()})
    with pytest.raises(
        LabError, match=r"lab.json is not a lab's state .*: python -m lab down --name mine"
    ) as caught:
        state.load("mine")
    assert "\n" not in str(caught.value)
    assert lifecycle.usable(as_client(fake), "mine") is None
    sweep(fake)
    assert fake.api.removed == ["container c", "network n", "volume v"]
    assert state.names() == ()


@pytest.mark.parametrize(
    ("container", "swept"),
    [
        (ours, True),
        (lambda: {**ours(), HOME_LABEL: ANOTHERS}, False),
        (lambda: {LABEL: "mine", OWNER_LABEL: KEPT}, False),
        (lambda: ours(owner=ALIVE), False),
        (lambda: ours(owner="elsewhere:pid:[1]/1/1"), False),
    ],
    ids=["of this home", "of another home", "of no home", "a living owner's", "another machine's"],
)
@pytest.mark.parametrize("left", ["unfinished", "no description", "whole"])
def test_what_was_cut_off_is_swept(left: str, container: "type[Labels]", swept: bool) -> None:
    """A folder whose description is not whole, or is missing, and that nobody holds: its objects go, if they are this
    home's. A whole lab stays."""
    if left == "no description":
        state.write_secret("mine", "ca.pem", b"")
    else:
        described(whole=left == "whole")
    fake = engine_with(container={"c": container()})
    sweep(fake)
    gone = swept and left != "whole"
    assert fake.api.removed == (["container c"] if gone else [])
    assert state.names() == (() if gone else ("mine",))


def test_a_folder_that_a_crash_left_before_any_object_is_swept() -> None:
    """Nothing on the engine, no description: nothing is left of it."""
    state.write_secret("mine", "ca.pem", b"")
    sweep(FakeEngine())
    assert not state.home().exists()


def test_a_lab_that_somebody_is_making_is_left_in_peace() -> None:
    """Its folder is held by the process that makes it; once that is killed, it is swept."""
    described(whole=False)
    fake = engine_with(container={"c": ours()})
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, "mine"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    sweep(fake)
    assert fake.api.removed == []
    holder.kill()
    holder.communicate()
    sweep(fake)
    assert fake.api.removed == ["container c"]


def test_a_helper_of_a_dead_process_goes_and_its_lab_stays() -> None:
    """What one process alone needed serves nobody when it is gone, whoever's the lab is; a living one's stays."""
    dead = dead_owner()
    described()
    fake = engine_with(
        container={
            "c": ours(),
            "filler": ours(**{HELPER_LABEL: dead}),
            "probe": ours(**{HELPER_LABEL: ALIVE}),
        },
        network={"filler-net": {**ours(**{HELPER_LABEL: dead}), HOME_LABEL: ANOTHERS}},
    )
    sweep(fake)
    assert fake.api.removed == ["container filler", "network filler-net"]


def test_a_container_of_the_suite_goes_with_its_own_owner() -> None:
    """Each is judged by itself: one that ended keeps no other, and none is a lab."""
    fake = engine_with(
        container={n: {LABEL: SUITE, OWNER_LABEL: o} for n, o in (("a", dead_owner()), ("b", ALIVE))}
    )
    sweep(fake)
    assert fake.api.removed == ["container a"]


@pytest.mark.parametrize(
    "name", ["../../../etc", "/etc", "", "..", "A B", "x" * 32, "cache", "naïve", "a\nb", "a\0"]
)
def test_a_label_that_is_no_name_is_nobodys_lab(name: str, tmp_path: Path) -> None:
    """It leads to no folder, its object stays, and the labs beside it are swept all the same."""
    dead = dead_owner()
    (tmp_path / "precious").mkdir()
    fake = engine_with(
        container={"odd": {LABEL: name, OWNER_LABEL: dead}, "c": {LABEL: "run-1", OWNER_LABEL: dead}}
    )
    sweep(fake)
    assert fake.api.removed == ["container c"]
    assert (tmp_path / "precious").exists()


@pytest.mark.parametrize(
    "pid", ["9" * 10, "9" * 19, "9" * 5000, "-1", "0", "1e3", "٣", "../../../etc", "1/../..", "\0", "1\n"]
)
def test_an_owner_that_is_no_process_stops_nothing(pid: str) -> None:
    """Nobody can say that it is dead, so its lab stays; the others are swept."""
    here = ALIVE.partition("/")[0]
    odd = [f"{here}/{pid}/1", f"{pid}/1/1", pid]
    fake = engine_with(
        container={f"odd{n}": {LABEL: f"odd{n}", OWNER_LABEL: owner} for n, owner in enumerate(odd)}
        | {"c": {LABEL: "run-1", OWNER_LABEL: dead_owner()}}
    )
    sweep(fake)
    assert fake.api.removed == ["container c"]


def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """`up` without images, preflight and Ryuk."""
    monkeypatch.setattr(lifecycle, "_provide_early", lambda *_: None)
    monkeypatch.setattr(image_builds, "ensure", lambda host, names, reporter: {n: n for n in names})
    monkeypatch.setattr(nodes, "use_ryuk", lambda host, wanted: None)


@pytest.mark.parametrize("left", ["unfinished", "spoilt", "nothing described", "beyond repair"])
def test_up_makes_anew_what_was_cut_off(left: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left is removed before; the lab is held meanwhile, so that nobody else removes or makes it."""
    if left == "spoilt":
        spoil("truncated")
    elif left != "nothing described":
        described(whole=left == "beyond repair")
    fake = engine_with(container={"c": ours()}, network={"n": ours()}, volume={"v": ours()})
    made: list[str] = []

    def create(host: object, wanted: Wanted, *_: object) -> Lab:
        with state.held(wanted.name, wait=False) as free:
            made.append(f"made {wanted.name}, {'free' if free else 'held'}, after {len(fake.api.removed)}")
        return Lab(as_client(fake), described())

    def lost(*_: object) -> Lab:
        raise UnrepairableError("its manager is gone")

    _quiet(monkeypatch)
    monkeypatch.setattr(lifecycle, "_create", create)
    monkeypatch.setattr(lifecycle, "_used", lost)
    lifecycle.up(as_client(fake), Wanted(name="mine", with_images=False), Reporter())
    assert made == ["made mine, held, after 3"]
    assert state.names() == ("mine",)


def test_a_lab_of_another_home_is_neither_used_nor_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two users who call their lab alike do not take it from each other; the line says whose it is, and what to do."""
    fake = engine_with(container={"c": {**ours(), HOME_LABEL: ANOTHERS}})
    _quiet(monkeypatch)
    for act in (
        lambda: lifecycle.up(as_client(fake), Wanted(name="mine", with_images=False), Reporter()),
        lambda: lifecycle.down(as_client(fake), "mine"),
    ):
        with pytest.raises(
            InputError, match=r"the lab 'mine' on this engine was made from another state folder, /home"
        ):
            act()
    assert fake.api.removed == []
    assert not state.home().exists()


def test_a_lab_that_a_container_made_for_this_process_is_ours() -> None:
    """`python -m lab inside` removes what the suite left in its container, whose state folder is another."""
    fake = engine_with(container={"c": {**ours("run-7-abcd", ALIVE), HOME_LABEL: ANOTHERS}})
    lifecycle.down_all(as_client(fake), lifecycle.owned_by(as_client(fake), ALIVE))
    assert fake.api.removed == ["container c"]


def test_a_dead_owners_lab_of_another_home_is_removed_and_our_own_of_that_name_stays() -> None:
    """Nobody can use it any more. Our description is that of a lab on another engine."""
    described("run-1", owner=ALIVE)
    fake = engine_with(container={"c": {LABEL: "run-1", OWNER_LABEL: dead_owner(), HOME_LABEL: ANOTHERS}})
    sweep(fake)
    assert fake.api.removed == ["container c"]
    assert state.names() == ("run-1",)


def test_a_removal_that_is_cut_off_leaves_no_whole_lab() -> None:
    """From its first step on the lab is not taken for one that could be repaired."""
    described()
    fake = engine_with(container={"c": ours()}, network={"n": ours()})
    fake.api.in_use = frozenset({"n"})
    with pytest.raises(LabError):
        lifecycle.down(as_client(fake), "mine")
    assert lifecycle.usable(as_client(fake), "mine") is None
    known = state.load("mine")
    assert known is not None
    assert not known.whole
