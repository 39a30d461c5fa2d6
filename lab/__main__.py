"""`python -m lab`: a three-node Swarm for a person, with no pytest at all."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import docker
import docker.errors
import requests
from rich.console import Console

from lab.build import image_builds
from lab.cluster import lifecycle, stack_deploy
from lab.compose import reading
from lab.compose.reference import REFERENCE_STACK
from lab.errors import InputError, LabError, PreflightError
from lab.host import engine, ownership, preflight
from lab.host.progress import Reporter
from lab.host.topology import DEFAULT_NODES, checked_name, topology
from lab.probe import prober, table
from lab.tools import collect, fault_lines, inside, status, target_file

EXIT_INPUT, EXIT_LAB, EXIT_INTERRUPTED = 2, 1, 130


def _existing(args: argparse.Namespace) -> lifecycle.Lab:
    found = lifecycle.attach(engine.connect(), args.name)
    if found is None:
        raise InputError(f"no lab {args.name!r} is up: python -m lab up --name {args.name}")
    return found


def _up(args: argparse.Namespace) -> None:
    reporter = Reporter()
    stack = None if args.no_stack else reading.for_a_lab((REFERENCE_STACK,))
    wanted = lifecycle.Wanted(name=args.name, nodes=topology(args.nodes), stack=stack)
    host = engine.connect()
    _preflight(host, wanted)
    if (present := lifecycle.attach(host, wanted.name)) is not None:
        for line in fault_lines.mended(present):
            print(line)
    lab = lifecycle.up(host, wanted, reporter)
    status.show(lab, Console())


def _preflight(host: docker.DockerClient, wanted: lifecycle.Wanted) -> None:
    names = (image_builds.NODE, *lifecycle.stack_images(wanted))
    preflight.check(host, image_builds.are_missing(host, names))


def _down(args: argparse.Namespace) -> None:
    removed = lifecycle.down(engine.connect(), args.name)
    print(
        f"lab {args.name}: "
        + (
            f"removed {', '.join(removed.containers + removed.networks + removed.volumes)}"
            if removed
            else "nothing was up"
        )
    )


def _status(args: argparse.Namespace) -> None:
    if args.all:
        _list_labs(engine.owners(engine.connect()))
        return
    lab = _existing(args)
    status.show(lab, Console())
    for line in fault_lines.broken(lab):
        print(line)


def _list_labs(owners_of: dict[str, set[str]]) -> None:
    labs = {lab: owners for lab, owners in owners_of.items() if lab != ownership.CACHE}
    for lab, owners in sorted(labs.items()):
        dead = all(ownership.is_dead(owner) for owner in owners)
        print(f"{lab}: owner {', '.join(sorted(owners))}{' (gone; swept by the next run)' if dead else ''}")
    if not labs:
        print("no lab is up")


def _target(args: argparse.Namespace) -> None:
    print(target_file.text(_existing(args).state), end="")


def _deploy(args: argparse.Namespace) -> None:
    stack = reading.for_a_lab(
        args.stack_files
    )  # before a lab is asked for: what cannot be deployed is refused
    status.show(lifecycle.deploy(_existing(args), stack, Reporter(), args.images), Console())


def _logs(args: argparse.Namespace) -> None:
    lab = _existing(args)
    name = args.service if "_" in args.service else f"{stack_deploy.STACK_NAME}_{args.service}"
    print(collect.service_log(lab, name, args.tail))


def _exec(args: argparse.Namespace) -> int:
    command, lab = _command(args), _existing(args)
    container = lab.container(args.node)
    created = lab.host.api.exec_create(container, command)["Id"]
    for out, err in lab.host.api.exec_start(created, stream=True, demux=True):
        sys.stdout.buffer.write(out or b"")
        sys.stdout.flush()
        sys.stderr.buffer.write(err or b"")
        sys.stderr.flush()
    return int(lab.host.api.exec_inspect(created)["ExitCode"])


def _command(args: argparse.Namespace) -> list[str]:
    command: list[str] = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command or command[0].startswith("-"):
        raise InputError("exec: no command: python -m lab exec [--name NAME] translation01 -- docker node ls")
    return command


def _collect(args: argparse.Namespace) -> None:
    lab = _existing(args)
    try:
        problems = collect.collect(lab, args.folder, stack_deploy.STACK_NAME)
    except OSError as error:
        raise InputError(f"nothing can be written to {args.folder}: {error.strerror}") from error
    print(f"written to {args.folder}")
    if problems:
        raise LabError("not everything could be collected: " + "; ".join(problems))


def _fault(args: argparse.Namespace) -> None:
    fault_lines.check(args)
    if args.action == "list":
        lines = fault_lines.listed(lifecycle.attach(engine.connect(), args.name))
    else:
        lines = (fault_lines.inject if args.action == "inject" else fault_lines.heal)(_existing(args), args)
    for line in lines:
        print(line)


def _diagnose(args: argparse.Namespace) -> None:
    console = Console()
    table.show(prober.probe(_existing(args)), console)
    console.print("causes, ranked: python -m fixtures diagnose", highlight=False)


def _engine(args: argparse.Namespace) -> None:
    print(f"Docker {engine.connect().version()['Version']}")


def _images(args: argparse.Namespace) -> None:
    host = engine.connect()
    wanted = lifecycle.Wanted()
    if args.check:
        names = (image_builds.NODE, *lifecycle.stack_images(wanted))
        if image_builds.are_missing(host, names):
            raise LabError("images are missing: python -m lab images")
        return
    _preflight(host, wanted)
    image_builds.ensure(host, (image_builds.NODE, *lifecycle.stack_images(wanted)), Reporter())


def _check(args: argparse.Namespace) -> None:
    _preflight(engine.connect(), lifecycle.Wanted())
    print("this machine can carry a lab")


def _prune(args: argparse.Namespace) -> None:
    host = engine.connect()
    stores = engine.remove_stores(host)
    print(f"removed {image_builds.remove_all(host)} images and {len(stores)} image stores")


def _inside(args: argparse.Namespace) -> int:
    host = engine.connect()
    owner = str(ownership.owner_of(os.getpid()))
    try:
        arguments = args.arguments[1:] if args.arguments[:1] == ["--"] else args.arguments
        return inside.run(host, arguments, args.output, owner, Reporter())
    finally:
        for name in lifecycle.owned_by(host, owner):
            lifecycle.down(host, name)


def _bench(args: argparse.Namespace) -> None:
    from lab.tools import bench

    if args.json is not None and not args.json.absolute().parent.is_dir():
        raise InputError(f"--json {args.json}: there is no folder {args.json.absolute().parent}")
    result = bench.run(engine.connect(), Reporter(), cold=args.cold)
    bench.show(result, Console())
    if args.json is not None:
        args.json.write_text(json.dumps(result.as_json(), indent=2) + "\n")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as all errors of the lab are; the usage is in `--help`."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_INPUT, f"lab: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int | None], help_: str, *, of_a_lab: bool = True
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_, description=help_)
        if of_a_lab:
            help_ = "which lab, where several are up (default: %(default)s)"
            sub.add_argument("--name", default=lifecycle.DEFAULT_NAME, help=help_)
        sub.set_defaults(run=run)
        return sub

    up = command("up", _up, "bring a lab up, or repair the one that is; it stays until `down`")
    up.add_argument("--nodes", type=int, default=DEFAULT_NODES, help="how many nodes (default: %(default)s)")
    up.add_argument("--no-stack", action="store_true", help="bare nodes: deploy nothing")
    command("down", _down, "remove the lab and all it made")
    show = command("status", _status, "nodes, services, tasks, and how to reach each host")
    show.add_argument("--all", action="store_true", help="list the labs on this engine instead")
    deploy = command("deploy", _deploy, "deploy a stack in place of the one that runs")
    deploy.add_argument(
        "stack_files", type=Path, nargs="+", metavar="STACK_FILE", help="several are laid over each other"
    )
    deploy.add_argument("--images", action="append", default=[], metavar="SOURCE",
                        help="reference (ours, the default), registry, archive:DIR or SERVICE=IMAGE")  # fmt: skip
    command("target", _target, "print the lab as a target file, for TARGET=that-file pytest -m smoke")
    logs = command("logs", _logs, "the log of a service, over all its tasks")
    logs.add_argument("service")
    logs.add_argument("--tail", type=int, default=200, help="lines of each task (default: %(default)s)")
    run = command("exec", _exec, "run a command in a node: exec translation02 -- docker ps")
    run.add_argument("node")
    run.add_argument("command", nargs=argparse.REMAINDER)
    command(
        "diagnose", _diagnose, "enter the nodes: what passes the overlay between every two of them, both ways"
    )
    command("collect", _collect, "write states and logs to a folder").add_argument("folder", type=Path)
    breaking = command(
        "fault", _fault, "break a lab and mend it: list, inject NAME [KEY=VALUE ...], heal NAME or --all"
    )
    fault_lines.add_arguments(breaking)
    bench = command("bench", _bench, "time each stage, beside what the obvious way costs", of_a_lab=False)
    bench.add_argument("--json", type=Path, help="write the figures here too")
    bench.add_argument("--cold", action="store_true", help="also build every image anew (takes minutes)")
    within = command("inside", _inside, "run pytest in a container on the lab's network: inside -- -m lab")
    within.add_argument(
        "--output", type=Path, default=Path("output"), help="where what it writes is copied to"
    )
    within.add_argument("arguments", nargs=argparse.REMAINDER)
    built = command("images", _images, "build the images, and nothing else", of_a_lab=False)
    built.add_argument("--check", action="store_true", help="only say whether all are there")
    command("engine", _engine, "say whether a Docker engine answers", of_a_lab=False)
    command("check", _check, "say whether this machine can carry a lab", of_a_lab=False)
    command("prune", _prune, "remove the built images and the image stores", of_a_lab=False)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """0 done; 1 the lab failed; 2 wrong input, or a machine that cannot carry a lab; 130 interrupted."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        args = _parser().parse_args(argv)
        if "name" in args:
            checked_name(args.name)
        return args.run(args) or 0
    except (InputError, PreflightError) as error:
        return _ended(EXIT_INPUT, error)
    except LabError as error:
        return _ended(EXIT_LAB, error)
    except docker.errors.APIError as error:
        return _ended(EXIT_LAB, f"the engine refused: {error.explanation or error}")
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        return _ended(EXIT_LAB, f"an engine does not answer: {error}; python -m lab up repairs a lab")
    except KeyboardInterrupt:
        return _ended(EXIT_INTERRUPTED, "interrupted; python -m lab status --all shows what is up")
    except BrokenPipeError:  # the reader of our output has gone, as `head` does; there is nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_LAB


def _ended(status: int, why: object) -> int:
    print(f"lab: {why}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
