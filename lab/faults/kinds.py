"""Every kind of change, so that one that was written down can be made again from its name and fields."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from lab.errors import LabError
from lab.faults.balancing_changes import IdleTimeout, LostBackends
from lab.faults.change import Change
from lab.faults.file_changes import MissingFile
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
from lab.faults.shaping import Shaped

KINDS: Mapping[str, Callable[..., Change]] = {
    kind.__name__: kind
    for kind in (
        ServiceChange, NewSecret, NewNetwork, DropRule, LostRow, ReplacedFile, ReplacedTask, StoppedTask,
        StoppedNode, KillLoop, Shaped, NodeSpecChange, MissingImage, StaleRecord, EndedTask, PausedTask, RunsAgain,
        MissingFile, LostBackends, IdleTimeout,
    )
}  # fmt: skip


def as_json(change: Change) -> dict[str, Any]:
    """The change as JSON has it, with its kind."""
    fields: dict[str, Any] = dataclasses.asdict(change)  # type: ignore[call-overload]
    return {"kind": type(change).__name__, **fields}


def from_json(described: Mapping[str, Any]) -> Change:
    """The change again; raises LabError for a kind or a field that this version does not know."""
    fields = dict(described)
    kind = str(fields.pop("kind", ""))
    if kind not in KINDS:
        raise LabError(
            f"the record of a fault has a change of kind {kind!r}, which this version does not know"
        )
    try:
        return KINDS[kind](**fields)
    except TypeError as error:
        raise LabError(
            f"the record of a fault has a {kind} with other fields than this version: {error}"
        ) from error
