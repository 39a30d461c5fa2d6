"""Who is at a lab: notes that live as long as their process does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab.host import state, users

pytestmark = pytest.mark.usefixtures("own_surroundings")
ROOT = Path(__file__).parents[3]
AT_IT = "import sys, time; from lab.host import state\nwith state.held('mine'): print('held', flush=True); sys.stdin.read()"


def test_who_makes_a_lab_is_named_and_its_death_ends_that() -> None:
    """While another process holds the lab; a kill leaves nobody, and nothing in the home."""
    command = [sys.executable, "-c", AT_IT]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert state.users_of("mine") == (f"pid {other.pid}: {Path(sys.executable).name} -c",)
        assert state.users_of("min") == ()
        other.send_signal(signal.SIGKILL)
    assert state.users_of("mine") == ()
    assert not (state.home() / users.FOLDER).exists()


def test_several_are_named_and_each_leaves_by_itself() -> None:
    """In one process too; two notes of the same words count once."""
    with state.in_use("mine", "one"):
        with state.in_use("mine", "two"), state.in_use("mine", "one"):
            assert state.users_of("mine") == ("one", "two")
        assert state.users_of("mine") == ("one",)
        assert state.users_of("other") == ()
    assert not state.home().exists() or list(state.home().iterdir()) == []


def test_a_note_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """What looks like one in a command line is masked before it is written, and a control character is harmless."""
    monkeypatch.setattr(
        sys, "orig_argv", ["/usr/bin/python", "-m", "pytest", "--token=s3cr3t-of-mine", "-k\x1b[1m"]
    )
    with state.in_use("mine", users.this_process()):
        (note,) = (state.home() / users.FOLDER).iterdir()
        text = note.read_text()
        assert note.stat().st_mode & 0o777 == 0o600
    assert text.startswith(f"pid {os.getpid()}: python -m pytest ")
    assert "s3cr3t" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize("spoil", ["file", "unwritable"])
def test_a_home_that_takes_no_note_stops_nobody(spoil: str) -> None:
    """Who is at a lab is of interest, and no condition."""
    state.home().mkdir(parents=True)
    if spoil == "file":
        (state.home() / users.FOLDER).write_text("")
    else:
        (state.home() / users.FOLDER).symlink_to("/proc/1/nowhere")
    with state.in_use("mine", "one"):
        assert state.users_of("mine") == ()


def test_the_notes_of_the_killed_go_with_the_next_user(tmp_path: Path) -> None:
    """And the folders with them, so that nothing is left of a process that was killed; those of the living stay."""
    home = tmp_path / "home"
    with users.using(home, "mine", "one"):
        dead = home / users.FOLDER / "other.1.0"
        dead.write_text("killed")
        with users.using(home, "mine", "two"):
            pass
        assert not dead.exists()
        assert users.users_of(home, "mine") == ("one",)
    assert not home.exists()
    with users.using(home, "mine", "three"):
        (home / "lab").mkdir()
    assert sorted(each.name for each in home.iterdir()) == ["lab"]
