"""A file that a service's replicas have lost."""

from dataclasses import dataclass

from lab.cluster.handle import Lab
from lab.cluster.tasks import in_task, placed
from lab.waiting import Look, NotYet, Ready


@dataclass(frozen=True)
class MissingFile:
    """A file put out of the way, in each replica of a service that runs, or in those on `node` alone."""

    service: str
    path: str
    node: str = ""

    def _in_each(self, lab: Lab, script: str) -> list[str]:
        """What the script, given the path, says in each replica."""
        command = ["sh", "-c", script, "sh", self.path]
        replicas = [t for t in placed(lab) if t.service == self.service and self.node in ("", t.node)]
        return [in_task(lab, task, command)[1].strip() for task in replicas]

    def apply(self, lab: Lab) -> None:
        self._in_each(lab, '[ -e "$1.away" ] || mv "$1" "$1.away"')

    def took(self, lab: Lab) -> Look[str]:
        found = self._in_each(lab, '[ ! -e "$1" ] || echo "$1"')
        if any(found) or not found:
            return NotYet(
                f"{self.service}: {self.path} is there in {sum(map(bool, found))} of {len(found)} replicas"
            )
        return Ready(f"{self.service}: {self.path} is missing in {len(found)} replicas")

    def undo(self, lab: Lab) -> None:
        self._in_each(lab, '[ ! -e "$1.away" ] || mv "$1.away" "$1"')

    def undone(self, lab: Lab) -> Look[str]:
        left = [text for text in self._in_each(lab, '[ ! -e "$1.away" ] || echo "$1.away"') if text]
        if left:
            return NotYet(f"{self.service}: {left[0]} is still out of the way")
        return Ready(f"{self.service}: {self.path} is where it was")
