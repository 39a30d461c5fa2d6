"""`python -m tests.fuzz --inputs N --seed S`: bad input by the thousand, and what became of it."""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.child import Outcome
from tests.fuzz.dice import Seeded
from tests.fuzz.entries import ENTRIES, prepared, tried


def line(name: str, counts: Counter[Outcome]) -> str:
    """The figures of one kind of input."""
    shares = ", ".join(f"{outcome}: {counts[outcome]}" for outcome in Outcome)
    return f"{name}: inputs: {counts.total()}, {shares}"


def main(argv: Sequence[str] | None = None) -> int:
    """1 where an input ended in anything else than one line or its acceptance."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="of each kind (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first input (default: %(default)s)")
    parser.add_argument(
        "kind", nargs="*", help=f"of {', '.join(entry.name for entry in ENTRIES)}; default: all"
    )
    chosen = parser.parse_args(argv)
    whole: Counter[Outcome] = Counter()
    for entry in ENTRIES:
        if chosen.kind and entry.name not in chosen.kind:
            continue
        counts: Counter[Outcome] = Counter()
        with tempfile.TemporaryDirectory() as name:
            folder = prepared(Path(name))
            for seed in range(chosen.seed, chosen.seed + chosen.inputs):
                result = tried(entry, entry.make(Seeded(seed)), folder)
                counts[result.outcome] += 1
                if result.outcome is Outcome.ELSE:
                    sys.stdout.write(f"  {entry.name}, --seed {seed} --inputs 1: {result.said[:500]!r}\n")
        whole += counts
        sys.stdout.write(f"{line(entry.name, counts)}\n")
    sys.stdout.write(f"{line('all', whole)}\n")
    return int(whole[Outcome.ELSE] > 0)


if __name__ == "__main__":
    sys.exit(main())
