"""`python -m tests.benchmarks.runbook_page FILE --write docs/losing-parts.md`: a rehearsal's steps as a table.

FILE is the `runbook.json` that `pytest -m runbook` writes; the steps of the stories whose name matches `--stories` are put
between the marks of the page.
"""

import argparse
import datetime
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

MARKS = re.compile(r"(<!-- the steps of the last run -->\n).*?(<!-- end of the steps -->)", re.DOTALL)


def table(steps: Sequence[dict[str, object]]) -> str:
    """A row a step."""
    rows = ["| what was done | seconds | dropped | what came of it |", "| --- | --- | --- | --- |"]
    rows += [
        f"| {each['what']} | {float(str(each['took_s'])):.1f} | {each['dropped']} | {str(each['came_of_it']).replace('|', ' ')} |"
        for each in steps
    ]
    return "\n".join(rows)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.runbook_page", description=__doc__)
    parser.add_argument("record", type=Path)
    parser.add_argument("--stories", default="", help="a regular expression that the story's name must match")
    parser.add_argument("--write", type=Path, required=True)
    given = parser.parse_args(arguments)
    steps = [
        each
        for each in json.loads(given.record.read_text("utf-8"))
        if re.search(given.stories, each["story"])
    ]
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    page = given.write.read_text("utf-8")
    if MARKS.search(page) is None or not steps:
        raise SystemExit(
            f"{given.write}: no marks <!-- the steps of the last run --> in it, or no step whose story matches {given.stories}"
        )
    head = f"Rehearsed on {datetime.date.today().isoformat()} at {commit}.\n\n"
    given.write.write_text(
        MARKS.sub(lambda found: f"{found[1]}{head}{table(steps)}\n{found[2]}", page), "utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
