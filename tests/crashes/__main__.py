"""`python -m tests.crashes`: kill `up`, a run and `down` at random moments; does the next one heal, is anything left?

It needs the engine for itself: another lab that comes meanwhile is counted as left behind.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.errors import LabError
from tests.crashes.moments import Kill, planned
from tests.crashes.trial import LAB, Bench, Trial, last_line

ROOT = Path(__file__).parents[2]
ALL = ("up", "run", "down")
RED, UNUSABLE, INTERRUPTED = 1, 2, 130


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__)
    parser.add_argument("--kills", type=int, default=50, help="of each command (default: %(default)s)")
    parser.add_argument("--seed", default="1", help="draws other moments (default: %(default)s)")
    parser.add_argument("--of", choices=ALL, action="append", help="default: all three")
    parser.add_argument(
        "--checkout", type=Path, default=ROOT, help="kill the commands of this checkout instead"
    )
    parser.add_argument("--bare", action="store_true", help="labs of two nodes without a stack; not for runs")
    parser.add_argument("--lab", default=LAB, help="what the labs are called, where two of these run at once")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin no trial after these")
    return parser.parse_args(argv)


def say(text: str) -> None:
    """A line now, also into a pipe."""
    print(text, flush=True)  # noqa: T201


def duration(bench: Bench, of: str) -> float:
    """Seconds that a command takes when nobody kills it; raises LabError where it does not do its work."""
    if of == "down":
        bench.whole("up")
    status, said = bench.whole(of)
    if of == "up":
        bench.whole("down")
    if status != 0:
        raise LabError(f"{of} ends with {status} though nobody kills it: {last_line(said)}")
    return bench.took[of]


def line(trial: Trial) -> str:
    """A trial as a row of the table."""
    healed = "healed" if not trial.wrong else f"NOT HEALED: {trial.wrong}"
    left = f"; LEFT: {', '.join(trial.left)}" if trial.left else ""
    kill = trial.kill
    return (
        f"{trial.of:4} {kill.number:3} {trial.at_s:6.2f} s {kill.how.name:7} {healed}{left}; "
        f"{trial.seconds:.0f} s; it had said: {trial.reached}"
    )


def tried(bench: Bench, of: str, kills: Sequence[Kill], until: float) -> Iterator[Trial]:
    """Each trial as it ends; what one leaves is removed before the next."""
    for kill in kills:
        if time.monotonic() > until:
            return
        trial = bench.trial(of, kill)
        yield trial
        if trial.wrong or trial.left:
            bench.clear()


def main(argv: Sequence[str]) -> int:
    """0 where every kill healed and nothing was left, 1 where not, 2 where the commands fail without a kill."""
    options = parsed(argv)
    until, clean = time.monotonic() + options.minutes * 60, True
    with tempfile.TemporaryDirectory(prefix="crashes-") as folder:
        bench = Bench(options.checkout.resolve(), Path(folder), bare=options.bare, lab=options.lab)
        try:
            for of in options.of or ALL:
                took = duration(bench, of)
                say(f"{of}: takes {took:.1f} s; {options.kills} kills, seed {options.seed}")
                trials = []
                for trial in tried(bench, of, planned(options.kills, f"{options.seed}:{of}"), until):
                    trials.append(trial)
                    say(line(trial))
                clean = clean and not any(trial.wrong or trial.left for trial in trials)
                say(summary(of, trials))
        except LabError as error:
            say(str(error))
            return UNUSABLE
        finally:
            bench.clear()
    return 0 if clean else RED


def summary(of: str, trials: Sequence[Trial]) -> str:
    """The figures of one command."""
    healed, left = sum(not t.wrong for t in trials), sum(bool(t.left) for t in trials)
    return f"{of}: {len(trials)} kills, {healed} healed, {left} left something behind"


if __name__ == "__main__":
    for stop in (signal.SIGINT, signal.SIGTERM):  # also where a shell's background ignores the first
        signal.signal(stop, signal.default_int_handler)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
