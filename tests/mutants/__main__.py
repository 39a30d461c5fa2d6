"""`./accept mutants`: see docs/mutants.md."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fixtures.commands import work_arguments
from lab import exits
from lab.text.nearest import meant
from tests.mutants import page
from tests.mutants.modules import Subject, subjects
from tests.mutants.trial import (
    DEADLINE_FACTOR,
    INTERRUPT,
    LEAST_DEADLINE_S,
    NotGreenError,
    copy_of,
    preload,
    trials,
    unmutated_s,
)

ROOT = Path(__file__).parents[2]


def chosen(names: Sequence[str], of: Sequence[Subject]) -> list[Subject]:
    """The subjects whose path holds one of the names; a dotted module name is a path too."""
    wanted = [name.removesuffix(".py").replace(".", "/").rstrip("/") for name in names]
    return [s for s in of if not wanted or any(name in s.module for name in wanted)]


def try_module(
    subject: Subject, options: argparse.Namespace, slots: Sequence[Path], needed_s: float
) -> page.Figures:
    """Puts a module's mutants on trial and shows each survivor as it is found.

    `needed_s` is what its tests take without a mutant.
    """
    from tests.mutants.mutations import mutants_of  # needs the tools of requirements-tools.txt

    source = (slots[0] / subject.module).read_text()
    seed = f"{options.seed}:{subject.module}"
    tried, of = mutants_of(source, limit=None if options.all else options.sample, seed=seed)
    since, survivors, late = time.monotonic(), [], 0
    for trial in trials(subject, tried, slots, max(LEAST_DEADLINE_S, DEADLINE_FACTOR * needed_s)):
        if trial.outcome == "timed out":
            late += 1
            say(f"timed out, so killed: {subject.module}:{trial.mutant.line}\n{trial.mutant.diff}\n")
        if trial.outcome == "survived":
            mutant = trial.mutant
            survivors.append(page.Survivor(mutant.line, mutant.was, mutant.now))
            say(f"survived: {subject.module}:{mutant.line}\n{mutant.diff}\n")
    survivors.sort(key=lambda each: (each.line, each.now))
    found = page.Figures(subject.module, of, len(tried), len(tried) - len(survivors), tuple(survivors))
    say(
        f"{found.module}: {found.killed} of {found.mutants} killed ({found.share:.0f}%), {len(survivors)} survived, "
        f"{late} timed out; {found.of} mutants in all; tests {needed_s:.1f} s, trial {time.monotonic() - since:.0f} s"
    )
    return found


def say(text: str) -> None:
    """A line now, also into a pipe."""
    print(text, flush=True)  # noqa: T201


def main(argv: Sequence[str]) -> int:
    """Exit status: 0, whatever survived; 2 for a module that is not mutated; 1 where tests are red without a mutant."""
    options = work_arguments.mutants().parse_args(argv)
    every = subjects(ROOT)
    picked = chosen(options.module, every)
    if not picked:
        parts = {part.removesuffix(".py") for each in every for part in Path(each.module).parts}
        near = meant(options.module[0], sorted(parts))
        say(
            f"{' '.join(options.module)}: not among the modules that are mutated; {near or '--list shows them'}"
        )
        return exits.USAGE
    if options.list:
        for subject in picked:
            say(f"{subject.module}: {' '.join(subject.tests)}")
        return 0
    figures: list[page.Figures] = []
    timed: tuple[
        str, ...
    ] = ()  # the tests last run without a mutant; most modules have those of the one before
    needed_s = 0.0
    green_alone: set[tuple[str, ...]] = {
        ()
    }  # the nearest tests are run alone first: they must be green alone
    preload()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        slots = [copy_of(ROOT, Path(folder, str(n))) for n in range(max(1, options.workers))]
        try:
            for subject in picked:
                if subject.tests != timed:
                    timed, needed_s = subject.tests, unmutated_s(subject, slots)
                if subject.nearest not in green_alone:
                    unmutated_s(replace(subject, tests=subject.nearest), slots[:1])
                    green_alone.add(subject.nearest)
                figures.append(try_module(subject, options, slots, needed_s))
                if not options.no_docs:
                    page.write(ROOT, figures, [each.module for each in every])
        except NotGreenError as red:
            say(str(red))
            return 1
    tried = sum(each.mutants for each in figures)
    say(f"{sum(each.killed for each in figures)} of {tried} killed, {len(figures)} modules")
    return 0


if __name__ == "__main__":
    INTERRUPT.install()
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(exits.INTERRUPTED)
