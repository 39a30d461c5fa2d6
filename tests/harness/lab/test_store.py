"""The image store: named after what it holds, copied with errors reported, old ones pruned unless in use."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker.errors
import pytest

from lab.cluster import image_store
from lab.errors import EngineError
from lab.host import locks
from lab.host.ownership import STORE_LABEL
from lab.host.progress import Reporter
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine, as_client

IDS = {"jbcalling-lab/a:1": "sha256:aa", "jbcalling-lab/b:1": "sha256:bb"}


@dataclass
class FakeStores(FakeApi):
    """Knows image ids; answers `docker save` with `saved`, and takes a load with `answers`."""

    ids: dict[str, str] = field(default_factory=dict)
    saved: bytes = b""
    status_code: int = 200
    answers: list[dict[str, str]] = field(default_factory=list)
    loaded: bytes = b""
    asked: Any = None
    base_url = "http://engine"
    api_version = "1.41"

    def inspect_image(self, ref: str) -> dict[str, str]:
        if ref not in self.ids:
            raise docker.errors.ImageNotFound(f"no such image: {ref}")
        return {"Id": self.ids[ref]}

    def get(self, url: str, params: object, stream: bool) -> "FakeStores":
        self.asked = (url, params, stream)
        return self

    @property
    def text(self) -> str:
        return self.saved.decode()

    def iter_content(self, _size: int) -> Iterator[bytes]:
        yield from (self.saved[at : at + 3] for at in range(0, len(self.saved), 3))

    def load_image(self, data: Iterator[bytes]) -> Iterator[dict[str, str]]:
        self.loaded = b"".join(data)
        yield from self.answers


class NoStep:
    """Hears no news."""

    def update(self, news: str) -> None:
        pass


def stores(*names: str) -> FakeStores:
    """An engine with these stores, the oldest first."""
    return FakeStores({"volume": {name: {STORE_LABEL: "true"} for name in names} | {"other": {}}})


def test_a_store_is_named_after_its_images() -> None:
    """The same images in any order make the same store; another id, or one more image, makes another."""
    assert image_store.volume_name(IDS) == image_store.volume_name(dict(reversed(IDS.items())))
    assert (
        len({image_store.volume_name(ids) for ids in (IDS, IDS | {"c:1": "sha256:cc"}, IDS | {"x": "y"}, {})})
        == 4
    )


def test_a_missing_image_is_named() -> None:
    """The reference that is not on the engine, and the command that shows it."""
    with pytest.raises(EngineError, match=r"image b:1 is not on the engine: docker image inspect b:1"):
        image_store.image_ids(as_client(FakeEngine(FakeStores(ids={"a:1": "sha256:aa"}))), ["a:1", "b:1"])


def test_stores_are_listed_the_newest_first() -> None:
    """The newest is the best to start from; a volume that is no store is not listed."""
    assert image_store.stores(as_client(FakeEngine(stores("old", "mid", "new")))) == ["new", "mid", "old"]


def test_old_stores_go_and_the_two_newest_stay() -> None:
    """The one in use now and the newest before it stay."""
    api = stores("old", "older-kept", "mid", "new")
    image_store.prune(as_client(FakeEngine(api)), "older-kept", Reporter())
    assert api.removed == ["volume mid", "volume old"]


def test_a_store_in_use_stays(capsys: pytest.CaptureFixture[str]) -> None:
    """A lab that reads it, or another run that fills it, is not disturbed, and it is said."""
    api = stores("old", "mid", "new")
    api.in_use = frozenset({"old"})
    image_store.prune(as_client(FakeEngine(api)), "new", Reporter())
    assert api.removed == []
    assert "store old is in use and stays" in capsys.readouterr().err


def test_all_images_are_copied_in_one_stream() -> None:
    """One `docker save` for all, so that shared layers travel once, arrives as it was sent."""
    source, node = FakeStores(saved=b"layers and layers"), FakeStores()
    image_store.load(as_client(FakeEngine(source)), as_client(FakeEngine(node)), ["a:1", "b:1"], NoStep())
    assert node.loaded == b"layers and layers"
    assert source.asked == ("http://engine/v1.41/images/get", {"names": ["a:1", "b:1"]}, True)


def test_a_refused_save_or_load_is_reported() -> None:
    """Either engine's words are in the error."""
    with pytest.raises(EngineError, match="docker save a:1: no space"):
        list(
            image_store.save_stream(
                as_client(FakeEngine(FakeStores(saved=b"no space", status_code=500))), ["a:1"]
            )
        )
    node = FakeStores(answers=[{"stream": "Loading"}, {"error": "no space left"}])
    with pytest.raises(EngineError, match="docker load: no space left"):
        image_store.load(
            as_client(FakeEngine(FakeStores(saved=b"x"))), as_client(FakeEngine(node)), ["a:1"], NoStep()
        )


HOLD = "import sys\nfrom pathlib import Path\nfrom lab.host.locks import exclusive\n"
HOLD += "with exclusive(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
TRY = "import fcntl, os, sys\nfcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"


def is_held(path: Path) -> bool:
    """Whether another process is kept out."""
    tried = subprocess.run([sys.executable, "-c", TRY, str(path)], capture_output=True, check=False)
    return tried.returncode != 0


def test_two_cannot_fill_at_once(tmp_path: Path) -> None:
    """While one process holds the folder no other gets it, and nothing is written to it."""
    with locks.exclusive(tmp_path):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_dead_holders_lock_is_free(tmp_path: Path) -> None:
    """A process that was killed while it filled keeps nobody out."""
    root = Path(__file__).parents[3]
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    assert is_held(tmp_path)
    holder.kill()
    holder.communicate()
    assert not is_held(tmp_path)
