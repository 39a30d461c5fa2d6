"""The nodes' tables, looked at until they are as they should be: pure but for waiting, since what looks is handed in.

Rows that are not there yet, rows that could not be read and rows that are lost are three things. A row is lost where
two looks running, the last of them seconds after the first, found the same; what a look could not read is said.
"""

import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lab.probe.values import EXCHANGE_S, Row, without_any
from lab.waiting import Look, NotYet, Ready, WaitTimeoutError, wait_for

SECOND_LOOK_S = 6.0
"""Gossip tells of a new task within 0.2 s (networkdb's interval), and repeats what was lost for some seconds."""
INTERVAL_S = 0.5
UNREAD_LOOKS = 3
"""Tables that three looks could not read are not there to be read: a kernel that does not show them never will."""


@dataclass(frozen=True)
class TablesRead:
    """One look at every node's tables: `unread` says of which node they could not be read, and why."""

    rows: tuple[Row, ...]
    unread: tuple[str, ...] = ()


class CannotLookError(Exception):
    """Nothing could be looked at this time."""


def settled(look: Callable[[], TablesRead], deadline_s: float = SECOND_LOOK_S) -> TablesRead:
    """The rows once none is doubtful, else as the last look found them, without those that it alone found doubtful.

    `look` raises CannotLookError where it cannot look; it is tried again.
    """
    looks: list[TablesRead] = []
    failed: list[str] = []

    def once() -> Look[None]:
        began = time.monotonic()
        try:
            looks.append(look())
        except CannotLookError as error:
            failed.append(f"{error} (after {time.monotonic() - began:.1f} s)")
            return NotYet(str(error))
        lacking = ", ".join(row.task for row in looks[-1].rows if row.doubtful)
        again = looks[-1].unread and len(looks) < UNREAD_LOOKS
        return NotYet(f"not as it should be: {lacking}") if lacking or again else Ready(None)

    with contextlib.suppress(WaitTimeoutError):  # what is doubtful then is what was found
        wait_for("every node knows every task", once, deadline_s=deadline_s, interval_s=INTERVAL_S)
    if not looks:
        return TablesRead((), tuple(failed[-1:]))
    return _confirmed(looks)


def _confirmed(looks: list[TablesRead]) -> TablesRead:
    last = looks[-1]
    before = {_state(row) for row in looks[-2].rows} if len(looks) > 1 else set()
    empty = sorted(without_any(last.rows))
    rows = (row for row in last.rows if not row.doubtful or _state(row) in before)
    once = [row.task for row in last.rows if row.doubtful and _state(row) not in before]
    return TablesRead(
        tuple(rows),
        (
            *last.unread,
            *(f"{node}: its tables hold no task of another node: believed only where gossip gave the others up"
                for node in empty),
            *((f"seen once only, not judged: the rows of {', '.join(once)}",) if once else ()),
            *_not_yet(last.rows, set(empty)),
        ),
    )  # fmt: skip


def _state(row: Row) -> tuple[str, str, str | None, str | None]:
    return row.node, row.address, row.mac, row.via


def _not_yet(rows: Iterable[Row], empty: set[str]) -> Iterable[str]:
    for row in rows:
        if row.mac is None and row.young and row.node not in empty:
            yield (
                f"{row.node} has no entry yet of {row.address} ({row.task}), new for {row.age_s:.0f} s: "
                f"gossip that was lost is repeated within {EXCHANGE_S:g} s"
            )
