"""A build that was cut off leaves no container: its steps bear a label by which the next build removes them."""

from pathlib import Path

import pytest

from lab.build import cut_off, image_builds
from lab.host import engine, locks
from lab.host.ownership import BUILD_LABEL, BUILT, CACHE, LABEL, UNDER_WAY
from tests.harness.lab.test_image_builds import FakeBuilder, ensure
from tests.harness.lab.test_image_builds import folder as folder
from tests.harness.lab.test_store import is_held
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine, as_client

MARK = f"LABEL {LABEL}={CACHE} {BUILD_LABEL}={UNDER_WAY}"
STEP = {LABEL: CACHE, BUILD_LABEL: UNDER_WAY}


def test_every_stage_is_marked() -> None:
    """Right after its FROM, so that its first step bears the label already; the rest is as it was."""
    text = "ARG x=1\nFROM a AS one\nRUN y\n# from here\n  from b\nCOPY --from=one / /\n"
    assert cut_off.marked(text) == (
        f"ARG x=1\nFROM a AS one\n{MARK}\nRUN y\n# from here\n  from b\n{MARK}\nCOPY --from=one / /\n"
    )
    assert cut_off.marked("FROM a") == f"FROM a\n{MARK}\n"


def test_a_line_that_goes_on_is_no_instruction() -> None:
    """FROM in the middle of a command, also after a comment within it, is not a stage's."""
    text = "FROM a\nRUN psql -c 'SELECT 1 \\\n# which table\nFROM t'\n"
    assert cut_off.marked(text) == text.replace("FROM a\n", f"FROM a\n{MARK}\n")


@pytest.mark.parametrize("name", [name for name in image_builds.known() if name != image_builds.ROOTFS])
def test_the_projects_own_are_marked(name: str) -> None:
    """Each stage once."""
    marked = cut_off.marked(image_builds._dockerfile(name)).splitlines()
    stages = [number for number, line in enumerate(marked) if line.upper().startswith("FROM ")]
    assert [marked[number + 1] for number in stages] == [MARK] * marked.count(MARK)
    assert stages


def left() -> dict[str, dict[str, str]]:
    """A step of a build that was cut off, and three that are none: each of these bears a label of our images."""
    return {
        "step": STEP, "by-hand": {LABEL: CACHE, BUILD_LABEL: BUILT}, "older": {LABEL: CACHE},
        "theirs": {BUILD_LABEL: "other"},
    }  # fmt: skip


def test_the_next_build_sweeps_them(folder: Path) -> None:
    """Before it begins; what a person runs from an image of ours stays."""
    builder = FakeBuilder({"container": left()})
    assert ensure(builder, "lone") == ["lone"]
    assert builder.removed == ["container step"]
    assert builder.listed_images[0]["Labels"][BUILD_LABEL] == BUILT


def test_prune_sweeps_them(folder: Path) -> None:
    """With the images."""
    api = FakeApi({"container": left()})
    image_builds.remove_all(as_client(FakeEngine(api)))
    assert api.removed == ["container step"]


def test_two_checkouts_of_one_engine_build_one_at_a_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They lock what both see, the folder of the engine's socket, not each its own checkout."""
    shared = tmp_path / "run"
    shared.mkdir()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{shared}/docker.sock")
    assert engine.shared_folder(folder) == shared
    held: list[bool] = []

    class Watched(FakeBuilder):
        def build(self, **options: object) -> object:  # type: ignore[override]
            held.append(is_held(shared))
            return super().build(**options)  # type: ignore[arg-type]

    ensure(Watched(), "lone")
    assert held == [True]
    assert not is_held(shared)


@pytest.mark.parametrize("host", ["tcp://10.0.0.1:2376", "unix:///no/such/folder/docker.sock"])
def test_an_engine_without_a_folder_here_is_locked_by_checkout(
    host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One elsewhere has no folder that both see."""
    monkeypatch.setenv("DOCKER_HOST", host)
    assert engine.shared_folder(tmp_path) == tmp_path
    with locks.exclusive(tmp_path):
        assert is_held(tmp_path)
