"""What a lab writes on the host is whole or not there, and its folder is held by one process at a time."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lab.errors import InputError, LabError
from lab.host import locks, state
from tests.harness.lab.test_cut_off import HOLD, ROOT, described


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.mark.parametrize("at", ["fsync", "replace"])
def test_a_write_that_is_cut_off_leaves_the_old_file(at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it has reached the disk and after: the old content is there, whole; the next write succeeds."""
    path = state.write_secret("mine", "ca.pem", b"old")

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os if at == "fsync" else Path, at, cut)
        with pytest.raises(KeyboardInterrupt):
            state.write_secret("mine", "ca.pem", b"new and longer")
    assert path.read_bytes() == b"old"
    state.write_secret("mine", "ca.pem", b"new")
    assert path.read_bytes() == b"new"
    assert [entry.name for entry in path.parent.iterdir()] == ["ca.pem"]


def test_what_is_written_is_its_users_alone(tmp_path: Path) -> None:
    """Also where a killed process left an open file in its place, or somebody a link."""
    outside = tmp_path / "outside"
    outside.write_text("precious")
    for name, left in (("ca.pem", Path.touch), ("key.pem", lambda path: path.symlink_to(outside))):
        state.write_secret("mine", name, b"")
        fresh = state.folder("mine") / f"{name}.new"
        left(fresh)
        path = state.write_secret("mine", name, b"secret")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not path.is_symlink()
    described()
    assert stat.S_IMODE((state.folder("mine") / "lab.json").stat().st_mode) == 0o600
    assert outside.read_text() == "precious"


def test_holding_a_lab_leaves_nothing() -> None:
    """Neither a lock file nor an empty folder."""
    with state.held("mine") as held:
        assert held
        assert state.names() == ("mine",)
    assert not state.home().exists()


def test_one_process_holds_a_lab_at_a_time(tmp_path: Path) -> None:
    """Another is told that it must wait, or does without; a dead holder keeps nobody out."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, "mine"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with state.held("mine", wait=False) as held:
        assert not held
    with state.held("other", wait=False) as held:
        assert held
    waited: list[str] = []

    def told() -> None:
        waited.append("told")
        holder.kill()

    with state.held("mine", on_wait=told) as held:
        assert held
    assert waited == ["told"]
    holder.communicate()


def test_a_holder_may_remove_the_folder(tmp_path: Path) -> None:
    """Who waited for it then holds the new one, and not a folder that is no more."""
    folder = tmp_path / "a" / "b"
    waiting = threading.Event()
    got: list[bool] = []

    def second() -> None:
        with locks.exclusive_folder(folder, on_wait=waiting.set) as held:
            got.append(held and folder.stat().st_ino > 0)
            with locks.exclusive_folder(folder, wait=False) as again:
                got.append(again)

    with locks.exclusive_folder(folder):
        thread = threading.Thread(target=second)
        thread.start()
        assert waiting.wait(10)
        folder.rmdir()
    thread.join(10)
    assert got == [True, False]
    assert not folder.exists()


def test_a_state_folder_that_cannot_be_made_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder, why, and what to set; found before anything is made on an engine."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file" / "state"))
    for act in (state.home_label, lambda: state.held("mine").__enter__()):
        with pytest.raises(
            InputError, match=r"file/state cannot hold what .* [(]Not a directory[)]: set XDG_STATE_HOME"
        ):
            act()


@pytest.mark.parametrize("error", [LabError("refused"), KeyboardInterrupt()])
def test_a_change_that_fails_leaves_the_lab_and_one_that_is_cut_off_does_not(error: BaseException) -> None:
    """A stack that is refused is no reason to make the lab anew; half a change is."""
    before = described()

    def change() -> None:
        with state.being_changed(before):
            now = state.load("mine")
            assert now is not None
            assert not now.whole
            raise error

    with pytest.raises(type(error)):
        change()
    after = state.load("mine")
    assert after is not None
    assert after.whole == isinstance(error, LabError)


def test_a_change_that_ends_well_keeps_what_it_wrote() -> None:
    """The lab is whole again, with what the change saved meanwhile."""
    before = described()
    with state.being_changed(before):
        described(whole=False)
    assert state.load("mine") == before
