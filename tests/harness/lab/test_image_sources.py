"""Where a candidate's images come from: what `--images` says, and what is missing, before a node starts."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from lab.build import image_builds, image_sources
from lab.errors import InputError
from lab.host.progress import Reporter
from tests.harness.stand_ins.fake_engine import FakeEngine, as_client

OWN = "registry.example/frontend:1.4"
DOCUMENT = {"services": {"frontend": {"image": OWN}, "redis": {"image": "jbcalling-lab/redis"}}}


def saved(folder: Path, *tags: str) -> Path:
    """A file as `docker save` writes it, as far as its manifest goes."""
    content = json.dumps([{"RepoTags": list(tags)}]).encode()
    member = tarfile.TarInfo("manifest.json")
    member.size = len(content)
    path = folder / "images.tar"
    with tarfile.open(path, "w") as packed:
        packed.addfile(member, io.BytesIO(content))
    return path


def by_service(*specs: str) -> dict[str, str]:
    chosen = image_sources.choose(DOCUMENT, image_sources.parse(specs))
    return {one.service: f"{one.way}:{one.image.partition(':')[0]}" for one in chosen}


def test_ours_stand_in_unless_something_else_is_said() -> None:
    """A candidate's own image is replaced by ours for that service, and the change is listed; ours stays ours."""
    assert by_service() == {
        "frontend": "reference:jbcalling-lab/frontend",
        "redis": "reference:jbcalling-lab/redis",
    }
    changed = [one.change for one in image_sources.choose(DOCUMENT, image_sources.Sources())]
    assert changed == [f"frontend: image {OWN} -> jbcalling-lab/frontend (--images reference)", None]


def test_each_source_is_taken_as_said(tmp_path: Path) -> None:
    """All from the registry or from files, or one service's image by name; ours need neither."""
    saved(tmp_path, OWN)
    assert by_service("registry")["frontend"] == "registry:registry.example/frontend"
    assert by_service(f"archive:{tmp_path}") == {
        "frontend": "archive:registry.example/frontend", "redis": "reference:jbcalling-lab/redis"
    }  # fmt: skip
    assert by_service("registry", "frontend=mine:2")["frontend"] == "engine:mine"


def test_another_of_our_images_may_take_a_services_place() -> None:
    """By its name alone, and it is built as any of ours is; with a tag it must be on the engine, as any other."""
    sources = image_sources.parse(["frontend=jbcalling-lab/signaling-node"])
    chosen = image_sources.choose(DOCUMENT, sources)
    assert (chosen[0].way, chosen[0].image) == ("reference", image_builds.tag("signaling-node"))
    assert chosen[0].change == f"frontend: image {OWN} -> jbcalling-lab/signaling-node (--images)"
    assert image_sources.ours(chosen) == ("signaling-node", "redis")
    assert (
        by_service("redis=jbcalling-lab/signaling-node")["redis"] == "reference:jbcalling-lab/signaling-node"
    )
    assert by_service("frontend=jbcalling-lab/redis:0123456789ab")["frontend"] == "engine:jbcalling-lab/redis"


@pytest.mark.parametrize(("spec", "said"), [
    ("redis=jbcalling-lab/signalling-node", "--images redis=jbcalling-lab/signalling-node: is none of ours: there are "),
    ("nonsense", "--images nonsense: use reference, registry, archive:DIR or SERVICE=IMAGE"),
    ("archive:/nowhere", "--images archive:/nowhere: no file"),
    ("nobody=x:1", "--images nobody=...: the stack has no such service"),
])  # fmt: skip
def test_a_wrong_source_is_one_line(spec: str, said: str) -> None:
    """What was said, and what may be."""
    with pytest.raises(InputError, match=said.replace("...", r"\.\.\.")):
        by_service(spec)


def test_a_service_without_an_image_of_ours_says_so() -> None:
    """Service, image and the ways out."""
    document = {"services": {"recorder": {"image": "r.example/recorder:1"}}}
    with pytest.raises(
        InputError, match=r"service recorder: image r.example/recorder:1: .* --images recorder=IMAGE"
    ):
        image_sources.choose(document, image_sources.Sources())


def test_an_image_that_no_file_holds_is_named_before_a_node_starts(tmp_path: Path) -> None:
    """The service, its image, and what the files hold."""
    saved(tmp_path, "registry.example/frontend:1.3")
    sources = image_sources.parse([f"archive:{tmp_path}"])
    chosen = image_sources.choose(DOCUMENT, sources)
    with pytest.raises(
        InputError, match=r"service frontend: image \S+:1.4 is in no file .* it holds \S+:1.3"
    ):
        image_sources.provide(as_client(FakeEngine()), chosen, sources, Reporter())


def test_a_file_that_docker_save_did_not_write_is_named(tmp_path: Path) -> None:
    """Which file, and why."""
    (tmp_path / "broken.tar").write_bytes(b"no tar")
    sources = image_sources.parse([f"archive:{tmp_path}"])
    with pytest.raises(InputError, match=r"broken.tar is no file from `docker save`"):
        image_sources.provide(
            as_client(FakeEngine()), image_sources.choose(DOCUMENT, sources), sources, Reporter()
        )
