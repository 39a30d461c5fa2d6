"""How long each stage of a lab takes, beside what the obvious way costs, in one run on one machine."""

import dataclasses
import datetime
import os
import platform
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker
from rich.console import Console
from rich.table import Table

from lab.build import image_builds
from lab.cluster import deployment, filling, image_store, lifecycle, nodes
from lab.cluster.handle import Wanted, labels_of
from lab.compose import reading
from lab.compose.reference import REFERENCE_STACK
from lab.errors import LabError
from lab.host import engine, ownership
from lab.host.progress import Reporter

NAME = "bench"
WITH_IMAGES = "three nodes Ready with their images"


@dataclass
class Result:
    """Seconds per stage, in the order they ran; `obvious` holds the same ends reached the obvious way.

    `criteria` holds the seconds of each criterion's tests, fixtures they were the first to ask for included.
    """

    machine: dict[str, Any]
    stages: dict[str, float] = field(default_factory=dict)
    obvious: dict[str, float] = field(default_factory=dict)
    criteria: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The figures as plain values."""
        return dataclasses.asdict(self)


def _machine(host: docker.DockerClient) -> dict[str, Any]:
    info = host.info()
    return {
        "when": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "cores": info["NCPU"],
        "memory_gib": round(info["MemTotal"] / 2**30, 1),
        "kernel": info["KernelVersion"],
        "engine": info["ServerVersion"],
        "storage": info["Driver"],
        "python": platform.python_version(),
    }


@contextmanager
def _timed(into: dict[str, float], stage: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    into[stage] = time.monotonic() - started


def run(host: docker.DockerClient, reporter: Reporter, *, cold: bool) -> Result:
    """Measure every stage; with `cold`, first remove all images of ours and build them anew.

    The lab of the measurement is its own and is removed; the caches it fills stay. Raises LabError.
    """
    result = Result(_machine(host))
    wanted = Wanted(name=NAME, owner=str(ownership.owner_of(os.getpid())))
    lifecycle.down(host, NAME)
    nodes.use_ryuk(host, wanted=True)
    names = (image_builds.NODE, *deployment.stack_images(wanted))
    if cold:
        _measure_cold(host, names, result, reporter)
    with _timed(result.stages, "images, warm"):
        refs = image_builds.ensure(host, names, reporter)
    services = [refs[name] for name in names if name != image_builds.NODE]
    try:
        _measure_store(host, services, wanted, result, reporter)
        _measure_lab(host, wanted, result, reporter)
        _measure_obvious(host, wanted, services, result, reporter)
    finally:
        lifecycle.down(host, NAME)
    return result


def _measure_cold(
    host: docker.DockerClient, names: tuple[str, ...], result: Result, reporter: Reporter
) -> None:
    image_builds.remove_all(host)
    with _timed(result.stages, "images, cold"):
        image_builds.ensure(host, names, reporter)
    slow = sorted(reporter.seconds.items(), key=lambda item: -item[1])[:5]
    result.notes.append("slowest builds: " + ", ".join(f"{name} {seconds:.0f} s" for name, seconds in slow))


def _measure_store(
    host: docker.DockerClient, refs: list[str], wanted: Wanted, result: Result, reporter: Reporter
) -> None:
    labels = labels_of(NAME, wanted.owner)
    image = lifecycle.node_image()
    privileged = nodes.can_be_privileged(host, image, labels)
    engine.remove_stores(host)
    for how in ("cold", "warm"):
        with _timed(result.stages, f"image store, {how}"):
            filling.ensure_store(host, refs, image, privileged, labels, reporter)


def _measure_lab(host: docker.DockerClient, wanted: Wanted, result: Result, reporter: Reporter) -> None:
    with _timed(result.stages, WITH_IMAGES):
        lab = lifecycle.up(host, wanted, reporter)
    with _timed(result.stages, "stack healthy"):
        lab = deployment.deploy(lab, reading.for_a_lab((REFERENCE_STACK,)), reporter)
    lab.close()
    with reporter.step("the criteria"), _timed(result.stages, "pytest -m lab, on this lab"):
        result.criteria = _criteria()
    with _timed(result.stages, "teardown"):
        lifecycle.down(host, NAME)
    whole = (WITH_IMAGES, "stack healthy", "pytest -m lab, on this lab", "teardown")
    result.stages["the whole of it, warm"] = sum(result.stages[stage] for stage in whole)


def _criteria() -> dict[str, float]:
    """Run the suite against the lab of the measurement; criterion -> seconds. Raises LabError when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-m", "lab", f"--junitxml={report}"]
        ran = subprocess.run(
            command,
            env={**os.environ, "LAB_ATTACH": NAME},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode != 0:
            raise LabError(
                f"the run of the criteria ended with {ran.returncode}:\n{ran.stdout[-4000:]}{ran.stderr[-1000:]}"
            )
        seconds: dict[str, float] = {}
        for case in ElementTree.parse(report).iter("testcase"):
            for entry in case.iter("property"):
                if entry.get("name") == "criterion":
                    name = str(entry.get("value"))
                    seconds[name] = seconds.get(name, 0.0) + float(case.get("time", "0"))
        return seconds


def _measure_obvious(
    host: docker.DockerClient, wanted: Wanted, refs: list[str], result: Result, reporter: Reporter
) -> None:
    """Three nodes, and `docker save | docker load` of the same images into each, one after the other."""
    lab = None
    with _timed(result.obvious, WITH_IMAGES):
        lab = lifecycle.up(host, dataclasses.replace(wanted, with_images=False), reporter)
        with reporter.step("the obvious way: save and load into each node") as step:
            for node in lab.nodes.values():
                image_store.load(host, node, refs, step)
    lab.close()


def show(result: Result, console: Console) -> None:
    """A table of stages with seconds, and where there is one the ratio to the obvious way."""
    machine = ", ".join(f"{name} {value}" for name, value in result.machine.items())
    table = Table("stage", "seconds", "the obvious way", "ratio", caption=machine, caption_justify="left")
    for stage, seconds in result.stages.items():
        other = result.obvious.get(stage)
        cells = ("", "") if other is None else (f"{other:.1f}", f"{other / seconds:.1f}x")
        table.add_row(stage, f"{seconds:.1f}", *cells)
    for criterion, seconds in result.criteria.items():
        table.add_row(f"  criterion {criterion}", f"{seconds:.1f}")
    console.print(table)
    for note in result.notes:
        console.print(note, highlight=False)
