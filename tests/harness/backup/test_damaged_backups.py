"""A backup that was cut off or edited is refused in one line that says what is wrong; one that was killed is none."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.backup import folder, taking
from fixtures.backup.values import MANIFEST, SEAL, BackupError, StackFile
from fixtures.target.values import SwarmApi
from tests.harness.samples import whole_swarm
from tests.harness.stand_ins.bare_host import ROOT
from tests.harness.stand_ins.engine_api import RecordingEngine, recording_engine, serving

STACK = StackFile("stack.yml", "stack.yml", b"services:\n  web:\n    image: nginx\n")


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A whole one, with a stack file."""
    with (
        recording_engine(whole_swarm.answers()) as engine,
        taking.open_for_backup(SwarmApi(engine.url)) as swarm,
    ):
        folder.write(taking.taken(swarm, "0.2.0", [STACK]), tmp_path / "before")
    return tmp_path / "before"


def resealed(backup: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The manifest with a change, and every hash as if it had been written so; returns the backup."""
    found = json.loads((backup / MANIFEST).read_text())
    for name, entry in found["files"].items():
        content = (backup / name).read_bytes()
        entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    change(found)
    (backup / MANIFEST).write_text(json.dumps(found))
    digest = hashlib.sha256((backup / MANIFEST).read_bytes()).hexdigest()
    (backup / SEAL).write_text(f"{digest}  {MANIFEST}\n")
    return backup


def cut(backup: Path, name: str) -> None:
    content = (backup / name).read_bytes()
    (backup / name).write_bytes(content[: len(content) // 2])


def flipped(backup: Path, name: str) -> None:
    content = bytearray((backup / name).read_bytes())
    content[len(content) // 2] ^= 1
    (backup / name).write_bytes(content)


def another_digit(backup: Path) -> None:
    """Another digit of a hash, and not any byte: what is no digit is refused for that."""
    content = (backup / SEAL).read_text()
    (backup / SEAL).write_text(f"{'1' if content[0] == '0' else '0'}{content[1:]}")


def linked(backup: Path, name: str) -> None:
    (backup / name).rename(backup.parent / name)
    (backup / name).symlink_to(backup.parent / name)


def piped(backup: Path, name: str) -> None:
    (backup / name).unlink()
    os.mkfifo(backup / name)


def rewritten(backup: Path, name: str, text: str) -> None:
    (backup / name).write_text(text)
    resealed(backup, lambda found: None)


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut off": (lambda b: cut(b, "services.json"), "services.json has"),
    "cut off by a byte": (lambda b: (b / "nodes.json").write_bytes((b / "nodes.json").read_bytes()[:-1]), "cut off or edited"),
    "longer": (lambda b: (b / "nodes.json").write_bytes((b / "nodes.json").read_bytes() + b"\n"), "were written: it was edited"),
    "empty file": (lambda b: (b / "configs.json").write_bytes(b""), "configs.json has 0 bytes"),
    "a byte": (lambda b: flipped(b, "networks.json"), "networks.json is not as it was written"),
    "a byte of the stack": (lambda b: flipped(b, "stack.yml"), "stack.yml is not as it was written"),
    "a byte of the manifest": (lambda b: flipped(b, MANIFEST), "manifest.json is not as it was written"),
    "the manifest cut": (lambda b: cut(b, MANIFEST), "manifest.json is not as it was written"),
    "a digit of the seal": (another_digit, "its SHA-256 is not that of manifest.sha256: one of the two"),
    "the seal empty": (lambda b: (b / SEAL).write_bytes(b""), "manifest.sha256 is not as it was written"),
    "the seal no text": (lambda b: (b / SEAL).write_bytes(b"\xff\xfe"), "manifest.sha256 is not as it was written"),
    "no seal": (lambda b: (b / SEAL).unlink(), "there is no manifest.sha256"),
    "no manifest": (lambda b: (b / MANIFEST).unlink(), "there is no manifest.json"),
    "a file gone": (lambda b: (b / "secrets.json").unlink(), "secrets.json is not there"),
    "the stack gone": (lambda b: (b / "stack.yml").unlink(), "stack.yml is not there"),
    "a file more": (lambda b: (b / "notes.txt").write_text("x"), "notes.txt is no file of this backup"),
    "a hidden file more": (lambda b: (b / ".DS_Store").write_text("x"), ".DS_Store is no file of this backup"),
    "a folder more": (lambda b: (b / "more").mkdir(), "more is a folder"),
    "a link": (lambda b: linked(b, "services.json"), "services.json is a link"),
    "a link for the manifest": (lambda b: linked(b, MANIFEST), "manifest.json is a link"),
    "a pipe": (lambda b: piped(b, "nodes.json"), "nodes.json is no regular file"),
    "a newer version": (
        lambda b: resealed(b, lambda m: m.update(format=2, suite="0.9.0")),
        "is of format 2, and this version reads 1 at most: it was taken by 0.9.0",
    ),
    "no version": (lambda b: resealed(b, lambda m: m.pop("format")), "format is no whole number from 1"),
    "a version in words": (lambda b: resealed(b, lambda m: m.update(format="1")), "format is no whole number from 1"),
    "a true version": (lambda b: resealed(b, lambda m: m.update(format=True)), "format is no whole number from 1"),
    "another document": (lambda b: resealed(b, lambda m: m.update(document="report")), "is no manifest of a backup"),
    "a key more": (lambda b: resealed(b, lambda m: m.update(more=1)), "has the unknown key more"),
    "a key less": (lambda b: resealed(b, lambda m: m.pop("engines")), "lacks engines"),
    "no moment": (lambda b: resealed(b, lambda m: m.update(begun="yesterday")), "begun is"),
    "no files": (lambda b: resealed(b, lambda m: m.update(files=[])), "files is"),
    "a kind less": (
        lambda b: (resealed(b, lambda m: m["files"].pop("nodes.json")) / "nodes.json").unlink(),
        "does not name nodes.json",
    ),
    "a path": (lambda b: resealed(b, lambda m: m["files"].update({"../x": m["files"]["stack.yml"]})), "names ../x"),
    "no JSON": (lambda b: rewritten(b, "services.json", "{"), "services.json is not JSON"),
    "no UTF-8": (
        lambda b: ((b / "services.json").write_bytes(b"\xff[]"), resealed(b, lambda m: None)),
        "services.json is no UTF-8 text",
    ),
    "no list": (lambda b: rewritten(b, "services.json", "{}"), "services.json holds no list of services"),
    "fewer objects": (lambda b: rewritten(b, "services.json", "[]"), "holds 0 services, and manifest.json says 2"),
    "no objects": (lambda b: rewritten(b, "services.json", "[1, 2]"), "services.json: service is"),
    "nameless": (lambda b: rewritten(b, "nodes.json", '[{"ID": 1}, {}, {}]'), "nodes.json: node."),
    "a list of lists": (lambda b: rewritten(b, "configs.json", "[" * 100 + "]" * 100), "deeper than"),
}  # fmt: skip


@pytest.mark.parametrize(("damage", "said"), DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_backup_is_refused(backup: Path, damage: Callable[[Path], object], said: str) -> None:
    """In one line, which names the folder and what is wrong."""
    assert len(folder.read(backup).objects) == 8
    damage(backup)
    with pytest.raises(BackupError) as caught:
        folder.read(backup)
    text = str(caught.value)
    assert said in text
    assert (str(backup) in text, text.isprintable()) == (True, True), text


def test_every_byte_counts(backup: Path) -> None:
    """Whichever byte of whichever file is another one, the backup is refused."""
    for file in sorted(backup.iterdir()):
        content = file.read_bytes()
        for place in range(0, len(content), max(1, len(content) // 25)):
            file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            with pytest.raises(BackupError, match="not as it was written"):
                folder.read(backup)
        file.write_bytes(content)
    assert len(folder.read(backup).objects) == 8


@pytest.mark.parametrize("there", ["file", "empty folder", "nothing"])
def test_what_is_no_backup_is_refused(tmp_path: Path, there: str) -> None:
    """A file, an empty folder, and nothing at all."""
    place = tmp_path / "it"
    if there == "file":
        place.write_text("x")
    elif there == "empty folder":
        place.mkdir()
    with pytest.raises(BackupError, match=r"is no (whole )?backup"):
        folder.read(place)


class HeldEngine(RecordingEngine):
    """Answers all but the last list, and leaves the one who asks waiting for that; `met` is set when it is asked for."""

    met = threading.Event()

    def answer(self, method: str, path: str, body: bytes) -> Any:  # noqa: ANN401
        if path != "/services":
            return super().answer(method, path, body)
        self.met.set()
        return b"[HANG"


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_what_is_killed_midway_leaves_no_backup(tmp_path: Path, by: signal.Signals) -> None:
    """By whichever signal: the folder that was named is not there; by one that can be heard nothing else is either."""
    HeldEngine.met.clear()
    with serving(HeldEngine(whole_swarm.answers())) as engine:
        own = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "DOCKER_", "LAB_"))}
        process = subprocess.Popen(
            [sys.executable, "-m", "fixtures", "backup", str(tmp_path / "before")],
            cwd=ROOT, env={**own, "DOCKER_HOST": engine.url}, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert engine.met.wait(20)
        process.send_signal(by)
        said = process.communicate(timeout=20)[1]
    if by == signal.SIGKILL:
        assert process.returncode == -by
    else:
        assert (process.returncode, said) == (130, "backup: interrupted\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("written", range(7))
def test_what_was_written_in_part_is_no_backup(
    tmp_path: Path, written: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many files stood when the disk was full: nothing is left; and what stands if all ends there is refused."""
    left: list[Path] = []

    def as_killed(path: Path, ignore_errors: bool = False) -> None:
        left.append(path)

    real, count = folder._written, iter(range(100))

    def failing(path: Path, content: bytes) -> None:
        if next(count) == written:
            raise OSError(28, "No space left on device")
        real(path, content)

    with (
        recording_engine(whole_swarm.answers()) as engine,
        taking.open_for_backup(SwarmApi(engine.url)) as swarm,
    ):
        backup = taking.taken(swarm, "0.2.0", [])
    monkeypatch.setattr(folder, "_written", failing)
    with pytest.raises(BackupError, match="cannot be written: No space left on device"):
        folder.write(backup, tmp_path / "full")
    assert list(tmp_path.iterdir()) == []
    count = iter(range(100))
    monkeypatch.setattr("shutil.rmtree", as_killed)
    with pytest.raises(BackupError):
        folder.write(backup, tmp_path / "killed")
    assert [each.name for each in tmp_path.iterdir()] == [left[0].name]
    assert left[0].name.endswith(folder.UNFINISHED)
    with pytest.raises(BackupError, match="is no whole backup"):
        folder.read(left[0])


def test_the_seal_is_one_that_sha256sum_reads(backup: Path) -> None:
    """By hand: `sha256sum -c manifest.sha256`."""
    ended = subprocess.run(["sha256sum", "-c", SEAL], cwd=backup, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, f"{MANIFEST}: OK\n")
