"""What a lab changed in a stack file: of which kind, and what it was and became. The suite says it beside its verdicts."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

FILE = "changes.txt"
"""In a lab's folder: a line for each change that was made to the stack deployed there."""


class Kind(StrEnum):
    """What a change is about."""

    ENCRYPTION = "encryption"
    ENDPOINT = "endpoint"
    CERTIFICATES = "certificates"
    ADDRESS = "announced address"
    STORAGE = "storage"
    OBJECTS = "secrets and configs"
    LOGGING = "logging"
    DEVICES = "devices"
    NETWORKS = "networks"
    RESOURCES = "resources"
    HEALTH = "health checks"
    IMAGES = "images"
    FORMAT = "format of the file"


@dataclass(frozen=True)
class Change:
    """One change: `text` names the service or network, its key, what it was, what it became, and why."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return self.text


def of_kind(kind: Kind, texts: Iterable[str]) -> list[Change]:
    """A change of this kind for each text; the texts come as the changes are made."""
    return [Change(kind, text) for text in texts]


def written(changes: Iterable[Change]) -> str:
    """The file's text."""
    return "".join(f"{each.kind}: {each.text}\n" for each in changes)


def read(text: str) -> tuple[Change, ...]:
    """What `written` wrote; raises ValueError for a line that is none of its."""
    split = (line.partition(": ") for line in text.splitlines())
    return tuple(Change(Kind(kind), rest) for kind, _, rest in split)
