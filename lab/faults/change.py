"""What a fault is made of: changes that are data, can be written down before they are made, and undone from there.

Each is idempotent both ways, so that healing works after a crash at any moment.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import docker.errors
import requests

from lab.cluster.lifecycle import Lab
from lab.errors import LabError, NotReadyError
from lab.faults.effects import ReplacedTask
from lab.faults.packet_rules import DropRule, LostRow
from lab.faults.process_changes import KillLoop, ReplacedFile, StoppedNode, StoppedTask
from lab.faults.service_changes import NewNetwork, NewSecret, ServiceChange
from lab.waiting import Look, WaitError, wait_for

T = TypeVar("T")
DEADLINE_S = 60
"""The slowest to show is a node taken for Down, 15 to 20 s; the rest is a loaded machine."""


class Change(Protocol):
    """One thing that is changed in the lab, and how it is told that it is, or is no more."""

    def apply(self, lab: Lab) -> None:
        """Make the change; nothing where it is made already."""

    def took(self, lab: Lab) -> Look[str]:
        """Ready with the proof, in words, once the effect is seen."""

    def undo(self, lab: Lab) -> None:
        """Undo it; nothing where it is undone already or was never made."""

    def undone(self, lab: Lab) -> Look[str]:
        """Ready with the proof once nothing of it is left."""


KINDS: Mapping[str, Callable[..., Change]] = {
    kind.__name__: kind
    for kind in (
        ServiceChange, NewSecret, NewNetwork, DropRule, LostRow, ReplacedFile, ReplacedTask, StoppedTask,
        StoppedNode, KillLoop,
    )
}  # fmt: skip


def as_json(change: Change) -> dict[str, Any]:
    """The change as JSON has it, with its kind."""
    fields: dict[str, Any] = dataclasses.asdict(change)  # type: ignore[call-overload]
    return {"kind": type(change).__name__, **fields}


def from_json(described: Mapping[str, Any]) -> Change:
    """The change again; raises LabError for a kind that this version does not know."""
    fields = dict(described)
    kind = str(fields.pop("kind", ""))
    if kind not in KINDS:
        raise LabError(f"a fault was written down with a change of kind {kind!r}, which is unknown here")
    return KINDS[kind](**fields)


def until(what: str, look: Callable[[], Look[T]], deadline_s: float = DEADLINE_S) -> T:
    """Wait for the proof; raises NotReadyError in the lab's words, with what was seen instead."""
    try:
        return wait_for(what, look, deadline_s=deadline_s, interval_s=0.2)
    except WaitError as error:
        raise NotReadyError(str(error)) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        raise NotReadyError(f"{what}: {error}") from error
