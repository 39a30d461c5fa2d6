"""A server on loopback that answers as a script says: slowly, without end, or with what no server should say."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Script = Callable[[socket.socket, bytes], None]
"""Is given a connection and the head of the request that came over it."""


@dataclass
class Hostile:
    """A server that runs: its port, and the first line of every request that it was sent."""

    port: int
    requests: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


@contextmanager
def hostile(script: Script) -> Iterator[Hostile]:
    """Runs `script` for every connection, each in a thread of its own, until the block is left."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listening:
        served = Hostile(listening.getsockname()[1])
        threading.Thread(target=_accept, args=(listening, script, served), daemon=True).start()
        try:
            yield served
        finally:
            served.over.set()
            listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket, script: Script, served: Hostile) -> None:
    while not served.over.is_set():
        try:
            connection, _ = listening.accept()
        except OSError:
            return  # the block was left
        threading.Thread(target=_serve, args=(connection, script, served), daemon=True).start()


def _serve(connection: socket.socket, script: Script, served: Hostile) -> None:
    with connection:
        try:
            while head := _head(connection):
                served.requests.append(head.split(b"\r\n")[0].decode("latin-1"))
                script(connection, head)
        except OSError:
            return  # the client had enough


def _head(connection: socket.socket) -> bytes:
    """A request with its body, as far as its Content-Length says; empty where the client went away."""
    came = b""
    while b"\r\n\r\n" not in came:
        piece = connection.recv(65536)
        if not piece:
            return b""
        came += piece
    head, _, body = came.partition(b"\r\n\r\n")
    lengths = [
        line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    ]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head


def says(*pieces: bytes, every_s: float = 0.0, then: bytes = b"", closes: bool = True) -> Script:
    """Sends `pieces`, then `then` again and again where there is one, with `every_s` between; and hangs up, or does not."""

    def script(connection: socket.socket, head: bytes) -> None:
        pause = threading.Event()
        for piece in pieces:
            connection.sendall(piece)
            pause.wait(every_s)
        while then:
            connection.sendall(then)
            pause.wait(every_s)
        if closes:
            connection.shutdown(socket.SHUT_WR)
        connection.recv(1)  # until the client goes away

    return script


def bytewise(text: bytes, every_s: float = 0.5) -> Script:
    """Sends `text` byte by byte."""
    return says(*(text[at : at + 1] for at in range(len(text))), every_s=every_s)
