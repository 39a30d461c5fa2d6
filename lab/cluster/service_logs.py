"""The log of a service over all its tasks, as a manager has it: as it stands, or on and on."""

import struct
from collections.abc import Iterable, Iterator

import docker
import requests
import urllib3

from lab.text.masking import pem_blocks

LONGEST_LINE = 100_000
"""Characters of a line that are kept; Docker itself cuts lines into pieces of 16 KiB."""
CUT = " ... (the rest of this line is left out)"


def text(manager: docker.DockerClient, service: str, tail: int) -> str:
    """The last lines of each task, in order of time, each with its time."""
    raw = b"".join(_pieces(manager, service, tail, follow=False))
    return "\n".join(sorted(raw.decode(errors="replace").splitlines()))


def followed(manager: docker.DockerClient, service: str, tail: int) -> Iterator[str]:
    """The last lines of each task, then each line as it comes, until the log ends.

    A private key is given as one text of several lines, for line by line it would not be known as one. Raises
    requests' exceptions where the connection breaks.
    """
    return keys_whole(lines(_pieces(manager, service, tail, follow=True)))


def _pieces(manager: docker.DockerClient, service: str, tail: int, *, follow: bool) -> Iterator[bytes]:
    """What the tasks wrote, without the frames that Docker sends it in; one that is cut off is left out."""
    stream = manager.api.service_logs(
        service, stdout=True, stderr=True, tail=str(tail), follow=follow, timestamps=True
    )
    try:
        yield from stream
    except struct.error:  # docker-py meets the end within a frame's head
        return
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ConnectionError(f"the log broke off: {error}") from error


def lines(pieces: Iterable[bytes], longest: int = LONGEST_LINE) -> Iterator[str]:
    """Whole lines of a stream that comes in pieces of any size; no more than one line is kept, and none that is longer."""
    kept, is_cut = bytearray(), False
    for piece in pieces:
        *whole, rest = piece.split(b"\n")
        for end in whole:
            is_cut |= _add(kept, end, longest)
            yield _line(kept, is_cut=is_cut)
            kept.clear()
            is_cut = False
        is_cut |= _add(kept, rest, longest)
    if kept:
        yield _line(kept, is_cut=is_cut)


def _add(kept: bytearray, more: bytes, longest: int) -> bool:
    """Put as much behind it as there is room for; whether something had to be left out."""
    room = longest - len(kept)
    kept += more[:room]
    return len(more) > room


def _line(raw: bytearray, *, is_cut: bool) -> str:
    return raw.decode(errors="replace").removesuffix("\r") + (CUT if is_cut else "")


def keys_whole(found: Iterable[str]) -> Iterator[str]:
    """The same, the lines of a private key together; no more of them is kept than a key may have."""
    held: list[str] = []
    for line in found:
        held.append(line)
        block = "\n".join(held)
        if not pem_blocks.is_open(block) or len(block) > pem_blocks.LONGEST:
            yield block
            held = []
    if held:
        yield "\n".join(held)
