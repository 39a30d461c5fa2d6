"""`python -m lab`: a three-node Swarm for a person, with no pytest at all."""

import argparse
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import docker.errors
import requests

from lab.cluster.handle import DEFAULT_NAME
from lab.errors import InputError, LabError, PreflightError
from lab.host import state
from lab.host.topology import DEFAULT_NODES, checked_name
from lab.text.masking import secrets_in
from lab.text.one_line import one_line
from lab.text.printed import masked_output
from lab.text.shown import for_terminal
from lab.tools import fault_lines, host_commands, lab_commands

EXIT_INPUT, EXIT_LAB, EXIT_INTERRUPTED = 2, 1, 130
Run = Callable[[argparse.Namespace], int | None]


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as all errors of the lab are; the usage is in `--help`."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_INPUT, f"{one_line(f'lab: {message} (see {self.prog} --help)')}\n")


def _count(text: str) -> int:
    """A whole number as digits write it: `int` takes `+3 `, `1_0` and the digits of other scripts too."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"invalid int value: '{text}'")
    return int(text)


class _Commands:
    """The subcommands, each with what runs it; those of a lab take `--name`."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._added = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(self, name: str, run: Run, help_: str, *, of_a_lab: bool = True) -> argparse.ArgumentParser:
        sub = self._added.add_parser(name, help=help_, description=help_)
        if of_a_lab:
            help_ = "which lab, where several are up (default: %(default)s)"
            sub.add_argument("--name", default=DEFAULT_NAME, help=help_)
        sub.set_defaults(run=run)
        return sub


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m lab", description=__doc__)
    commands = _Commands(parser)
    _add_coming_and_going(commands)
    _add_looking_inside(commands)
    _add_breaking(commands)
    _add_of_this_machine(commands)
    return parser


def _add_coming_and_going(commands: _Commands) -> None:
    up = commands.add(
        "up", lab_commands.bring_up, "bring a lab up, or repair the one that is; it stays until `down`"
    )
    up.add_argument(
        "--nodes", type=_count, default=DEFAULT_NODES, help="how many nodes (default: %(default)s)"
    )
    up.add_argument("--no-stack", action="store_true", help="bare nodes: deploy nothing")
    commands.add("down", lab_commands.take_down, "remove the lab and all it made")
    show = commands.add(
        "status", lab_commands.show_status, "nodes, services, tasks, and how to reach each host"
    )
    show.add_argument("--all", action="store_true", help="list the labs on this engine instead")
    deploy = commands.add("deploy", lab_commands.deploy, "deploy a stack in place of the one that runs")
    deploy.add_argument(
        "stack_files", type=Path, nargs="+", metavar="STACK_FILE", help="several are laid over each other"
    )
    deploy.add_argument("--images", action="append", default=[], metavar="SOURCE",
                        help="reference (ours, the default), registry, archive:DIR or SERVICE=IMAGE")  # fmt: skip
    commands.add(
        "target",
        lab_commands.show_target,
        "print the lab as a target file, for TARGET=that-file pytest -m smoke",
    )


def _add_looking_inside(commands: _Commands) -> None:
    logs = commands.add("logs", lab_commands.show_log, "the log of a service, over all its tasks")
    logs.add_argument("service")
    logs.add_argument("--tail", type=_count, default=200, help="lines of each task (default: %(default)s)")
    run = commands.add(
        "exec", lab_commands.execute, "run a command in a node: exec translation02 -- docker ps"
    )
    run.add_argument("node")
    run.add_argument("command", nargs=argparse.REMAINDER)
    commands.add(
        "diagnose",
        lab_commands.show_reach,
        "enter the nodes: what passes the overlay between every two of them, both ways",
    )
    collect = commands.add("collect", lab_commands.collect_all, "write states and logs to a folder")
    collect.add_argument("folder", type=Path)


def _add_breaking(commands: _Commands) -> None:
    breaking = commands.add(
        "fault",
        lab_commands.break_or_mend,
        "break a lab and mend it: list, inject NAME [KEY=VALUE ...], heal NAME or --all",
    )
    fault_lines.add_arguments(breaking)


def _add_of_this_machine(commands: _Commands) -> None:
    bench = commands.add(
        "bench", host_commands.measure, "time each stage, beside what the obvious way costs", of_a_lab=False
    )
    bench.add_argument("--json", type=Path, help="write the figures here too")
    bench.add_argument("--cold", action="store_true", help="also build every image anew (takes minutes)")
    within = commands.add(
        "inside", host_commands.run_inside, "run pytest in a container on the lab's network: inside -- -m lab"
    )
    within.add_argument(
        "--output", type=Path, default=Path("output"), help="where what it writes is copied to"
    )
    within.add_argument("arguments", nargs=argparse.REMAINDER)
    built = commands.add(
        "images", host_commands.build_images, "build the images, and nothing else", of_a_lab=False
    )
    built.add_argument("--check", action="store_true", help="only say whether all are there")
    for name, command, help_ in (
        ("engine", host_commands.show_engine, "say whether a Docker engine answers"),
        ("check", host_commands.check_machine, "say whether this machine can carry a lab"),
        ("prune", host_commands.prune, "remove the built images and the image stores"),
    ):
        commands.add(name, command, help_, of_a_lab=False)


def main(argv: Sequence[str] | None = None) -> int:
    """0 done; 1 the lab failed; 2 wrong input, or a machine that cannot carry a lab; 130 interrupted.

    Whatever is printed has the secrets of the environment and of this person's labs masked.
    """
    with masked_output({*secrets_in(os.environ), *state.every_secret()}):
        return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
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
    except KeyboardInterrupt as stop:
        left = "".join(f"; {note}" for note in getattr(stop, "__notes__", ()))
        said = "interrupted; python -m lab status --all shows what is up"
        return _ended(EXIT_INTERRUPTED, f"{said}{left}")
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_LAB


def _ended(status: int, why: object) -> int:
    print(for_terminal(f"lab: {why}"), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
