"""The disk of a guest: a volume that is made once for an image of the guest and the lab's images, and then only read."""

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import docker
import docker.errors

from lab.build import image_builds
from lab.cluster import image_store
from lab.errors import EngineError
from lab.host import engine
from lab.host.locks import exclusive
from lab.host.ownership import CACHE, DISK_LABEL, LABEL
from lab.host.progress import Reporter, Step
from lab.kernel.guest import SHARED, Guest, booted, kvm_devices, labels, mounts
from lab.text.shell import command_line, docker_command, one_after_another

AS_PROCESS, BY_KVM, EMULATED = "process", "kvm", "emulated"
"""What `guest carrier` says."""
PROJECT, BROUGHT = "/root/project", "/host/project"
REMOVAL_DEADLINE_S = 120
"""Copying or removing thousands of small files, in a guest that is emulated."""
LOAD_DEADLINE_S = 1200
"""Half a minute where nothing else runs; a disk may be slow."""
STORE_DEADLINE_S = 900
READY = "/guest/ready"
"""In the volume, once the disk is whole."""
NOT_BROUGHT = frozenset({
    ".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache", ".hypothesis", "evidence",
    "output", "report", "report.json",
})  # fmt: skip
"""What tools and runs leave in the project's folder."""


def carrier(host: docker.DockerClient, kind: str, reporter: Reporter) -> str:
    """How a guest of this kind is carried here: AS_PROCESS, BY_KVM or EMULATED."""
    image = image_builds.ensure(host, [kind], reporter)[kind]
    container = host.containers.create(
        image, ["carrier"], labels=labels(), network_mode="none", devices=kvm_devices()
    )
    try:
        container.start()
        container.wait(timeout=LOAD_DEADLINE_S)
        return container.logs(stderr=False).decode().strip()
    finally:
        host.api.remove_container(str(container.id), force=True)


def prepared(
    host: docker.DockerClient, kind: str, refs: Sequence[str], reporter: Reporter, *, with_lab: bool
) -> str:
    """The volume with a disk whose engine holds these images of ours; made where there is none.

    `with_lab` has a first lab made there, and with it the image store of the nodes. Raises EngineError or ImageError.
    """
    image = image_builds.ensure(host, [kind], reporter)[kind]
    ids = image_store.image_ids(host, [image, *refs])
    volume = f"jbcalling-guest-{hashlib.sha256(json.dumps(ids, sort_keys=True).encode()).hexdigest()[:12]}"
    # Not the lock of the image builds: a disk takes minutes, and no lab has to wait for it.
    with exclusive(image_builds.FOLDER / kind):
        if not _is_whole(host, image, volume):
            _make(host, image, volume, kind, refs, reporter, with_lab=with_lab)
        remove_disks(host, kind, keep={volume})
    return volume


def remove_disks(host: docker.DockerClient, kind: str = "", keep: Iterable[str] = ()) -> list[str]:
    """Remove the disks, of one kind of guest or of all, but those kept, and return their names; raises EngineError for one
    in use."""
    filters = {"label": [f"{LABEL}={CACHE}", f"{DISK_LABEL}={kind}" if kind else DISK_LABEL]}
    listed = [each["Name"] for each in host.api.volumes(filters=filters)["Volumes"] or []]
    gone = [name for name in listed if name not in set(keep)]
    engine.discard(host, engine.Belongings((), (), tuple(engine.Thing(name, name) for name in gone)))
    return gone


def _is_whole(host: docker.DockerClient, image: str, volume: str) -> bool:
    try:
        host.api.inspect_volume(volume)
    except docker.errors.NotFound:
        return False
    return _ran(host, image, ["test", "-e", READY], volume, entrypoint=[]) == 0


def _make(
    host: docker.DockerClient,
    image: str,
    volume: str,
    kind: str,
    refs: Sequence[str],
    reporter: Reporter,
    *,
    with_lab: bool,
) -> None:
    if any(each["Name"] == volume for each in host.api.volumes()["Volumes"] or []):
        host.api.remove_volume(volume)
    host.api.create_volume(volume, labels={LABEL: CACHE, DISK_LABEL: kind})
    with reporter.step("the guest's disk") as step:
        step.update("file system")
        _must(host, image, ["disk"], volume)
        step.update(f"{len(refs)} images of the lab, saved")
        _must(host, image, ["images", *refs], volume, socket=True)
        with booted(host, image, volume, step, keep=True) as guest:
            _fill(guest, step, with_lab=with_lab)
        _must(host, image, ["touch", READY], volume, entrypoint=[])


def _fill(guest: Guest, step: Step, *, with_lab: bool) -> None:
    """The images into the guest's engine, and the first lab of a kernel that just booted."""
    step.update("the images, loaded")
    archive = "/host/images.tar"
    guest.answer(docker_command("load", "-q", "-i", archive), deadline_s=LOAD_DEADLINE_S)
    guest.answer(command_line(["rm", archive]), deadline_s=REMOVAL_DEADLINE_S)
    if with_lab:
        bring(guest)
        step.update("the image store of the nodes")
        for word in ("up", "down"):
            guest.answer(
                one_after_another(command_line(["cd", PROJECT]), command_line(["python", "-m", "lab", word])),
                deadline_s=STORE_DEADLINE_S,
            )
        guest.answer(command_line(["rm", "-rf", PROJECT]), deadline_s=REMOVAL_DEADLINE_S)
    guest.end()


def bring(guest: Guest) -> None:
    """Copy the project, as it stands in the work tree, into the guest."""
    with tempfile.TemporaryFile() as packed:
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for path in sorted(image_builds.PROJECT.iterdir()):
                if path.name not in NOT_BROUGHT:
                    tar.add(path, f"project/{path.name}", filter=brought)
        packed.seek(0)
        guest.host.api.put_archive(guest.container, SHARED, packed)
    for words in (["rm", "-rf", PROJECT], ["cp", "-r", BROUGHT, PROJECT], ["rm", "-rf", BROUGHT]):
        guest.answer(command_line(words), deadline_s=REMOVAL_DEADLINE_S)


def brought(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Root's, or not brought at all."""
    member.uid = member.gid = 0
    return None if Path(member.name).name in ("__pycache__", "node_modules") else member


def _must(
    host: docker.DockerClient,
    image: str,
    command: Sequence[str],
    volume: str,
    *,
    socket: bool = False,
    entrypoint: list[str] | None = None,
) -> None:
    status = _ran(host, image, command, volume, socket=socket, entrypoint=entrypoint)
    if status != 0:
        raise EngineError(
            f"making the guest's disk failed: {command_line(command)} ended with status {status}"
        )


def _ran(
    host: docker.DockerClient,
    image: str,
    command: Sequence[str],
    volume: str,
    *,
    socket: bool = False,
    entrypoint: list[str] | None = None,
) -> int:
    where = mounts(volume)
    if socket:
        where["/var/run/docker.sock"] = {"bind": "/opt/system/run/docker.sock", "mode": "rw"}
    container = host.containers.create(
        image, list(command), entrypoint=entrypoint, labels=labels(), volumes=where, network_mode="none"
    )
    try:
        container.start()
        return int(container.wait(timeout=LOAD_DEADLINE_S)["StatusCode"])
    finally:
        host.api.remove_container(str(container.id), force=True)
