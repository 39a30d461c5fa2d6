"""Adapting storage: paths of the production hosts, which a lab's nodes do not have."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Document = dict[str, Any]
ON_NODES = (
    "/", "/var/run/docker.sock", "/run/docker.sock", "/var/run", "/run", "/proc", "/sys", "/dev", "/tmp", "/etc",
    "/var/log", "/lib/modules", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/etc/ssl/certs",
)  # fmt: skip
"""Paths of a host that the lab's nodes have too."""
LARGEST_CONFIG = 500_000
"""Bytes; the Swarm's limit for one config."""


def fitted(document: Document, folder: Path) -> Iterator[str]:
    """Bind mounts of paths that the nodes lack become volumes, or configs where the file lies beside the stack."""
    for name, service in document["services"].items():
        kept = []
        for volume in service.get("volumes") or ():
            if volume.get("type") != "bind" or str(volume.get("source")) in ON_NODES:
                kept.append(volume)
                continue
            made, line = _instead(document, name, service, volume, folder)
            kept += [made] if made else []
            yield line
        if "volumes" in service:
            service["volumes"] = kept
    yield from _plain_volumes(document)


def _instead(
    document: Document, name: str, service: Document, volume: Document, folder: Path
) -> tuple[Document | None, str]:
    source, target = str(volume.get("source", "")), str(volume.get("target", ""))
    file = folder / source
    if not Path(source).is_absolute() and file.is_file() and file.stat().st_size <= LARGEST_CONFIG:
        key = _name("lab_file", source)
        document.setdefault("configs", {})[key] = {"file": source}
        service.setdefault("configs", []).append({"source": key, "target": target})
        return None, f"{name}: bind {source} -> the same file as a config (other nodes do not have the path)"
    key = _name("lab_bind", source)
    document.setdefault("volumes", {})[key] = {}
    made = {**{k: v for k, v in volume.items() if k != "bind"}, "type": "volume", "source": key}
    return made, f"{name}: bind {source} -> an empty volume (the lab's nodes do not have the path)"


def _name(prefix: str, source: str) -> str:
    return f"{prefix}_{re.sub(r'[^a-z0-9]+', '_', source.lower()).strip('_')}"


def _plain_volumes(document: Document) -> Iterator[str]:
    """Volumes on a server, a disk or a driver that the lab lacks are plain local ones."""
    for name, volume in (document.get("volumes") or {}).items():
        if volume.get("driver", "local") != "local" or volume.get("driver_opts"):
            was = volume.get("driver", "local")
            for key in ("driver", "driver_opts"):
                volume.pop(key, None)
            yield f"volume {name}: driver {was} with its options -> a plain local volume (nothing else is here)"
