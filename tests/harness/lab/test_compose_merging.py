"""Variables and several files: filled in and laid over each other as `docker stack deploy` does."""

import copy
from typing import Any

import pytest

from lab.compose import interpolation, merging
from lab.compose.interpolation import Filled, VariableError, substitute, unset

KNOWN = {"A": "1", "E": "", "_x9": "low"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""), ("$A", "1"), ("${A}${A}", "11"), ("$_x9", "low"), ("$U|", "|"), ("${U}", ""), ("${E}", ""),
        ("${U:-d}", "d"), ("${E:-d}", "d"), ("${A:-d}", "1"), ("${U-d}", "d"), ("${E-d}", ""), ("${U-}", ""),
        ("${A:?no}", "1"), ("${A?no}", "1"), ("${E?no}", ""), ("$$A", "$A"), ("$$$A", "$1"), ("$${A}", "${A}"),
    ],
)  # fmt: skip
def test_a_variable_is_filled_in(text: str, filled: str) -> None:
    """Unset and empty are told apart by the colon."""
    assert substitute(text, KNOWN) == filled


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${U?give it}", r"needs the variable U \(give it\): export U="),
        ("${E:?give it}", r"needs the variable E \(give it\): export E="),
        ("${U:?}", "^needs the variable U: export U="),
        *((text, r"^is no form that `docker stack deploy` reads .* write \$\$ for a dollar sign")
          for text in ("${U:+x}", "$9", "5$", "${}", "${A")),
    ],
)  # fmt: skip
def test_a_variable_that_cannot_be_filled_in_says_why(text: str, said: str) -> None:
    """Which is needed, or which forms there are."""
    with pytest.raises(VariableError, match=said):
        substitute(text, KNOWN)


def test_unset_variables_are_listed_once() -> None:
    """Without a default and not set; an escaped one is none, an empty one is set."""
    assert unset("$U ${V} ${U} ${W:-d} ${A} $E $$X", KNOWN) == ("U", "V")


def test_only_values_of_the_sections_are_filled_in() -> None:
    """Keys and other top-level keys stay as they are, and what was filled in is marked as such."""
    document = {
        "services": {"$A": {"image": "$A", "n": 5, "l": ["$A", {"k": "$A"}], "p": "plain"}},
        "x-y": "$A", **{key: {"o": {"k": "$A"}} for key in ("networks", "volumes", "secrets", "configs")},
    }  # fmt: skip
    found = interpolation.interpolated(document, KNOWN, lambda _at, text: ValueError(text))
    web = found["services"]["$A"]
    assert web == {"image": "1", "n": 5, "l": ["1", {"k": "1"}], "p": "plain"}
    assert isinstance(web["image"], Filled)
    assert not isinstance(web["p"], Filled)
    assert found["x-y"] == "$A"
    assert [found[key]["o"]["k"] for key in ("networks", "volumes", "secrets", "configs")] == ["1"] * 4


def test_a_variable_that_lacks_is_placed() -> None:
    """The path of the value, with the index in a list."""
    with pytest.raises(KeyError) as caught:
        interpolation.interpolated({"services": {"a": ["x", "${U?}"]}}, {}, lambda at, _text: KeyError(at))
    assert caught.value.args == (("services", "a", 1),)


def test_what_is_escaped_is_read_back_the_same() -> None:
    """A document with dollar signs survives being written and filled in again."""
    document = {"services": {"a": {"image": "$x", "l": ["${A}", 5, None]}}}
    assert interpolation.escaped(document) == {"services": {"a": {"image": "$$x", "l": ["$${A}", 5, None]}}}
    again = interpolation.interpolated(
        interpolation.escaped(document), KNOWN, lambda _at, text: ValueError(text)
    )
    assert again == document


REPLACED = ("command", "entrypoint", "ulimits", "dns", "dns_search", "tmpfs")


def tcp(target: int, published: int | None = None) -> dict[str, Any]:
    """A port in normal form; one that is not published has no such key."""
    port = {"target": target, "published": published, "protocol": "tcp"}
    return {key: value for key, value in port.items() if value is not None}


def udp(target: int, published: int) -> dict[str, Any]:
    return {**tcp(target, published), "protocol": "udp"}


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Two services laid over each other; neither is changed by it."""
    documents = [{"services": {"s": base}}, {"services": {"s": over}}]
    kept = copy.deepcopy(documents)
    found: dict[str, Any] = merging.merged(documents)["services"]["s"]
    assert documents == kept
    return found


@pytest.mark.parametrize(
    ("base", "over", "found"),
    [
        ({"image": "a", "user": "u"}, {"image": "b"}, {"image": "b", "user": "u"}),
        ({"image": "a"}, {"image": None}, {"image": "a"}),
        ({"labels": {"a": "1", "b": "2"}}, {"labels": {"b": "3"}}, {"labels": {"a": "1", "b": "3"}}),
        ({"cap_add": ["A"]}, {"cap_add": ["B"]}, {"cap_add": ["A", "B"]}),
        ({"deploy": {"placement": {"constraints": ["a"]}}}, {"deploy": {"placement": {"constraints": ["b"]}, "replicas": 2}},
         {"deploy": {"placement": {"constraints": ["a", "b"]}, "replicas": 2}}),
        *(({key: ["a"]}, {key: ["b"]}, {key: ["b"]}) for key in REPLACED),
        ({"ports": [tcp(1, 9), tcp(2)]}, {"ports": [tcp(3, 9), udp(3, 9)]}, {"ports": [tcp(3, 9), tcp(2), udp(3, 9)]}),
        ({"ports": [tcp(1)]}, {"ports": [{**tcp(1), "mode": "host"}, tcp(2)]},
         {"ports": [{**tcp(1), "mode": "host"}, tcp(2)]}),
        *(({key: [{same: "x", "k": 1}]}, {key: [{same: "x", "k": 2}, {same: "z", "k": 2}]},
           {key: [{same: "x", "k": 2}, {same: "z", "k": 2}]})
          for key, same in (("volumes", "target"), ("configs", "source"), ("secrets", "source"))),
    ],
)  # fmt: skip
def test_a_service_is_laid_over_another(
    base: dict[str, Any], over: dict[str, Any], found: dict[str, Any]
) -> None:
    """Key by key; lists go on or are replaced, and elements that mean the same thing are one."""
    assert merged(base, over) == found


def test_sections_are_laid_over_by_name() -> None:
    """An entry of both files is one; any other top-level key is the first file's."""
    sections = ("networks", "volumes", "configs", "secrets")
    base = {"version": "3.8", **{key: {"a": {"k": 1, "l": [1]}, "b": {"k": 1}} for key in sections}}
    over = {"version": "3.9", "x": 1, **{key: {"a": {"k": 2, "l": [2]}, "c": {"k": 3}} for key in sections}}
    found = merging.merged([base, over])
    assert found["version"] == "3.8"
    assert found["x"] == 1
    for key in sections:
        assert found[key] == {"a": {"k": 2, "l": [1, 2]}, "b": {"k": 1}, "c": {"k": 3}}
    assert merging.merged([{"services": {}}, {"volumes": {"v": {}}}]) == {
        "services": {},
        "volumes": {"v": {}},
    }
