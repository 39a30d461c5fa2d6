"""What prepare.sh gives to the volumes of nodes: links to where they see the store, or all files as hard links."""

import json
import subprocess
from pathlib import Path

import pytest

from lab.cluster import image_store
from lab.cluster.nodes import STORE

NODES = ("node-1", "node-2")


@pytest.fixture
def volumes(tmp_path: Path) -> Path:
    """A store with two layers, the second on the first, and the empty volumes of two nodes."""
    store = tmp_path / "store" / "_data"
    for id_, short in (("aa", "AAA"), ("bb", "BBB")):
        layer = store / "overlay2" / id_
        (layer / "diff" / "etc").mkdir(parents=True)
        (layer / "diff" / "etc" / id_).write_text(id_)
        (layer / "link").write_text(short)
        (store / "overlay2" / "l").mkdir(exist_ok=True)
        (store / "overlay2" / "l" / short).symlink_to(f"../{id_}/diff")
    (store / "overlay2" / "aa" / "committed").touch()
    (store / "overlay2" / "bb" / "lower").write_text("l/AAA")
    (store / "overlay2" / "bb" / "work").mkdir()
    (store / "image" / "overlay2").mkdir(parents=True)
    (store / "image" / "overlay2" / "repositories.json").write_text("{}")
    (store / ".complete").touch()
    for node in NODES:
        (tmp_path / node / "_data").mkdir(parents=True)
    return tmp_path


def prepared(volumes: Path, seen_at: str, *nodes: str) -> int:
    """The exit status; the answer about the kernel is there whatever came of the rest. What would ask the kernel is a
    stand-in that does nothing: this is no container, and the rules that are tried would stay."""
    stand_ins = volumes / "stand-ins"
    stand_ins.mkdir()
    for name in ("ip", "tc", "iptables", "modprobe"):
        (stand_ins / name).write_text("#!/bin/sh\n")
        (stand_ins / name).chmod(0o755)
    ended = subprocess.run(
        ["sh", str(image_store.PREPARE), str(volumes), "store", seen_at, *nodes],
        env={"PATH": f"{stand_ins}:/usr/bin:/bin"}, text=True, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert "overlay" in json.loads(ended.stdout.strip().splitlines()[-1]), ended.stderr
    return ended.returncode


def test_a_node_has_links_to_where_it_sees_the_store(volumes: Path) -> None:
    """Each layer's files by one link; what the engine keeps beside them, and the images' own records, as files."""
    assert prepared(volumes, STORE, *NODES) == 0
    for node in NODES:
        root = volumes / node / "_data"
        layers = root / "overlay2"
        assert {each: str((layers / each / "diff").readlink()) for each in ("aa", "bb")} == {
            "aa": f"{STORE}/overlay2/aa/diff",
            "bb": f"{STORE}/overlay2/bb/diff",
        }
        assert str((layers / "l" / "BBB").readlink()) == "../bb/diff"
        assert ((layers / "bb" / "lower").read_text(), (layers / "aa" / "link").read_text()) == (
            "l/AAA",
            "AAA",
        )
        assert ((layers / "aa" / "committed").exists(), (layers / "bb" / "work").is_dir()) == (True, True)
        assert (root / "image" / "overlay2" / "repositories.json").read_text() == "{}"


def test_another_store_gets_every_file(volumes: Path) -> None:
    """As hard links: it outlives the one that it began from."""
    assert prepared(volumes, "", "node-1") == 0
    mine = volumes / "node-1" / "_data" / "overlay2" / "aa" / "diff" / "etc" / "aa"
    assert mine.stat().st_ino == (volumes / "store/_data/overlay2/aa/diff/etc/aa").stat().st_ino


def test_an_incomplete_store_gives_nothing(volumes: Path) -> None:
    """Its mark is made last."""
    (volumes / "store" / "_data" / ".complete").unlink()
    assert prepared(volumes, STORE, *NODES) == image_store.INCOMPLETE
    assert not any((volumes / node / "_data" / "overlay2").exists() for node in NODES)


@pytest.mark.parametrize("lost", ["store/_data/overlay2/l", "store/_data/image", "node-2/_data"])
def test_what_fails_leaves_nothing_to_a_node(volumes: Path, lost: str) -> None:
    """A node that then loads the images itself would take the outline of a layer for the layer."""
    (volumes / lost).rename(volumes / "elsewhere")
    if lost.startswith("node"):
        (volumes / lost).touch()  # else cp would make the folder
    assert prepared(volumes, STORE, *NODES) == image_store.NO_LINKS
    for node in NODES:
        assert not (volumes / node / "_data" / "overlay2").exists()
        assert not (volumes / node / "_data" / "image").exists()
