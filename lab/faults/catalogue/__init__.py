"""The faults there are. Each is one function under `@fault`, in the module of its area."""

from collections.abc import Mapping

from lab.faults.catalogue import (
    by_hand,
    certificates,
    delay,
    encryption,
    labels,
    media,
    overlay,
    page,
    replicas,
    signaling,
    stalled,
    turn,
    unexplained,
    vips,
    waiting_tasks,
)
from lab.faults.fault import Fault, declared

AREAS = (
    overlay, encryption, delay, vips, labels, replicas, media, signaling, certificates, turn, stalled, waiting_tasks, by_hand,
    page, unexplained,
)  # fmt: skip
"""In the order in which the faults are listed and run; within an area, in the order of its module."""
FAULTS: Mapping[str, Fault] = {fault.name: fault for area in AREAS for fault in declared(area.__name__)}
