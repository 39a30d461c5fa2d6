"""Edits of a service's spec, as data: each has its effect on a copy, and what would change nothing is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from lab.errors import InputError
from lab.faults import spec_edits
from lab.faults.spec_edits import Json

SPEC: Json = {
    "Name": "translation_signaling",
    "Labels": {"sticky": "true"},
    "TaskTemplate": {
        "ContainerSpec": {"Env": ["A=1", "AB=2"], "Secrets": [{"SecretName": "s", "SecretID": "1"}]}
    },
    "EndpointSpec": {"Ports": [{"PublishedPort": 1}, {"PublishedPort": 2}]},
    "UpdateConfig": {"Parallelism": 1, "Order": "start-first"},
}
NODE = {
    "Spec": {"Role": "worker", "Labels": {"instance": "translation02"}}, "Description": {"Hostname": "translation02"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "seen"),
    [
        (["label", "sticky", None], lambda spec: spec["Labels"] == {}),
        (["label", "port", "81"], lambda spec: spec["Labels"] == {"sticky": "true", "port": "81"}),
        (["env", "A", "3"], lambda spec: spec["TaskTemplate"]["ContainerSpec"]["Env"] == ["AB=2", "A=3"]),
        (["constraints", ["x"]], lambda spec: spec_edits.constraints(spec) == ["x"]),
        (["constraint", "y"], lambda spec: spec_edits.constraints(spec) == ["y"]),
        (["unpublish", 2], lambda spec: spec["EndpointSpec"]["Ports"] == [{"PublishedPort": 1}]),
        (["replicas", 0], lambda spec: spec["Mode"] == {"Replicated": {"Replicas": 0}}),
        (["argument", "--t", "2s"], lambda spec: spec["TaskTemplate"]["ContainerSpec"]["Args"] == ["--t=2s"]),
        (
            ["memory limit", 7],
            lambda spec: (
                spec["TaskTemplate"]["Resources"]
                == {
                    "Limits": {"MemoryBytes": 7},
                    "Reservations": {"MemoryBytes": 7},
                }
            ),
        ),
        (
            ["memory reserved", 9],
            lambda spec: (
                spec["TaskTemplate"]["Resources"]
                == {
                    "Limits": {"MemoryBytes": 9},
                    "Reservations": {"MemoryBytes": 9},
                }
            ),
        ),
        (["image", "b:2"], lambda spec: spec["TaskTemplate"]["ContainerSpec"]["Image"] == "b:2"),
        (["max replicas", 2], lambda spec: spec["TaskTemplate"]["Placement"]["MaxReplicas"] == 2),
        (
            ["publish", 443, 90],
            lambda spec: (
                spec["EndpointSpec"]["Ports"][-1]
                == {"Protocol": "tcp", "TargetPort": 90, "PublishedPort": 443, "PublishMode": "host"}
            ),
        ),
        (
            ["entrypoint", ["false"]],
            lambda spec: spec["TaskTemplate"]["ContainerSpec"]["Command"] == ["false"],
        ),
        (["order", "stop-first"], lambda spec: spec["UpdateConfig"]["Order"] == "stop-first"),
        (["on failure", "pause"], lambda spec: spec["UpdateConfig"]["FailureAction"] == "pause"),
        (["network", "n"], lambda spec: spec["TaskTemplate"]["Networks"] == [{"Target": "n"}]),
        (
            ["secret", "s", "t", "2"],
            lambda spec: (
                spec["TaskTemplate"]["ContainerSpec"]["Secrets"] == [{"SecretName": "t", "SecretID": "2"}]
            ),
        ),
    ],
)
def test_an_edit_changes_what_it_says_and_no_more(edit: list[Any], seen: Callable[[Json], bool]) -> None:
    """Each edit has its effect on a copy; the spec to go back to stays as it is."""
    before = str(SPEC)
    assert seen(spec_edits.edited(SPEC, [edit]))
    assert str(SPEC) == before


def test_the_last_port_takes_the_list_with_it() -> None:
    """The Swarm gives back no empty list, and a spec is compared with what was sent."""
    assert "Ports" not in spec_edits.edited(SPEC, [["unpublish", 1], ["unpublish", 2]])["EndpointSpec"]


@pytest.mark.parametrize("edit", [["label", "none", None], ["unpublish", 9], ["secret", "none", "t", "2"]])
def test_an_edit_of_what_is_not_there_is_refused(edit: list[Any]) -> None:
    """A fault that would change nothing is refused, not injected."""
    with pytest.raises(InputError, match="translation_signaling"):
        spec_edits.edited(SPEC, [edit])


@pytest.mark.parametrize(
    ("constraint", "met"),
    [
        ("node.labels.instance == translation02", True),
        ("node.labels.instance==translation03", False),
        ("node.labels.instance != translation03", True),
        ("node.role == manager", False),
        ("node.hostname != translation02", False),
        ("node.labels.absent != x", True),
    ],
)
def test_constraints_are_read_as_the_swarm_reads_them(constraint: str, met: bool) -> None:
    """Labels, role and host name, equal or not; a label that is absent equals nothing."""
    assert spec_edits.satisfies(NODE, constraint) == met


def test_placement_alone_restarts_nothing() -> None:
    """Only a change of what runs, or of its ports, makes the Swarm replace every task."""
    moved = spec_edits.edited(SPEC, [["constraints", ["x"]], ["label", "l", "v"], ["replicas", 1]])
    assert not spec_edits.restarts_tasks(SPEC, moved)
    assert spec_edits.restarts_tasks(SPEC, spec_edits.edited(SPEC, [["env", "A", "9"]]))
    assert spec_edits.restarts_tasks(SPEC, spec_edits.edited(SPEC, [["unpublish", 1]]))


def test_edits_are_made_one_after_another() -> None:
    """Each sees what those before it made; what others put there stays."""
    twice = spec_edits.edited(SPEC, [["constraint", "x"], ["constraint", "y"], ["force"], ["force"]])
    assert spec_edits.constraints(twice) == ["x", "y"]
    assert twice["TaskTemplate"]["ForceUpdate"] == 2
    again = spec_edits.edited(
        twice, [["constraints", ["z"]], ["argument", "--a", "1"], ["argument", "--ab", "2"]]
    )
    assert spec_edits.constraints(again) == ["z"]
    assert spec_edits.edited(again, [["argument", "--a", "3"]])["TaskTemplate"]["ContainerSpec"]["Args"] == [
        "--ab=2",
        "--a=3",
    ]
    joined = spec_edits.edited(SPEC, [["network", "n"], ["network", "m"]])
    assert joined["TaskTemplate"]["Networks"] == [{"Target": "n"}, {"Target": "m"}]


def test_only_the_secret_named_is_another() -> None:
    """The others keep name and id."""
    two = {"Name": "n", "TaskTemplate": {"ContainerSpec": {"Secrets": [
        {"SecretName": "s", "SecretID": "1"}, {"SecretName": "o", "SecretID": "2"}]}}}  # fmt: skip
    edited = spec_edits.edited(two, [["secret", "s", "t", "3"]])
    assert edited["TaskTemplate"]["ContainerSpec"]["Secrets"] == [
        {"SecretName": "t", "SecretID": "3"}, {"SecretName": "o", "SecretID": "2"},
    ]  # fmt: skip


def test_a_service_without_lists_is_edited_too() -> None:
    """The API leaves out, or gives as null, what is empty."""
    bare = {
        "Name": "n",
        "TaskTemplate": {"ContainerSpec": {"Env": None}, "Placement": None},
        "EndpointSpec": {},
    }
    edited = spec_edits.edited(
        {**bare, "TaskTemplate": {"ContainerSpec": {"Env": None}}}, [["label", "a", "b"], ["env", "A", "1"]]
    )
    assert edited["Labels"] == {"a": "b"}
    assert edited["TaskTemplate"]["ContainerSpec"]["Env"] == ["A=1"]
    assert spec_edits.constraints(bare) == []
    with pytest.raises(InputError, match="publishes no port 1"):
        spec_edits.edited(bare, [["unpublish", 1]])
    with pytest.raises(InputError, match="has no secret s"):
        spec_edits.edited(bare, [["secret", "s", "t", "1"]])


def test_a_fast_update_stops_all_at_once_and_is_not_watched() -> None:
    """Only how it is updated differs, on a copy."""
    fast = spec_edits.fast(SPEC)
    assert fast.pop("UpdateConfig") == {
        "Parallelism": 0, "FailureAction": "continue", "Monitor": 1_000_000, "MaxFailureRatio": 0,
        "Order": "stop-first",
    }  # fmt: skip
    assert fast == {key: value for key, value in SPEC.items() if key != "UpdateConfig"}
    fast["Labels"]["x"] = "y"
    assert SPEC["Labels"] == {"sticky": "true"}
