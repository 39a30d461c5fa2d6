"""Single values of stack files: memory, durations, ports and volumes, in the forms people write them."""

import re
from collections.abc import Iterator
from typing import Any

from lab.named_files.caps import LONGEST_AMOUNT

_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_MEMORY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)i?b?", re.IGNORECASE)
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|ms|s|m|h)")
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PORT = re.compile(
    r"(?:(?P<address>\[[^\]]+\]|[^:]*):)??(?:(?P<published>\d+(?:-\d+)?)?:)?(?P<target>\d+(?:-\d+)?)(?:/(?P<protocol>\w+))?",
    re.ASCII,
)
PROTOCOLS = ("tcp", "udp", "sctp")
LAST_PORT = 65535
MOST_BYTES = 2**63 - 1
MOST_SECONDS = (2**63 - 1) / 10**9
"""What Docker's own numbers hold: 64 bits of bytes or of nanoseconds."""


def memory(text: str) -> int:
    """Bytes of memory as Docker writes it: `2.5G` is 2.5 * 2^30. Raises ValueError."""
    found = _MEMORY.fullmatch(text.strip()) if len(text) <= LONGEST_AMOUNT else None
    size = float(found[1]) * _UNITS[found[2].lower()] if found is not None else MOST_BYTES * 2.0
    if size > MOST_BYTES:
        raise ValueError(f"{text!r} is no memory: write 512M or 2.5G")
    return int(size)


def is_memory(text: str) -> bool:
    """Whether Docker takes the text for memory."""
    try:
        memory(text)
    except ValueError:
        return False
    return True


def short_memory(size: int) -> str:
    """Bytes as a person writes them: `512M`, `2.5G`."""
    for unit, factor in (("G", 2**30), ("M", 2**20), ("K", 2**10)):
        if size >= factor and (size * 100) % factor == 0:
            return f"{size / factor:g}{unit}"
    return f"{size / 2**20:.0f}M" if size >= 2**20 else str(size)


def is_duration(text: str) -> bool:
    """Whether the text is a duration as Go writes it."""
    if len(text) > LONGEST_AMOUNT:
        return False
    written = "".join(match[0] for match in _DURATION.finditer(text))
    return text == "0" or (written == text != "" and _seconds(text) <= MOST_SECONDS)


def seconds(text: str) -> float:
    """The seconds of a duration as Go writes it: `1m30s` is 90. Raises ValueError."""
    if not is_duration(text):
        raise ValueError(f"{text!r} is no duration: write 10s or 1m30s")
    return _seconds(text)


def _seconds(text: str) -> float:
    return sum(float(match[1]) * _SECONDS[match[2]] for match in _DURATION.finditer(text))


def in_seconds(text: str) -> str:
    """The duration in seconds alone, which Go reads too: `1m30s` is `90s`."""
    return f"{seconds(text):.9f}".rstrip("0").rstrip(".") + "s"


def ports(written: object) -> Iterator[dict[str, Any]]:
    """The ports of one element of `ports`, in the long syntax; a range is as many. Raises ValueError."""
    if isinstance(written, dict):
        yield _long_port(written)
        return
    found = _PORT.fullmatch(str(written)) if len(str(written)) <= LONGEST_AMOUNT else None
    if found is None:
        raise ValueError(f"{written!r} is no port: write 80:80, 53:53/udp or 40000-40009:40000-40009/udp")
    targets = _range(found["target"])
    published = _range(found["published"]) if found["published"] else [None] * len(targets)
    if len(targets) == 1 < len(published):
        raise ValueError(f"{written!r} publishes {len(published)} ports of one: give as many targets")
    if len(targets) != len(published):
        raise ValueError(f"{written!r}: {len(published)} published ports for {len(targets)} targets")
    protocol = (found["protocol"] or "tcp").lower()
    if protocol not in PROTOCOLS:
        raise ValueError(f"{written!r}: the protocol is one of {', '.join(PROTOCOLS)}")
    for target, outside in zip(targets, published, strict=True):
        port = {"mode": "ingress", "target": target, "published": outside, "protocol": protocol}
        yield {key: value for key, value in port.items() if value is not None}


def _long_port(written: dict[str, Any]) -> dict[str, Any]:
    if "target" not in written:
        raise ValueError("a port in the long syntax needs `target:`, the port inside the container")
    numbers: dict[str, Any] = {key: int(written[key]) for key in ("target", "published") if key in written}
    for key, number in numbers.items():
        if not 0 <= number <= LAST_PORT:
            raise ValueError(f"{key} {number} is no port: those are 1 to {LAST_PORT}")
    return {"mode": "ingress", "protocol": "tcp", **written, **numbers}


def _range(text: str) -> list[int]:
    first, _, last = text.partition("-")
    low, high = int(first), int(last or first)
    if not 0 < low <= high <= LAST_PORT:
        raise ValueError(
            f"{text} is no range of ports: it runs from the lower to the higher, 1 to {LAST_PORT}"
        )
    return list(range(low, high + 1))


def volume(written: str | dict[str, Any]) -> dict[str, Any]:
    """One element of a service's `volumes` in the long syntax. Raises ValueError."""
    if isinstance(written, dict):
        if "target" not in written:
            raise ValueError("a volume in the long syntax needs `target:`, the path inside the container")
        return dict(written)
    parts = written.split(":")
    if not all(parts) or len(parts) > 3:
        raise ValueError(f"{written!r} is no volume: write source:/target or source:/target:ro")
    if len(parts) == 1:
        return {"type": "volume", "target": parts[0]}
    source, options = parts[0], parts[2].split(",") if len(parts) == 3 else []
    kind = "bind" if source[0] in "./~" else "volume"
    found: dict[str, Any] = {"type": kind, "source": source, "target": parts[1]}
    if "ro" in options:
        found["read_only"] = True
    if "nocopy" in options:
        found["volume"] = {"nocopy": True}
    return found
