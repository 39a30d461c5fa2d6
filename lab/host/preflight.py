"""What a lab needs of the machine, checked before anything is created; each lack is one clear line."""

import os
import shutil
import socket
import sys
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker

from lab.errors import PreflightError
from lab.text.shell import command_line

MIN_PYTHON = (3, 11)
MIN_DISK_BUILD = 5 << 30
"""Bytes free to build all images and their store: measured 1.3 GB of images, builders included, and 0.7 GB of
store, which is held twice while it is loaded and once more when the images change."""
MIN_DISK_RUN = 2 << 30
"""Bytes free to run a lab whose images are there: measured 0.15 GB beside the store, most of it the manager's
raft log; and room for a changed store, 0.7 GB, held twice while it is loaded."""
MIN_MEMORY = 2 << 30
"""Bytes available for three nodes with the reference stack: measured 0.6 GB at rest, 0.8 GB at the highest
during the criteria, and 0.2 GB of pytest; the rest is for page cache and a build's compilers."""
NODE_MEMORY = 1 << 30
"""Bytes that a node may take at the least: three times what the reference stack's fullest node, the manager, took at
the highest while the criteria ran (315 MiB, page cache included; 221 MiB without)."""
NODES_MEMORY_SHARE = 0.75
"""Of the host's memory, what all nodes together may take, so that a service that leaks ends in its node and not the
host: 5.9 GiB for each of three on a host of 24 GB, 1.9 GiB on one of 8 GB. lab.adapt.resources fits what a stack
reserves to the same share."""
MIN_INOTIFY_FREE = 32
"""inotify instances left; out of them, containers fail for no visible cause. Measured on cgroup v1: 1 a lab,
Traefik's. On v2 containerd adds one for each container (containerd/containerd#10468), 13 tasks and 3 nodes:
17 in all, and nearly twice that while tasks are being replaced."""
SOURCE_TIMEOUT_S = 5
SOURCES = {
    "Debian's packages": ("deb.debian.org", 80),
    "PyPI": ("pypi.org", 443),
    "npm": ("registry.npmjs.org", 443),
}
PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "PIP_INDEX_URL")


@dataclass(frozen=True)
class Machine:
    """What was read off the machine; None where it cannot be read from here (a remote engine)."""

    disk_free: int | None
    memory_available: int | None
    inotify_free: int | None


def check_python(version: tuple[int, int] = sys.version_info[:2]) -> None:
    """Raises PreflightError for a Python that is too old."""
    if version < MIN_PYTHON:
        raise PreflightError(
            f"Python {version[0]}.{version[1]} is too old: install Python {MIN_PYTHON[0]}.{MIN_PYTHON[1]} or newer"
        )


def _is_remote(client: docker.DockerClient) -> bool:
    return not str(client.api.base_url).startswith(("http+docker://", "http+unix://"))


def read_machine(client: docker.DockerClient) -> Machine:
    """Read disk, memory and inotify; the engine's own data root is where the disk is needed."""
    if _is_remote(client) or not Path("/proc/meminfo").exists():
        return Machine(None, None, None)
    free = _disk_free(Path(client.info()["DockerRootDir"]))
    return Machine(free, _available_memory(), _inotify_free())


def _disk_free(root: Path) -> int:
    """Bytes free where `root` is; asked of the nearest folder above that exists and that we may look at."""
    try:
        return shutil.disk_usage(root).free
    except (FileNotFoundError, PermissionError):
        return _disk_free(root.parent)


def _available_memory() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) << 10
    return 0


def _inotify_free() -> int | None:
    """Instances that root may still create; only root's are counted, for dockerd runs as root."""
    limit = Path("/proc/sys/fs/inotify/max_user_instances")
    if not limit.exists() or os.geteuid() != 0:
        return None
    used = 0
    for fd in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            used += "inotify" in str(fd.readlink()) and fd.parents[1].stat().st_uid == 0
        except OSError:  # the process or the descriptor ended while we looked
            continue
    return int(limit.read_text()) - used


def node_memory(host: Mapping[str, Any], nodes: int) -> int | None:
    """Bytes that each of so many nodes may take on a host, from what its engine says of it; None where the engine
    cannot limit memory."""
    if not host.get("MemoryLimit"):
        return None
    return max(NODE_MEMORY, int(host["MemTotal"] * NODES_MEMORY_SHARE / nodes))


def judge(machine: Machine, *, building: bool) -> list[str]:
    """What is lacking, a line each; nothing is lacking where nothing could be read."""
    lacks = []
    disk = MIN_DISK_BUILD if building else MIN_DISK_RUN
    if machine.disk_free is not None and machine.disk_free < disk:
        lacks.append(
            f"disk: {machine.disk_free >> 20} MiB free under Docker's data root, {disk >> 20} wanted: "
            "free some, e.g. docker system df; python -m lab prune removes our own caches"
        )
    if machine.memory_available is not None and machine.memory_available < MIN_MEMORY:
        lacks.append(
            f"memory: {machine.memory_available >> 20} MiB available, {MIN_MEMORY >> 20} wanted: end other programs"
        )
    if machine.inotify_free is not None and machine.inotify_free < MIN_INOTIFY_FREE:
        lacks.append(
            f"inotify: {machine.inotify_free} instances left, {MIN_INOTIFY_FREE} wanted: "
            "sysctl -w fs.inotify.max_user_instances=512"
        )
    return lacks


def kernel_lacks(filesystems: str, modules: frozenset[str] | None) -> list[str]:
    """What a Swarm needs and this kernel surely lacks.

    `modules` are the names that the kernel has loaded, built in or can load; None where that cannot be read.
    """
    lacks = (
        []
        if "overlay" in filesystems.split() or (modules is not None and "overlay" in modules)
        else ["overlay"]
    )
    if modules is not None:
        lacks += [name for name in ("vxlan", "bridge", "veth") if name not in modules]
    return lacks


def has_virtualisation() -> bool:
    """Whether this machine's processor offers hardware virtualisation; `/dev/kvm` may be there without it."""
    try:
        words = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return False
    return "vmx" in words or "svm" in words


def _modules() -> frozenset[str] | None:
    """None where the kernel does not say: modules built in leave a list only where /lib/modules is installed."""
    folder = Path("/lib/modules") / os.uname().release
    listings = [folder / "modules.builtin", folder / "modules.dep"]
    if not all(path.exists() for path in listings):
        return None
    words = " ".join(path.read_text() for path in listings).replace(":", " ").split()
    return frozenset(Path(word).name.partition(".")[0].replace("-", "_") for word in words)


def unreachable_sources(sources: Mapping[str, tuple[str, int]] = SOURCES) -> list[str]:
    """The package sources whose door does not open; with a proxy or an own index, those are asked instead."""
    variable = next((name for name in PROXY_VARIABLES if os.environ.get(name)), None)
    if variable is not None:
        where = _address(os.environ[variable])
        sources = {f"{variable} {where[0]}:{where[1]}": where}
    return [name for name, where in sources.items() if not _opens(where)]


def _address(url: str) -> tuple[str, int]:
    """Host and port of a proxy or index; port 0, which nothing answers on, for one that is no address."""
    parsed = urllib.parse.urlsplit(url if "//" in url else f"//{url}")
    try:
        return parsed.hostname or "", parsed.port or (443 if parsed.scheme == "https" else 80)
    except ValueError:
        return parsed.hostname or "", 0


def _opens(where: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(where, timeout=SOURCE_TIMEOUT_S):
            return True
    except OSError:
        return False


def check(client: docker.DockerClient, missing_images: bool) -> None:
    """Everything at once; raises PreflightError, a line for each lack."""
    check_python()
    lacks = judge(read_machine(client), building=missing_images)
    if client.info()["OSType"] != "linux":
        lacks.append(f"engine: runs {client.info()['OSType']} containers; switch it to Linux containers")
    if not _is_remote(client) and Path("/proc/filesystems").exists():
        kernel = kernel_lacks(Path("/proc/filesystems").read_text(), _modules())
        lacks += [
            f"kernel {os.uname().release} lacks {name}, which a Swarm needs: {command_line(['modprobe', name])}, "
            "or use another host"
            for name in kernel
        ]
    if missing_images:
        shut = unreachable_sources()
        lacks += [
            f"package source {name} cannot be reached, and images are still to be built: check the network or proxy"
            for name in shut
        ]
    if lacks:
        raise PreflightError("\n".join(lacks))
