"""The commands of `python -m lab` that act on one lab; what one returns, if anything, is the exit status."""

import argparse
import datetime
import sys
from functools import partial

from lab import exits
from lab.cluster import deployment, lifecycle, service_logs, stack_deploy
from lab.cluster.handle import Lab, Wanted
from lab.cluster.tasks import full
from lab.compose import reading
from lab.compose.reference import REFERENCE_STACK
from lab.errors import InputError, LabError
from lab.faults import control
from lab.host import engine, state
from lab.host.progress import Reporter
from lab.host.topology import topology
from lab.probe import prober, table
from lab.text import json_document
from lab.text.nearest import meant
from lab.text.screen import plain_console
from lab.text.shell import lab_command
from lab.tools import arguments, collect, fault_lines, json_shapes, lab_view, labs, status, target_file
from lab.tools.host_commands import passed_on, reporter_of, say, with_preflight


def existing(args: argparse.Namespace) -> Lab:
    """The lab that `--name` names; raises InputError where none is up."""
    found = lifecycle.attach(engine.connect(), args.name)
    if found is None:
        near = meant(args.name, [each for each in state.names() if each != args.name])
        up = lab_command("up", "--name", args.name)
        raise InputError(f"no lab {args.name!r} is up: {near and f'{near} Else: '}{up}")
    return found


def say_unless_quiet(args: argparse.Namespace, line: str) -> None:
    if not args.quiet:
        say(line)


def bring_up(args: argparse.Namespace) -> None:
    """A lab that is up and broken is healed first: who says `up` wants it well."""
    stack = None if args.no_stack else reading.for_a_lab((REFERENCE_STACK,))
    wanted = Wanted(name=args.name, nodes=topology(args.nodes), stack=stack)
    host = engine.connect()
    with_preflight(host, wanted)
    if (present := lifecycle.usable(host, wanted.name)) is not None:
        for line in fault_lines.mended(present):
            say_unless_quiet(args, line)
    lab = lifecycle.up(host, wanted, reporter_of(args))
    if not args.quiet:
        status.show(lab, plain_console())


def take_down(args: argparse.Namespace) -> None:
    waiting = partial(
        Reporter(quiet=args.quiet).say,
        f"lab {args.name}: another process is changing this lab; waiting for it",
    )
    removed = lifecycle.down(engine.connect(), args.name, waiting)
    names = ", ".join(removed.names)
    say_unless_quiet(args, f"lab {args.name}: " + (f"removed {names}" if removed else "nothing was up"))


def show_status(args: argparse.Namespace) -> None:
    if args.all:
        rows, now = labs.every(engine.connect()), datetime.datetime.now(datetime.UTC)
        if args.format == json_document.JSON:
            json_document.write(json_shapes.LABS, labs.content(rows, now))
        else:
            labs.show(rows, now, plain_console())
        return
    lab = existing(args)
    if args.format == json_document.JSON:
        json_document.write(json_shapes.STATUS, lab_view.content(lab, control.injected(lab)))
        return
    status.show(lab, plain_console())
    for line in fault_lines.broken(lab):
        say(line)


def show_target(args: argparse.Namespace) -> None:
    sys.stdout.write(target_file.text(existing(args).state))


def deploy(args: argparse.Namespace) -> None:
    """What cannot be deployed is refused before anything is asked of a lab."""
    stack = reading.for_a_lab(args.stack_files)
    existing(args)
    with state.held(args.name):
        lab = lifecycle.usable(engine.connect(), args.name)
        if lab is None:
            up = lab_command("up", "--name", args.name)
            raise InputError(f"lab {args.name!r} was cut off while it was made or changed: {up}")
        with state.being_changed(lab.state):
            deployed = deployment.deploy(lab, stack, reporter_of(args), args.images)
    if not args.quiet:
        status.show(deployed, plain_console())


def show_log(args: argparse.Namespace) -> int:
    """As it stands; with --follow until Ctrl-C, which is how a person ends it, or until the manager ends it."""
    lab = existing(args)
    service = lab_view.service_named(lab, full(args.service))
    if not args.follow:
        say(collect.service_log(lab, service, args.tail))
        return exits.OK
    try:
        for text in service_logs.followed(lab.manager, service, args.tail):
            say(text)
            sys.stdout.flush()
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    return exits.OK


def execute(args: argparse.Namespace) -> int:
    """Run a command in a node, its output as it comes; returns its exit status."""
    command, lab = arguments.command_of(args), existing(args)
    container = lab.container(args.node)
    created = lab.host.api.exec_create(container, command)["Id"]
    for out, err in lab.host.api.exec_start(created, stream=True, demux=True):
        passed_on(out or b"", sys.stdout)
        passed_on(err or b"", sys.stderr)
    return int(lab.host.api.exec_inspect(created)["ExitCode"])


def collect_all(args: argparse.Namespace) -> None:
    lab = existing(args)
    try:
        problems = collect.collect(lab, args.folder, stack_deploy.STACK_NAME)
    except OSError as error:
        raise InputError(f"nothing can be written to {args.folder}: {error.strerror}") from error
    say_unless_quiet(args, f"written to {args.folder}")
    if problems:
        raise LabError("not everything could be collected: " + "; ".join(problems))


def break_or_mend(args: argparse.Namespace) -> None:
    if args.action == "list" and args.format == json_document.JSON:
        content = fault_lines.content(lifecycle.attach(engine.connect(), args.name))
        json_document.write(json_shapes.FAULTS, content)
        return
    if args.action == "list":
        found = lifecycle.attach(engine.connect(), args.name)
        lines = fault_lines.listed(found, only_injected=args.quiet)
    else:
        lines = (fault_lines.inject if args.action == "inject" else fault_lines.heal)(existing(args), args)
    for line in lines:
        if args.action == "list" or not args.quiet:
            say(line)


def show_reach(args: argparse.Namespace) -> None:
    console = plain_console()
    table.show(prober.probe(existing(args)), console)
    console.print("causes, ranked: python -m fixtures diagnose", highlight=False)
