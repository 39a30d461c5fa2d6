"""Forwarding rows and gossip, at the edges of each rule."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules import destinations as rules
from fixtures.diagnose.values import Confidence
from lab.probe.values import Destination, Row
from tests.harness.samples import between_nodes
from tests.harness.samples import observed as samples
from tests.harness.samples.between_nodes import LOST, one_dead, one_dead_by_the_log, timed_out
from tests.harness.samples.observed import (
    ADDRESS,
    FRONTEND,
    ONE,
    THREE,
    TWO,
    blind,
    lines,
    probed,
)

# --- forwarding rows


def at_lost(seen: Observations, **over: object) -> Observations:
    """The same with what the probe found at the lost address changed."""

    def change(d: Destination) -> Destination:
        return replace(d, **over) if d.address == LOST else d  # type: ignore[arg-type]

    return samples.destinations(seen, change)


@pytest.mark.parametrize(
    ("tcp", "answer", "confidence", "silent", "against"),
    [
        ("silent", "", Confidence.PROVED, 1, 0), ("open", "HTTP/1.1 200 OK", Confidence.LIKELY, 0, 1),
        ("open", "", Confidence.LIKELY, 0, 0), ("refused", "", Confidence.LIKELY, 0, 0),
        ("refused", "odd", Confidence.LIKELY, 0, 0),
    ],
)  # fmt: skip
def test_a_row_that_is_gone(tcp: str, answer: str, confidence: Confidence, silent: int, against: int) -> None:
    """It is proved where its destination is silent, and spoken against where that answers."""
    (cause,) = rules.fdb_row(at_lost(between_nodes.row_lost_and_reached(), tcp=tcp, answer=answer))
    assert cause.confidence is confidence
    assert sum("is silent while" in text for text in cause.speaks_for) == silent
    assert len(cause.against) == against
    assert cause.speaks_for[0].endswith("its forwarding row is gone")


def test_a_row_that_names_another_node() -> None:
    """It says which node it names and which it should; a destination that was not asked leaves it proved."""
    (cause,) = rules.fdb_row(between_nodes.row_to_another_node())
    assert cause.title.endswith(f"names {ADDRESS[TWO]}, not {ADDRESS[THREE]}")
    unasked = probed(between_nodes.row_to_another_node(), destinations=())
    assert [cause.confidence for cause in rules.fdb_row(unasked)] == [Confidence.PROVED]
    (logged,) = rules.fdb_row(between_nodes.row_lost())
    assert logged.speaks_for[-1].startswith(f"http://{LOST}:80 (translation_frontend.3 on {THREE}): 3x 504")


def test_rows_that_are_as_they_should_be() -> None:
    """A row that fits is none, and one whose neighbour was never heard of is gossip's."""
    assert list(rules.fdb_row(samples.sound())) == []
    assert list(rules.fdb_row(between_nodes.never_heard())) == []
    assert list(rules.fdb_row(blind(samples.sound(), "probe"))) == []


@pytest.mark.parametrize(
    ("seen", "named"),
    [
        (one_dead_by_the_log(), True),
        (one_dead(samples.sound()), False),  # the probe reached it since
        (at_lost(one_dead(samples.sound()), tcp="silent", answer=""), True),
        (at_lost(one_dead(samples.sound()), tcp="refused", answer=""), False),
        (blind(timed_out(samples.sound()), "probe"), False),  # its neighbours are dead too
        (blind(timed_out(samples.sound(), ONE), "probe"), False),  # Traefik's own node
    ],
)
def test_one_dead_address_beside_live_ones(seen: Observations, named: bool) -> None:
    """One of a node's addresses is dead while another answers, on a node that is not Traefik's."""
    assert bool(list(rules.fdb_row(seen))) is named


def test_a_dead_address_on_traefik_s_own_node_is_no_row() -> None:
    """What does not cross nodes needs no row."""
    seen = lines(
        samples.sound(), lambda t: (504, 30_001.0) if t.addresses[FRONTEND] == "10.0.2.12" else (200, 4.0)
    )
    assert list(rules.fdb_row(blind(seen, "probe"))) == []


def test_what_speaks_for_one_dead_address() -> None:
    """Its own line and those of the same node that answered, not those of others."""
    (cause,) = rules.fdb_row(one_dead_by_the_log())
    assert [text.partition(" (")[0] for text in cause.speaks_for] == [
        f"http://{LOST}:80", "same node: http://10.0.2.24:8001",
    ]  # fmt: skip
    assert (cause.names("node"), cause.names("replica")) == ((ONE,), ("translation_frontend.3",))


def test_a_row_that_was_read_is_not_named_by_the_log_again() -> None:
    """One cause for one address."""
    assert len(list(rules.fdb_row(between_nodes.row_lost()))) == 1


# --- gossip


def gossip(known: Mapping[str, tuple[str, ...] | None]) -> Observations:
    """Lists of peers by node, by the names of the nodes that they hold."""
    seen = samples.sound()
    assert seen.probe is not None
    lists = {
        node: None if names is None else tuple(ADDRESS[name] for name in names)
        for node, names in known.items()
    }
    peers = tuple(replace(p, addresses=lists.get(p.node, p.addresses)) for p in seen.probe.peers)
    return probed(seen, peers=peers)


@pytest.mark.parametrize(
    ("known", "pairs"),
    [
        ({}, None),
        ({ONE: (ONE, TWO)}, (f"{ONE} - {THREE}",)),
        ({ONE: (ONE, TWO), THREE: (THREE,)}, (f"{ONE} - {THREE}", f"{TWO} - {THREE}")),
        ({ONE: (ONE, TWO), THREE: None}, None),
        ({ONE: None}, None),
    ],
)
def test_lists_of_peers(known: Mapping[str, tuple[str, ...] | None], pairs: tuple[str, ...] | None) -> None:
    """A node that another lacks, where both said whom they know."""
    found = list(rules.gossip_split(gossip(known)))
    assert [cause.names("pair") for cause in found] == ([] if pairs is None else [pairs])
    assert list(rules.gossip_split(blind(gossip(known), "state"))) == []


def test_who_lacks_whom() -> None:
    """Each lack is named, one way or both, with the node's whole list."""
    (cause,) = rules.gossip_split(gossip({ONE: (ONE, TWO)}))
    assert cause.speaks_for == (
        f"{ONE} gossips with {ADDRESS[ONE]}, {ADDRESS[TWO]}, {THREE} is not among them",
    )
    (both,) = rules.gossip_split(between_nodes.split())
    assert len(both.speaks_for) == 5
    assert (
        both.speaks_for[-1]
        == f"{ONE} has no neighbour entry for {LOST}, the address of translation_frontend.3, which started since"
    )


@pytest.mark.parametrize("down", [ONE, THREE])
def test_a_node_that_is_down_lacks_nobody(down: str) -> None:
    """Neither is it missed, nor does it miss."""
    seen = gossip({ONE: (ONE, TWO), THREE: (THREE, TWO), TWO: tuple(ADDRESS)})
    assert seen.state is not None
    nodes = tuple(samples.node(n, "down" if n == down else "ready") for n in ADDRESS)
    found = list(rules.gossip_split(replace(seen, state=replace(seen.state, nodes=nodes))))
    assert found == []


def test_a_task_that_was_never_heard_of() -> None:
    """Where the lists agree it is likely; a node that is down is excused."""
    (cause,) = rules.gossip_split(between_nodes.never_heard())
    assert (cause.confidence, cause.names("node"), cause.names("replica")) == (
        Confidence.LIKELY, (ONE,), ("translation_frontend.3",),
    )  # fmt: skip
    seen = between_nodes.never_heard()
    assert seen.state is not None
    nodes = tuple(samples.node(n, "down" if n == ONE else "ready") for n in ADDRESS)
    assert list(rules.gossip_split(replace(seen, state=replace(seen.state, nodes=nodes)))) == []


@pytest.mark.parametrize(("age_s", "named"), [(None, True), (34.9, False), (35.0, True)])
def test_an_entry_that_is_not_there_yet(age_s: float | None, named: bool) -> None:
    """What gossip lost is repeated within half a minute: an entry of a task that is newer may still come."""
    assert bool(list(rules.gossip_split(between_nodes.never_heard(age_s)))) is named


def test_an_entry_of_a_replica_that_answers_is_not_lost() -> None:
    """A node that reaches the address has its entry, whatever was read."""
    seen = samples.destinations(
        between_nodes.never_heard(), lambda d: replace(d, tcp="open", answer="HTTP/1.1 200 OK")
    )
    assert list(rules.gossip_split(seen)) == []


@pytest.mark.parametrize(
    ("joined_s", "everywhere", "named"),
    [(3.0, False, False), (3.0, True, True), (60.0, False, True), (None, False, True)],
)
def test_a_node_that_has_just_joined_a_network(joined_s: float | None, everywhere: bool, named: bool) -> None:
    """Its peers may not know it yet; one that they miss on every network that they share is cut off, however new."""
    seen = gossip({ONE: (ONE, TWO)})
    assert seen.probe is not None
    peers = tuple(
        replace(
            p,
            joined_s=joined_s if p.node == THREE else 300.0,
            apart=(ADDRESS[THREE],) if everywhere and p.node == ONE else (),
        )
        for p in seen.probe.peers
    )
    assert bool(list(rules.gossip_split(probed(seen, peers=peers)))) is named


def test_a_table_that_holds_nothing() -> None:
    """Where gossip gave the others up it is the split, and no cut; where the lists agree the table was not read."""
    split = diagnose(between_nodes.given_up(), frozenset({"routing"}))
    assert split.ids == ("gossip-split",)
    cut = diagnose(between_nodes.given_up(by_gossip=False), frozenset({"routing"}))
    assert cut.ids == ("overlay-cut",)


def test_nodes_that_never_heard_are_named_once_each() -> None:
    """In order, and with every task that they never heard of."""

    def unheard(r: Row) -> Row:
        return replace(r, mac=None, via=None) if r.node != THREE and r.wanted == ADDRESS[THREE] else r

    seen = samples.destinations(samples.rows(samples.sound(), unheard), lambda d: replace(d, answer=""))
    assert seen.probe is not None
    backwards = replace(seen, probe=replace(seen.probe, rows=seen.probe.rows[::-1]))
    (cause,) = rules.gossip_split(backwards)
    assert cause.title.startswith(f"{ONE}, {TWO} was never told of ")
    assert len(cause.speaks_for) == 4
