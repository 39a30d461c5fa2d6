"""However a run of the browser ends, its processes and its folder go."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.observe.browser import workplace as own
from lab.waiting import Look, NotYet, Ready, wait_for
from tests.harness.house.test_sizes import ROOT

RUN = """
import asyncio, sys
from pathlib import Path
from fixtures.observe.browser.opened import Setup, opened

async def main():
    async with opened(Setup(Path(sys.argv[1]), "MAP * ~NOTFOUND")) as browser:
        async with browser.tab("a") as tab:
            print(browser.folder, flush=True)
            await asyncio.sleep(600)

asyncio.run(main())
"""


def started(program: Path, tmp_path: Path) -> tuple["subprocess.Popen[str]", Path]:
    """A process that has a browser open, and its folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(program)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def gone(folder: Path) -> Callable[[], Look[None]]:
    def look() -> Look[None]:
        running = own.running_in(folder)
        return NotYet(f"{len(running)} processes run") if running else Ready(None)

    return look


def test_an_interrupted_run_leaves_nothing(program: Path, short: Path) -> None:
    """Ctrl-C: the browser is ended, the profile removed, and the process ends."""
    process, folder = started(program, short)
    assert own.running_in(folder)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    wait_for("the browser's processes", gone(folder), deadline_s=10)
    assert not folder.exists()


def test_what_a_killed_run_leaves_is_removed_by_the_next(program: Path, short: Path) -> None:
    """kill -9 leaves a folder at least; the next run removes it, and ends what still runs in it."""
    process, folder = started(program, short)
    process.kill()
    process.wait(timeout=60)
    assert (folder / own.NOTE).exists()
    with own.workplace(short):
        wait_for("the browser's processes", gone(folder), deadline_s=10)
        assert not folder.exists()


def test_a_process_that_outlived_its_run_is_ended(tmp_path: Path) -> None:
    """One whose command line names the folder of a run that is gone; no other one is touched."""
    left = tmp_path / f"{own.START}left"
    left.mkdir()
    (left / own.NOTE).touch()
    script = "import time; time.sleep(600)"
    stray, other = (
        subprocess.Popen([sys.executable, "-c", script, f"--user-data-dir={folder}/profile"])
        for folder in (left, tmp_path / f"{own.START}leftover")
    )
    try:
        assert own.remove_left(tmp_path) == (left,)
        assert stray.wait(timeout=10) == -signal.SIGKILL
        assert other.poll() is None
        assert not left.exists()
    finally:
        for each in (stray, other):
            each.kill()
            each.wait()


def test_a_run_that_goes_on_keeps_its_folder(tmp_path: Path) -> None:
    """Two runs beside each other do not remove each other's; a folder without a note is being made."""
    bare = tmp_path / f"{own.START}bare"
    bare.mkdir()
    with own.workplace(tmp_path) as first, own.workplace(tmp_path) as second:
        assert first != second
        assert first.exists()
        assert own.remove_left(tmp_path) == ()
    assert sorted(tmp_path.iterdir()) == [bare]


def test_anothers_folder_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither another user's, nor what a link of that name leads to."""
    left = tmp_path / f"{own.START}left"
    left.mkdir()
    (left / own.NOTE).touch()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / own.NOTE).touch()
    (tmp_path / f"{own.START}link").symlink_to(elsewhere)
    monkeypatch.setattr(os, "geteuid", lambda: left.stat().st_uid + 1)
    assert own.remove_left(tmp_path) == ()
    monkeypatch.undo()
    assert own.remove_left(tmp_path) == (left,)
    assert (elsewhere / own.NOTE).exists()


def test_the_folder_for_temporary_files_is_as_it_was(program: Path, short: Path) -> None:
    """Neither the browser nor its driver leaves anything beside the run's own folder."""
    process, folder = started(program, short)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=60)
    assert folder.parent == short
    assert sorted(short.iterdir()) == []


def test_a_path_that_is_too_long_for_a_socket_is_not_taken(tmp_path: Path) -> None:
    """Chromium would not start in it, and says nothing that a person could make out."""
    deep = tmp_path / ("d" * own.LONGEST)
    deep.mkdir()
    with own.workplace(deep) as folder:
        assert len(str(folder)) <= own.LONGEST
    assert sorted(deep.iterdir()) == []
