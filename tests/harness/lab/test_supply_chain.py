"""What images are made of is what was looked at: by digest, by hash, or signed; and they run without rights."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab.build import image_builds, rootfs
from lab.compose import reading, reference
from lab.errors import ImageError
from tests.harness.samples.as_root import AS_ROOT
from tests.harness.stand_ins.fake_engine import as_client

FOLDERS = sorted(path.parent for path in image_builds.FOLDER.glob("*/Dockerfile"))
LOCKS = sorted(image_builds.FOLDER.glob("*/package-lock.json"))
PINNED = sorted(image_builds.FOLDER.glob("*/requirements.txt"))
SCRIPTS = sorted(
    path
    for path in image_builds.FOLDER.rglob("*")
    if path.is_file() and path.read_bytes().startswith(b"#!/bin/sh")
)
FETCHES = re.compile(
    r"\b(?:curl|wget)\s+-|\bgit\s+clone|\bnpx\b|^ADD\s+\S*://|\bgo\s+install|\bcargo\b", re.M
)
UNCHECKED = re.compile(
    r"trusted=yes|allow-unauthenticated|AllowUnauthenticated|--trusted-host|strict-ssl|--insecure|curl\s+\S*-k\b|"
    r"TLS_REJECT|--no-check|--force-yes|--allow-untrusted|allow-insecure",
    re.I,
)
SOURCES = re.compile(r"index-url|--registry|find-links|https?://(?!127\.0\.0\.1)", re.I)


def instructions(folder: Path) -> list[str]:
    """The Dockerfile's instructions, each on one line, without comments."""
    lines = [line for line in (folder / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    return [line for line in "\n".join(lines).replace("\\\n", " ").splitlines() if line.strip()]


def steps(folder: Path) -> list[str]:
    """The single commands of its RUN instructions."""
    runs = [line[4:] for line in instructions(folder) if line.startswith("RUN ")]
    return [command.strip() for run in runs for command in re.split(r"&&|;|\|\|", run)]


def user(folder: Path) -> str:
    """Whom the image runs as: the last USER, or root."""
    said = [line.split()[1].partition(":")[0] for line in instructions(folder) if line.startswith("USER ")]
    return said[-1] if said else "root"


def test_images_run_without_rights() -> None:
    """As a user other than root, or for a reason that stands in the list; a reason that is used up goes."""
    found = {folder.name for folder in FOLDERS if user(folder) in ("root", "0")}
    assert found == set(AS_ROOT)


def test_no_stack_of_ours_gives_rights_back() -> None:
    """No service says `user:`, nor asks for rights that its image goes without."""
    for file in sorted(Path(reference.REFERENCE_STACK).parent.glob("*.yml")):
        services = reading.read((file,), reference.environment()).document["services"]
        asked = {
            name: key
            for name, each in services.items()
            for key in ("user", "cap_add", "privileged")
            if key in each
        }
        assert asked == {}, file


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_image_stands_on_ours_alone(folder: Path) -> None:
    """Nothing is pulled but what every image stands on; a stage of the same file is none of others'."""
    text = "\n".join(instructions(folder))
    stages = set(re.findall(r"^FROM\s+\S+\s+AS\s+(\S+)", text, re.M))
    stands_on = {
        ref for found in re.findall(r"^FROM\s+(\S+)|--from=(\S+)", text, re.M) for ref in found if ref
    }
    assert [ref for ref in stands_on - stages if not image_builds.REFERENCE.fullmatch(ref)] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_pip_and_npm_fetch_is_held_to_hashes(folder: Path) -> None:
    """pip takes wheels by hash, since a source package's build fetches more; npm takes what its lock names."""
    for step in steps(folder):
        if re.search(r"\bpip3?\s+(install|download|wheel)\b", step):
            assert "--require-hashes" in step, step
            assert "--only-binary :all:" in step, step
            assert " -r " in step, step
        if re.search(r"\b(npm|yarn|pnpm)\s+(i|ci|install|add|exec)\b", step):
            assert "npm ci --ignore-scripts" in step, step


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_nothing_else_is_fetched(folder: Path) -> None:
    """But apt, which verifies signatures: no archive, no repository, and no check is switched off."""
    text = "\n".join(instructions(folder))
    runs = "\n".join([*steps(folder), *(line for line in instructions(folder) if line.startswith("ADD "))])
    assert FETCHES.findall(runs) == []
    assert UNCHECKED.findall(text) == []
    assert SOURCES.findall(text) == [], "where packages come from is the machine's setting"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: f"{script.parent.name}/{script.name}")
def test_nor_by_a_script(script: Path) -> None:
    """The same of what a Dockerfile runs."""
    lines = [line for line in script.read_text().splitlines() if not line.lstrip().startswith("#")]
    assert FETCHES.findall("\n".join(lines)) == []
    assert UNCHECKED.findall("\n".join(lines)) == []


def test_the_workers_build_downloads_nothing() -> None:
    """Its sources come in npm's package; meson fetches what a .wrap file names, so those are gone before."""
    build = (image_builds.FOLDER / "mediasoup-worker" / "build").read_text()
    assert 0 < build.index("rm -f subprojects/*.wrap") < build.index("meson setup")


@pytest.mark.parametrize("file", PINNED, ids=lambda file: file.parent.name)
def test_each_pin_of_an_image_has_hashes(file: Path) -> None:
    """Every package with its version, and a hash for each of its files that may come."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", file.read_text(), flags=re.M)
    packages = [block for block in blocks if block[:1].isalnum()]
    assert packages
    assert [each.split()[0] for each in packages if "--hash=sha256:" not in each or "==" not in each] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_each_package_of_npm_has_its_hash(lock: Path) -> None:
    """sha512 for every package, exact versions in package.json, and no address."""
    packages: dict[str, Any] = json.loads(lock.read_text())["packages"]
    root, rest = packages.pop(""), packages
    assert rest
    assert [
        name for name, each in rest.items() if not str(each.get("integrity", "")).startswith("sha512-")
    ] == []
    assert [name for name, each in rest.items() if "resolved" in each] == []
    wanted = json.loads((lock.parent / "package.json").read_text())
    for kind in ("dependencies", "devDependencies"):
        assert wanted.get(kind, {}) == root.get(kind, {})
        for name, version in wanted.get(kind, {}).items():
            assert rest[f"node_modules/{name}"]["version"] == version


class _Images:
    """Notes what is built, as docker-py's `images`."""

    def __init__(self) -> None:
        self.built: list[tuple[str, str]] = []

    def build(self, *, fileobj: Any, tag: str, **_: object) -> None:  # noqa: ANN401 - a file
        self.built.append((tag, fileobj.read().decode()))


class _Quiet:
    """A step that shows nothing."""

    def update(self, news: str) -> None:
        """Nobody is told."""


class _Engine:
    def __init__(self) -> None:
        self.images = _Images()


def test_the_base_is_pulled_by_its_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tag alone is whatever a registry says today."""
    monkeypatch.setattr("lab.build.rootfs.shutil.which", lambda _: None)
    engine = _Engine()
    rootfs.make(as_client(engine), "the-tag", {}, _Quiet())
    [(tag, dockerfile)] = engine.images.built
    assert tag == "the-tag"
    assert re.fullmatch(rf"FROM debian:{rootfs.SUITE}-slim@sha256:[0-9a-f]{{64}}\n", dockerfile)


def test_another_digest_makes_all_images_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a machine would keep what stands on the old one."""
    image_builds.tag.cache_clear()
    before = {name: image_builds.tag(name) for name in image_builds.known()}
    monkeypatch.setattr(rootfs, "SOURCE", rootfs.SOURCE.replace(rootfs.PULLED, "debian@sha256:0"))
    image_builds.tag.cache_clear()
    after = {name: image_builds.tag(name) for name in image_builds.known()}
    image_builds.tag.cache_clear()
    assert [name for name in before if before[name] == after[name]] == []


def test_packages_of_the_base_are_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    """mmdebstrap takes its own sources and the archive's keys: no option names others, none switches them off."""
    asked: list[list[str]] = []

    def refused(command: list[str], **_: object) -> Any:  # noqa: ANN401 - a finished process
        asked.append(command)
        return subprocess.CompletedProcess(command, 1, b"", b"no")

    monkeypatch.setattr("lab.build.rootfs.shutil.which", lambda _: "/usr/bin/mmdebstrap")
    monkeypatch.setattr("lab.build.rootfs.subprocess.run", refused)
    with pytest.raises(ImageError, match="mmdebstrap failed with status 1: no"):
        rootfs.make(as_client(_Engine()), "the-tag", {}, _Quiet())
    [command] = asked
    assert command[-2:] == [rootfs.SUITE, "-"]
    assert {each.partition("=")[0] for each in command[1:-2]} == {"--variant", "--dpkgopt"}
