"""A guest: a container that carries a kernel and a disk, and in which commands are run."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import docker.errors

from lab.errors import EngineError, LabError
from lab.host.ownership import GUEST, LABEL, helper_labels
from lab.host.progress import Step
from lab.text.shell import command_line
from lab.waiting import Look, NotYet, Ready, wait_for

PROCESS, STOCK = "guest", "guest-stock"
"""The images: a kernel as a process, and Debian's own in QEMU."""
PLACE = "/guest"
"""Where the volume with the disk is mounted; its folder `host` is the guest's /host."""
SHARED = f"{PLACE}/host"
MEMORY_AT = "/memory"
"""Where the guest's memory is, as a file; a container's own /dev/shm forbids to run what is in it."""
MEMORY = 8 << 30
"""Bytes of the guest: the whole suite was measured to need 4 GiB of it, page cache aside."""
CPUS = 2
KVM = "/dev/kvm"
BOOT_DEADLINE_S = 300
"""User-mode Linux boots in 1 to 3 s; a stock kernel that is emulated, in one to two minutes."""
ENGINE_DEADLINE_S = 300
MESSAGE_BYTES = 600


@dataclass(frozen=True)
class Guest:
    """One that is up."""

    host: docker.DockerClient
    container: str

    def run(self, command: Sequence[str], *, deadline_s: int) -> int:
        """Run a command in the guest, its output as it comes; returns its exit status, 124 after the deadline."""
        return self.shell(command_line(command), deadline_s=deadline_s)

    def shell(self, line: str, *, deadline_s: int) -> int:
        """As `run`, for a line of shell."""
        created = self._exec("run", str(deadline_s), line)
        for chunk in self.host.api.exec_start(created, stream=True):
            os.write(1, chunk)
        return int(self.host.api.exec_inspect(created)["ExitCode"])

    def answer(self, line: str, *, deadline_s: int) -> str:
        """What a line of shell prints; raises LabError where it fails."""
        created = self._exec("run", str(deadline_s), line)
        said = b"".join(self.host.api.exec_start(created, stream=True)).decode(errors="replace")
        status = int(self.host.api.exec_inspect(created)["ExitCode"])
        if status != 0:
            raise LabError(f"in the guest, {line} ended with {status}: {said.strip()[-MESSAGE_BYTES:]}")
        return said

    def _exec(self, *words: str) -> str:
        return str(self.host.api.exec_create(self.container, ["guest", *words])["Id"])

    def end(self) -> None:
        """Let the engine in the guest stop, and the disk be written; raises LabError where it does not end."""
        self.host.api.exec_start(
            self.host.api.exec_create(self.container, ["touch", f"{SHARED}/poweroff"])["Id"]
        )
        wait_for("the guest ends", self._ended, deadline_s=BOOT_DEADLINE_S, interval_s=0.5)

    def _ended(self) -> Look[bool]:
        state = self.host.api.inspect_container(self.container)["State"]
        return NotYet("it runs") if state["Running"] else Ready(True)


def mounts(volume: str) -> dict[str, dict[str, str]]:
    """The volume, where `guest` looks for it."""
    return {volume: {"bind": PLACE, "mode": "rw"}}


def kvm_devices() -> list[str]:
    """What a container needs to use KVM, where the host has it at all."""
    return [KVM] if Path(KVM).exists() else []


def labels() -> dict[str, str]:
    """Of a container that this process alone needs."""
    return helper_labels({LABEL: GUEST})


@contextmanager
def booted(
    host: docker.DockerClient, image: str, volume: str, step: Step, *, keep: bool = False
) -> Iterator[Guest]:
    """A guest with the volume's disk. What it writes is gone with it, unless `keep`. Raises EngineError."""
    container = host.containers.create(
        image, ["boot", str(MEMORY >> 20), str(CPUS), "yes" if keep else "no"],
        name=f"jbcalling-guest-{os.getpid()}", labels=labels(), volumes=mounts(volume), network_mode="none",
        tmpfs={MEMORY_AT: f"exec,size={MEMORY + (256 << 20)}"}, security_opt=["seccomp=unconfined"],
        devices=kvm_devices(),
    )  # fmt: skip
    try:
        container.start()
        guest = Guest(host, str(container.id))
        step.update("the kernel boots")
        wait_for("the guest boots", lambda: _up(guest), deadline_s=BOOT_DEADLINE_S, interval_s=0.2)
        step.update("its Docker engine starts")
        wait_for(
            "the guest's engine answers", lambda: _engine(guest), deadline_s=ENGINE_DEADLINE_S, interval_s=0.5
        )
        yield guest
    finally:
        host.api.remove_container(str(container.id), force=True)


def _up(guest: Guest) -> Look[bool]:
    state = guest.host.api.inspect_container(guest.container)["State"]
    if not state["Running"]:
        said = guest.host.api.logs(guest.container).decode(errors="replace").strip()
        raise EngineError(f"the guest ended with status {state['ExitCode']}: {said[-MESSAGE_BYTES:]}")
    looked = guest.host.api.exec_create(guest.container, ["test", "-e", f"{SHARED}/up"])["Id"]
    guest.host.api.exec_start(looked)
    there = guest.host.api.exec_inspect(looked)["ExitCode"] == 0
    return Ready(True) if there else NotYet("it has not mounted its folders yet")


def _engine(guest: Guest) -> Look[bool]:
    try:
        guest.answer("docker version >/dev/null", deadline_s=60)
    except LabError as error:
        return NotYet(str(error))
    return Ready(True)
