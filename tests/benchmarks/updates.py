"""`python -m tests.benchmarks.updates`: what each setting of an update drops, over three updates of frontend and signaling.

Brings up a lab of its own, some two minutes for each setting. `--only REGEX` measures the settings whose name it matches,
`--times N` updates so often, `--kept FILE` keeps rows from run to run, `--write PAGE` puts the table between the marks of a
page, `--name` is the lab's name.
"""

import argparse
import datetime
import json
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fixtures.observe.steady.steady_requests import SteadyError, SteadyRequests
from fixtures.observe.steady.values import Loss, Seen, Way
from fixtures.target.current import lab_target
from lab.cluster import deployment, lifecycle
from lab.cluster.handle import Lab, Wanted
from lab.errors import LabError
from lab.faults.rolling import Rolled, roll
from lab.faults.soundness import prove_sound
from lab.host import engine
from lab.host.progress import Reporter
from tests.benchmarks.update_settings import ROUTED, SETTINGS, Setting, stack_of

TIMES = 3
STILL_S = 40.0
"""As long as an update takes with its drain: what is lost in it is the machine's."""
MARKS = re.compile(r"(<!-- the settings of the last run -->\n).*?(<!-- end of the settings -->)", re.DOTALL)


@dataclass(frozen=True)
class Measured:
    """One row: what was sent and lost over all updates, and how each update ended."""

    setting: Setting
    seen: tuple[Seen, ...]
    rolled: tuple[Rolled, ...]

    @property
    def lost(self) -> Counter[Way | Loss]:
        """Losses by way, and by kind."""
        every = [each for seen in self.seen for each in seen.dropped]
        return Counter[Way | Loss](each.way for each in every) + Counter(each.loss for each in every)

    @property
    def sent(self) -> Counter[Way]:
        """Requests by way."""
        return sum((seen.sent for seen in self.seen), Counter[Way]())


def measure(lab: Lab, setting: Setting, times: int, say: Reporter) -> Measured:
    """Deploy the stack so set, and update its routed services so often, each time with a recorder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        lab = deployment.deploy(lab, stack_of(setting, Path(folder)), say)
    prove_sound(lab)
    target = lab_target(lab.state)
    seen: list[Seen] = []
    rolled: list[Rolled] = []
    ways = list(Way) if setting.call else [way for way in Way if way is not Way.CALL]
    for _ in range(times):
        with SteadyRequests(target, ways=ways) as steady:
            if setting.updates:
                rolled += roll(lab, *((service, ["force"]) for service in ROUTED))
            else:
                threading.Event().wait(STILL_S)
        seen.append(steady.seen)
        say.say(f"    {steady.text()}")
    return Measured(setting, tuple(seen), tuple(rolled))


HEAD = (
    "| settings | fresh | kept | polling | websocket | broken sockets among them | lost in the call | freezes among them "
    "| sockets moved, away at most | one update takes |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
)


def row(measured: Measured) -> str:
    """The line of the table."""
    lost, sent = measured.lost, measured.sent
    moved = [each.away_s for seen in measured.seen for each in seen.moved]
    away = f"{len(moved)}, {max(moved):.1f} s" if moved else "0"
    longest = max((each.took_s for each in measured.rolled), default=0.0)
    ways = [f"{lost[way]} of {sent[way]}" for way in (Way.FRESH, Way.KEPT, Way.POLLING, Way.WEBSOCKET)]
    of_calls = [lost[Way.CALL], lost[Loss.FREEZE]] if measured.setting.call else ["not made", "-"]
    cells = [*ways, lost[Loss.SOCKET], *of_calls, away, f"{longest:.0f} s"]
    wrong = [each for each in measured.rolled if not each.went_through]
    name = measured.setting.name + ("" if not wrong else f" ({wrong[0]})")
    return f"| {name} | {' | '.join(map(str, cells))} |"


def _commit() -> str:
    return subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()


def written(file: Path, table: str) -> None:
    """Put the table between the marks of the file."""
    text = file.read_text("utf-8")
    if MARKS.search(text) is None:
        raise SystemExit(f"{file} has no marks for the table: <!-- the settings of the last run -->")
    file.write_text(MARKS.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text), "utf-8")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.updates", description=__doc__)
    parser.add_argument("--only", default="")
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--name", default="updates")
    given = parser.parse_args(arguments)
    chosen = [each for each in SETTINGS if re.search(given.only, each.name)]
    known = json.loads(given.kept.read_text("utf-8")) if given.kept and given.kept.exists() else {}
    say, host = Reporter(), engine.connect()
    with tempfile.TemporaryDirectory() as folder:
        lab = lifecycle.up(host, Wanted(name=given.name, stack=stack_of(chosen[0], Path(folder))), say)
    try:
        for setting in chosen:
            say.say(f"  {setting.name}")
            try:
                known[setting.name] = row(measure(lab, setting, given.times, say))
            except (SteadyError, LabError) as error:
                say.say(f"  not measured: {error}")
                continue
            sys.stdout.write(f"{known[setting.name]}\n")
            sys.stdout.flush()
            if given.kept:
                given.kept.write_text(json.dumps(known), "utf-8")
    finally:
        lifecycle.down(host, given.name)
    rows = [known[each.name] for each in SETTINGS if each.name in known]
    today = datetime.date.today().isoformat()
    table = f"Measured on {today} at {_commit()}, {given.times} updates each.\n\n{HEAD}\n" + "\n".join(rows)
    sys.stdout.write(f"\n{table}\n")
    if given.write:
        written(given.write, table)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
