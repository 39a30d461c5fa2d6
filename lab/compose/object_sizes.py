"""How large a config or secret may be: the engine refuses what is empty or too large, when the stack is deployed."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lab.named_files.opening import is_there

LIMITS = {"configs": 1000 * 1024, "secrets": 500 * 1024}
"""Bytes that a file must stay below: MaxConfigSize and MaxSecretSize of moby/swarmkit."""


def refusals(document: Mapping[str, Any], folder: Path) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Key and reason of each; a file that is not here is not looked at, for it may be where the deploy is."""
    for section, limit in LIMITS.items():
        for name, entry in (document.get(section) or {}).items():
            file = folder / str(entry["file"]) if entry.get("file") and not entry.get("driver") else None
            if file is None or not is_there(file):
                continue
            size = file.stat().st_size
            if not 0 < size < limit:
                what = f"has {size} bytes" if size else "is empty"
                yield (
                    (section, name, "file"),
                    f"{entry['file']} {what}: it must have some, and less than {limit}",
                )
