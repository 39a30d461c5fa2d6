"""Breaking a lab and mending it: each fault injects, proves that it took effect, heals, and proves that too."""

import datetime
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lab.cleaning import to_the_end, undone_on_failure
from lab.cluster.handle import Lab
from lab.errors import InputError
from lab.faults import edge, kinds
from lab.faults import record as records
from lab.faults.catalogue import FAULTS
from lab.faults.change import Change, Changes
from lab.faults.fault import Fault
from lab.faults.proof import until
from lab.faults.record import Record
from lab.faults.service_changes import ServiceChange
from lab.faults.soundness import prove_sound
from lab.host import ownership
from lab.text.nearest import hint
from lab.text.shell import lab_command

NO_ARGUMENTS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Healed:
    """A fault that is no more, and what proves it."""

    fault: str
    proofs: tuple[str, ...]


def named(name: str) -> Fault:
    """The fault; raises InputError with those there are."""
    if name not in FAULTS:
        raise InputError(
            f"no fault {name!r}: {hint(name, FAULTS, most=len(FAULTS))} (python -m lab fault list)"
        )
    return FAULTS[name]


def inject(
    lab: Lab, name: str, arguments: Mapping[str, str] = NO_ARGUMENTS, owner: str = ownership.KEPT
) -> Record:
    """Break the lab, and wait until the effect is seen; returns what was done, with the proofs.

    What is to be done is written down first. Raises InputError for a wrong name or argument, where the kernel lacks
    what the fault needs, or where the fault
    or one that changes the same service is injected already; LabError when it did not take, and then it is
    healed: where that fails as well, the error says both.
    """
    fault = named(name)
    if fault.needs and (lacking := fault.lacking(lab.state.kernel)):
        raise InputError(f"fault {name}: {lacking}")
    chosen = fault.arguments(arguments)
    changes = fault.changes(lab, chosen)
    described = tuple(kinds.as_json(change) for change in changes)
    _refuse_clash(lab, name, described)
    now = datetime.datetime.now(datetime.UTC).isoformat()
    record = Record(name, chosen, owner, now, described)
    with undone_on_failure(lambda: heal(lab, name)):
        records.save(lab.name, record)
        record = replace(record, proofs=_apply(lab, fault, changes))
        records.save(lab.name, record)
    return record


def _refuse_clash(lab: Lab, name: str, described: tuple[Mapping[str, Any], ...]) -> None:
    services = _services(described)
    for record in injected(lab):
        shared = _services(record.changes) & services
        if record.fault == name or shared:
            what = "is injected" if record.fault == name else f"has changed {', '.join(sorted(shared))}"
            raise InputError(
                f"{record.fault} {what} already: "
                + lab_command("fault", "heal", record.fault, "--name", lab.name)
            )


def _services(described: tuple[Mapping[str, Any], ...]) -> Set[str]:
    return {change["service"] for change in described if change["kind"] == ServiceChange.__name__}


def _apply(lab: Lab, fault: Fault, changes: Changes) -> tuple[str, ...]:
    proofs = [_applied(lab, fault.name, change) for change in changes]
    if fault.routed and any(isinstance(change, ServiceChange) for change in changes):
        until("Traefik takes over", lambda: edge.edge_knows_tasks(lab))
    if (effect := fault.effect) is not None:
        proofs.append(until(f"effect of {fault.name}", lambda: effect(lab)))
    return tuple(proofs)


def _applied(lab: Lab, fault: str, change: Change) -> str:
    change.apply(lab)
    return until(f"fault {fault}", lambda: change.took(lab))


def injected(lab: Lab) -> tuple[Record, ...]:
    """The faults that are in the lab, the newest first."""
    return records.load(lab.name)


def left_behind(lab: Lab) -> tuple[Record, ...]:
    """Those whose injector is gone, as after a crash."""
    return tuple(record for record in injected(lab) if record.abandoned)


def heal(lab: Lab, name: str) -> Healed:
    """Undo the fault, and wait until nothing of it is left; nothing to do is no error.

    Every change is undone, the last one first, whatever becomes of the others; raises CleanUpError with all that
    could not be, and the fault stays on record then. When it was the last fault the lab is proved sound as well;
    raises NotReadyError when it is not.
    """
    named(name)
    record = next((r for r in injected(lab) if r.fault == name), None)
    if record is None:
        return Healed(name, (f"{name} is not injected",))
    steps = ((str(each["kind"]), partial(_undone, lab, each)) for each in reversed(record.changes))
    proofs = to_the_end(f"{name} is not healed", steps)
    records.drop(lab.name, name)
    if not injected(lab):
        proofs.append(prove_sound(lab))
    return Healed(name, tuple(proofs))


def _undone(lab: Lab, described: Mapping[str, Any]) -> str:
    change = kinds.from_json(described)
    change.undo(lab)
    return until("healing", lambda: change.undone(lab))


def heal_all(lab: Lab) -> tuple[Healed, ...]:
    """Heal every fault, the newest first, whatever becomes of the others; raises CleanUpError with all that did not."""
    steps = ((record.fault, partial(heal, lab, record.fault)) for record in injected(lab))
    return tuple(to_the_end(f"lab {lab.name} is not mended", steps))
