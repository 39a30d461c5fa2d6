"""From what a deployed prober's tasks said to a probe, and to a cause: nothing is called cut that was only late."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from fixtures.diagnose.engine import Confidence, diagnose
from fixtures.diagnose.observations import Observations
from fixtures.prober.findings import NOT_READ, NodeAnswer, ProberError, Site, probe_of_tasks, site_of
from lab.probe import table
from lab.probe.reading_agents import read_agent
from lab.probe.values import Destination, Probe
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import ADDRESS, FRONTEND, NODES, ONE, PLAN, THREE, TWO, blind, lines

OWN = {ONE: "10.0.2.71", TWO: "10.0.2.72", THREE: "10.0.2.73"}
GRACE = 2
"""Every agent finds the others at once, and asks them so many seconds later."""


def site() -> Site:
    state = samples.sound().state
    assert state is not None
    return site_of(state, PLAN)


def said(node: str, *, knows: tuple[str, ...] = NODES, hears: tuple[str, ...] = NODES, answered: tuple[str, ...] = NODES,
         ran: tuple[int, int] = (100, 112)) -> NodeAnswer:  # fmt: skip
    """A task's lines: whom it found by name, whose datagrams came, whose answers came."""
    out: list[str] = []
    for other in (each for each in NODES if each != node):
        at, well = OWN[other], other in answered
        if other in knows:
            out += [f"peer {at} {ran[0]}", f"asked {at} {ran[0] + GRACE}", f"tcp {at} {'open' if well else 'silent'}",
                    f"small {at} {200 * well}", f"large {at} {60000 * well}", f"ping {at} {'ok' if well else 'lost'}",
                    f"sent {at} 1450"]  # fmt: skip
        out += [f"udp {at} 100,110,1450"] if other in hears else []
    if node == ONE:
        out += [
            f"dest {d.address} {d.port} {'open HTTP/1.1 200 OK' if d.node in answered else 'silent '}"
            for d in site().destinations
        ]
    return NodeAnswer(OWN[node], read_agent(0, "\n".join([*out, f"ran {ran[0]} {ran[1]}", "done"])))


def probe(**answers: NodeAnswer) -> Probe:
    """All nodes as they are when all is well, but for these (by `one`, `two`, `three`)."""
    names = {"one": ONE, "two": TWO, "three": THREE}
    sound = {node: said(node) for node in NODES}
    return probe_of_tasks(site(), {**sound, **{names[k]: v for k, v in answers.items()}}, 9.5)


def observed(found: Probe, seen: Observations | None = None) -> Observations:
    return replace(seen or samples.sound(), probe=found)


def unknown(found: Probe) -> Mapping[tuple[str, str], str]:
    return {(p.source, p.target): p.why for p in found.pairs if p.why}


def test_a_sound_cluster() -> None:
    """Every pair is reported, every replica is asked from the edge's node, gossip is whole, and no cause is named."""
    found = probe()
    assert (found.network, found.edge_node, len(found.pairs), len(found.destinations)) == (
        FRONTEND,
        ONE,
        6,
        6,
    )
    assert all(p.ping and p.one_way and p.tcp == "open" and p.large == 60000 for p in found.pairs)
    assert all(d.source == ONE and d.answer == "HTTP/1.1 200 OK" for d in found.destinations)
    assert {p.addresses for p in found.peers} == {tuple(ADDRESS.values())}
    assert (found.rows, found.problems) == ((), (NOT_READ,))
    assert diagnose(observed(found)).causes == ()


def test_an_overlay_cut_into_a_node() -> None:
    """Nothing comes into translation03, which comes out itself: proved, and named as that."""
    reached = said(ONE, answered=(ONE, TWO)), said(TWO, answered=(ONE, TWO))
    found = diagnose(
        observed(probe(one=reached[0], two=reached[1], three=said(THREE, hears=(), answered=(THREE,))))
    )
    assert found.ids == ("overlay-cut",)
    assert found.causes[0].confidence is Confidence.PROVED
    assert found.causes[0].names("where") == (f"into {THREE}",)


@pytest.mark.parametrize("logged", [False, True])
def test_a_peer_that_dns_lacks_is_gossip(logged: bool) -> None:
    """Whose name is not known across, though it was there in time, is cut off from gossip; the way is not judged."""
    whole = (100, 152)  # who does not find all looks on for 45 s, and then listens
    reached = {
        "one": said(ONE, knows=(TWO,), answered=(ONE, TWO), ran=whole),
        "two": said(TWO, knows=(ONE,), ran=whole),
    }
    found = probe(**reached, three=said(THREE, knows=(), hears=(), ran=whole))
    assert {pair for pair in unknown(found) if THREE in pair} == unknown(found).keys()
    assert f"{ONE} does not know {THREE} by name (gossip, 7946)" in unknown(found).values()
    seen = lines(samples.sound(), lambda t: (504, 30_001.0) if t.node == THREE else (200, 4.0))
    causes = diagnose(observed(found, seen if logged else None))
    assert causes.ids == ("gossip-split",)
    assert set(causes.causes[0].names("pair")) == {f"{ONE} - {THREE}", f"{TWO} - {THREE}"}


def test_an_agent_that_came_late_is_no_fault() -> None:
    """One that began when the others were nearly done was not known and not heard: why, and no cause."""
    reached = {"one": said(ONE, knows=(TWO,), hears=(TWO,)), "two": said(TWO, knows=(ONE,), hears=(ONE,))}
    found = probe(**reached, three=said(THREE, hears=(), answered=(), ran=(110, 140)))
    assert "the agent there began 2 s before the one here ended: probe again" in unknown(found)[ONE, THREE]
    assert "8 s apart" in unknown(probe(one=said(ONE, answered=(TWO,)), three=near_late()))[ONE, THREE]
    assert "had ended" in unknown(probe(one=said(ONE, hears=(), ran=(90, 101))))[THREE, ONE]
    assert [p.addresses for p in found.peers if p.node == ONE] == [None]
    assert diagnose(observed(found)).causes == ()


def near_late() -> NodeAnswer:
    """Known by name, yet it began to listen eight seconds after it was asked."""
    return said(THREE, hears=(), ran=(100 + GRACE + 8, 140))


def test_a_task_that_was_rejected_says_why() -> None:
    """A node whose task never ran has pairs with the reason, and the others are judged."""
    why = "its task is rejected: No such image: x"
    found = probe(three=NodeAnswer(None, None, why))
    assert set(unknown(found).values()) == {why}
    assert len(unknown(found)) == 4
    assert f"{THREE}: {why}" in found.problems
    assert diagnose(observed(found)).causes == ()


def test_a_node_that_is_down_is_not_waited_for() -> None:
    """A node the Swarm takes for gone gets no task, and its pairs say so."""
    state = samples.sound().state
    assert state is not None
    nodes = tuple(replace(n, state="down") if n.hostname == THREE else n for n in state.nodes)
    there = site_of(replace(state, nodes=nodes), PLAN)
    assert [node.hostname for node in there.usable] == [ONE, TWO]
    found = probe_of_tasks(there, {ONE: said(ONE), TWO: said(TWO)}, 1.0)
    assert set(unknown(found).values()) == {f"{THREE} is down, active"}


def test_nowhere_to_go() -> None:
    """An edge that shares no overlay with what it routes to, or does not run, is said in one line."""
    seen = samples.sound()
    apart = samples.changed(seen, "traefik", networks=("net-other",)).state
    assert apart is not None
    with pytest.raises(ProberError, match="shares no overlay with a service that it routes to"):
        site_of(apart, PLAN)
    gone = seen.state
    assert gone is not None
    tasks = tuple(t for t in gone.tasks if t.service != PLAN.edge.full_name)
    with pytest.raises(ProberError, match=f"no task of {PLAN.edge.full_name} runs"):
        site_of(replace(gone, tasks=tasks), PLAN)


def test_blind_samples_need_no_probe() -> None:
    """Where nobody probed, the log alone says likely, not proved."""
    seen = lines(samples.sound(), lambda t: (504, 30_001.0) if t.node == THREE else (200, 4.0))
    (cause,) = diagnose(blind(seen, "probe")).causes
    assert (cause.id, cause.confidence) == ("overlay-cut", Confidence.LIKELY)


@pytest.mark.parametrize(
    ("gone", "shown"),
    [
        (lambda d: d.node == THREE, f"{ONE} -> {THREE}: 2 of 2 replicas affected\n"),
        (lambda d: d.task == "translation_frontend.3", "1 of 2 replicas affected, others there answer"),
    ],
)
def test_one_replica_or_all_of_a_node_is_shown(gone: Callable[[Destination], bool], shown: str) -> None:
    """Under the table of replicas it stands whether one of a node or all are affected."""
    found = probe()
    far = tuple(replace(d, tcp="silent", answer="") if gone(d) else d for d in found.destinations)
    out = StringIO()
    table.show(replace(found, destinations=far), Console(file=out, width=120))
    assert shown in out.getvalue()
    assert out.getvalue().count("affected") == 1


def test_why_a_pair_is_unknown_is_shown_once() -> None:
    """The reason stands below the table, with all the directions that it holds for."""
    out = StringIO()
    table.show(probe(three=NodeAnswer(None, None, "its task is rejected")), Console(file=out, width=200))
    assert (
        f"not observed: {ONE} -> {THREE}, {TWO} -> {THREE}, {THREE} -> {ONE}, {THREE} -> {TWO}: its task"
        in out.getvalue()
    )
