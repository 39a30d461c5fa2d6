"""A relay that answers with what is no TURN, by UDP and by TCP: one way each."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fixtures.limits import Limits
from fixtures.observe.turn.values import TurnServer

Answers = Callable[[bytes], Iterator[bytes]]
"""From a request to what is sent back for it."""
COOKIE = 0x2112A442
ALLOCATED, REFUSED, DATA = 0x0103, 0x0113, 0x0017
"""Types of messages: an allocation's answer, its refusal, a Data indication."""
LIFETIME, ERROR_CODE, RELAYED, MAPPED, PEER, CONTENT = 0x000D, 0x0009, 0x0016, 0x0020, 0x0012, 0x0013


def message(
    kind: int, request: bytes, *attributes: bytes, transaction: bytes = b"", length: int | None = None
) -> bytes:
    """A STUN message that answers `request`, or has another transaction or length."""
    body = b"".join(attributes)
    size = len(body) if length is None else length
    return struct.pack(">HHI", kind, size, COOKIE) + (transaction or request[8:20]) + body


def attribute(kind: int, value: bytes, length: int | None = None) -> bytes:
    """An attribute, or one whose length is wrong."""
    size = len(value) if length is None else length
    return struct.pack(">HH", kind, size) + value + bytes(-len(value) % 4)


def address(kind: int, host: str = "127.0.0.1", port: int = 9) -> bytes:
    """An XOR address."""
    packed = struct.pack(">HH", 1, port ^ (COOKIE >> 16))
    return attribute(
        kind, packed + struct.pack(">I", struct.unpack(">I", socket.inet_aton(host))[0] ^ COOKIE)
    )


def allocated(request: bytes, lifetime_s: int = 600, port: int = 9) -> bytes:
    """A grant without a challenge."""
    lifetime = attribute(LIFETIME, struct.pack(">I", lifetime_s))
    return message(ALLOCATED, request, address(RELAYED, port=port), address(MAPPED), lifetime)


def once(*given: Callable[[bytes], bytes]) -> Answers:
    """These, for every request."""

    def answers(request: bytes) -> Iterator[bytes]:
        yield from (each(request) for each in given)

    return answers


def again(given: Callable[[bytes], bytes]) -> Answers:
    """This, without end."""

    def answers(request: bytes) -> Iterator[bytes]:
        while True:
            yield given(request)

    return answers


def _unsigned(request: bytes) -> bytes:
    """Asks for credentials, and grants without a signature once they are presented."""
    presented = b"\x00\x08\x00\x14" in request  # the head of MESSAGE-INTEGRITY
    return allocated(request) if presented else _challenge(request, b"n")


def _challenge(request: bytes, nonce: bytes, code: bytes = b"\0\0\4\1") -> bytes:
    """A refusal that asks for credentials (0401 by default), whatever was presented."""
    return message(
        REFUSED, request, attribute(ERROR_CODE, code), attribute(0x0014, b"r"), attribute(0x0015, nonce)
    )


WAYS: dict[str, Answers] = {
    "nothing": once(),
    "letters": once(lambda r: b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n"),
    "http": once(lambda r: b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
    "short": once(lambda r: b"\x01\x03\x00"),
    "empty": once(lambda r: b""),
    "header alone": once(lambda r: message(ALLOCATED, r)),
    "length too long": once(lambda r: message(ALLOCATED, r, length=60_000)),
    "length too short": once(lambda r: message(ALLOCATED, r, address(RELAYED), length=4)),
    "another transaction": once(lambda r: message(ALLOCATED, r, address(RELAYED), transaction=b"x" * 12)),
    "unknown method": once(lambda r: message(0x0FEF, r)),
    "attribute beyond the end": once(lambda r: message(ALLOCATED, r, attribute(RELAYED, b"abcd", 60_000))),
    "address of 3 bytes": once(lambda r: message(ALLOCATED, r, attribute(RELAYED, b"abc"))),
    "address of no family": once(lambda r: message(ALLOCATED, r, attribute(RELAYED, b"\0\x07abcdef"))),
    "lifetime of 1 byte": once(lambda r: message(ALLOCATED, r, attribute(LIFETIME, b"x"))),
    "error of 2 bytes": once(lambda r: message(REFUSED, r, attribute(ERROR_CODE, b"xx"))),
    "error of no utf-8": once(lambda r: message(REFUSED, r, attribute(ERROR_CODE, b"\0\0\4\1\xff\xfe"))),
    "error without a code": once(lambda r: message(REFUSED, r)),
    "error with a reason of 60 kB": once(
        lambda r: message(REFUSED, r, attribute(ERROR_CODE, b"\0\0\5\0" + b"y" * 60_000))
    ),
    "error with control characters": once(
        lambda r: message(REFUSED, r, attribute(ERROR_CODE, b"\0\0\4\3\x1b[2Jno"))
    ),
    "challenge with a nonce of 60 kB": once(lambda r: _challenge(r, b"n" * 60_000)),
    "challenge again and again": once(lambda r: _challenge(r, b"n")),
    "granted without a signature": once(_unsigned),
    "try another server": once(lambda r: _challenge(r, b"n", b"\0\0\3\0")),
    "lifetime zero": once(lambda r: allocated(r, lifetime_s=0)),
    "relayed at port 0": once(lambda r: allocated(r, port=0)),
    "channel data": once(lambda r: b"\x40\x00\x00\x04abcd"),
    "flood of letters": again(lambda r: b"flood" * 200),
    "flood of answers to others": again(
        lambda r: message(ALLOCATED, r, address(RELAYED), transaction=b"x" * 12)
    ),
    "flood of data": again(lambda r: message(DATA, r, address(PEER), attribute(CONTENT, b"d" * 1000))),
    "data without a sender": again(lambda r: message(DATA, r, attribute(CONTENT, b"d"))),
}
"""What a relay answers the first request with, and every other."""


@contextmanager
def hostile_turn(
    answers: Answers, limits: Limits, transport: str = "udp", every_s: float = 0.0
) -> Iterator[TurnServer]:
    """A relay that answers so; by TCP in pieces of one byte where `every_s` is not 0."""
    over = threading.Event()
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0.1)
        if transport == "udp":
            threading.Thread(target=_datagrams, args=(listening, answers, over), daemon=True).start()
        else:
            listening.listen()
            threading.Thread(target=_streams, args=(listening, answers, over, every_s), daemon=True).start()
        port = listening.getsockname()[1]
        try:
            yield TurnServer("turn.test", "127.0.0.1", port, "udp" if transport == "udp" else "tcp", limits)
        finally:
            over.set()


def _datagrams(listening: socket.socket, answers: Answers, over: threading.Event) -> None:
    while not over.is_set():
        try:
            request, client = listening.recvfrom(65536)
            for each in answers(request):
                if over.is_set():
                    return
                listening.sendto(each, client)
        except TimeoutError:
            continue
        except OSError:
            return


def _streams(listening: socket.socket, answers: Answers, over: threading.Event, every_s: float) -> None:
    while not over.is_set():
        try:
            connection, _ = listening.accept()
        except TimeoutError:
            continue
        except OSError:
            return
        with connection:
            try:
                while request := connection.recv(65536):
                    for each in answers(request):
                        _send(connection, each, every_s, over)
            except OSError:
                continue


def _send(connection: socket.socket, data: bytes, every_s: float, over: threading.Event) -> None:
    pieces = [data] if not every_s else [data[at : at + 1] for at in range(len(data))]
    for piece in pieces:
        connection.sendall(piece)
        if over.wait(every_s):
            raise ConnectionAbortedError("the test is over")
