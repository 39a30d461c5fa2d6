"""Without a prober: which ways from Traefik's node are affected, by its log, and how that is shown."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from fixtures.commands import ways_table
from fixtures.diagnose.facts import Dialled, dialled
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.ways import Reading, Verdict, Way, ways
from fixtures.limits import Limits
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
    assert (
        "translation_frontend: 10.0.2.0/24; the manager that was asked gossips there with 172.28.1.11" in text
    )
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


def test_ways_in_words() -> None:
    """How many answer, how many do not, and whether that is all there was."""
    sound, bad = (Reading(Dialled("a", "u", "s", None, answered=n, timed_out=1 - n), None) for n in (1, 0))
    never = Reading(Dialled("a", "u", "s", None), None)
    for readings, verdict, text in (
        ((sound,), Verdict.WELL, "well: 1 of 1 destinations answer"),
        ((bad, never), Verdict.ALL, "the only destination dialled is affected"),
        ((bad, bad), Verdict.ALL, "all 2 destinations affected"),
        ((bad, sound, never), Verdict.SOME, "1 of 2 destinations affected, others there answer"),
        ((never,), Verdict.NOT_DIALLED, "nothing there was dialled"),
        ((), Verdict.NOT_DIALLED, "nothing there was dialled"),
    ):
        way = Way(ONE, TWO, readings)
        assert (way.verdict, str(way)) == (verdict, text)


def test_how_often_an_address_was_asked() -> None:
    """Answered, timed out, refused and hung, all together; affected is what was not answered."""
    reading = Reading(Dialled("a", "u", "s", None, 1, 20, 300, 4000), None)
    assert (reading.asked, reading.affected) == (4321, True)
    for one in (
        Dialled("a", "u", "s", None, timed_out=1),
        Dialled("a", "u", "s", None, refused=1),
        Dialled("a", "u", "s", None, hung=1),
    ):
        assert Reading(one, None).affected
    assert not Reading(Dialled("a", "u", "s", None, answered=1), None).affected


def test_nodes_in_order_and_the_unknown_last() -> None:
    """By name, an address of no known task last, and the network that holds each."""
    seen = samples.sound()
    stranger = samples.line("10.0.9.9", 80)
    found = ways(replace(seen, lines=(stranger, *(seen.lines or ()))))
    assert [way.target for way in found] == [ONE, TWO, THREE, None]
    assert [reading.network for reading in found[-1].readings] == [None]
    assert {reading.network for way in found[:-1] for reading in way.readings} == {FRONTEND}
    gone = samples.with_tasks(blind(seen, "probe"), "traefik", lambda t: None)
    assert {way.source for way in ways(gone)} == {"no node"}


def test_a_replica_that_nobody_dialled_has_its_url() -> None:
    """By the port of its label, on the edge's network where it is on that, else on any that it has."""
    seen = replace(samples.sound(), lines=())
    urls = [r.dialled.url for way in ways(seen) for r in way.readings]
    assert sorted(urls) == [
        "http://10.0.2.12:80", "http://10.0.2.13:80", "http://10.0.2.14:80",
        "http://10.0.2.22:8001", "http://10.0.2.23:8001", "http://10.0.2.24:8001",
    ]  # fmt: skip
    apart = samples.with_tasks(
        seen, "frontend", lambda t: replace(t, addresses={"other": f"10.7.0.{t.slot}"})
    )
    odd = [r for way in ways(apart) for r in way.readings if r.dialled.service == "translation_frontend"]
    assert [(r.dialled.address, r.network) for r in odd] == [(f"10.7.0.{n}", None) for n in (1, 2, 3)]
    ended = samples.with_tasks(seen, "frontend", lambda t: replace(t, state="failed"))
    assert {r.dialled.service for way in ways(ended) for r in way.readings} == {"translation_signaling"}


def test_requests_that_our_own_deadline_cut_off_are_no_answers() -> None:
    """A kept connection into a cut overlay goes silent: the client leaves at its own deadline, and nothing was answered."""
    cut = [samples.line(address, 80, 499, 2_800.0) for address in ("10.0.2.4", "10.0.2.4")]
    seen = replace(samples.sound(), lines=tuple(cut), limits=Limits(edge_deadline_s=3.0))
    (silent,) = dialled(seen)
    assert (silent.answered, silent.hung, silent.affected) == (0, 2, True)
    (early,) = dialled(replace(seen, limits=Limits()))
    assert (early.answered, early.hung, early.affected) == (0, 0, False)
