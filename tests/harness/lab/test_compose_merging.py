"""Variables and several files: filled in and laid over each other as `docker stack deploy` does."""

import copy
from typing import Any

import pytest

from lab.compose import interpolation, merging
from lab.compose.interpolation import VariableError, substitute, unset

KNOWN = {"A": "1", "E": "", "_x9": "low"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""), ("$A", "1"), ("${A}${A}", "11"), ("$_x9", "low"), ("$U|", "|"), ("${U}", ""), ("${E}", ""),
        ("${U:-d}", "d"), ("${E:-d}", "d"), ("${A:-d}", "1"), ("${U-d}", "d"), ("${E-d}", ""), ("${U-}", ""),
        ("$U-d e", "d e"), ("$A-d", "1"), ("$U:-{d}x", "{d}x"), ("${A:?use a-b}", "b"), ("${U:?a:-b}", "b"),
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


def test_every_value_is_filled_in_and_no_key() -> None:
    """In all of the file, `x-` keys too, as Docker does."""
    document = {
        "services": {"$A": {"image": "$A", "n": 5, "l": ["$A", {"k": "$A"}], "p": "plain"}},
        "x-y": "$A", **{key: {"o": {"k": "$A"}} for key in ("networks", "volumes", "secrets", "configs")},
    }  # fmt: skip
    found = interpolation.interpolated(document, KNOWN, lambda _at, text: ValueError(text)).document
    assert found["services"]["$A"] == {"image": "1", "n": 5, "l": ["1", {"k": "1"}], "p": "plain"}
    assert found["x-y"] == "1"
    assert [found[key]["o"]["k"] for key in ("networks", "volumes", "secrets", "configs")] == ["1"] * 4


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        (("services", "a", "deploy", "replicas"), "$A", 1), (("services", "a", "tty"), "${U:-Yes}", True),
        (("services", "a", "ports", 0, "target"), "${A}0", 10), (("services", "a", "configs", 3, "mode"), "0$A", 1),
        (("services", "a", "ulimits", "nofile"), "$A", 1), (("networks", "n", "external"), "${U:-off}", False),
        (("services", "a", "deploy", "update_config", "max_failure_ratio"), "0.$A", 0.1),
        (("services", "a", "init"), "${U:-true}", "true"), (("services", "a.b", "deploy", "replicas"), "$A", "1"),
        (("services", "a", "deploy", "replicas"), "1", "1"),
    ],
)  # fmt: skip
def test_a_filled_in_text_is_cast_where_docker_casts_it(
    path: tuple[str | int, ...], text: str, value: object
) -> None:
    """By the key's path; a text without a variable stays one, and so does one of a service with a dot in its name."""
    document: Any = text
    for part in reversed(path):
        document = [*[None] * part, document] if isinstance(part, int) else {part: document}
    found: Any = interpolation.interpolated(document, KNOWN, lambda _at, text: ValueError(text)).document
    for part in path:
        found = found[part]
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("path", "text"),
    [(("deploy", "replicas"), "${U:-many}"), (("tty",), "${U}"), (("oom_score_adj",), "1_$A")],
)
def test_what_cannot_be_cast_is_placed(path: tuple[str, ...], text: str) -> None:
    """The key's path, and what is wanted."""
    document: Any = text
    for part in reversed(("services", "a", *path)):
        document = {part: document}
    with pytest.raises(KeyError) as caught:
        interpolation.interpolated(document, KNOWN, lambda at, text: KeyError(at, text))
    assert caught.value.args[0] == ("services", "a", *path)
    assert "wanted " in caught.value.args[1]


def test_an_error_that_docker_forgets_is_told() -> None:
    """A later variable that can be filled in makes it forget the `$(` before, which then is lost."""
    found = interpolation.filled_in("echo $(date) $A", KNOWN)
    assert found.text == "echo (date) 1"
    assert found.forgotten == (str(_error("$(")),)
    assert interpolation.filled_in("$(x) $$A $A ${U?no} $A", KNOWN).text == "(x) $A 1  1"
    for text in ("$A $(date)", "$A ${U:?no}", "$(date) $$A"):
        assert _error(text)


def _error(text: str) -> VariableError:
    with pytest.raises(VariableError) as caught:
        interpolation.filled_in(text, KNOWN)
    return caught.value


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
    assert again.document == document


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


BOUND = {"type": "bind", "source": "/b", "target": "/t"}
LOGGED = {"driver": "a", "options": {"x": "1"}}


@pytest.mark.parametrize(
    ("base", "over", "found"),
    [
        ({"image": "a", "user": "u"}, {"image": "b"}, {"image": "b", "user": "u"}),
        ({"labels": {"a": "1", "b": "2"}}, {"labels": {"b": ""}}, {"labels": {"a": "1", "b": ""}}),
        ({"environment": {"A": "1", "B": None, "C": ""}}, {"environment": {"A": "", "B": "2", "C": None, "D": None}},
         {"environment": {"A": "1", "B": "2", "C": None, "D": None}}),
        ({"deploy": {"placement": {"constraints": ["a"]}}}, {"deploy": {"placement": {"constraints": ["b"]}, "replicas": 2}},
         {"deploy": {"placement": {"constraints": ["a", "b"]}, "replicas": 2}}),
        ({"deploy": {"replicas": 2}}, {"deploy": {"replicas": 0}}, {"deploy": {"replicas": 0}}),
        ({"init": True, "stop_grace_period": "5s"}, {"init": False, "stop_grace_period": "0s"},
         {"init": True, "stop_grace_period": "5s"}),
        ({}, {"init": False}, {"init": False}),
        *(({key: ["a"]}, {key: ["b"]}, {key: ["b"]}) for key in ("command", "entrypoint")),
        *(({key: ["a"]}, {}, {key: ["a"]}) for key in ("command", "entrypoint")),
        *(({key: ["a"]}, {key: ["b"]}, {key: ["a", "b"]}) for key in ("cap_add", "dns", "dns_search", "tmpfs", "extra_hosts")),
        ({"healthcheck": {"test": ["CMD", "a"], "retries": 2}}, {"healthcheck": {"test": ["CMD", "b"], "retries": 0}},
         {"healthcheck": {"test": ["CMD", "a", "CMD", "b"], "retries": 0}}),
        ({"ulimits": {"n": {"soft": 1, "hard": 2}, "m": 1}}, {"ulimits": {"n": 5}}, {"ulimits": {"n": 5, "m": 1}}),
        ({"ports": [tcp(2), tcp(1, 9)]}, {"ports": [tcp(3, 9), udp(3, 8)]}, {"ports": [tcp(2), udp(3, 8), tcp(3, 9)]}),
        ({"ports": [tcp(2), tcp(1)]}, {}, {"ports": [tcp(1)]}),
        ({"ports": []}, {"ports": [tcp(2, 9), tcp(2, 8)]}, {"ports": [tcp(2, 8), tcp(2, 9)]}),
        ({}, {"ports": [tcp(2, 9), tcp(2, 8)]}, {"ports": [tcp(2, 9), tcp(2, 8)]}),
        ({"volumes": []}, {}, {}),
        *(({key: [{same: "x", "k": 1}]}, {key: [{same: "z", "k": 2}, {same: "x", "k": 2}]},
           {key: [{same: "x", "k": 2}, {same: "z", "k": 2}]})
          for key, same in (("volumes", "target"), ("configs", "source"), ("secrets", "source"))),
        ({"logging": LOGGED}, {"logging": {"options": {"y": "2"}}},
         {"logging": {"driver": "a", "options": {"x": "1", "y": "2"}}}),
        ({"logging": LOGGED}, {"logging": {"driver": "b"}}, {"logging": {"driver": "b"}}),
        ({"logging": {"driver": "a"}}, {"logging": LOGGED}, {"logging": {"driver": "a"}}),
        ({"logging": {"driver": "a", "options": {}}}, {"logging": {"driver": "a"}}, {"logging": {"driver": "a"}}),
        ({"networks": {"n": {"aliases": ["a"], "ipv4_address": "1.1.1.1"}, "m": None, "k": {"aliases": ["b"]}}},
         {"networks": {"n": {"ipv6_address": "::1"}, "m": {}, "k": None}},
         {"networks": {"n": {"ipv4_address": "1.1.1.1", "ipv6_address": "::1"}, "m": {}, "k": {"aliases": ["b"]}}}),
        ({"volumes": [BOUND]}, {"volumes": [{**BOUND, "read_only": True}]}, {"volumes": [{**BOUND, "read_only": True}]}),
    ],
)  # fmt: skip
def test_a_service_is_laid_over_another(
    base: dict[str, Any], over: dict[str, Any], found: dict[str, Any]
) -> None:
    """Key by key as Docker's client does it, odd corners too: test_docker_forms.py asks it."""
    assert merged(base, over) == found


def test_sections_are_laid_over_by_name() -> None:
    """An entry of both files is the later one alone; the version is the first file's."""
    sections = ("networks", "volumes", "configs", "secrets")
    base = {
        "version": "3.8",
        "services": {},
        **{key: {"a": {"k": 1, "l": [1]}, "b": {"k": 1}} for key in sections},
    }
    over = {"version": "3.9", "services": {}, **{key: {"a": {"k": 2}, "c": {"k": 3}} for key in sections}}
    found = merging.merged([base, over])
    assert found["version"] == "3.8"
    for key in sections:
        assert found[key] == {"a": {"k": 2}, "b": {"k": 1}, "c": {"k": 3}}
    assert merging.merged([{"services": {}}, {"services": {}, "volumes": {"v": {}}}]) == {
        "services": {},
        "volumes": {"v": {}},
    }


def test_a_file_that_grows_without_measure_is_stopped_at_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text where it went over is named, and so is how much is allowed."""
    monkeypatch.setattr(interpolation, "MOST_TEXT", 8)
    document = {"services": {"a": {"image": "${LONG}", "user": "${LONG}"}}}
    with pytest.raises(KeyError) as stopped:
        interpolation.interpolated(document, {"LONG": "12345"}, lambda at, text: KeyError(at, text))
    assert stopped.value.args == (
        ("services", "a", "user"), "makes more than 8 characters, its variables filled in",
    )  # fmt: skip
