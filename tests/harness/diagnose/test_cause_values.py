"""A cause on its way from the rule to table, page and JUnit: nothing is lost, nothing is renamed."""

import json
from dataclasses import fields, replace

import pytest

from fixtures.diagnose.values import Cause, Confidence, Diagnosis

CAUSE = Cause(
    id="task-address-unreachable",
    title="a node does not carry packets",
    confidence=Confidence.LIKELY,
    subjects=(("node", "translation02"), ("service", "translation_signaling")),
    speaks_for=("no 504 from translation01",),
    against=("the probe saw none lost",),
    command="docker node ls",
    remedy="mend the firewall",
    undecided="either node may be at fault",
)
WRITTEN = {
    "id": "task-address-unreachable", "title": "a node does not carry packets", "confidence": "likely",
    "subjects": [["node", "translation02"], ["service", "translation_signaling"]],
    "speaks_for": ["no 504 from translation01"], "against": ["the probe saw none lost"],
    "command": "docker node ls", "remedy": "mend the firewall", "undecided": "either node may be at fault",
}  # fmt: skip


def test_a_cause_is_written_key_by_key_and_read_back_whole() -> None:
    """Through JSON, as it goes between the processes of a run; its fields are its keys."""
    assert CAUSE.as_json() == WRITTEN
    assert Cause.from_json(json.loads(json.dumps(CAUSE.as_json()))) == CAUSE
    assert list(WRITTEN) == [each.name for each in fields(Cause)]


@pytest.mark.parametrize("key", WRITTEN)
def test_a_cause_without_one_of_its_keys_is_none(key: str) -> None:
    """It was written by another program, or not by ours."""
    with pytest.raises(KeyError, match=key):
        Cause.from_json({name: value for name, value in WRITTEN.items() if name != key})


def test_a_cause_names_its_subjects_by_kind_and_says_how_sure_it_is() -> None:
    """The kind is asked for, so that a node is never taken for a service of the same name."""
    assert list(CAUSE.names("node")) == ["translation02"]
    assert list(CAUSE.names("service")) == ["translation_signaling"]
    assert list(CAUSE.names("replica")) == []
    assert str(replace(CAUSE, confidence=Confidence.PROVED)) == "a node does not carry packets (proved)"
    with pytest.raises(ValueError, match="perhaps"):
        Cause.from_json(WRITTEN | {"confidence": "perhaps"})


def test_a_diagnosis_names_each_cause_once_and_finds_those_of_a_name() -> None:
    """In the order of how telling they are."""
    other = replace(CAUSE, id="cors-open")
    found = Diagnosis((CAUSE, other, replace(CAUSE, title="again")))
    assert found.ids == ("task-address-unreachable", "cors-open")
    assert found.named("cors-open") == (other,)
    assert Diagnosis(()).text() == "diagnosis: nothing is wrong in what was observed"


def test_the_first_causes_are_told_whole_and_the_others_by_title() -> None:
    """Of many observations the first six are shown, and how many more there are; what is empty has no line."""
    many = replace(CAUSE, speaks_for=tuple(f"seen {n}" for n in range(1, 9)), against=tuple("abcdefg"))
    bare = Cause("b", "it is b", Confidence.POSSIBLE, (), ("seen",))
    shown = Diagnosis((many, bare, replace(bare, title="it is c")), ("the edge's log", "sockets")).text(2)
    assert shown.splitlines() == [
        "diagnosis: a node does not carry packets (likely)",
        *(f"  for:     seen {n}" for n in range(1, 7)),
        "  for:     and 2 more like these",
        *(f"  against: {text}" for text in "abcdef"),
        "  undecided: either node may be at fault",
        "  by hand: docker node ls",
        "  remedy:  mend the firewall",
        "and: it is b (possible)",
        "  for:     seen",
        "  also possible: it is c",
        "  not observed: the edge's log; sockets",
    ]
    six = Diagnosis((replace(CAUSE, speaks_for=tuple("123456")),)).text()
    assert "more like these" not in six
    four = Diagnosis(tuple(replace(bare, title=f"it is {n}") for n in range(4))).text()
    assert four.splitlines()[-2:] == ["  for:     seen", "  also possible: it is 3"]


def test_what_a_cause_does_not_say_is_empty() -> None:
    """A text of no letters, not the word None."""
    bare = Cause("b", "it is b", Confidence.POSSIBLE, (), ())
    assert (bare.against, bare.command, bare.remedy, bare.undecided) == ((), "", "", "")
    assert (Diagnosis(()).not_seen, Diagnosis(()).explaining) == ((), ())
