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
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import docker
import docker.errors

from lab.errors import ImageError
from lab.ownership import CACHE, LABEL
from lab.progress import Reporter, Step

REPOSITORY = "jbcalling-lab"
FOLDER = Path(__file__).parent / "images"
ROOTFS, BASE, NODE = "rootfs", "base", "node"
SUITE = "trixie"
BUILDERS = 3
"""Builds under way at once: one compiles, the others mostly wait for downloads."""
KEEP_OLD = 2
"""Tags of one image that stay on the engine: this one, and one of another branch's checkout."""
REFERENCE = re.compile(rf"(?P<ref>{REPOSITORY}/(?P<name>[a-z0-9-]+))(?::[a-z0-9]+)?(?=\s|$)")
USES = re.compile(r"^(FROM\s|COPY\s+--from=)", re.IGNORECASE)
CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")
PASSED_ON = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "NPM_CONFIG_REGISTRY")
"""A company's own package indexes, handed to the builds that name them as ARG."""
PULL_TIMEOUT_S = 300


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


def _files(name: str) -> Iterable[Path]:
    skipped = {"__pycache__", "node_modules"}
    found = (path for path in (FOLDER / name).rglob("*") if path.is_file())
    return sorted(path for path in found if not skipped & set(path.relative_to(FOLDER).parts))


@functools.cache
def tag(name: str) -> str:
    """The full reference of `name` as its folder stands now."""
    if name != ROOTFS and not (FOLDER / name / "Dockerfile").exists():
        raise ImageError(f"no image {name!r} under {FOLDER}: there are {', '.join(known())}")
    digest = hashlib.sha256(SUITE.encode())
    if name != ROOTFS:
        for path in _files(name):
            digest.update(f"{path.relative_to(FOLDER)}\0{path.stat().st_mode & 0o111:o}\0".encode())
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
    """The references of ours that are on the engine."""
    listed = client.api.images(filters={"label": LABEL})
    return frozenset(ref for image in listed for ref in image["RepoTags"] or ())


def ensure(client: docker.DockerClient, names: Iterable[str], reporter: Reporter) -> Mapping[str, str]:
    """Build what is missing of `names` and of what they stand on; name -> reference.

    An image whose builder image is gone is not rebuilt while it is itself there. Raises ImageError with the
    last lines of the build.
    """
    wanted = tuple(names)
    have = present(client)
    missing = [name for name in wanted if tag(name) not in have]
    if missing:
        _build_all(client, missing, have, reporter)
        prune(client, keep={tag(name) for name in _with_needs(wanted)})
    return {name: tag(name) for name in wanted}


def _build_all(
    client: docker.DockerClient, missing: Iterable[str], have: frozenset[str], reporter: Reporter
) -> None:
    graph = graphlib.TopologicalSorter(_missing_graph(missing, have))
    graph.prepare()
    with ThreadPoolExecutor(max_workers=BUILDERS) as pool:
        under_way: dict[Future[None], str] = {}
        while graph.is_active():
            for name in graph.get_ready():
                under_way[pool.submit(_build, client, name, reporter)] = name
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
                graph.done(under_way.pop(future))


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


def _build(client: docker.DockerClient, name: str, reporter: Reporter) -> None:
    with reporter.step(f"image {name}") as step:
        if name == ROOTFS:
            _make_rootfs(client, step)
            return
        lines: list[str] = []
        stream = client.api.build(
            fileobj=io.BytesIO(_context(name)), custom_context=True, encoding="gzip", tag=tag(name), rm=True, forcerm=True,
            labels={LABEL: CACHE, f"{LABEL}.image": name}, decode=True, buildargs=_build_args(),
        )  # fmt: skip
        for message in stream:
            if "error" in message:
                raise ImageError(_failed(name, message["error"], lines))
            text = str(message.get("stream", "")).strip()
            if text:
                lines.append(text)
                step.update(text.splitlines()[-1])


def _failed(name: str, error: str, lines: list[str]) -> str:
    tail = "\n    ".join("\n".join(lines).splitlines()[-25:])
    return f"image {name} could not be built: {error.strip()}\n    {tail}\n  by hand: docker build {FOLDER / name}"


def _context(name: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as tar:
        for path in _files(name):
            if path.name != "Dockerfile" or path.parent != FOLDER / name:
                tar.add(path, str(path.relative_to(FOLDER / name)))
        _add(tar, "Dockerfile", pinned(_dockerfile(name)).encode())
        if name == BASE:
            _add(tar, "host-ca.pem", _host_ca())
    return packed.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), 0o644
    tar.addfile(member, io.BytesIO(content))


def _host_ca() -> bytes:
    """The CA bundle that this host is told to trust, or nothing: for builds behind a TLS-inspecting proxy.

    Not part of the image's hash: it says who is trusted while building, not what is built.
    """
    named = next((os.environ[name] for name in CA_VARIABLES if os.environ.get(name)), None)
    return Path(named).read_bytes() if named is not None and Path(named).is_file() else b""


def _build_args() -> dict[str, str]:
    proxies = ("http_proxy", "https_proxy", "no_proxy")
    names = (*proxies, *(name.upper() for name in proxies), *PASSED_ON)
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def _make_rootfs(client: docker.DockerClient, step: Step) -> None:
    if shutil.which("mmdebstrap"):
        step.update("mmdebstrap")
        _debootstrap(client)
        return
    step.update(f"pulling debian:{SUITE}-slim")
    dockerfile = f"FROM debian:{SUITE}-slim\n".encode()
    try:
        client.images.build(
            fileobj=io.BytesIO(dockerfile), tag=tag(ROOTFS), rm=True, timeout=PULL_TIMEOUT_S,
            labels={LABEL: CACHE, f"{LABEL}.image": ROOTFS},
        )  # fmt: skip
    except (docker.errors.BuildError, docker.errors.APIError) as error:
        raise ImageError(
            f"no base image: debian:{SUITE}-slim cannot be pulled ({error}) and mmdebstrap is not installed; "
            "on Debian or Ubuntu: apt-get install mmdebstrap debian-archive-keyring"
        ) from error


def _debootstrap(client: docker.DockerClient) -> None:
    slim = [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "man", "locale", "info")]
    command = ["mmdebstrap", "--variant=minbase", *slim, SUITE, "-"]
    with tempfile.TemporaryFile() as tar:
        made = subprocess.run(
            command, stdout=tar, stderr=subprocess.PIPE, check=False, env=_clean_environment()
        )
        if made.returncode != 0:
            tail = made.stderr.decode(errors="replace").strip()[-600:]
            raise ImageError(f"mmdebstrap failed with status {made.returncode}: {tail}")
        tar.seek(0)
        repository, _, version = tag(ROOTFS).partition(":")
        client.api.import_image_from_data(
            iter(functools.partial(tar.read, 1 << 20), b""), repository=repository, tag=version,
            changes=[f"LABEL {LABEL}={CACHE}", f"LABEL {LABEL}.image={ROOTFS}"],
        )  # fmt: skip


def _clean_environment() -> dict[str, str]:
    # TMPDIR on a nodev or noexec mount would break the chroot; everything else is the person's.
    return {name: value for name, value in os.environ.items() if name != "TMPDIR"}


def prune(client: docker.DockerClient, keep: Iterable[str]) -> None:
    """Remove tags of ours beyond the newest KEEP_OLD of each image, and our untagged left-overs."""
    kept = set(keep)
    by_name: dict[str, list[tuple[int, str]]] = {}
    for image in client.api.images(filters={"label": LABEL}):
        for ref in image["RepoTags"] or ():
            by_name.setdefault(ref.partition(":")[0], []).append((image["Created"], ref))
    for versions in by_name.values():
        current = [ref for _, ref in versions if ref in kept]
        old = [ref for _, ref in sorted(versions, reverse=True) if ref not in kept]
        for ref in old[KEEP_OLD - len(current) :]:
            _untag(client, ref)
    client.images.prune(filters={"dangling": True, "label": LABEL})


def remove_all(client: docker.DockerClient) -> int:
    """Remove every image of ours; returns how many references there were."""
    refs = present(client)
    for ref in refs:
        client.api.remove_image(ref, force=True)
    client.images.prune(filters={"dangling": True, "label": LABEL})
    return len(refs)


def _untag(client: docker.DockerClient, ref: str) -> None:
    try:
        client.api.remove_image(ref, noprune=False)
    except docker.errors.ImageNotFound:
        return
    except docker.errors.APIError as error:
        if error.status_code != 409:  # 409: a container, or a child image, still stands on it
            raise
