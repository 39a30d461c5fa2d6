"""`python -m lab fault`: what can be broken, what is, and how it is mended, as a person reads it."""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab.cluster.handle import Lab
from lab.errors import InputError
from lab.faults import control
from lab.faults.catalogue import FAULTS
from lab.text.shell import lab_command
from lab.tools import lab_view


def _pairs(arguments: Sequence[str]) -> dict[str, str]:
    pairs = [argument.partition("=") for argument in arguments]
    for name, sign, _ in pairs:
        if not sign:
            raise InputError(f"fault inject: {name!r} is no KEY=VALUE")
    return {name: value for name, _, value in pairs}


def listed(lab: Lab | None, *, only_injected: bool = False) -> Iterator[str]:
    """Every fault with its defaults, or none of them, and which are injected where a lab is up."""
    now = {record.fault for record in control.injected(lab)} if lab is not None else frozenset()
    width = max(map(len, FAULTS))
    for name, fault in FAULTS.items() if not only_injected else ():
        defaults = " ".join(f"{key}={value}" for key, value in fault.defaults.items())
        yield f"{'!' if name in now else ' '} {name:{width}}  {fault.summary}{f' ({defaults})' if defaults else ''}"
    if lab is not None:
        yield from broken(lab)


def content(lab: Lab | None) -> Mapping[str, Any]:
    """The same as json_shapes.FAULTS has it."""
    injected = control.injected(lab) if lab is not None else ()
    now = {record.fault for record in injected}
    faults = [
        {"name": name, "summary": fault.summary, "arguments": dict(fault.defaults), "injected": name in now}
        for name, fault in FAULTS.items()
    ]
    return {"lab": lab and lab.name, "faults": faults, "injected": lab_view.faults(injected)}


def broken(lab: Lab) -> Iterator[str]:
    """What is injected in a lab."""
    yield from (f"broken by {record}" for record in control.injected(lab))


def inject(lab: Lab, args: argparse.Namespace) -> Iterator[str]:
    """Break the lab; the proofs, and how to mend it."""
    record = control.inject(lab, args.fault, _pairs(args.arguments))
    yield from (f"{record.fault}: {proof}" for proof in record.proofs)
    yield f"heal it with: {lab_command('fault', 'heal', record.fault, '--name', lab.name)}"


def heal(lab: Lab, args: argparse.Namespace) -> Iterator[str]:
    """Mend the lab; the proofs."""
    healed = control.heal_all(lab) if args.all else (control.heal(lab, args.fault),)
    for one in healed:
        yield from (f"{one.fault}: {proof}" for proof in one.proofs)
    if not healed:
        yield f"lab {lab.name}: nothing is injected"


def mended(lab: Lab) -> Iterator[str]:
    """What `up` says of a lab that is broken: it heals it, since a person who says `up` wants it well."""
    for one in control.heal_all(lab):
        yield f"healed {one.fault}: {one.proofs[-1]}"
