"""The JSON documents of `python -m lab`: what each holds. docs/settings.md has the table; a change here is a new version."""

from collections.abc import Mapping

from lab.text.json_document import Shape

_FAULT: Mapping[str, str] = {
    "injected[].fault": "text: the fault that is in the lab",
    "injected[].arguments.*": "text: its arguments by name",
    "injected[].since": "text: when it was injected, ISO 8601, UTC",
    "injected[].proofs[]": "text: what showed that it took effect",
}

STATUS = Shape(
    "status",
    {
        "lab": "text: the lab's name",
        "created": "text: when it was brought up, ISO 8601, UTC",
        "subnet": "text: its network on this host",
        "whole": "flag: false where it was cut off while it was made or changed",
        "in_use_by[]": "text: the processes that are at it",
        "nodes[].name": "text: the node's name",
        "nodes[].state": "text: ready, down, ...",
        "nodes[].role": "text: manager or worker",
        "nodes[].address": "text or null: its address on this host",
        "services[].name": "text: the service's name, the stack's before it",
        "services[].running": "number: tasks that run",
        "services[].wanted": "number or null: replicas; null for one task on each node",
        "services[].nodes[]": "text: where they run",
        "services[].image": "text: its image",
        "hosts.*": "text: public host -> the address where it is reached",
        "ca_file": "text: the CA to trust",
        "swarm_api": "text: the manager's Docker API",
        "not_exercised[]": "text: what this kernel cannot show",
        **_FAULT,
    },
)

LABS = Shape(
    "status --all",
    {
        "labs[].name": "text: the lab's name",
        "labs[].created": "text or null: when it was brought up, ISO 8601, UTC; null where nothing here describes it",
        "labs[].age_s": "number or null: seconds since then",
        "labs[].nodes": "number: its nodes",
        "labs[].state": "text: up, cut off, abandoned, gone (described here, and nothing on the engine), another's",
        "labs[].kept": "flag: a person keeps it up; only `down` removes it",
        "labs[].in_use_by[]": "text: the processes that are at it",
    },
)

FAULTS = Shape(
    "fault list",
    {
        "lab": "text or null: the lab that is up",
        "faults[].name": "text: the fault's name",
        "faults[].summary": "text: what is broken",
        "faults[].arguments.*": "text: its arguments by name, with their defaults",
        "faults[].injected": "flag: whether it is in the lab",
        **_FAULT,
    },
)

CHECK = Shape(
    "check",
    {
        "fit": "flag: whether this machine can carry a lab; the exit status says the same",
        "lacks[]": "text: what it lacks, with the remedy",
        "host[].what": "text: what a lab can use where it is there",
        "host[].has": "flag or null: whether this host has it; null where that is not known",
        "host[].text": "text: what it is good for, what its lack leaves out, or why it is not known",
    },
)

BENCH = Shape(
    "bench",
    {
        "machine.when": "text: when it was measured, ISO 8601, UTC",
        "machine.cores": "number: processors",
        "machine.memory_gib": "number: memory",
        "machine.kernel": "text: the kernel's version",
        "machine.engine": "text: Docker's version",
        "machine.storage": "text: Docker's storage driver",
        "machine.python": "text: Python's version",
        "stages.*": "number: seconds of each stage, in the order that they ran",
        "obvious.*": "number: seconds of the same end reached the obvious way",
        "criteria.*": "number: seconds of each criterion's tests",
        "notes[]": "text: what else was seen",
    },
)
SHAPES = (STATUS, LABS, FAULTS, CHECK, BENCH)
