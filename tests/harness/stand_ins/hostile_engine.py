"""Engines that lie or never end, as real servers on loopback: each speaks HTTP as badly as its name says."""

import gzip
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from tests.harness.stand_ins.engine_api import API

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIP_INTERVAL_S = 0.5
BLOCK = 65536


class Line:
    """One connection of a peer: what it sends, until the other side or the test has enough."""

    def __init__(self, connection: socket.socket, engine: "HostileEngine") -> None:
        self._connection, self._engine, self._stopped = connection, engine, engine.stopped

    def send(self, *parts: bytes) -> None:
        """All parts at once."""
        self._put(b"".join(parts))

    def _put(self, data: bytes) -> None:
        self._connection.sendall(data)
        self._engine.sent += len(data)

    def forever(self, part: bytes, pause_s: float = 0.0) -> None:
        """The same part again and again; ends with an OSError when the other side hangs up."""
        while not self._stopped.wait(pause_s):
            self._put(part)

    def hold(self) -> None:
        """Say nothing more, and stay on the line."""
        self._stopped.wait()

    def head(self) -> bytes:
        """What is asked, up to the empty line; empty when the other side hung up."""
        asked = b""
        while b"\r\n\r\n" not in asked:
            piece = self._connection.recv(BLOCK)
            if not piece:
                return b""
            asked += piece
        return asked

    def reset(self) -> None:
        """Cut the connection without a goodbye."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._connection.close()


Peer = Callable[[Line], None]


def whole(body: bytes, head: bytes = HEAD) -> Peer:
    """A sound answer as far as HTTP goes, the only one on its connection."""
    return lambda line: line.send(head, b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body), body)


def of_json(value: Any) -> Peer:  # noqa: ANN401 - JSON holds anything
    """`value` as an engine sends it."""
    return whole(json.dumps(value).encode())


def drips(before: bytes, part: bytes) -> Peer:
    """`part` again and again, half a second apart, behind `before`: no single wait is ever long."""

    def peer(line: Line) -> None:
        line.send(before)
        line.forever(part, DRIP_INTERVAL_S)

    return peer


def floods(before: bytes, part: bytes) -> Peer:
    """`part` as fast as it is taken, behind `before`."""

    def peer(line: Line) -> None:
        line.send(before)
        block = part * max(1, BLOCK // len(part))
        line.forever(block)

    return peer


def cut(*parts: bytes) -> Peer:
    """These parts, and then a goodbye that is too early."""
    return lambda line: line.send(*parts)


def reset(*parts: bytes) -> Peer:
    """These parts, and then a reset."""

    def peer(line: Line) -> None:
        line.send(*parts)
        line.reset()

    return peer


def silent(line: Line) -> None:
    """Nothing at all."""
    line.hold()


def bomb(megabytes: int) -> bytes:
    """Blanks that are a thousandth of themselves once they are compressed."""
    return gzip.compress(b" " * 2**20) * megabytes


class HostileEngine(socketserver.ThreadingTCPServer):
    """Answers `/version` well and each path in `peers` as its peer does; `asked` holds the heads of all requests."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, peers: Mapping[str, Peer] = MappingProxyType({}), *, speaks: Peer | None = None
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.peers = {"/version": of_json({"ApiVersion": API}), **peers}
        self.speaks = speaks
        """What is said before anything is asked, in place of HTTP."""
        self.asked: list[bytes] = []
        self.sent = 0
        """Bytes that the other side's machine took."""
        self.stopped = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class _Handler(socketserver.BaseRequestHandler):
    server: HostileEngine

    def handle(self) -> None:
        line = Line(self.request, self.server)
        try:
            if self.server.speaks is not None:
                self.server.speaks(line)
                return
            head = line.head()
            if head:
                self.server.asked.append(head)
                path = head.split()[1].decode().partition("?")[0].removeprefix(f"/v{API}")
                self.server.peers.get(path, whole(b"{}", b"HTTP/1.1 404 Not Found\r\n"))(line)
        except OSError:
            return  # the other side has enough, which is what it is asked to prove


@contextmanager
def hostile_engine(peers: Mapping[str, Peer], *, speaks: Peer | None = None) -> Iterator[HostileEngine]:
    """The peer, serving until the block ends."""
    with HostileEngine(peers, speaks=speaks) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.stopped.set()
            server.shutdown()
            thread.join()
