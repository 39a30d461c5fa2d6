"""docs/mutants.md and the figures it is made of, docs/mutants.json."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FIGURES = "docs/mutants.json"
PAGE = "docs/mutants.md"
REASONS = "tests/mutants/reasons.toml"

HEAD = """\
# Mutants: do the tests of our own code notice?

`./accept mutants [MODULE ...]` puts small faults into our own code, one at a time, in a copy of the work tree, and runs
the module's fast tests. A mutant that no test notices has survived. Mutants are made with the operators of
[mutmut](https://mutmut.readthedocs.io); texts for people, types and durations are left as they are. By default a sample
of each module that only its name and the seed choose; `--all` tries every mutant.

This page is written by the command. The reasons of survivors are kept by hand in `tests/mutants/reasons.toml`.
"""


@dataclass(frozen=True)
class Survivor:
    """A mutant that no test noticed: its line in the module, and the lines before and after."""

    line: int
    was: str
    now: str


@dataclass(frozen=True)
class Figures:
    """What one module's trial came to. `of` is how many mutants there are, `mutants` how many were tried."""

    module: str
    of: int
    mutants: int
    killed: int
    survivors: tuple[Survivor, ...]

    @property
    def share(self) -> float:
        """Killed, in percent."""
        return 100 * self.killed / self.mutants if self.mutants else 100.0


Reasons = Mapping[tuple[str, str, str], str]


def reasons(root: Path) -> Reasons:
    """Why a survivor is let live, by module, line before and line after."""
    path = root / REASONS
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text())["survivor"] if path.exists() else []
    return {(e["module"], e["was"].strip(), e["now"].strip()): e["reason"] for e in entries}


def read(root: Path) -> dict[str, Figures]:
    """The figures of earlier runs by module; none before the first."""
    path = root / FIGURES
    entries: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []
    return {
        e["module"]: Figures(**{**e, "survivors": tuple(Survivor(**s) for s in e["survivors"])})
        for e in entries
    }


def write(root: Path, run: Sequence[Figures], modules: Sequence[str]) -> None:
    """Puts a run's figures beside those of earlier ones; a module that is no longer mutated is dropped."""
    known = read(root) | {each.module: each for each in run}
    kept = [known[name] for name in modules if name in known]
    (root / FIGURES).write_text(json.dumps([asdict(each) for each in kept], indent=1) + "\n")
    (root / PAGE).write_text(markdown(kept, reasons(root)))


def markdown(figures: Sequence[Figures], why: Reasons) -> str:
    """The page: a table of all modules, then each survivor with its reason."""
    killed, tried = sum(f.killed for f in figures), sum(f.mutants for f in figures)
    rows = [
        f"| `{f.module}` | {f.of} | {f.mutants} | {f.killed} | {len(f.survivors)} | {f.share:.0f}% |"
        for f in figures
    ]
    head = [
        "| module | there are | tried | killed | survived | share |",
        "| --- | --: | --: | --: | --: | --: |",
    ]
    total = f"**{killed} of {tried} killed**" if tried else "No module has been tried yet."
    parts = [HEAD, total, "\n".join([*head, *rows]), *(section(f, why) for f in figures if f.survivors)]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def section(figures: Figures, why: Reasons) -> str:
    """The survivors of one module."""
    return "\n\n".join([f"## {figures.module}", *(shown(figures.module, s, why) for s in figures.survivors)])


def shown(module: str, survivor: Survivor, why: Reasons) -> str:
    """A survivor as a diff, and why it is let live."""
    lines = [
        *(f"- {line}" for line in survivor.was.splitlines()),
        *(f"+ {line}" for line in survivor.now.splitlines()),
    ]
    reason = why.get(
        (module, survivor.was.strip(), survivor.now.strip()), "No reason is given yet: a test is missing."
    )
    return "\n".join([f"Line {survivor.line}. {reason}", "```diff", *lines, "```"])
