"""`python -m lab kernel`: the suite in a guest whose kernel has what users' kernels have."""

import argparse
import time
from collections.abc import Sequence
from contextlib import ExitStack

import docker

from lab.build import image_builds
from lab.cluster.deployment import stack_images
from lab.cluster.handle import Wanted
from lab.errors import PreflightError
from lab.host import engine
from lab.host.preflight import read_machine
from lab.host.progress import Reporter
from lab.kernel import disk, mappings, record
from lab.kernel.guest import MEMORY, PLACE, PROCESS, STOCK, Guest, booted
from lab.text.shell import command_line
from lab.tools import inside

RUN_DEADLINE_S = 7200
"""The whole matrix of faults is the longest run there is."""
FREE_DISK = 20 << 30
"""Bytes: the guest's images 3.4 GB, its disk with the lab's images and their store 6 GB, what a run writes."""
FREE_MEMORY = MEMORY + (1 << 30)
OUTPUT = "/host/output"


def run(args: argparse.Namespace) -> int:
    """Run pytest, or with `--shell` any command, in a guest, and return its status; what a run wrote is copied out."""
    host = engine.connect()
    machine = read_machine(host)
    check(host.api.base_url, machine.disk_free, machine.memory_available)
    engine.remove_abandoned(host)
    words = args.arguments[1:] if args.arguments[:1] == ["--"] else args.arguments
    command = words if args.shell else of_pytest(words)
    with ExitStack() as stack:
        stack.enter_context(mappings.raised())
        guest = _guest(host, STOCK if args.stock else PROCESS, Reporter(), stack)
        began = time.monotonic()
        status = guest.shell(f"cd {disk.PROJECT} && {command_line(command)}", deadline_s=RUN_DEADLINE_S)
        seconds = time.monotonic() - began
        inside.copy_out(host, guest.container, args.output, f"{PLACE}{OUTPUT}")
        if args.record and not args.shell:
            carrier = guest.carrier()
            record.keep(
                record.made(
                    guest, carrier, words or ["-m", "lab"], args.output / "output" / "junit.xml", seconds
                )
            )
    return status


def _guest(host: docker.DockerClient, image: str, reporter: Reporter, stack: ExitStack) -> Guest:
    names = (image_builds.NODE, *stack_images(Wanted()))
    refs = tuple(image_builds.ensure(host, names, reporter).values())
    volume = disk.prepared(host, image, refs, reporter)
    with reporter.step("guest") as step:
        guest = stack.enter_context(booted(host, image_builds.tag(image), volume, step))
        disk.bring(guest)
    return guest


def of_pytest(words: Sequence[str]) -> list[str]:
    """The command that these arguments of pytest make; the criteria where they name no marker."""
    marked = words if any(word.startswith("-m") for word in words) else ["-m", "lab", *words]
    return [
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
