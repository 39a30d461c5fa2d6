"""Every lab of this person: its age, its nodes, and who is at it."""

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import docker
from rich.console import Console
from rich.table import Table

from lab.host import engine, ownership, state
from lab.host.engine import Marks
from lab.host.ownership import LABELLED
from lab.host.state import LabState

UP, CUT_OFF, CHANGING, ABANDONED, GONE, ANOTHERS = (
    "up",
    "cut off",
    "being changed",
    "abandoned",
    "gone",
    "another's",
)
MEANT = {
    CUT_OFF: "it was left while it was made or changed: python -m lab up makes it anew",
    ABANDONED: "its owner is gone: the next run removes it",
    GONE: "described here, and nothing of it is on this engine",
    ANOTHERS: "made from another state folder: another user's, or another container's",
}
"""What is said below the table of a state that is not to be expected."""


@dataclass(frozen=True)
class Row:
    """One lab. `created` is None where no description of it is ours to read."""

    name: str
    state: str
    nodes: int
    created: datetime.datetime | None
    kept: bool
    users: tuple[str, ...]

    def age_s(self, now: datetime.datetime) -> float | None:
        """Seconds since it was brought up."""
        return None if self.created is None else max(0.0, (now - self.created).total_seconds())


def every(host: docker.DockerClient) -> tuple[Row, ...]:
    """The labs that are on the engine, and those that are described here."""
    found = engine.marks(host)
    return tuple(_row(name, found.get(name, Marks())) for name in sorted({*found, *state.names()}))


def _row(name: str, on_engine: Marks) -> Row:
    owners = on_engine.owners
    anothers = bool(on_engine.homes) and state.home_label() not in on_engine.homes
    known = None if anothers else state.readable(name)
    noted = () if anothers else state.users_of(name)
    users = (*noted, *_alive(owners, noted))
    return Row(
        name=name,
        state=ANOTHERS if anothers else _state(known, owners, users),
        nodes=len(known.addresses if known is not None else on_engine.nodes),
        created=_when(known),
        kept=ownership.KEPT in owners,
        users=users,
    )


def _state(known: LabState | None, owners: Collection[str], users: Collection[str]) -> str:
    if owners and all(ownership.is_dead(owner) for owner in owners):
        return ABANDONED
    if not owners and known is not None and not users:
        return GONE
    if known is None or not known.whole:
        return CHANGING if users else CUT_OFF
    return UP


def _alive(owners: Collection[str], users: Collection[str]) -> Iterator[str]:
    """The processes whose labs they are, of those that left no note."""
    for owner in sorted(owners):
        read = LABELLED.fullmatch(owner)
        if read is not None and not ownership.is_dead(owner):
            pid = f"pid {read['pid']}"
            if not any(user.startswith(f"{pid}:") for user in users):
                yield f"{pid}: a run whose lab it is"


def _when(known: LabState | None) -> datetime.datetime | None:
    try:
        when = datetime.datetime.fromisoformat(known.created) if known is not None else None
    except (ValueError, TypeError):
        return None
    return when if when is None or when.tzinfo is not None else when.replace(tzinfo=datetime.UTC)


def content(rows: Collection[Row], now: datetime.datetime) -> Mapping[str, Any]:
    """As json_shapes.LABS has it."""
    return {
        "labs": [
            {
                "name": row.name, "created": None if row.created is None else row.created.isoformat(),
                "age_s": row.age_s(now), "nodes": row.nodes, "state": row.state, "kept": row.kept,
                "in_use_by": list(row.users),
            }
            for row in rows
        ]
    }  # fmt: skip


def show(rows: Collection[Row], now: datetime.datetime, console: Console) -> None:
    """A line for each lab, and what a state means that is not to be expected."""
    if not rows:
        console.print("no lab is up")
        return
    table = Table("lab", "state", "age", "nodes", "in use by")
    for row in rows:
        idle = "nobody; it stays until `down`" if row.kept else "nobody"
        table.add_row(row.name, row.state, age(row.age_s(now)), str(row.nodes), "\n".join(row.users) or idle)
    console.print(table)
    for found in dict.fromkeys(row.state for row in rows if row.state in MEANT):
        console.print(f"{found}: {MEANT[found]}", soft_wrap=True)


def age(seconds: float | None) -> str:
    """As a person says it: `40 s`, `12 min`, `5 h 10 min`, `3 days`."""
    if seconds is None:
        return "?"
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{seconds:.0f} s"
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h {minutes % 60} min" if hours < 48 else f"{hours // 24} days"
