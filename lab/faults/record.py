"""What is broken in a lab, written down before it is broken: so that anybody can heal it, also after a crash."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.host import ownership, state


@dataclass(frozen=True)
class Record:
    """An injected fault. `owner` is the process that injected it, or `kept` for a person's; `changes` are in the
    order they were made; `proofs` stay empty until the fault was seen to have taken effect."""

    fault: str
    arguments: dict[str, str]
    owner: str
    at: str
    changes: tuple[dict[str, Any], ...]
    proofs: tuple[str, ...] = ()

    @property
    def abandoned(self) -> bool:
        """Whether the process that injected it is gone for sure."""
        return ownership.is_dead(self.owner)

    def __str__(self) -> str:
        arguments = " ".join(f"{name}={value}" for name, value in self.arguments.items())
        proofs = "; ".join(self.proofs) or "not seen to have taken effect"
        return f"{self.fault} {arguments} since {self.at[:19]}Z: {proofs}"


def _folder(lab: str) -> Path:
    return state.folder(lab) / "faults"


def save(lab: str, record: Record) -> None:
    """Write the record, whole or not at all."""
    place = _folder(lab) / f"{record.fault}.json"
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = place.with_suffix(".new")
    fresh.touch(mode=0o600)  # a changed certificate's key stands in it
    fresh.write_text(json.dumps(dataclasses.asdict(record), indent=2))
    fresh.replace(place)


def drop(lab: str, fault: str) -> None:
    """Forget a healed fault."""
    (_folder(lab) / f"{fault}.json").unlink(missing_ok=True)


def load(lab: str) -> tuple[Record, ...]:
    """What is injected in a lab, the newest first; raises LabError for a record that cannot be read."""
    found = [_read(path) for path in _folder(lab).glob("*.json")]
    return tuple(sorted(found, key=lambda record: record.at, reverse=True))


def _read(path: Path) -> Record:
    try:
        fields = json.loads(path.read_text())
        return Record(**{**fields, "changes": tuple(fields["changes"]), "proofs": tuple(fields["proofs"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise LabError(
            f"{path} is not a fault's record ({error}): remove the lab with: python -m lab down"
        ) from error
