"""Where a candidate's images come from: ours, its own registry, files from `docker save`, or one by one.

--images reference            our image for the service of the same name (the default)
--images registry             the candidate's own, pulled by the host's engine
--images archive:DIR          the candidate's own, from the files in DIR
--images SERVICE=IMAGE        this image for this service; IMAGE may be `reference` or `registry` too, or the name of
                              one of ours without a tag, which is built: signaling=jbcalling-lab/signaling-node
"""

import functools
import json
import lzma
import tarfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import docker
import docker.errors

from lab.build import image_builds
from lab.compose import reading, reference
from lab.compose.reading import Document, Stack
from lab.errors import InputError
from lab.host.progress import Reporter
from lab.named_files.opening import is_there
from lab.text.nearest import hint, meant
from lab.text.shell import docker_command, operands

REFERENCE, REGISTRY, ARCHIVE = "reference", "registry", "archive"
USAGE = "use reference, registry, archive:DIR or SERVICE=IMAGE"
ARCHIVE_NAMES = ("*.tar", "*.tar.gz", "*.tgz")


@dataclass(frozen=True)
class Sources:
    """What `--images` said: how in general, and for which service otherwise."""

    general: str = REFERENCE
    folder: Path | None = None
    services: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Chosen:
    """One service's image: the reference deployed, and the way it comes."""

    service: str
    image: str
    way: str
    change: str | None = None


def parse(specs: Sequence[str]) -> Sources:
    """What the options say, later ones before earlier; raises InputError in one line."""
    found = Sources()
    for spec in specs:
        service, equals, image = spec.partition("=")
        if equals and service and image:
            found = Sources(found.general, found.folder, (*found.services, (service, image)))
        elif spec in (REFERENCE, REGISTRY):
            found = Sources(spec, None, found.services)
        elif spec.startswith(f"{ARCHIVE}:"):
            found = Sources(ARCHIVE, _folder(spec), found.services)
        else:
            near = meant(spec, (REFERENCE, REGISTRY, ARCHIVE))
            raise InputError(f"--images {spec}: {f'{near} ' if near else ''}{USAGE}")
    return found


def _folder(spec: str) -> Path:
    folder = Path(spec.partition(":")[2])
    if not folder.is_dir() or not _archives(folder):
        raise InputError(f"--images {spec}: no file {' or '.join(ARCHIVE_NAMES)} in a folder {folder}")
    return folder


def _archives(folder: Path) -> list[Path]:
    found = sorted(path for pattern in ARCHIVE_NAMES for path in folder.glob(pattern))
    for path in found:
        if not is_there(path):
            raise InputError(f"{path} is no regular file, so it is no file from `docker save`")
    return found


def choose(document: Document, sources: Sources) -> tuple[Chosen, ...]:
    """The image of every service; raises InputError naming service and image where there is none."""
    unknown = {name for name, _ in sources.services} - set(document["services"])
    if unknown:
        known = hint(min(unknown), document["services"])
        raise InputError(f"--images {min(unknown)}=...: the stack has no such service: {known}")
    return tuple(
        _chosen(name, str(service["image"]), sources) for name, service in document["services"].items()
    )


def _chosen(service: str, own: str, sources: Sources) -> Chosen:
    way = dict(sources.services).get(service, sources.general)
    if image_builds.REFERENCE.fullmatch(own) and way in (REFERENCE, sources.general):
        return Chosen(service, image_builds.pinned(own), REFERENCE)
    if way == REFERENCE:
        entry = reference_stack().document["services"].get(service)
        ours = None if entry is None else str(entry["image"])
        if ours is None:
            raise InputError(
                f"service {service}: image {own}: there is no image of ours for it; say --images {service}=IMAGE, "
                "or --images registry"
            )
        return Chosen(
            service, image_builds.pinned(ours), way, f"{service}: image {own} -> {ours} (--images reference)"
        )
    if way in (REGISTRY, ARCHIVE):
        return Chosen(service, own, way)
    other = image_builds.REFERENCE.fullmatch(way)
    if other is not None and other["ref"] == way:
        if other["name"] not in image_builds.known():
            raise InputError(
                f"--images {service}={way}: is none of ours: {hint(other['name'], image_builds.known())}"
            )
        return Chosen(
            service, image_builds.pinned(way), REFERENCE, f"{service}: image {own} -> {way} (--images)"
        )
    return Chosen(service, way, "engine", f"{service}: image {own} -> {way} (--images)")


@functools.cache
def reference_stack() -> Stack:
    """The lab's own stack, of which only the images are asked: no Docker client needs to read it."""
    return reading.read((reference.REFERENCE_STACK,), reference.environment())


def ours(chosen: Iterable[Chosen]) -> tuple[str, ...]:
    """The images of ours among them, by name."""
    matches = (image_builds.REFERENCE.fullmatch(one.image) for one in chosen)
    return tuple(dict.fromkeys(match["name"] for match in matches if match is not None))


def provide(
    host: docker.DockerClient, chosen: Iterable[Chosen], sources: Sources, reporter: Reporter
) -> None:
    """Make sure, before a node starts, that each image can be had; raises InputError naming service and image."""
    held = _tags_in(sources.folder) if sources.folder is not None else {}
    for one in chosen:
        if one.way == REGISTRY:
            _pull(host, one, reporter)
        elif one.way == "engine" and not _on_engine(host, one.image):
            raise InputError(
                f"service {one.service}: image {one.image} is not on the engine: "
                + docker_command("pull", *operands(one.image))
            )
        elif one.way == ARCHIVE and _tagged(one.image) not in held:
            raise InputError(
                f"service {one.service}: image {one.image} is in no file of {sources.folder}: it holds {', '.join(sorted(held))}"
            )


def _tagged(image: str) -> str:
    return image if ":" in image.rpartition("/")[2] or "@" in image else f"{image}:latest"


def _on_engine(host: docker.DockerClient, image: str) -> bool:
    try:
        host.api.inspect_image(image)
    except docker.errors.ImageNotFound:
        return False
    return True


def _pull(host: docker.DockerClient, one: Chosen, reporter: Reporter) -> None:
    if _on_engine(host, one.image):
        return
    with reporter.step(f"pulling {one.image}"):
        try:
            host.images.pull(_tagged(one.image))
        except docker.errors.APIError as error:
            raise InputError(
                f"service {one.service}: image {one.image} cannot be pulled: {error.explanation}"
            ) from error


def _tags_in(folder: Path) -> dict[str, Path]:
    """Which file of the folder holds which image; raises InputError for a file that `docker save` did not write."""
    return {tag: path for path in _archives(folder) for tag in _tags_of(path)}


LONGEST_MANIFEST = 2**24
"""Bytes of a manifest.json; that of one image has some 500."""
_NOT_SAVED = (
    OSError, EOFError, tarfile.TarError, zlib.error, lzma.LZMAError, KeyError, ValueError, RecursionError,
)  # fmt: skip


def _tags_of(path: Path) -> list[str]:
    try:
        with tarfile.open(path) as archive:
            manifest = archive.extractfile("manifest.json")
            entries = json.loads(manifest.read(LONGEST_MANIFEST)) if manifest is not None else []
    except _NOT_SAVED as error:
        raise InputError(f"{path} is no file from `docker save`: {error}") from error
    try:
        return [str(tag) for entry in entries for tag in entry.get("RepoTags") or ()]
    except (TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is no file from `docker save`: its manifest.json lists no images"
        ) from error


def load_archives(nodes: Mapping[str, docker.DockerClient], chosen: Iterable[Chosen], folder: Path) -> None:
    """Load the files that hold the chosen images into every node, and nothing into the host's engine."""
    held = _tags_in(folder)
    files = sorted({held[_tagged(one.image)] for one in chosen if one.way == ARCHIVE})
    for node in nodes.values():
        for path in files:
            with path.open("rb") as packed:
                list(node.api.load_image(packed))
