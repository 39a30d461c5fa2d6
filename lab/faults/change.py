"""What a fault is made of: changes that are data, can be written down before they are made, and undone from there.

Each is idempotent both ways, so that healing works after a crash at any moment.
"""

from typing import Protocol

from lab.cluster.handle import Lab
from lab.waiting import Look


class Change(Protocol):
    """One thing that is changed in the lab, and how it is seen that it is, or is no more."""

    def apply(self, lab: Lab) -> None:
        """Make the change; nothing where it is made already."""

    def took(self, lab: Lab) -> Look[str]:
        """Ready with the proof, in words, once the effect is seen."""

    def undo(self, lab: Lab) -> None:
        """Undo it; nothing where it is undone already or was never made."""

    def undone(self, lab: Lab) -> Look[str]:
        """Ready with the proof once nothing of it is left."""


Changes = tuple[Change, ...]
"""What one fault does, in order."""
