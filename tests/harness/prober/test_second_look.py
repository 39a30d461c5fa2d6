"""Rows that are not there yet, rows that could not be read and rows that are lost are three things."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from lab.probe import gossip_lists, second_look
from lab.probe.reading_tables import unread
from lab.probe.second_look import CannotLookError, TablesRead, settled
from lab.probe.values import Row

HERE, THERE = "172.28.0.11", "172.28.0.13"
SOUND = Row("one", "net", "10.0.2.7", "s.1", "02:42:0a:00:02:07", THERE, THERE, 90.0)
OTHER = replace(SOUND, address="10.0.2.8", task="s.2", mac="02:42:0a:00:02:08")
GONE, UNHEARD = replace(SOUND, via=None), replace(SOUND, mac=None, via=None)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_look, "INTERVAL_S", 0.01)


def looks(*found: TablesRead | str) -> Callable[[], TablesRead]:
    """One look after the other, the last one for ever; a text is a look that failed."""

    def each() -> Iterator[TablesRead | str]:
        yield from found
        while True:
            yield found[-1]

    told = each()

    def look() -> TablesRead:
        seen = next(told)
        if isinstance(seen, str):
            raise CannotLookError(seen)
        return seen

    return look


def read(*rows: Row) -> TablesRead:
    return TablesRead(rows)


@pytest.mark.parametrize("first", [GONE, UNHEARD])
def test_what_comes_later_was_never_lost(first: Row) -> None:
    """A row that the second look finds is as it should be."""
    assert settled(looks(read(first, OTHER), read(SOUND, OTHER)), 0.2) == read(SOUND, OTHER)


@pytest.mark.parametrize("row", [GONE, UNHEARD, replace(SOUND, via=HERE)])
def test_what_two_looks_lack_is_lost(row: Row) -> None:
    """What is the same until the deadline stays doubtful, and the sound rows beside it are kept."""
    assert settled(looks(read(row, OTHER)), 0.1) == read(row, OTHER)


def test_a_task_that_ended_is_lacked_by_nobody() -> None:
    """Its row goes with it, and the tasks are asked for at every look."""
    assert settled(looks(read(UNHEARD, OTHER), read(OTHER)), 0.2) == read(OTHER)


def test_what_one_look_alone_finds_is_not_judged() -> None:
    """Rows that change from look to look are being written."""
    turns = [read(GONE, OTHER), read(replace(SOUND, via=HERE), OTHER)] * 50
    found = settled(looks(*turns), 0.1)
    assert found.rows == (OTHER,)
    assert found.unread == ("seen once only, not judged: the rows of s.1",)


def test_tables_that_hold_nothing_are_said() -> None:
    """A node that knows none of several tasks was given up by gossip, or not looked at where its tables are."""
    empty = tuple(replace(row, mac=None, via=None) for row in (SOUND, OTHER))
    found = settled(looks(read(*empty)), 0.1)
    assert found.rows == empty
    assert "one: its tables hold no task of another node" in found.unread[0]


def test_tables_that_cannot_be_read_are_said() -> None:
    """They are tried again, and neither sound nor lost."""
    broken = TablesRead((), ("one: its tables were not read: status 124",))
    assert settled(looks(broken, read(SOUND)), 0.2) == read(SOUND)
    assert settled(looks(broken), 0.1) == broken


def test_a_manager_that_does_not_answer_proves_nothing() -> None:
    """A look that failed leaves no row of an earlier one doubtful for want of a second."""
    found = settled(looks(read(GONE, OTHER), "no answer"), 0.1)
    assert found.rows == (OTHER,)
    none = settled(looks("no answer"), 0.1)
    assert (none.rows, len(none.unread)) == ((), 1)


@pytest.mark.parametrize(("age_s", "said"), [(34.9, 1), (35.0, 0), (None, 0)])
def test_what_is_young_may_still_come(age_s: float | None, said: int) -> None:
    """Gossip that was lost is repeated every half minute: until then it is said, and left to who judges."""
    found = settled(looks(read(replace(UNHEARD, age_s=age_s), OTHER)), 0.1)
    assert len(found.unread) == said
    assert found.rows[0].young is bool(said)


@pytest.mark.parametrize(
    ("status", "output", "why"),
    [
        (0, "10.0.2.7 lladdr x\n--\nrow\nend\n", ""), (0, "--\nend\n", ""), (0, "", "status 0: nothing came"),
        (0, "10.0.2.7 lladdr x\n", "status 0: 10.0.2.7 lladdr x"), (-1, "--\nend\n", "status -1: -- end"),
    ],
)  # fmt: skip
def test_an_answer_that_broke_off_is_not_read(status: int, output: str, why: str) -> None:
    """Only what came to its end was read, however little it holds."""
    assert unread(status, output) == why


# --- the lists of peers

ADDRESSES = {"one": "1", "two": "2", "three": "3"}
ALL = ("1", "2", "3")
Lists = dict[str, dict[str, tuple[str, ...]]]


def test_lists_that_agree() -> None:
    """Whoever is on a network lists everybody who is; who is not on it is missed by nobody."""
    lists: Lists = {"one": {"a": ("1", "2")}, "two": {"a": ("1", "2")}, "three": {"b": ("3",)}}
    assert not gossip_lists.disagree(lists, "a", ADDRESSES)
    assert gossip_lists.peers_of("three", lists, "a", ADDRESSES, None, "no task").why == "no task"


def test_who_is_missed_on_every_network_is_apart() -> None:
    """One missed on one network of two has just joined that; one missed on both is cut off."""
    lists: Lists = {
        "one": {"a": ("1", "2"), "b": ALL},
        "two": {"a": ALL, "b": ALL},
        "three": {"a": ALL, "b": ALL},
    }
    assert gossip_lists.disagree(lists, "a", ADDRESSES)
    assert gossip_lists.peers_of("one", lists, "a", ADDRESSES, 3.0, "").apart == ()
    lists["one"]["b"] = ("1", "2")
    found = gossip_lists.peers_of("one", lists, "a", ADDRESSES, 3.0, "")
    assert (found.addresses, found.apart, found.young) == (("1", "2"), ("3",), True)
    del lists["one"]["b"]
    assert gossip_lists.peers_of("one", lists, "a", ADDRESSES, 35.0, "").apart == ()


def test_who_is_listed_once_is_known() -> None:
    """Of two readings that disagree the one that knows more counts."""
    first: Lists = {"one": {"a": ("1",)}, "two": {"a": ALL}}
    second: Lists = {"one": {"a": ("1", "2"), "b": ALL}}
    assert gossip_lists.union(first, second) == {"one": {"a": ("1", "2")}, "two": {"a": ALL}}
