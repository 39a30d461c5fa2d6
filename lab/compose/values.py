"""Single values of stack files: memory, durations, ports, volumes and command lines, in the forms that Docker reads."""

import ipaddress
import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from lab.named_files.caps import LONGEST_AMOUNT

_UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40, "p": 2**50}
_MEMORY = re.compile(
    r"(?P<size>[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?) ?(?:(?P<unit>[kmgtp])(?:i?b)?|b)?",
    re.IGNORECASE,
)
"""go-units RAMInBytes: `1.5GiB`, `.5G`, `512 M`."""
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_NANOSECONDS = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip
PROTOCOLS = ("tcp", "udp", "sctp")
PROPAGATIONS = ("rprivate", "private", "rshared", "shared", "rslave", "slave")
LAST_PORT = 65535
_NO_PORT = "is no port: write 80:80, 53:53/udp or 40000-40009:40000-40009/udp"
MOST_BYTES = MOST_NANOSECONDS = 2**63 - 1
"""What Docker's own numbers hold: 64 bits of bytes or of nanoseconds."""


def memory(text: str) -> int:
    """Bytes of memory as Docker writes it: `2.5G` is 2.5 * 2^30. Raises ValueError."""
    found = _MEMORY.fullmatch(text) if len(text) <= LONGEST_AMOUNT else None
    size = (
        Fraction(found["size"]) * _UNITS[(found["unit"] or "").lower()] if found is not None else Fraction(-1)
    )
    if not 0 <= size <= MOST_BYTES:
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


def nanoseconds(text: str) -> int:
    """A duration as Go writes it, which may be below zero. Raises ValueError."""
    sign, rest = (text[0], text[1:]) if text[:1] in ("-", "+") else ("", text)
    parts = list(_PART.finditer(rest)) if len(text) <= LONGEST_AMOUNT else []
    if rest != "0" and (not rest or "".join(part[0] for part in parts) != rest):
        raise ValueError(f"{text!r} is no duration: write 10s or 1m30s")
    length = sum(int(Fraction(f"0{part[1]}") * _NANOSECONDS[part[2]]) for part in parts)
    if length > MOST_NANOSECONDS:
        raise ValueError(f"{text!r} is no duration: it is longer than 292 years")
    return -length if sign == "-" else length


def is_duration(text: str) -> bool:
    """Whether the text is a duration as Go writes it."""
    try:
        nanoseconds(text)
    except ValueError:
        return False
    return True


def seconds(text: str) -> float:
    """The seconds of a duration as Go writes it: `1m30s` is 90. Raises ValueError."""
    return nanoseconds(text) / 10**9


def in_seconds(text: str) -> str:
    """The duration in seconds alone, which Go reads too: `1m30s` is `90s`."""
    length = nanoseconds(text)
    whole, part = divmod(abs(length), 10**9)
    return f"{'-' if length < 0 else ''}{whole}{f'.{part:09d}'.rstrip('0') if part else ''}s"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_AMOUNT else f"{text[:LONGEST_AMOUNT]}..."


def ports(written: object) -> Iterator[dict[str, Any]]:
    """The ports of one element of `ports`, in the long syntax; a range is as many. Raises ValueError.

    By the rules of docker/go-connections (nat.ParsePortSpec): a range of published ports for one target is one entry
    each, and they come in the order of the targets as texts.
    """
    if isinstance(written, dict):
        yield _long_port(written)
        return
    text = str(written)
    outside, _, inside = text.rpartition(":")
    address, _, published = outside.rpartition(":")
    target, _, rest = inside.partition("/")
    protocol = rest.partition("/")[0].lower() or "tcp"
    if len(text) > LONGEST_AMOUNT or not target or not _is_address(address):
        raise ValueError(f"{_short(text)!r} {_NO_PORT}")
    if protocol not in PROTOCOLS:
        raise ValueError(f"{text!r}: the protocol is one of {', '.join(PROTOCOLS)}")
    targets, hosts = _range(target, text), _range(published, text) if published else None
    if hosts is not None and len(targets) not in (1, len(hosts)):
        raise ValueError(f"{text!r}: {len(hosts)} published ports for {len(targets)} targets")
    for each in sorted(targets, key=lambda number: f"{number}/{protocol}"):
        at = None if hosts is None else hosts if len(targets) == 1 else [hosts[each - targets[0]]]
        for number in at or [0]:
            yield _port(each, number, protocol)


def _port(target: int, published: int, protocol: str) -> dict[str, Any]:
    port: dict[str, Any] = {"mode": "ingress", "target": target, "published": published, "protocol": protocol}
    return {key: value for key, value in port.items() if value or key == "target"}


def _is_address(text: str) -> bool:
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    try:
        return not text or (ipaddress.ip_address(bare) is not None and "%" not in bare)
    except ValueError:
        return False


def _long_port(written: dict[str, Any]) -> dict[str, Any]:
    """As it is written; what is not given is as the engine has it."""
    numbers: dict[str, Any] = {
        key: int(written[key]) % 2**32 for key in ("target", "published") if key in written
    }
    given = {key: value for key, value in {**written, **numbers}.items() if value}
    return {"mode": "ingress", "protocol": "tcp", "target": 0, **given}


def _range(text: str, whole: str) -> range:
    """Both ends of `text`; what follows a second hyphen is not looked at, as in Docker."""
    ends = text.split("-")[:2]
    if not all(re.fullmatch(r"[0-9]+", end) for end in ends):
        raise ValueError(f"{whole!r} {_NO_PORT}")
    low, high = int(ends[0]), int(ends[-1])
    if not low <= high <= LAST_PORT:
        raise ValueError(
            f"{text} is no range of ports: it runs from the lower to the higher, 0 to {LAST_PORT}"
        )
    return range(low, high + 1)


def volume(written: str | dict[str, Any]) -> dict[str, Any]:
    """One element of a service's `volumes` in the long syntax. Raises ValueError.

    By the rules of docker/cli (volumespec): one letter before a colon is a drive of Windows, so `v:/data` is a path.
    """
    if isinstance(written, dict):
        return dict(written)
    if len(written.encode()) in (1, 2):
        return {"type": "volume", "target": written}
    parts = _parts(written)
    if not all(parts) or len(parts) > 3:
        raise ValueError(f"{_short(written)!r} is no volume: write source:/target or source:/target:ro")
    if len(parts) == 1:
        return {"type": "volume", "target": parts[0]}
    found: dict[str, Any] = {
        "type": "bind" if _is_path(parts[0]) else "volume",
        "source": parts[0],
        "target": parts[1],
    }
    for option in parts[2].split(",") if len(parts) == 3 else ():
        if option in ("ro", "rw"):
            found["read_only"] = option == "ro"
        elif option == "nocopy":
            found["volume"] = {"nocopy": True}
        elif option in PROPAGATIONS:
            found["bind"] = {"propagation": option}
    return found


def _parts(text: str) -> list[str]:
    """The text cut at its colons, but for those behind a single letter."""
    parts = [""]
    for character in text:
        if character == ":" and not (len(parts[-1]) == 1 and parts[-1].isalpha()):
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _is_path(source: str) -> bool:
    return source[0] in "./~" or source.startswith("\\\\") or (source[0].isalpha() and source[1:2] == ":")


_WORD = re.compile(r"""(?:[^ \t\r\n"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+""", re.DOTALL)
_PIECE = re.compile(
    r"""\\(?P<escaped>.)|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<plain>[^"'\\]+)""", re.DOTALL
)


def words(text: str) -> list[str]:
    """A command line's words, by google/shlex: blanks, both quotes, backslash, and a comment behind `#`. Raises ValueError."""
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at] in " \t\r\n":
            at += 1
        elif text[at] == "#":
            at = text.find("\n", at) if "\n" in text[at:] else len(text)
        else:
            word = _WORD.match(text, at)
            end = at if word is None else word.end()
            if word is None or (end < len(text) and text[end] not in " \t\r\n"):
                raise ValueError(
                    "nothing follows the backslash at its end"
                    if text[end] == "\\"
                    else "a quote is not closed"
                )
            found.append("".join(_unquoted(piece) for piece in _PIECE.finditer(word[0])))
            at = end
    return found


def _unquoted(piece: re.Match[str]) -> str:
    if piece["double"] is not None:
        return re.sub(r"(?s)\\(.)", r"\1", piece["double"])
    return piece["escaped"] or piece["single"] or piece["plain"] or ""
