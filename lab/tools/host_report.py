"""What this host has and lacks of all that a lab can use, a line each, with what a lack leaves out."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
import docker.errors

from lab.cluster import image_store, lifecycle, nodes
from lab.cluster.handle import DEFAULT_NAME, labels_of
from lab.errors import EngineError
from lab.host import ownership, preflight

KVM = Path("/dev/kvm")


@dataclass(frozen=True)
class Ability:
    """One thing that a host has or lacks, `has` is None where it is not known; `text` says what it is good for, what its
    lack leaves out, or why it is not known."""

    what: str
    has: bool | None
    text: str

    def __str__(self) -> str:
        return (
            f"{'not known' if self.has is None else 'has' if self.has else 'lacks'}: {self.what}: {self.text}"
        )


OF_THE_KERNEL = {
    "ipvs": (
        "IPVS", "service addresses (VIPs) and the ingress mesh work as they do on a cluster",
        "service addresses and the ingress mesh are not exercised: endpoints become dnsrr, meshed ports host ports",
    ),
    "esp": (
        "ESP with rfc4106(gcm(aes)), and what marks packets for it", "encrypted overlays stay encrypted",
        "encrypted overlays are not exercised: they are made plain, which each run says",
    ),
    "netem": (
        "netem", "delay, jitter and reordering can be injected",
        "faults of delay, jitter and reordering are not exercised",
    ),
    "u32": (
        "xt_u32", "packets can be chosen by what is in them",
        "faults that choose packets by their content (TCP inside the overlay) are not exercised",
    ),
}  # fmt: skip
"""By the name of the fact in prepare.sh: its name, what it gives, what its lack leaves out."""


def abilities(host: docker.DockerClient) -> tuple[Ability, ...]:
    """Asked of the engine, and of short-lived containers of the nodes' image where that is there."""
    info, version = host.info(), host.version()
    return (
        Ability(
            "engine", True, f"Docker {version.get('Version', '?')}, API {version.get('ApiVersion', '?')}"
        ),
        _cgroup(str(info.get("CgroupVersion", ""))),
        *_of_containers(host),
        _kvm(),
    )


def _cgroup(version: str) -> Ability:
    if version not in ("1", "2"):
        return Ability("cgroup version 2", None, "the engine does not say which version it uses")
    if version == "2":
        return Ability("cgroup version 2", True, "as most hosts of today; version 1 is not exercised here")
    return Ability(
        "cgroup version 2", False, "version 1 is used here; how nodes fare on version 2 is not exercised"
    )


def _of_containers(host: docker.DockerClient) -> Iterator[Ability]:
    image, labels = lifecycle.node_image(), labels_of(DEFAULT_NAME, ownership.label_of(os.getpid()))
    names = (
        "privileged containers",
        "modules in /lib/modules",
        *(name for name, *_ in OF_THE_KERNEL.values()),
    )
    try:
        privileged = nodes.can_be_privileged(host, image, labels)
        yield _privileged(privileged)
        yield _modules(nodes.has_modules(host, image, labels))
        kernel = image_store.prepare(host, image, privileged, None, [], labels).kernel
        yield from _of_kernel(kernel)
    except docker.errors.ImageNotFound:
        why = f"the nodes' image {image} is not on this engine yet; the first lab makes it"
        yield from (Ability(name, None, why) for name in names)
    except (EngineError, docker.errors.APIError) as error:
        yield Ability(
            "the nodes' kernel",
            None,
            f"a container of {image} could not be asked: {' '.join(str(error).split())[:200]}",
        )


def _privileged(can: bool) -> Ability:
    text = (
        "nodes are privileged"
        if can
        else "nodes get each right by name, without CAP_SYS_RESOURCE; privileged ones are not exercised"
    )
    return Ability("privileged containers", can, text)


def _modules(there: bool) -> Ability:
    return Ability(
        "modules in /lib/modules",
        there,
        "what is not loaded yet is loaded when a lab begins"
        if there
        else "only what is built into the kernel or loaded already can be used",
    )


def _of_kernel(kernel: Mapping[str, bool | None]) -> Iterator[Ability]:
    for fact, (name, gives, without) in OF_THE_KERNEL.items():
        found = kernel.get(fact)
        yield Ability(
            name,
            found,
            "the node image has no tool to ask with" if found is None else gives if found else without,
        )


def _kvm() -> Ability:
    """Of this machine, not of a remote engine's: a guest with another kernel would run here."""
    works = KVM.exists() and preflight.has_virtualisation()
    why = "the processor offers no virtualisation here" if KVM.exists() else f"there is no {KVM}"
    gives, without = (
        "a guest with another kernel runs at full speed",
        "such a guest is emulated, or runs as a process",
    )
    return Ability("KVM", works, gives if works else f"{why}: {without}")
