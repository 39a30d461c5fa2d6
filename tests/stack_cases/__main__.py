"""`python -m tests.stack_cases [CASE...]`: what the gate says of every case, and a table by area.

Exit status 1 where something wrong is said. `--told` writes told.yml anew: read its difference before it is committed.
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import yaml

from tests.stack_cases.judging import TOLD, cases, judge, needs_traefik, told, told_before, wrong

HEAD = """\
# What is told of each stack of cases.yml, whole: severity, subject, text, the key of the file, and what stands in its line.
# Written by `python -m tests.stack_cases --told`, read by a person: a difference is a change of what an operator is told.

"""


def main(names: Sequence[str]) -> int:
    """Judges the cases whose names begin with one of these; all without any."""
    counts: dict[str, Counter[str]] = {}
    begins = tuple(name for name in names if name != "--told")
    now = dict(told_before()) if begins else {}
    for case in cases():
        if begins and not case.name.startswith(begins):
            continue
        with tempfile.TemporaryDirectory() as folder:
            said = judge(case, Path(folder), ask_traefik=needs_traefik(case))
            now[case.name] = told(case, said)
        fault = wrong(case, said)
        sys.stdout.write(f"{'WRONG' if fault else 'right'}  {case.name}: {fault or case.what}\n")
        of = counts.setdefault(case.area, Counter())
        of["cases"] += 1
        of["right"] += not fault
        of["wrongly green"] += case.expect in ("red", "refused") and said.verdict in ("green", "note")
        of["wrongly red"] += case.expect in ("green", "note") and said.verdict in ("red", "refused")
    sys.stdout.write("\n" + table(counts))
    if "--told" in names:
        TOLD.write_text(HEAD + yaml.safe_dump(now, sort_keys=False, width=1000, allow_unicode=True), "utf-8")
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
