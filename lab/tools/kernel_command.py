"""`python -m lab kernel`: the suite in a guest whose kernel has what users' kernels have."""

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import docker

from lab.build import image_builds
from lab.cluster.deployment import stack_images
from lab.cluster.handle import Wanted
from lab.errors import InputError, PreflightError
from lab.host import engine
from lab.host.preflight import read_machine
from lab.host.progress import Reporter
from lab.kernel import disk, last_runs, mappings
from lab.kernel.guest import KVM, MEMORY, PLACE, PROCESS, STOCK, Guest, booted
from lab.text.shell import command_line, one_after_another
from lab.tools import inside

RUN_DEADLINE_S = 7200
"""The whole matrix of faults is the longest run there is."""
FREE_DISK = 20 << 30
"""Bytes: the guest's images 3.4 GB, its disk with the lab's images and their store 6 GB, what a run writes."""
FREE_MEMORY = MEMORY + (1 << 30)
OUTPUT = "/host/output"
LIMITS = "call_latency_p95_ms=1500,call_freeze_s=1"
"""Of a kernel that is a process: where the machine was idle but for it, frames came 616 and 1022 ms late (p95 of two calls,
limit elsewhere 400), and one stood still for 0.56 s; a system call takes 35 us there."""
CHECK = ["python", "-m", "lab", "check", "--host"]
"""What an emulated kernel is asked: whether it can carry a lab, and what it has and lacks."""


def run(args: argparse.Namespace) -> int:
    """Run pytest, or with `--shell` any command, in a guest, and return its status; what a run wrote is copied out."""
    host = engine.connect()
    machine = read_machine(host)
    check(host.api.base_url, machine.disk_free, machine.memory_available)
    engine.remove_abandoned(host)
    words = args.arguments[1:] if args.arguments[:1] == ["--"] else args.arguments
    reporter = Reporter()
    with ExitStack() as stack:
        stack.enter_context(mappings.raised())
        carrier = (
            disk.carrier(host, STOCK, reporter) if args.stock or has_virtualisation() else disk.AS_PROCESS
        )
        if carrier == disk.EMULATED and not args.stock:
            carrier = disk.AS_PROCESS
        if carrier == disk.EMULATED and words and not args.shell:
            raise InputError(
                "kernel --stock: emulated here, where a run would take hours: use --shell -- COMMAND"
            )
        guest = _guest(host, carrier, reporter, stack)
        command = (words or CHECK) if args.shell or carrier == disk.EMULATED else of_pytest(words, carrier)
        began = time.monotonic()
        status = guest.shell(
            one_after_another(command_line(["cd", disk.PROJECT]), command_line(command)),
            deadline_s=RUN_DEADLINE_S,
        )
        seconds = time.monotonic() - began
        inside.copy_out(host, guest.container, args.output, f"{PLACE}{OUTPUT}")
        if args.record:
            junit = args.output / "output" / "junit.xml"
            told = words or (CHECK if carrier == disk.EMULATED else ["-m", "lab"])
            last_runs.keep(
                last_runs.made(guest, carrier, told, junit if junit.exists() else None, status, seconds)
            )
    return status


def _guest(host: docker.DockerClient, carrier: str, reporter: Reporter, stack: ExitStack) -> Guest:
    names = (image_builds.NODE, *(stack_images(Wanted()) if carrier != disk.EMULATED else ()))
    refs = tuple(image_builds.ensure(host, names, reporter).values())
    kind = PROCESS if carrier == disk.AS_PROCESS else STOCK
    volume = disk.prepared(host, kind, refs, reporter, with_lab=carrier != disk.EMULATED)
    with reporter.step("guest") as step:
        guest = stack.enter_context(booted(host, image_builds.tag(kind), volume, step))
        disk.bring(guest)
    return guest


def has_virtualisation(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether it is worth asking KVM: a /dev/kvm without these features of the processor carries no stock kernel."""
    flags = {
        word for line in cpuinfo.read_text().splitlines() if line.startswith("flags") for word in line.split()
    }
    return Path(KVM).exists() and bool({"vmx", "svm"} & flags)


def of_pytest(words: Sequence[str], carrier: str) -> list[str]:
    """The command that these arguments of pytest make; the criteria where they name no marker."""
    marked = words if any(word.startswith("-m") for word in words) else ["-m", "lab", *words]
    limits = ["env", f"TARGET_LIMITS={LIMITS}"] if carrier == disk.AS_PROCESS else []
    return [
        *limits,
        "python",
        "-m",
        "pytest",
        *marked,
        f"--evidence={OUTPUT}/evidence",
        f"--junitxml={OUTPUT}/junit.xml",
    ]


def check(engine_url: str, disk_free: int | None, memory: int | None) -> None:
    """Raises PreflightError, a line for each lack."""
    if not str(engine_url).startswith(("http+docker://", "http+unix://")):
        raise PreflightError(
            "kernel: the engine is on another machine, whose settings cannot be read: run it there"
        )
    lacks = []
    if disk_free is not None and disk_free < FREE_DISK:
        lacks.append(
            f"disk: {disk_free >> 30} GiB free under Docker's data root, {FREE_DISK >> 30} wanted by a guest"
        )
    if memory is not None and memory < FREE_MEMORY:
        lacks.append(f"memory: {memory >> 30} GiB available, {FREE_MEMORY >> 30} wanted by a guest")
    if lacks:
        raise PreflightError("\n".join(lacks))
