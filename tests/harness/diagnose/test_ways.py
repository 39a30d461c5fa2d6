"""Without a prober: which ways from Traefik's node are affected, by its log, and how that is shown."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from fixtures.commands import ways_table
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.ways import Verdict, ways
from fixtures.observe.swarm.state import Task
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import FRONTEND, ONE, THREE, TWO, blind, lines


def dead(*services: str, node: str = THREE) -> Observations:
    """These services' replicas on one node time out."""

    def status(task: Task) -> tuple[int, float]:
        gone = task.node == node and task.service.removeprefix("translation_") in services
        return (504, 30_001.0) if gone else (200, 4.0)

    return blind(lines(samples.sound(), status), "probe")


def shown(seen: Observations, width: int = 110) -> str:
    out = StringIO()
    ways_table.show(seen, Console(file=out, width=width))
    return out.getvalue()


@pytest.mark.parametrize(
    ("services", "verdict", "text"),
    [
        ((), Verdict.WELL, "well: 2 of 2 destinations answer"),
        (("frontend",), Verdict.SOME, "1 of 2 destinations affected, others there answer"),
        (("frontend", "signaling"), Verdict.ALL, "all 2 destinations affected"),
    ],
)
def test_one_destination_or_all_of_a_node(services: tuple[str, ...], verdict: Verdict, text: str) -> None:
    """Of each node it is said whether none, one or all of its destinations are affected."""
    found = {way.target: way for way in ways(dead(*services))}
    assert {way.source for way in found.values()} == {ONE}
    assert (found[THREE].verdict, str(found[THREE])) == (verdict, text)
    assert {found[node].verdict for node in (ONE, TWO)} == {Verdict.WELL}


def test_a_replica_that_was_not_dialled() -> None:
    """A running replica that the log does not name is listed, and is no verdict of its node."""
    seen = samples.sound()
    only = tuple(
        line for line in seen.lines or () if line.server_url and not line.server_url.endswith(":8001")
    )
    far = {way.target: way for way in ways(replace(seen, lines=only))}[THREE]
    assert [(r.asked, r.network, r.dialled.service) for r in far.readings] == [
        (3, FRONTEND, "translation_frontend"), (0, FRONTEND, "translation_signaling"),
    ]  # fmt: skip
    assert str(far) == "well: 1 of 1 destinations answer"
    assert {str(way) for way in ways(replace(seen, lines=()))} == {"nothing there was dialled"}


def test_nothing_read_is_nothing_said() -> None:
    """Without the Swarm or without a log there are no ways, and no table."""
    assert ways(blind(samples.sound(), "lines")) == ()
    assert ways(blind(samples.sound(), "state")) == ()
    assert shown(blind(samples.sound(), "state", "probe")) == ""


def test_the_table_without_a_prober() -> None:
    """Task, node, address, network, counts and longest; the verdicts; the peers; and what would show more."""
    text = shown(dead("frontend", "signaling"))
    (row,) = [line for line in text.splitlines() if line.startswith(" frontend.3")]
    assert row.split() == ["frontend.3", THREE, "10.0.2.14:80", "frontend", "3x", "504", "30.0", "s"]
    assert f"{ONE} -> {THREE}" in text
    assert "all 2 destinations affected" in text
    assert "translation_frontend: 10.0.2.0/24; the manager asked gossips there with 172.28.1.11" in text
    assert (
        "python -m fixtures diagnose --deploy-prober IMAGE (it writes: one service, removed afterwards)"
        in text
    )


def test_an_ended_task_is_told() -> None:
    """A replica that was dialled and runs no more says what became of it."""
    seen = samples.with_tasks(
        dead("frontend"), "frontend", lambda t: replace(t, state="failed", desired_state="shutdown")
    )
    assert "frontend.3 (failed)" in shown(seen)
