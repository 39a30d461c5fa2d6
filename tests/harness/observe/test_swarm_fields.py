"""Answers of the right form with a wrong value anywhere: either a value of the declared types, or a SwarmError."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fixtures.limits import Limits
from fixtures.observe.swarm import parse
from fixtures.observe.swarm.answers import decoded
from fixtures.observe.swarm.fields import Fields
from fixtures.observe.swarm.state import Network, Node, Service, SwarmError, Task
from tests.harness.observe.test_swarm_parse import NODE, SERVICE, TASK
from tests.harness.samples import swarm_api as samples

RECORDED = json.loads((Path(__file__).parents[1] / "recorded" / "swarm.json").read_text())
ABSENT = object()
REPLACEMENTS: dict[str, Any] = {
    "null": None, "text": "x", "empty text": "", "digits": "7", "number": 7, "negative": -1, "fraction": 1.5, "huge": 2**70,
    "truth": True, "list": [], "list of null": [None], "list of lists": [[]], "object": {}, "object of null": {"a": None},
    "object of objects": {"a": {}}, "moment": "2026-99-99T00:00:00Z", "no zone": "2026-01-01T00:00:00", "absent": ABSENT,
}  # fmt: skip
Json = Any
Read = Callable[[Json], object]


def task_of(raw: Json) -> Task:
    return parse.task(raw, {"s1": "x_web"}, {"n1": "h1"})


KINDS: dict[str, tuple[Read, type, list[Json]]] = {
    "node": (parse.node, Node, [NODE, samples.node("n1")]),
    "service": (parse.service, Service, [*RECORDED["services"], SERVICE]),
    "task": (task_of, Task, [TASK, samples.task("t1", "media", 1, "n1", error="exit")]),
    "network": (parse.network, Network, [*RECORDED["networks"], samples.NETWORK]),
}
Path_ = tuple[str | int, ...]


def places(value: Json, path: Path_ = ()) -> Iterator[Path_]:
    """Where a value stands in a document: every node of the tree."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from places(each, (*path, key))


def replaced(document: Json, path: Path_, value: Json) -> Json:
    """A copy of the document with another value at that place, or none."""
    if not path:
        return value if value is not ABSENT else None
    copy = document.copy()
    if value is ABSENT and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = replaced(document[path[0]], path[1:], value)
    return copy


ADAPTERS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(typed) for name, (_, typed, _) in KINDS.items()}


def error_of(read: Callable[[], object], typed: TypeAdapter[Any] | None = None) -> str:
    """What is said of it; empty where it is read, each of its fields then as it is declared, strictly: as it is written
    and read again. Anything but a SwarmError that is raised fails the test."""
    try:
        value = read()
    except SwarmError as error:
        return str(error)
    assert (
        typed is None or typed.validate_json(typed.dump_json(value, warnings="error"), strict=True) == value
    )
    return ""


def judged(kind: str, raw: Json) -> str:
    """What is said of a document of that kind."""
    said = error_of(lambda: KINDS[kind][0](raw), ADAPTERS[kind])
    assert not said or "wanted" in said
    assert said.isprintable()
    assert len(said) < 500
    return said


@pytest.mark.parametrize("kind", KINDS)
def test_every_place_with_every_wrong_value(kind: str) -> None:
    """Each node of what was recorded replaced by each other value, one at a time: a value, or an error with the field."""
    refused = taken = 0
    for document in KINDS[kind][2]:
        assert not judged(kind, document)
        for path in places(document):
            for value in REPLACEMENTS.values():
                said = judged(kind, replaced(document, path, value))
                refused, taken = refused + bool(said), taken + (not said)
    assert refused > 100
    assert taken > 100


WRONG = {
    ("node", ("Status", "State")): ([], "Status.State is a list (empty), wanted a text"),
    ("node", ("Spec", "Labels")): ({"a": None}, "Spec.Labels.a is null or absent, wanted a text"),
    ("node", ("Description", "Resources", "MemoryBytes")): ("7", 'MemoryBytes is a text ("7"), wanted a whole number'),
    ("node", ("ManagerStatus", "Leader")): ("yes", 'ManagerStatus.Leader is a text ("yes"), wanted a truth value'),
    ("node", ("ID",)): (ABSENT, "ID is null or absent, wanted a text that is not empty"),
    ("service", ("Spec", "TaskTemplate", "Networks")): ([{}], "Networks[0].Target is null or absent, wanted a text"),
    ("service", ("Spec", "Mode", "Replicated", "Replicas")): (True, "Replicas is a truth value (true), wanted a whole"),
    ("service", ("Spec", "UpdateConfig")): ({"Order": ["x"]}, "UpdateConfig.Order is a list (of 1), wanted a text or a"),
    ("service", ("CreatedAt",)): ("yesterday", 'CreatedAt is a text ("yesterday"), wanted a moment'),
    ("service", ("Spec", "EndpointSpec", "Ports")): ([{"TargetPort": "80"}], 'TargetPort is a text ("80"), wanted a whole'),
    ("task", ("NetworksAttachments",)): ({}, "NetworksAttachments is an object (empty), wanted a list"),
    ("task", ("Status", "ContainerStatus")): ("c\x1b[1m", 'Status.ContainerStatus is a text ("c\\u001b[1m"), wanted an'),
    ("task", ("ServiceID",)): (["s"], "ServiceID is a list (of 1), wanted a text"),
    ("network", ("Peers",)): ([None], "Peers[0] is null or absent, wanted an object"),
    ("network", ("Options",)): (
        {"com.docker.network.driver.mtu": "15OO"}, 'mtu is a text ("15OO"), wanted a whole number in digits',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("place", "wrong"), WRONG.items(), ids=[f"{k} {'.'.join(p)}" for k, p in WRONG])
def test_the_field_is_named(place: tuple[str, Path_], wrong: tuple[Json, str]) -> None:
    """Its path, what stands there, and what was wanted."""
    kind, path = place
    document = SERVICE if kind == "service" else KINDS[kind][2][-1]
    assert wrong[1] in judged(kind, replaced(document, path, wrong[0]))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@seed(7)
@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(kind=st.sampled_from(sorted(KINDS)), value=JSON, other=JSON, chosen=st.randoms(use_true_random=False))
def test_any_json_at_two_places(kind: str, value: Json, other: Json, chosen: random.Random) -> None:
    """Any value at all at two places of a document: what the types allow, or the error."""
    document = chosen.choice(KINDS[kind][2])
    document = replaced(document, chosen.choice(list(places(document))), value)
    document = replaced(document, chosen.choice(list(places(document))), other)
    judged(kind, document)


@seed(7)
@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    at=st.integers(0, 2000), gone=st.integers(0, 40),
    put=st.binary(max_size=12) | st.sampled_from([b'"', b"[", b"{", b"\\", b"\xff"]),
)  # fmt: skip
def test_any_bytes_in_an_answer(at: int, gone: int, put: bytes) -> None:
    """Bytes of an answer replaced by others: JSON of one kind or another, or the error."""
    body = json.dumps([NODE, TASK], ensure_ascii=False).encode()
    said = error_of(lambda: decoded(body[:at] + put + body[at + gone :], "GET /nodes", Limits()))
    assert not said or said.startswith("GET /nodes was answered with ")
    assert said.isprintable()


@pytest.mark.parametrize("raw", [None, 1, "x", [], True])
def test_what_is_no_object(raw: object) -> None:
    """Has no fields to read."""
    with pytest.raises(SwarmError, match=r"the Swarm API: the answer is .*, wanted an object"):
        Fields(raw)


DEEP, WIDE = Limits(swarm_answer_depth_max=3), Limits(swarm_answer_values_max=5)


def test_the_bounds_of_an_answer_are_exact() -> None:
    """As many levels and values as are taken, and no more; brackets in a text are neither."""
    assert decoded(b'[{"a": ["[[[[{{{{", "\\"[[[["]}]', "x", DEEP) == [{"a": ["[[[[{{{{", '"[[[[']}]
    with pytest.raises(SwarmError, match="x was answered with more than 3 levels, wanted 3 at most"):
        decoded(b'[[{"a": []}]]', "x", DEEP)
    assert decoded(b"[1, 2, 3]", "x", WIDE) == [1, 2, 3]
    with pytest.raises(SwarmError, match="x was answered with some 6 values, wanted 5 at most"):
        decoded(b"[1, 2, 3, 4, 5]", "x", WIDE)
