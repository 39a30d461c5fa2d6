"""`python -m tests.stack_cases [CASE...]`: what the gate says of every case, and a table by area.

Exit status 1 where something wrong is said.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.stack_cases.judging import cases, judge, wrong


def main(names: Sequence[str]) -> int:
    """Judges the cases whose names begin with one of these; all without any."""
    counts: dict[str, Counter[str]] = {}
    for case in cases():
        if names and not case.name.startswith(tuple(names)):
            continue
        with tempfile.TemporaryDirectory() as folder:
            said = judge(case, Path(folder))
        fault = wrong(case, said)
        sys.stdout.write(f"{'WRONG' if fault else 'right'}  {case.name}: {fault or case.what}\n")
        of = counts.setdefault(case.area, Counter())
        of["cases"] += 1
        of["right"] += not fault
        of["wrongly green"] += case.expect in ("red", "refused") and said.verdict in ("green", "note")
        of["wrongly red"] += case.expect in ("green", "note") and said.verdict in ("red", "refused")
    sys.stdout.write("\n" + table(counts))
    return 0 if all(each["right"] == each["cases"] for each in counts.values()) else 1


def table(counts: dict[str, Counter[str]]) -> str:
    """Cases, right, wrongly green, wrongly red, by area."""
    keys = ("cases", "right", "wrongly green", "wrongly red")
    rows = [(area, *(counts[area][key] for key in keys)) for area in sorted(counts)]
    rows.append(("all", *(sum(of[key] for of in counts.values()) for key in keys)))
    lines = [f"{'area':10}" + "".join(f"{key:>15}" for key in keys)]
    lines += [f"{row[0]:10}" + "".join(f"{number:>15}" for number in row[1:]) for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
