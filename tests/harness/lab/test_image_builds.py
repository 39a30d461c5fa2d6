"""Images are known by what they are made of, built when missing, and never mixed up with a stranger's."""

import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lab.build import image_builds
from lab.errors import ImageError
from lab.host.ownership import LABEL
from lab.host.progress import Reporter
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine, as_client

WAIT_S = 10
"""Longer than any of these builds; one that hangs fails here instead of for ever."""


LONG = 500
"""Steps of 10 ms of a build that nobody gives up."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Three images: `low`, `high` on it, and `lone`."""
    for name, base in (("low", "debian"), ("high", "jbcalling-lab/low"), ("lone", "debian")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(f"FROM {base}\nCOPY app /\n")
        (tmp_path / name / "app").write_text(name)
    monkeypatch.setattr(image_builds, "FOLDER", tmp_path)
    monkeypatch.setattr(image_builds, "PROJECT", tmp_path)
    image_builds.tag.cache_clear()
    yield tmp_path
    image_builds.tag.cache_clear()


@dataclass
class FakeBuilder(FakeApi):
    """Streams what `says` holds for an image, as an engine's build does; a built image is then listed."""

    says: dict[str, Iterator[dict[str, str]]] = field(default_factory=dict)
    built: list[str] = field(default_factory=list)
    given: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def build(self, *, tag: str, labels: dict[str, str], **options: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401
        with tarfile.open(fileobj=options["fileobj"]) as context:
            dockerfile = context.extractfile("Dockerfile")
            self.given.append((dockerfile.read().decode() if dockerfile else "", options["buildargs"]))
        name = tag.partition("/")[2].partition(":")[0]
        self.built.append(name)
        yield from self.says.get(name, ())
        self.listed_images.append({"RepoTags": [tag], "Labels": labels, "Created": len(self.built)})


def image(ref: str, created: int = 0) -> dict[str, Any]:
    return {"RepoTags": [ref], "Labels": {LABEL: "cache"}, "Created": created}


def ensure(builder: FakeBuilder, *names: str) -> list[str]:
    image_builds.ensure(as_client(FakeEngine(builder)), names, Reporter())
    return builder.built


def tags() -> dict[str, str]:
    image_builds.tag.cache_clear()
    return {name: image_builds.tag(name) for name in ("low", "high", "lone")}


@pytest.mark.parametrize(
    ("changed", "stale"), [("low", {"low", "high"}), ("high", {"high"}), ("lone", {"lone"})]
)
def test_a_change_renames_itself_and_what_stands_on_it(changed: str, stale: set[str], folder: Path) -> None:
    """A changed file gives its image, and those built on it, another tag; the rest keep theirs."""
    before = tags()
    (folder / changed / "app").write_text("changed")
    assert {name for name, tag in tags().items() if tag != before[name]} == stale


def test_a_mode_and_a_new_file_are_changes_and_leavings_are_not(folder: Path) -> None:
    """What Docker would copy counts; what Python and npm leave behind does not."""
    before = tags()
    (folder / "lone" / "__pycache__").mkdir()
    (folder / "lone" / "__pycache__" / "x.pyc").write_text("")
    assert tags() == before
    (folder / "lone" / "app").chmod(0o755)
    executable = tags()
    (folder / "lone" / "more").write_text("")
    assert len({before["lone"], executable["lone"], tags()["lone"]}) == 3


def test_the_project_itself_hangs_together() -> None:
    """Every image that a Dockerfile of ours builds on is one of ours too."""
    assert {needed for name in image_builds.known() for needed in image_builds.needs(name)} <= set(
        image_builds.known()
    )


def test_references_are_pinned_in_any_text(folder: Path) -> None:
    """FROM and COPY --from lines get tags; a longer name that starts alike does not."""
    low = image_builds.tag("low")
    text = "FROM jbcalling-lab/low AS x\nCOPY --from=jbcalling-lab/low / /\nFROM ajbcalling-lab.example/low-x"
    assert image_builds.pinned(text).splitlines()[:2] == [f"FROM {low} AS x", f"COPY --from={low} / /"]
    assert image_builds.pinned(text).splitlines()[2] == text.splitlines()[2]


def test_an_unknown_image_is_reported_with_what_there_is(folder: Path) -> None:
    """A misspelt name is one line."""
    with pytest.raises(ImageError, match=r"no image 'hihg' under .*: there are rootfs, high, lone, low"):
        image_builds.tag("hihg")


def test_what_is_missing_is_built_in_order(folder: Path) -> None:
    """An image is built after what it stands on, and another that is not asked for is not."""
    assert ensure(FakeBuilder(), "high") == ["low", "high"]


def test_what_is_there_is_never_built_again(folder: Path) -> None:
    """An image that is on the engine needs neither a build nor what it was built on."""
    assert ensure(FakeBuilder(listed_images=[image(image_builds.tag("high"))]), "high") == []


def test_only_what_is_missing_below_is_built(folder: Path) -> None:
    """What an image stands on is not built again when it is there."""
    assert ensure(FakeBuilder(listed_images=[image(image_builds.tag("low"))]), "high") == ["high"]


def test_a_companys_own_index_reaches_the_build(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument that no ARG declares is not heard of; the image keeps its tag, since hashes hold what comes."""
    for name in image_builds.PASSED_ON:
        monkeypatch.delenv(name, raising=False)
    plain, asked, before = FakeBuilder(), FakeBuilder(), image_builds.tag("lone")
    ensure(plain, "lone")
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example.org/simple")
    ensure(asked, "lone")
    assert ["ARG" in dockerfile for dockerfile, _ in plain.given] == [False]
    [(dockerfile, arguments)] = asked.given
    own = [line for line in dockerfile.splitlines() if not line.startswith("LABEL")]
    assert own == ["FROM debian", "ARG PIP_INDEX_URL", "COPY app /"]
    assert arguments["PIP_INDEX_URL"] == "https://packages.example.org/simple"
    assert image_builds.tag("lone") == before


def test_a_failed_build_tells_its_last_lines(folder: Path) -> None:
    """The image, the engine's error, the end of the build's output, and how to build it by hand."""
    lines = [*({"stream": f"line {n}"} for n in range(40)), {"error": "exit status 7"}]
    with pytest.raises(
        ImageError, match=r"(?s)image lone could not be built: exit status 7.*line 39"
    ) as caught:
        ensure(FakeBuilder(says={"lone": iter(lines)}), "lone")
    assert "line 14" not in str(caught.value)
    assert f"docker build {folder / 'lone'}" in str(caught.value)


def test_a_failed_build_ends_the_others(folder: Path) -> None:
    """Nobody waits for a long build when another has failed, nor at Ctrl-C, which takes the same way."""
    begun, never, compiled = threading.Event(), threading.Event(), LONG

    def long() -> Iterator[dict[str, str]]:
        nonlocal compiled
        for compiled in range(LONG):
            begun.set()
            yield {"stream": f"compiling {compiled}"}
            never.wait(0.01)

    def failing() -> Iterator[dict[str, str]]:
        assert begun.wait(WAIT_S)
        yield {"error": "no"}

    with pytest.raises(ImageError, match="image lone could not be built: no"):
        ensure(FakeBuilder(says={"low": long(), "lone": failing()}), "low", "lone")
    assert compiled < LONG - 1


def test_a_strangers_image_built_on_ours_is_not_ours() -> None:
    """It inherits our label, and is neither counted nor removed."""
    theirs = image("example.com/app:1")
    api = FakeApi(listed_images=[image("jbcalling-lab/redis:0123456789ab"), theirs])
    assert image_builds.present(as_client(FakeEngine(api))) == {"jbcalling-lab/redis:0123456789ab"}
    assert image_builds.remove_all(as_client(FakeEngine(api))) == 1
    assert api.removed == ["image jbcalling-lab/redis:0123456789ab"]


def test_old_tags_go_and_the_newest_stay() -> None:
    """Of each image the kept tag and the newest other one stay; a stranger's tags are not counted at all."""
    refs = [f"jbcalling-lab/redis:{number}" for number in range(4)]
    listed = [image(ref, created) for created, ref in enumerate(refs)]
    strangers = [image(f"example.com/app:{number}", number) for number in range(4)]
    api = FakeApi(listed_images=listed + strangers)
    image_builds.prune(as_client(FakeEngine(api)), keep=[refs[0]])
    assert sorted(api.removed) == [f"image {refs[1]}", f"image {refs[2]}"]


def test_an_image_in_use_stays_and_is_reported() -> None:
    """What a container stands on is left, named, and does not keep the rest from going."""
    refs = ["jbcalling-lab/node:1", "jbcalling-lab/redis:1"]
    api = FakeApi(listed_images=[image(ref) for ref in refs], in_use=frozenset(refs[:1]))
    with pytest.raises(ImageError, match=r"in use by containers, and left: jbcalling-lab/node:1;"):
        image_builds.remove_all(as_client(FakeEngine(api)))
    assert api.removed == ["image jbcalling-lab/redis:1"]
