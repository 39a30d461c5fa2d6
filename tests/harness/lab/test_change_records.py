"""A change as it is written down: the same after it was read again, and refused where it is not known."""

import json
from typing import Any

import pytest

from lab.errors import LabError
from lab.faults import kinds
from lab.faults.change import Change
from lab.faults.node_changes import KillLoop, StoppedNode
from lab.faults.object_changes import MissingImage, NodeSpecChange, StaleRecord
from lab.faults.packet_rules import DropRule, LostRow
from lab.faults.process_changes import (
    EndedTask,
    PausedTask,
    ReplacedFile,
    ReplacedTask,
    RunsAgain,
    StoppedTask,
)
from lab.faults.service_changes import NewNetwork, NewSecret, ServiceChange
from tests.harness.stand_ins.fake_lab import TWO


@pytest.mark.parametrize(
    "change",
    [
        DropRule("cut", TWO, ("-p", "udp"), ("request", "a", "b"), "OUTPUT", "raw"),
        LostRow(TWO, "ns", "aa:bb", "172.28.0.13", "10.0.1.3"),
        ServiceChange("redis", (["replicas", 0],), {"Name": "r"}, waits=False, first=(["force"],)),
        NewSecret("s", "YQ=="),
        NewNetwork("n", "10.99.0.0/29", {"a": "b"}),
        ReplacedFile("frontend", "/a", "b"),
        ReplacedTask("frontend", TWO, "c", "t"),
        StoppedTask(TWO, "c", "t", "worker"),
        StoppedNode(TWO),
        KillLoop(TWO, "mediasoup", 6, "2025-11-11T11:11:11"),
        NodeSpecChange(TWO, {"Availability": "drain"}, {"Availability": "active"}),
        MissingImage(TWO, "a/b:1"),
        StaleRecord("media.example", "172.28.0.13", "172.28.0.12"),
        EndedTask(TWO, "c", "t"),
        PausedTask(TWO, "c", "t"),
        RunsAgain("tts", TWO),
    ],
    ids=lambda change: type(change).__name__,
)
def test_a_change_is_the_same_after_it_was_written_down(change: Change) -> None:
    """Its kind and its fields are all that a later process needs; JSON's lists are as good as tuples."""
    described = json.loads(json.dumps(kinds.as_json(change)))
    again = kinds.from_json(described)
    assert type(again) is type(change)
    assert json.loads(json.dumps(kinds.as_json(again))) == described
    if isinstance(again, DropRule) and isinstance(change, DropRule):
        assert again.rule == change.rule, "another rule would be undone"


@pytest.mark.parametrize(
    ("described", "said"),
    [
        ({"kind": "Magic"}, "a change of kind 'Magic', which this version does not know"),
        ({}, "a change of kind '', which this version does not know"),
        (
            {"kind": "StoppedNode", "nodes": "x"},
            "a StoppedNode with other fields than this version: .*'nodes'",
        ),
    ],
)
def test_what_another_version_wrote_down_is_refused(described: dict[str, Any], said: str) -> None:
    """In a line that says what is not known, and no traceback."""
    with pytest.raises(LabError, match=said):
        kinds.from_json(described)
