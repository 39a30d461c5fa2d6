"""`python -m tests.benchmarks.pairs "COMMAND" "OTHER COMMAND"`: how long each takes, run in turn on this machine.

    python -m tests.benchmarks.pairs "./accept lab" "./accept lab --no-browser"    # what the browser costs

`--times N` runs so many pairs (3), each in the other order than the one before, so that what the machine does beside them falls
on both. A command that does not end with 0 is said, and its pair does not count. Printed are seconds, their medians, the ratio
of the medians, and the median of the differences within a pair.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from lab.text import shell

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """One run of a command: wall seconds, and its status."""

    seconds: float
    status: int


Run = Callable[[str], Ended]


def run(command: str) -> Ended:
    """In the project's root; what it prints is not kept."""
    began = time.monotonic()
    done = subprocess.run(
        shell.words_of(command), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    return Ended(time.monotonic() - began, done.returncode)


def measured(
    commands: tuple[str, str], times: int, say: Callable[[str], None], run: Run = run
) -> list[tuple[float, float]]:
    """The pairs that count, in seconds, in the order of the commands."""
    counted = []
    for number in range(times):
        ends: dict[int, Ended] = {}
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            ends[which] = run(commands[which])
            failed = f", exit {ends[which].status}: does not count" if ends[which].status else ""
            say(f"  pair {number + 1}: {ends[which].seconds:7.2f} s  {commands[which]}{failed}")
        if not ends[0].status and not ends[1].status:
            counted.append((ends[0].seconds, ends[1].seconds))
    return counted


def summary(commands: tuple[str, str], pairs: Sequence[tuple[float, float]]) -> str:
    """The last lines."""
    if not pairs:
        return "no pair counts"
    first, second = (median(pair[which] for pair in pairs) for which in (0, 1))
    apart = median(pair[0] - pair[1] for pair in pairs)
    return (
        f"{commands[0]}: {first:.2f} s\n{commands[1]}: {second:.2f} s\n"
        f"medians of {len(pairs)} pairs; ratio {first / second:.2f}; within a pair the first takes {apart:+.2f} s"
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.pairs", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("commands", nargs=2, metavar="COMMAND")
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args(arguments)
    commands = (given.commands[0], given.commands[1])

    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    pairs = measured(commands, given.times, say)
    say(summary(commands, pairs))
    return 0 if pairs else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
