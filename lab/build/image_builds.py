"""The lab's images: each a folder under lab/images/, known by a hash of its content and of what it builds on.

A changed folder therefore rebuilds itself and what stands on it, and nothing else; an image whose tag is on
the engine is never built again.
"""

import functools
import graphlib
import hashlib
import io
import os
import re
import tarfile
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

import docker
import docker.errors

from lab.build import cut_off, rootfs
from lab.errors import ImageError
from lab.host import engine
from lab.host.locks import exclusive
from lab.host.ownership import BUILD_LABEL, BUILT, CACHE, LABEL
from lab.host.progress import Reporter
from lab.named_files.caps import CERTIFICATES
from lab.named_files.opening import is_there, read_bytes
from lab.text.shell import docker_command

REPOSITORY = "jbcalling-lab"
PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "lab" / "images"
ROOTFS, BASE, NODE = "rootfs", "base", "node"
BUILDERS = 3
"""Builds under way at once: one compiles, the others mostly wait for downloads."""
KEEP_OLD = 2
"""Tags of one image that stay on the engine: this one, and one of another branch's checkout."""
REFERENCE = re.compile(rf"(?P<ref>{REPOSITORY}/(?P<name>[a-z0-9-]+))(?::[a-z0-9]+)?(?=\s|$)")
USES = re.compile(r"^(FROM\s|COPY\s+--from=)", re.IGNORECASE)
CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
PASSED_ON = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "NPM_CONFIG_REGISTRY")
"""A company's own package indexes, handed to the builds. Not part of an image's hash: hashes hold what they give."""


def known() -> tuple[str, ...]:
    """The names of all images, in no particular order."""
    return (ROOTFS, *sorted(path.parent.name for path in FOLDER.glob("*/Dockerfile")))


def _dockerfile(name: str) -> str:
    return (FOLDER / name / "Dockerfile").read_text()


def needs(name: str) -> tuple[str, ...]:
    """The images of ours that `name`'s Dockerfile builds on."""
    if name == ROOTFS:
        return ()
    lines = [line for line in _dockerfile(name).splitlines() if USES.match(line)]
    return tuple(sorted({match["name"] for line in lines for match in REFERENCE.finditer(line)}))


def _files(name: str) -> dict[str, Path]:
    """What the build context of `name` holds: path in it -> file.

    A file `include` in the folder names what of the project comes too, under `project/`.
    """
    found = {str(path.relative_to(FOLDER / name)): path for path in _below(FOLDER / name)}
    include = FOLDER / name / "include"
    for entry in include.read_text().split() if include.exists() else ():
        found |= {f"project/{path.relative_to(PROJECT)}": path for path in _below(PROJECT / entry)}
    return dict(sorted(found.items()))


def _below(place: Path) -> list[Path]:
    skipped = {"__pycache__", "node_modules"}
    every = [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]
    return [path for path in every if not skipped & set(path.relative_to(PROJECT).parts)]


@functools.cache
def tag(name: str) -> str:
    """The full reference of `name` as its folder stands now."""
    if name != ROOTFS and not (FOLDER / name / "Dockerfile").exists():
        raise ImageError(f"no image {name!r} under {FOLDER}: there are {', '.join(known())}")
    digest = hashlib.sha256(rootfs.SOURCE.encode())
    if name != ROOTFS:
        for place, path in _files(name).items():
            digest.update(f"{name}/{place}\0{path.stat().st_mode & 0o111:o}\0".encode())
            digest.update(path.read_bytes() + b"\0")
        for needed in needs(name):
            digest.update(tag(needed).encode())
    return f"{REPOSITORY}/{name}:{digest.hexdigest()[:12]}"


def pinned(text: str) -> str:
    """`text` with each reference to an image of ours given its tag."""
    return REFERENCE.sub(lambda match: tag(match["name"]), text)


def _with_needs(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    graph: dict[str, tuple[str, ...]] = {}
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in graph:
            graph[name] = needs(name)
            todo.extend(graph[name])
    return graph


def present(client: docker.DockerClient) -> frozenset[str]:
    """The references of ours that are on the engine.

    The name must be ours besides the label, which an image that a person builds on one of ours inherits.
    """
    listed = client.api.images(filters={"label": LABEL})
    return frozenset(ref for image in listed for ref in filter(REFERENCE.fullmatch, image["RepoTags"] or ()))


def ensure(client: docker.DockerClient, names: Iterable[str], reporter: Reporter) -> Mapping[str, str]:
    """Build what is missing of `names` and of what they stand on; name -> reference.

    An image whose builder image is gone is not rebuilt while it is itself there. Raises ImageError with the
    last lines of the build.
    """
    wanted = tuple(names)
    if _missing(wanted, present(client)):
        waiting = partial(reporter.say, "  another process builds images on this engine; waiting for that")
        # Two would build the same twice, and prune each other's layers.
        with exclusive(engine.shared_folder(FOLDER), waiting):
            cut_off.remove(client)
            have = present(client)
            _build_all(client, _missing(wanted, have), have, reporter)
            prune(client, keep={tag(name) for name in _with_needs(wanted)})
    return {name: tag(name) for name in wanted}


def are_missing(client: docker.DockerClient, names: Iterable[str]) -> bool:
    """Whether any of the images is still to be built."""
    return bool(_missing(names, present(client)))


def _missing(names: Iterable[str], have: frozenset[str]) -> list[str]:
    return [name for name in names if tag(name) not in have]


def _build_all(
    client: docker.DockerClient, missing: Iterable[str], have: frozenset[str], reporter: Reporter
) -> None:
    graph = graphlib.TopologicalSorter(_missing_graph(missing, have))
    graph.prepare()
    stop = threading.Event()
    with ThreadPoolExecutor(max_workers=BUILDERS) as pool:
        under_way: dict[Future[None], str] = {}
        try:
            while graph.is_active():
                for name in graph.get_ready():
                    under_way[pool.submit(_build, client, name, reporter, stop)] = name
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    future.result()
                    graph.done(under_way.pop(future))
        finally:  # a failure, or Ctrl-C, must not wait minutes for the compiler of another image
            stop.set()
            for future in under_way:
                future.cancel()


def _missing_graph(missing: Iterable[str], have: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """What must be built, each with what it must wait for: nothing below an image that is there already."""
    graph: dict[str, tuple[str, ...]] = {}
    todo = list(missing)
    while todo:
        name = todo.pop()
        if name not in graph:
            graph[name] = tuple(needed for needed in needs(name) if tag(needed) not in have)
            todo.extend(graph[name])
    return graph


def _build(client: docker.DockerClient, name: str, reporter: Reporter, stop: threading.Event) -> None:
    labels = {LABEL: CACHE, f"{LABEL}.image": name, BUILD_LABEL: BUILT}
    with reporter.step(f"image {name}") as step:
        if name == ROOTFS:
            rootfs.make(client, tag(ROOTFS), labels, step)
            return
        lines: list[str] = []
        stream = client.api.build(
            fileobj=io.BytesIO(_context(name)), custom_context=True, encoding="gzip", tag=tag(name), rm=True, forcerm=True,
            labels=labels, decode=True, buildargs=_build_args(),
        )  # fmt: skip
        for message in stream:
            if stop.is_set():
                stream.close()  # the engine ends a build whose asker has gone
                raise ImageError(f"image {name}: the build was given up")
            if "error" in message:
                raise ImageError(_failed(name, message["error"], lines))
            text = str(message.get("stream", "")).strip()
            if text:
                lines.append(text)
                step.update(text.splitlines()[-1])


def _failed(name: str, error: str, lines: list[str]) -> str:
    tail = "\n    ".join("\n".join(lines).splitlines()[-25:])
    again = docker_command("build", str(FOLDER / name))
    return f"image {name} could not be built: {error.strip()}\n    {tail}\n  by hand: {again}"


def _context(name: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
        for place, path in _files(name).items():
            if place != "Dockerfile":
                tar.add(path, place)
        _add(tar, "Dockerfile", cut_off.marked(_with_arguments(pinned(_dockerfile(name)))).encode())
        if name == BASE:
            _add(tar, "host-ca.pem", _host_ca())
    return packed.getvalue()


def _with_arguments(dockerfile: str) -> str:
    """Declares what of PASSED_ON is set: a build hears of no other argument, and a cached layer of none at all."""
    declared = "".join(f"\nARG {name}" for name in PASSED_ON if os.environ.get(name))
    return re.sub(
        r"^FROM\s.*$", lambda line: line[0] + declared, dockerfile, flags=re.MULTILINE | re.IGNORECASE
    )


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    tar.addfile(member, io.BytesIO(content))


def _host_ca() -> bytes:
    """The CA bundle that this host's environment names, or nothing: for builds behind a TLS-inspecting proxy.

    Not part of the image's hash: it says who is trusted while building, not what is built.
    """
    named = next((os.environ[name] for name in CA_VARIABLES if os.environ.get(name)), None)
    return read_bytes(Path(named), CERTIFICATES) if named is not None and is_there(Path(named)) else b""


def _build_args() -> dict[str, str]:
    proxies = ("http_proxy", "https_proxy", "no_proxy")
    names = (*proxies, *(name.upper() for name in proxies), *PASSED_ON)
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def prune(client: docker.DockerClient, keep: Iterable[str]) -> None:
    """Remove our tags except the newest KEEP_OLD of each image, and our untagged images."""
    kept = set(keep)
    by_name: dict[str, list[tuple[int, str]]] = {}
    for image in client.api.images(filters={"label": LABEL}):
        for ref in filter(REFERENCE.fullmatch, image["RepoTags"] or ()):
            by_name.setdefault(ref.partition(":")[0], []).append((image["Created"], ref))
    for versions in by_name.values():
        newest_first = sorted(versions, key=lambda version: (version[1] in kept, version), reverse=True)
        for _, ref in newest_first[KEEP_OLD:]:
            _untag(client, ref)
    client.images.prune(filters={"dangling": True, "label": LABEL})


def remove_all(client: docker.DockerClient) -> int:
    """Remove every image of ours; returns how many references went. Raises ImageError naming those in use."""
    with exclusive(engine.shared_folder(FOLDER)):  # not while one is being built
        cut_off.remove(client)
        refs = present(client)
        held = sorted(ref for ref in refs if not _untag(client, ref))
        client.images.prune(filters={"dangling": True, "label": LABEL})
    if held:
        raise ImageError(
            f"in use by containers, and left: {', '.join(held)}; python -m lab status --all, docker ps -a"
        )
    return len(refs)


def _untag(client: docker.DockerClient, ref: str) -> bool:
    """Whether the reference is gone; False when a container still stands on it."""
    try:
        client.api.remove_image(ref, noprune=False)
    except docker.errors.ImageNotFound:
        return True
    except docker.errors.APIError as error:
        if error.status_code != 409:
            raise
        return False
    return True
