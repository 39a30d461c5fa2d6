"""The command line of `python -m lab`. It needs no package, so that `./accept` can check it before any is there."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from lab import exits
from lab.errors import InputError
from lab.host.ownership import DEFAULT_NAME
from lab.host.topology import DEFAULT_NODES, checked_name, topology
from lab.text.json_document import FORMATS, JSON, TEXT
from lab.text.nearest import appended
from lab.text.one_line import one_line

PROGRAM = "python -m lab"
ONLY_ERRORS = "nothing but errors"
ACTIONS = ("list", "inject", "heal")
"""Of `fault`."""
_CHOICE = re.compile(r"argument (\S+): invalid choice: '(.*)' \(choose from (.*)\)", re.S)
_UNKNOWN = re.compile(r"unrecognized arguments: (--?[\w-]+)(.*)", re.S)


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line, with the name that was meant; the usage is in `--help`."""

    speaker = "lab"
    usage_status = exits.USAGE

    def error(self, message: str) -> NoReturn:
        said = one_line(f"{self.speaker}: {self._meant(message)} (see {self.prog} --help)")
        self.exit(self.usage_status, f"{said}\n")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As argparse does it; refuses `-q` where all that is written is a document, which has no quieter form."""
        found, rest = super().parse_known_args(args, namespace)
        values = vars(found)
        if values.get("quiet") and values.get("format", TEXT) != TEXT and not values.get("speaks_meanwhile"):
            self.error(f"-q does nothing here: -o {values['format']} writes a document, whole")
        return found, rest

    def _meant(self, message: str) -> str:
        """The message of argparse with the nearest known name behind it."""
        if choice := _CHOICE.fullmatch(message):
            known = [each.strip(" '") for each in choice[3].split(",")]
            return appended(message, choice[2], known)
        if unknown := _UNKNOWN.fullmatch(message):
            return appended(message, unknown[1], self.options())
        return message

    def speak_as(self, name: str) -> None:
        """From here on errors begin with this name, those of the subcommands too."""
        self.speaker = name
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                for sub in action.choices.values():
                    sub.speak_as(name)

    def command(self, name: str) -> "OneLineParser":
        """The parser of one subcommand."""
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction) and name in action.choices:
                found: OneLineParser = action.choices[name]
                return found
        raise LookupError(name)

    def choices(self) -> list[str]:
        """The words that its arguments without a dash may be, where these are fixed."""
        found = (action.choices or () for action in self._actions if not action.option_strings)
        return [str(each) for choices in found for each in choices]

    def options(self) -> list[str]:
        """Every option, those of the subcommands too."""
        own = [each for action in self._actions for each in action.option_strings]
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                own += [each for sub in action.choices.values() for each in sub.options()]
        return sorted({each for each in own if each.startswith("--")})


def add_format(parser: argparse.ArgumentParser) -> None:
    """`-o json`, alike wherever it is."""
    parser.add_argument(
        "--format", "-o", choices=FORMATS, default=TEXT,
        help="what is written to stdout; json is one document: docs/settings.md (default: %(default)s)",
    )  # fmt: skip


def add_loudness(parser: argparse.ArgumentParser, quiet: str, *, verbose: bool = False) -> None:
    """`-q`, which says no more than `quiet`; and `-v` where a command's steps have news."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--quiet", "-q", action="store_true", help=f"say {quiet}")
    if verbose:
        text = "say all news of each step, also in a pipe"
        either.add_argument("--verbose", "-v", action="store_true", help=text)


def count(text: str) -> int:
    """A whole number as digits write it: `int` takes `+3 `, `1_0` and the digits of other scripts too."""
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"invalid int value: '{text}'")
    return int(text)


class _Commands:
    """The subcommands, each with `module:function` of lab.tools that runs it; those of a lab take `--name`."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._added = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(self, name: str, run: str, help_: str, *, of_a_lab: bool = True) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = self._added.add_parser(name, help=help_, description=help_)
        if of_a_lab:
            help_ = "which lab, where several are up (default: %(default)s)"
            sub.add_argument("--name", default=DEFAULT_NAME, help=help_)
        sub.set_defaults(run=run)
        return sub


def check(args: argparse.Namespace) -> None:
    """Raises InputError for what argparse lets through and no command can do."""
    if "name" in args:
        checked_name(args.name)
    if "nodes" in args:
        topology(args.nodes)
    if "node" in args:
        command_of(args)
    if "action" in args:
        _check_fault(args)


def command_of(args: argparse.Namespace) -> list[str]:
    """What `exec` is to run. Raises InputError where nothing is."""
    command: list[str] = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command or command[0].startswith("-"):
        raise InputError("exec: no command: python -m lab exec [--name NAME] translation01 -- docker node ls")
    return command


def _check_fault(args: argparse.Namespace) -> None:
    if args.action == "inject" and not args.fault:
        raise InputError("fault inject: which fault? python -m lab fault list")
    if args.action == "heal" and bool(args.fault) == args.all:
        raise InputError("fault heal: give either the name of a fault or --all")
    if args.action != "list" and args.format == JSON:
        raise InputError(f"fault {args.action}: -o json does nothing here: it is for fault list")
    if args.action != "inject" and args.arguments:
        raise InputError(f"fault {args.action} takes no arguments: {args.arguments[0]}")


def parser(prog: str = PROGRAM, kind: type[OneLineParser] = OneLineParser) -> OneLineParser:
    """All of it; `run` of what is parsed is the name of what runs it."""
    made = kind(prog=prog, description="A three-node Swarm to use by hand, without pytest.")
    commands = _Commands(made)
    _add_coming_and_going(commands)
    _add_looking_inside(commands)
    _add_breaking(commands)
    _add_of_this_machine(commands)
    return made


def _add_coming_and_going(commands: _Commands) -> None:
    up = commands.add(
        "up", "lab_commands:bring_up", "start a lab, or repair the one that is up; it stays until `down`"
    )
    up.add_argument(
        "--nodes", type=count, default=DEFAULT_NODES, help="how many nodes (default: %(default)s)"
    )
    up.add_argument("--no-stack", action="store_true", help="bare nodes: deploy nothing")
    add_loudness(up, ONLY_ERRORS, verbose=True)
    down = commands.add("down", "lab_commands:take_down", "remove the lab and everything it made")
    add_loudness(down, ONLY_ERRORS)
    show = commands.add(
        "status", "lab_commands:show_status", "nodes, services, tasks, and how to reach each host"
    )
    show.add_argument(
        "--all", action="store_true", help="list all your labs instead: age, nodes, and who uses each"
    )
    add_format(show)
    deploy = commands.add("deploy", "lab_commands:deploy", "deploy a stack in place of the running one")
    deploy.add_argument(
        "stack_files",
        type=Path,
        nargs="+",
        metavar="STACK_FILE",
        help="several files are laid over each other, in order",
    )
    deploy.add_argument("--images", action="append", default=[], metavar="SOURCE",
                        help="reference (ours, the default), registry, archive:DIR or SERVICE=IMAGE")  # fmt: skip
    add_loudness(deploy, ONLY_ERRORS, verbose=True)
    commands.add(
        "target",
        "lab_commands:show_target",
        "print the lab as a target file: save it, then TARGET=FILE pytest -m smoke",
    )


def _add_looking_inside(commands: _Commands) -> None:
    logs = commands.add("logs", "lab_commands:show_log", "the log of a service, over all its tasks")
    logs.add_argument("service", help="the service's name, with or without the stack's name in front")
    logs.add_argument("--tail", type=count, default=200, help="lines of each task (default: %(default)s)")
    logs.add_argument(
        "--follow", "-f", action="store_true", help="go on with each line as it comes, until Ctrl-C"
    )
    run = commands.add(
        "exec", "lab_commands:execute", "run a command in a node: exec translation02 -- docker ps"
    )
    run.add_argument("node", help="translation01, translation02, ...")
    run.add_argument(
        "command", nargs=argparse.REMAINDER, help="the command, behind `--`; exec ends with its exit status"
    )
    commands.add(
        "diagnose",
        "lab_commands:show_reach",
        "enter the nodes, and show what passes the overlay between every two of them, both ways",
    )
    collect = commands.add("collect", "lab_commands:collect_all", "write states and logs to a folder")
    collect.add_argument("folder", type=Path, help="the folder; it is made where it does not exist")
    add_loudness(collect, ONLY_ERRORS)


def _add_breaking(commands: _Commands) -> None:
    breaking = commands.add(
        "fault",
        "lab_commands:break_or_mend",
        "break a lab and mend it: list, inject NAME [KEY=VALUE ...], heal NAME or --all",
    )
    breaking.add_argument(
        "action", choices=ACTIONS, help="`list` shows every fault, and which ones are injected"
    )
    breaking.add_argument("fault", nargs="?", metavar="NAME", help="which fault; `fault list` shows them all")
    breaking.add_argument(
        "arguments",
        nargs="*",
        metavar="KEY=VALUE",
        help="arguments of the fault that differ from its defaults",
    )
    breaking.add_argument("--all", action="store_true", help="heal every fault that is injected")
    add_format(breaking)
    add_loudness(breaking, "no proofs, of inject and heal; of list only what is injected")


def _add_of_this_machine(commands: _Commands) -> None:
    bench = commands.add(
        "bench",
        "host_commands:measure",
        "time each stage, and the simplest way to do the same for comparison",
        of_a_lab=False,
    )
    bench.add_argument("--json", type=Path, help="also write the figures to this file")
    bench.add_argument("--cold", action="store_true", help="also build every image anew (takes minutes)")
    add_format(bench)
    add_loudness(bench, "nothing but the figures", verbose=True)
    bench.set_defaults(speaks_meanwhile=True)
    within = commands.add(
        "inside",
        "host_commands:run_inside",
        "run pytest in a container on the lab's network: inside -- -m lab",
    )
    kernel = commands.add("kernel", "kernel_command:run", "run pytest in a guest with a kernel of its own, which has IPVS, "
                          "ESP, netem and cgroup v2: kernel -- -m lab", of_a_lab=False)  # fmt: skip
    for option, help_ in (
        ("--shell", "the arguments are a command: --shell -- uname -r"),
        ("--stock", "Debian's own kernel, in QEMU: fast where KVM works, else very slow"),
        ("--record", "keep what came of it in docs/kernels.json"),
    ):
        kernel.add_argument(option, action="store_true", help=help_)
    for each in (within, kernel):
        each.add_argument(
            "--output",
            type=Path,
            default=Path("output"),
            help="the folder that receives the files written by the run",
        )
        each.add_argument("arguments", nargs=argparse.REMAINDER, help="arguments of pytest, behind `--`")
    built = commands.add(
        "images", "host_commands:build_images", "build the images, and nothing else", of_a_lab=False
    )
    built.add_argument("--check", action="store_true", help="only say whether all images exist")
    add_loudness(built, ONLY_ERRORS, verbose=True)
    for name, command, help_ in (
        ("engine", "host_commands:show_engine", "say whether a Docker engine answers"),
        ("check", "host_commands:check_machine", "say whether this machine can carry a lab"),
        ("prune", "host_commands:prune", "remove the built images and the image stores"),
    ):
        made = commands.add(name, command, help_, of_a_lab=False)
        if name == "check":
            made.add_argument(
                "--host", action="store_true", help="the host alone, and not whether images can be built"
            )
            add_format(made)
            add_loudness(made, ONLY_ERRORS)
