"""Breaking a lab and mending it: each fault injects, proves that it took effect, heals, and proves that too."""

import contextlib
import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import httpx

from lab.cluster import readiness, stack_deploy
from lab.cluster.lifecycle import Lab
from lab.errors import InputError, LabError
from lab.faults import change as faults_changes
from lab.faults import looks, process_changes
from lab.faults import record as faults_record
from lab.faults.catalogue import FAULTS, Fault
from lab.faults.record import Record
from lab.faults.service_changes import ServiceChange
from lab.host import ownership
from lab.waiting import Look, NotYet, Ready

__all__ = [
    "FAULTS",
    "Fault",
    "Healed",
    "Record",
    "heal",
    "heal_all",
    "inject",
    "injected",
    "left_behind",
    "running",
]
NO_ARGUMENTS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Healed:
    """A fault that is no more, and what proves it."""

    fault: str
    proofs: tuple[str, ...]


def named(name: str) -> Fault:
    """The fault; raises InputError with those there are."""
    if name not in FAULTS:
        raise InputError(f"no fault {name!r}: there are {', '.join(FAULTS)} (python -m lab fault list)")
    return FAULTS[name]


def inject(
    lab: Lab, name: str, arguments: Mapping[str, str] = NO_ARGUMENTS, owner: str = ownership.KEPT
) -> Record:
    """Break the lab, and wait until the effect is seen; returns what was done, with the proofs.

    What was done is written down first. Raises InputError for a wrong name or argument, or where the fault or
    one that changes the same service is injected already; LabError when it did not take, and then it is healed.
    """
    fault = named(name)
    chosen = _arguments(fault, arguments)
    changes = fault.changes(lab, chosen)
    described = tuple(faults_changes.as_json(change) for change in changes)
    _refuse_clash(lab, name, described)
    now = datetime.datetime.now(datetime.UTC).isoformat()
    record = Record(name, chosen, owner, now, described)
    faults_record.save(lab.name, record)
    try:
        proofs = _apply(lab, fault, changes)
    except BaseException:
        with contextlib.suppress(LabError):
            heal(lab, name)
        raise
    record = replace(record, proofs=proofs)
    faults_record.save(lab.name, record)
    return record


def _arguments(fault: Fault, given: Mapping[str, str]) -> dict[str, str]:
    unknown = [name for name in given if name not in fault.defaults]
    if unknown:
        takes = ", ".join(f"{k}={v}" for k, v in fault.defaults.items()) or "none"
        raise InputError(f"fault {fault.name} has no argument {unknown[0]!r}: it takes {takes}")
    return {**fault.defaults, **given}


def _refuse_clash(lab: Lab, name: str, described: tuple[Mapping[str, object], ...]) -> None:
    services = {change["service"] for change in described if change["kind"] == "ServiceChange"}
    for record in injected(lab):
        theirs = {change["service"] for change in record.changes if change["kind"] == "ServiceChange"}
        if record.fault == name or services & theirs:
            what = (
                "is injected"
                if record.fault == name
                else f"has changed {', '.join(sorted(theirs & services))}"
            )
            raise InputError(
                f"{record.fault} {what} already: python -m lab fault heal {record.fault} --name {lab.name}"
            )


def _apply(lab: Lab, fault: Fault, changes: tuple[faults_changes.Change, ...]) -> tuple[str, ...]:
    proofs = []
    for change in changes:
        change.apply(lab)
        proofs.append(faults_changes.until(f"fault {fault.name}", lambda one=change: one.took(lab)))  # type: ignore[misc]
    if fault.routed and any(isinstance(change, ServiceChange) for change in changes):
        faults_changes.until("Traefik takes over", lambda: looks.edge_knows_tasks(lab))
    if fault.effect is not None:
        effect = fault.effect
        proofs.append(faults_changes.until(f"effect of {fault.name}", lambda: effect(lab)))
    return tuple(proofs)


def injected(lab: Lab) -> tuple[Record, ...]:
    """The faults that are in the lab, the newest first."""
    return faults_record.load(lab.name)


def left_behind(lab: Lab) -> tuple[Record, ...]:
    """Those whose injector is gone, as after a crash."""
    return tuple(record for record in injected(lab) if record.abandoned)


def heal(lab: Lab, name: str) -> Healed:
    """Undo the fault, and wait until nothing of it is left; nothing to do is no error.

    When it was the last one, the lab is proved sound as well. Raises LabError when it does not heal.
    """
    named(name)
    record = next((r for r in injected(lab) if r.fault == name), None)
    if record is None:
        return Healed(name, (f"{name} is not injected",))
    proofs = [_undo(lab, faults_changes.from_json(change)) for change in reversed(record.changes)]
    faults_record.drop(lab.name, name)
    if not injected(lab):
        proofs.append(prove_sound(lab))
    return Healed(name, tuple(proofs))


def _undo(lab: Lab, change: faults_changes.Change) -> str:
    change.undo(lab)
    return faults_changes.until("healing", lambda: change.undone(lab))


def heal_all(lab: Lab) -> tuple[Healed, ...]:
    """Heal every fault, the newest first; raises LabError at the first that does not."""
    return tuple(heal(lab, record.fault) for record in injected(lab))


def prove_sound(lab: Lab) -> str:
    """Wait until the lab is well: converged, spread, routed, every node reaching every other."""
    readiness.wait_converged(lab.manager, stack_deploy.STACK_NAME)
    process_changes.respread(lab)
    faults_changes.until("a sound lab", lambda: _sound(lab))
    return "the lab is sound: converged, every replica routed, every node reaches every other"


def _sound(lab: Lab) -> Look[bool]:
    known = looks.edge_knows_tasks(lab)
    if not isinstance(known, Ready):
        return known
    try:
        pages = looks.pages(lab)
        cut = looks.uncrossed(lab)
    except (httpx.TransportError, LabError) as error:
        return NotYet(str(error))
    wrong = [*pages, *cut]
    return NotYet("; ".join(wrong)) if wrong else Ready(True)


@contextlib.contextmanager
def running(
    lab: Lab, name: str, arguments: Mapping[str, str] = NO_ARGUMENTS, owner: str = ownership.KEPT
) -> Iterator[Record]:
    """A broken lab for the length of a block."""
    record = inject(lab, name, arguments, owner)
    try:
        yield record
    finally:
        heal(lab, name)
