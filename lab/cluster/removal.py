"""Which labs are there, which were cut off, and how each is removed: whole, and none but it."""

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import docker

from lab.cleaning import to_the_end
from lab.cluster.handle import Lab
from lab.errors import InputError
from lab.host import engine, ownership, state
from lab.host.progress import Reporter
from lab.text.shell import docker_command

Steps = Iterator[tuple[str, Callable[[], object]]]


def attach(host: docker.DockerClient, name: str) -> Lab | None:
    """The lab of that name, whole or not, if it has a state and any container, else None."""
    found = state.load(name)
    return Lab(host, found) if found is not None and engine.belongings(host, name).containers else None


def usable(host: docker.DockerClient, name: str) -> Lab | None:
    """The lab of that name if it can be used or repaired; None for one that is not there, was cut off while it was
    made, changed or removed, or whose description is spoilt."""
    found = state.readable(name)
    if found is None or not found.whole or not engine.belongings(host, name).containers:
        return None
    return Lab(host, found)


def sweep(host: docker.DockerClient, reporter: Reporter) -> list[str]:
    """Remove the labs whose owner process is gone, and those of this home that were cut off while they were made or
    removed (`kill -9`), and nothing else; returns the names of the former.

    Every one is tried; raises CleanUpError with those that could not be removed.
    """
    left = [
        lab
        for lab, owners in engine.owners(host).items()
        if owners and all(ownership.is_dead(owner) for owner in owners)
    ]

    def steps() -> Steps:
        yield "what processes that are gone had for themselves", partial(engine.remove_abandoned, host)
        for lab in left:
            reporter.say(f"  lab {lab}: its owner is gone; removing what it left")
            yield lab, partial(_down_of_the_dead, host, lab)
        for lab in state.names():
            yield lab, partial(_forget_if_left, host, lab, reporter)

    to_the_end("not every lab was removed", steps())
    return left


def _down_of_the_dead(host: docker.DockerClient, name: str) -> None:
    """Remove a lab that nobody can use any more, whoever's it was; a description of ours is another lab's then."""
    if _is_another_homes(host, name):
        engine.remove(host, name)
    else:
        down(host, name)


def _forget_if_left(host: docker.DockerClient, name: str, reporter: Reporter) -> None:
    """Forget a lab that is described here and has nothing on this engine any more, or was cut off; not one that
    somebody is at."""
    with state.held(name, wait=False) as ours:
        known = state.readable(name)
        if not ours or (known is not None and known.engine != host.info()["ID"]):
            return
        owners = engine.owners(host).get(name, set()) | ({known.owner} if known is not None else set())
        if not all(owner == ownership.KEPT or ownership.is_dead(owner) for owner in owners):
            return
        if homes := engine.homes(host, name, unnamed=True):
            if homes != {state.home_label()} or (known is not None and known.whole):
                return
            reporter.say(
                f"  lab {name} was cut off while it was made, changed or removed; removing what is left"
            )
        removed(host, name)


def owned_by(host: docker.DockerClient, owner: str) -> list[str]:
    """The labs that this owner alone has on the engine or in a state folder."""
    on_engine = [lab for lab, owners in engine.owners(host).items() if owners == {owner}]
    described = [
        lab for lab in state.names() if (known := state.readable(lab)) is not None and known.owner == owner
    ]
    return sorted({*on_engine, *described})


def down(
    host: docker.DockerClient, name: str, on_wait: Callable[[], None] | None = None
) -> engine.Belongings:
    """Remove the lab, whole; what is not there is no error. Raises InputError for a lab of another's.

    `on_wait` is called where another process is at the lab, before that one's end is waited for.
    """
    with state.held(name, on_wait=on_wait):
        refuse_another_homes(host, name)
        return removed(host, name)


def removed(host: docker.DockerClient, name: str) -> engine.Belongings:
    """Remove the lab, which the caller holds, and return what there was."""
    state.retire(name)
    gone = engine.remove(host, name)
    state.forget(name)
    return gone


def down_all(host: docker.DockerClient, names: Iterable[str]) -> None:
    """Remove each of these labs, whatever becomes of the others; raises CleanUpError with all that stay."""
    to_the_end("not every lab was removed", ((name, partial(down, host, name)) for name in names))


def _is_another_homes(host: docker.DockerClient, name: str) -> bool:
    return bool(engine.homes(host, name) - {state.home_label()})


def refuse_another_homes(host: docker.DockerClient, name: str) -> None:
    """Raises InputError where a lab of that name is on the engine and was made from another state folder: another
    user's, another container's. Using or removing it would be at their cost. One that a container made for this very
    process is ours (`python -m lab inside`)."""
    others = engine.homes(host, name) - {state.home_label()}
    if others and engine.owners(host).get(name) != {ownership.label_of(os.getpid())}:
        listed = docker_command("ps", "-a", "--filter", f"label={ownership.LABEL}={name}")
        raise InputError(
            f"the lab {name!r} on this engine was made from another state folder, {min(others)}: choose another name "
            f"with --name, or remove it from there; where that is impossible: {listed}"
        )
