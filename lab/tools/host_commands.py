"""The commands of `python -m lab` that act on this machine and its engine, and what all commands share."""

import argparse
import json
import os
import sys
from typing import TextIO

import docker

from lab import exits
from lab.build import image_builds
from lab.cluster import lifecycle
from lab.cluster.deployment import stack_images
from lab.cluster.handle import Wanted
from lab.errors import InputError, LabError, PreflightError
from lab.host import engine, ownership, preflight
from lab.host.progress import Reporter
from lab.kernel import disk, mappings
from lab.named_files import writing
from lab.text import json_document
from lab.text.screen import plain_console
from lab.text.shown import for_terminal
from lab.tools import host_report, inside, json_shapes


def say(line: str) -> None:
    """A line of a command's output, or several."""
    sys.stdout.write(f"{for_terminal(line)}\n")


def reporter_of(args: argparse.Namespace) -> Reporter:
    """As loud as `-q` and `-v` have it."""
    return Reporter(quiet=args.quiet, every=args.verbose)


def passed_on(output: bytes, stream: TextIO) -> None:
    """What a program in a node says: on a terminal made visible, into a pipe or a file byte by byte."""
    if stream.isatty():
        stream.write(for_terminal(output.decode("utf-8", "replace")))
    else:
        stream.buffer.write(output)
    stream.flush()


def _images_of(wanted: Wanted) -> tuple[str, ...]:
    return (image_builds.NODE, *stack_images(wanted))


def with_preflight(host: docker.DockerClient, wanted: Wanted) -> None:
    """Raises PreflightError where this machine cannot carry such a lab."""
    preflight.check(host, image_builds.are_missing(host, _images_of(wanted)))


def show_engine(args: argparse.Namespace) -> None:
    say(f"Docker {engine.connect().version()['Version']}")


def build_images(args: argparse.Namespace) -> None:
    host, wanted = engine.connect(), Wanted()
    if not args.check:
        with_preflight(host, wanted)
        image_builds.ensure(host, _images_of(wanted), reporter_of(args))
    elif image_builds.are_missing(host, _images_of(wanted)):
        raise LabError("images are missing: python -m lab images")


def check_machine(args: argparse.Namespace) -> int:
    """What this host has and lacks; NO_LAB where it cannot carry a lab; raises PreflightError then, unless JSON is wanted."""
    host = engine.connect()
    found, lacks = host_report.abilities(host), list[str]()
    if args.format != json_document.JSON and not args.quiet:
        for each in found:
            say(str(each))
    try:
        if args.host:
            preflight.check(host, missing_images=False)
        else:
            with_preflight(host, Wanted())
    except PreflightError as error:
        if args.format != json_document.JSON:
            raise
        lacks = str(error).splitlines()
    if args.format == json_document.JSON:
        abilities = [vars(each) for each in found]
        json_document.write(json_shapes.CHECK, {"fit": not lacks, "lacks": lacks, "host": abilities})
    elif not args.quiet:
        say("this machine can carry a lab")
    return exits.NO_LAB if lacks else exits.OK


def prune(args: argparse.Namespace) -> None:
    host = engine.connect()
    disks = disk.remove_disks(host)
    mappings.put_back()
    images = image_builds.remove_all(host)
    stores = engine.remove_stores(host)  # last: a lab that is up keeps its own, which is an error
    say(f"removed {images} images, {len(stores)} image stores and {len(disks)} disks of guests")


def run_inside(args: argparse.Namespace) -> int:
    """The suite in a container; the labs that it leaves are removed, whatever becomes of it."""
    host = engine.connect()
    owner = str(ownership.owner_of(os.getpid()))
    try:
        arguments = args.arguments[1:] if args.arguments[:1] == ["--"] else args.arguments
        return inside.run(host, arguments, args.output, owner, Reporter())
    finally:
        lifecycle.down_all(host, lifecycle.owned_by(host, owner))


def measure(args: argparse.Namespace) -> None:
    from lab.tools import bench

    if args.json is not None:
        folder = args.json.absolute().parent
        if not folder.is_dir():
            raise InputError(f"--json {args.json}: there is no folder {folder}")
        writing.check(args.json, "--json")
    result = bench.run(engine.connect(), reporter_of(args), cold=args.cold)
    if args.format == json_document.JSON:
        json_document.write(json_shapes.BENCH, result.as_json())
    else:
        bench.show(result, plain_console())
    if args.json is not None:
        args.json.write_text(json.dumps(result.as_json(), indent=2) + "\n")
