"""Two of the kills that `python -m tests.crashes` makes by the hundred, as part of every full run."""

import os
import signal
from pathlib import Path

import pytest

from lab.host import engine
from lab.waiting import Look, NotYet, Ready, wait_for
from tests.crashes.conftest import MakeBench
from tests.crashes.moments import Kill, planned
from tests.crashes.trial import COMMAND_DEADLINE_S, LAB

pytestmark = pytest.mark.needs_lab
DOWN_S = 2.3
"""What `down` takes on a machine without other load."""


def test_nodes_without_a_swarm_are_made_anew(bench_of: MakeBench, tmp_path: Path) -> None:
    """`up` is killed between the nodes' start and the Swarm's init; the next one makes the lab anew, `down` leaves
    nothing."""
    bench = bench_of("user")
    process = bench.start("up", tmp_path / "killed.log")

    def look() -> Look[bool]:
        running = bench.host.api.containers(filters={"name": f"jbcalling-{LAB}-translation"})
        return Ready(True) if len(running) == 2 else NotYet(f"{len(running)} nodes run")

    wait_for("both nodes run", look, deadline_s=COMMAND_DEADLINE_S, interval_s=0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert engine.belongings(bench.host, LAB), "killed too late: it has cleaned up"
    assert bench.whole("up")[0] == 0, (tmp_path / "user" / "next.log").read_text()
    assert bench.whole("down")[0] == 0
    assert bench.left() == ()


def test_a_killed_down_is_healed(bench_of: MakeBench) -> None:
    """Half of the lab is gone; what a person says next, here `up`, does its work, and nothing is left."""
    bench = bench_of("user")
    bench.took["down"] = DOWN_S
    trial = bench.trial("down", Kill(2, 0.4, signal.SIGKILL))
    assert (trial.wrong, trial.left) == ("", ())


def test_moments_are_drawn_from_a_seed_and_spread() -> None:
    """The same for the same seed; one in each tenth of the time, and most by a signal that nothing can catch."""
    drawn = planned(10, "1")
    assert drawn == planned(10, "1")
    assert drawn != planned(10, "2")
    assert sorted(int(kill.share / 0.105) for kill in drawn) == list(range(10))
    assert sum(kill.how is signal.SIGKILL for kill in planned(1000, "1")) > 500
