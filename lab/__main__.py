"""`python -m lab`: a three-node Swarm for a person, with no pytest at all."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import docker
import docker.errors
import requests
from rich.console import Console

from lab import cluster, collect, engine, images, ownership, preflight, render, stack, status
from lab.errors import InputError, LabError, PreflightError
from lab.progress import Reporter
from lab.topology import DEFAULT_NODES, checked_name, topology

EXIT_INPUT, EXIT_LAB, EXIT_INTERRUPTED = 2, 1, 130


def _existing(args: argparse.Namespace) -> cluster.Lab:
    found = cluster.attach(engine.connect(), args.name)
    if found is None:
        raise InputError(f"no lab {args.name!r} is up: python -m lab up --name {args.name}")
    return found


def _up(args: argparse.Namespace) -> None:
    reporter = Reporter()
    stack_file = None if args.no_stack else stack.REFERENCE_STACK
    wanted = cluster.Wanted(name=checked_name(args.name), nodes=topology(args.nodes), stack_file=stack_file)
    host = engine.connect()
    _preflight(host, wanted)
    lab = cluster.up(host, wanted, reporter)
    status.show(lab, Console())


def _preflight(host: docker.DockerClient, wanted: cluster.Wanted) -> None:
    names = (images.NODE, *cluster.stack_images(wanted.stack_file))
    preflight.check(host, preflight.images_missing(host, names))


def _down(args: argparse.Namespace) -> None:
    removed = cluster.down(engine.connect(), args.name)
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
        host = engine.connect()
        for lab, owners in sorted(engine.owners(host).items()):
            dead = all(ownership.is_dead(owner) for owner in owners)
            print(
                f"{lab}: owner {', '.join(sorted(owners)) or 'none'}{' (gone; swept by the next run)' if dead else ''}"
            )
        return
    status.show(_existing(args), Console())


def _deploy(args: argparse.Namespace) -> None:
    lab = _existing(args)
    rendered = render.render(render.read(args.stack_file), ipvs=lab.state.kernel["ipvs"])
    for change in rendered.changes:
        print(f"  changed for this lab: {change}")
    status.show(cluster.deploy(lab, args.stack_file, Reporter()), Console())


def _logs(args: argparse.Namespace) -> None:
    lab = _existing(args)
    name = args.service if "_" in args.service else f"{stack.STACK_NAME}_{args.service}"
    print(collect.service_log(lab, name, args.tail))


def _exec(args: argparse.Namespace) -> int:
    lab = _existing(args)
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise InputError("exec: no command: python -m lab exec translation01 -- docker node ls")
    created = lab.host.api.exec_create(lab.container(args.node), command)["Id"]
    for chunk in lab.host.api.exec_start(created, stream=True):
        sys.stdout.buffer.write(chunk)
    sys.stdout.flush()
    return int(lab.host.api.exec_inspect(created)["ExitCode"])


def _collect(args: argparse.Namespace) -> None:
    problems = collect.collect(_existing(args), args.folder, stack.STACK_NAME)
    print(f"written to {args.folder}")
    if problems:
        raise LabError("not everything could be collected: " + "; ".join(problems))


def _engine(args: argparse.Namespace) -> None:
    print(f"Docker {engine.connect().version()['Version']}")


def _images(args: argparse.Namespace) -> None:
    host = engine.connect()
    wanted = cluster.Wanted()
    if args.check:
        names = (images.NODE, *cluster.stack_images(wanted.stack_file))
        if preflight.images_missing(host, names):
            raise LabError("images are missing: python -m lab images")
        return
    _preflight(host, wanted)
    images.ensure(host, (images.NODE, *cluster.stack_images(wanted.stack_file)), Reporter())


def _check(args: argparse.Namespace) -> None:
    _preflight(engine.connect(), cluster.Wanted())


def _prune(args: argparse.Namespace) -> None:
    host = engine.connect()
    engine.remove(host, ownership.CACHE)
    print(f"removed {images.remove_all(host)} images and the image store")


def _bench(args: argparse.Namespace) -> None:
    from lab import bench

    result = bench.run(engine.connect(), Reporter(), cold=args.cold)
    bench.show(result, Console())
    if args.json is not None:
        args.json.write_text(json.dumps(result.as_json(), indent=2) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int | None], help_: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_, description=help_)
        sub.add_argument(
            "--name",
            default=cluster.DEFAULT_NAME,
            help="which lab, where several are up (default: %(default)s)",
        )
        sub.set_defaults(run=run)
        return sub

    up = command("up", _up, "bring a lab up, or repair the one that is; it stays until `down`")
    up.add_argument("--nodes", type=int, default=DEFAULT_NODES, help="how many nodes (default: %(default)s)")
    up.add_argument("--no-stack", action="store_true", help="bare nodes: deploy nothing")
    command("down", _down, "remove the lab and all it made")
    show = command("status", _status, "nodes, services, tasks, and how to reach each host")
    show.add_argument("--all", action="store_true", help="list the labs on this engine instead")
    command("deploy", _deploy, "deploy a stack file in place of the one that runs").add_argument(
        "stack_file", type=Path
    )
    logs = command("logs", _logs, "the log of a service, over all its tasks")
    logs.add_argument("service")
    logs.add_argument("--tail", type=int, default=200, help="lines of each task (default: %(default)s)")
    run = command("exec", _exec, "run a command in a node: exec translation02 -- docker ps")
    run.add_argument("node")
    run.add_argument("command", nargs=argparse.REMAINDER)
    command("collect", _collect, "write states and logs to a folder").add_argument("folder", type=Path)
    bench = command("bench", _bench, "time each stage, beside what the obvious way costs")
    bench.add_argument("--json", type=Path, help="write the figures here too")
    bench.add_argument("--cold", action="store_true", help="also build every image anew (takes minutes)")
    built = command("images", _images, "build the images, and nothing else")
    built.add_argument("--check", action="store_true", help="only say whether all are there")
    command("engine", _engine, "say whether a Docker engine answers")
    command("check", _check, "say whether this machine can carry a lab")
    command("prune", _prune, "remove the built images and the image store")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """0 done; 1 the lab failed; 2 wrong input, or a machine that cannot carry a lab."""
    args = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return args.run(args) or 0
    except (InputError, PreflightError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return EXIT_INPUT
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return EXIT_LAB
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        print(f"lab: the Docker engine failed: {error}", file=sys.stderr)
        return EXIT_LAB
    except KeyboardInterrupt:
        print("lab: interrupted; what was started is removed", file=sys.stderr)
        return EXIT_INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
