"""`python -m lab`: a three-node Swarm for a person, with no pytest at all."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence

from lab import exits
from lab.errors import InputError, LabError, PreflightError
from lab.host import state
from lab.text.environment import without_packages
from lab.text.masking import secrets_in
from lab.text.printed import masked_output
from lab.text.shown import for_terminal
from lab.tools.arguments import check, parser


def main(argv: Sequence[str] | None = None) -> int:
    """0 done; 1 the lab failed; 2 wrong input; 11 a machine that cannot carry a lab; 130 interrupted.

    Whatever is printed has the secrets of the environment and of this person's labs masked.
    """
    with masked_output({*secrets_in(os.environ), *state.every_secret()}):
        return _run(argv)


def _run(argv: Sequence[str] | None) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        args = parser().parse_args(argv)
        check(args)
        return _done(args)
    except ModuleNotFoundError as missing:
        return _ended(exits.NO_LAB, without_packages(missing))
    except InputError as error:
        return _ended(exits.USAGE, error)
    except PreflightError as error:
        return _ended(exits.NO_LAB, error)
    except LabError as error:
        return _ended(exits.WRONG, error)
    except KeyboardInterrupt as stop:
        left = "".join(f"; {note}" for note in getattr(stop, "__notes__", ()))
        said = "interrupted; python -m lab status --all shows what is up"
        return _ended(exits.INTERRUPTED, f"{said}{left}")
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.WRONG


def _done(args: argparse.Namespace) -> int:
    """Run the command, whose packages are imported only now: its help and its errors need none."""
    import docker.errors
    import requests

    module, _, function = args.run.partition(":")
    try:
        run = getattr(importlib.import_module(f"lab.tools.{module}"), function)
        return run(args) or exits.OK
    except docker.errors.APIError as error:
        return _ended(exits.WRONG, f"the engine refused: {error.explanation or error}")
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        return _ended(exits.WRONG, f"an engine does not answer: {error}; python -m lab up repairs a lab")


def _ended(status: int, why: object) -> int:
    print(for_terminal(f"lab: {why}"), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
