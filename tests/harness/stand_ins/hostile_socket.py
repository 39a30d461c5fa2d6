"""Engine.IO and Socket.IO as no server should speak them, by polling and by websocket: one script for each way."""

import base64
import hashlib
import json
import re
import socket
import struct
import threading
import zlib
from collections.abc import Callable

from tests.harness.stand_ins.hostile import Script, says
from tests.harness.stand_ins.hostile_http import ELSEWHERE, OK, answer, bomb, redirect

TEXT, BINARY, CLOSE, PING = 1, 2, 8, 9


def opening(**fields: object) -> bytes:
    """Engine.IO's OPEN packet, with other fields or (None) without them."""
    sound: dict[str, object] = {
        "sid": "s1",
        "upgrades": [],
        "pingInterval": 25000,
        "pingTimeout": 20000,
        "maxPayload": 1,
    }
    said = {name: value for name, value in {**sound, **fields}.items() if value is not None}
    return b"0" + json.dumps(said).encode()


def text(body: bytes) -> bytes:
    """A polling answer."""
    return answer(body, "Content-Type: text/plain; charset=UTF-8")


HANDSHAKES: dict[str, Script] = {
    "html": says(answer(b"<!DOCTYPE html><html><body>It works!</body></html>", "Content-Type: text/html")),
    "empty": says(text(b"")),
    "json null": says(text(b"null")),
    "no sid": says(text(opening(sid=None))),
    "sid of a number": says(text(opening(sid=7))),
    "sid of 300 kB": says(text(opening(sid="s" * 300_000))),
    "bad json": says(text(b'0{"sid": "s1", "upgrades"')),
    "bad utf-8": says(text(b"0\xff\xfe\x80")),
    "a list": says(text(b"0[]")),
    "upgrades of a number": says(text(opening(upgrades=7))),
    "no ping interval": says(text(opening(pingInterval=None))),
    "ping interval of a text": says(text(opening(pingInterval="soon"))),
    "ping interval infinite": says(text(b'0{"sid":"s1","upgrades":[],"pingInterval":1e999,"pingTimeout":1}')),
    "ping interval of 300 digits": says(text(opening(pingInterval=10**90))),
    "ping interval zero": says(text(opening(pingInterval=0))),
    "ping interval negative": says(text(opening(pingInterval=-5))),
    "ping interval of a year": says(text(opening(pingInterval=31_536_000_000))),
    "deep json": says(text(b"0" + b"[" * 100_000)),
    "another packet first": says(text(b"6")),
    "jsonp": says(text(b"d=")),
    "17 packets": says(text(b"\x1e".join([opening(), *[b"6"] * 17]))),
    "body without end": says(OK + b"\r\n", then=b"x" * 1_000_000),
    "body byte by byte": says(OK + b"\r\n", then=b"0", every_s=0.5),
    "headers without end": says(OK, then=b"X: a\r\n" * 10_000),
    "many 1xx": says(then=b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
    "silence": says(closes=False),
    "gzip bomb": bomb("gzip", 31),
    "deflate bomb": bomb("deflate", 15),
    "no http": says(b"\x15\x03\x01\x00\x02\x02\x46"),
    "length of letters": says(OK + b"Content-Length: abc\r\n\r\n"),
    "bad chunks": says(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "cut": says(OK + b"Content-Length: 1000\r\n\r\n0{"),
    "redirect": redirect(to=f"{ELSEWHERE}socket.io/?EIO=4&transport=polling"),
    "redirect kept": redirect("308 Permanent Redirect"),
    "400 with bad json": says(answer(b"{", "Content-Type: application/json", status="400 Bad Request")),
    "504 without end": says(b"HTTP/1.1 504 Gateway Timeout\r\n\r\n", then=b"x" * 1_000_000),
    "cookie of octal escapes": says(
        answer(opening(), 'Set-Cookie: io="a\\012b\\015"; Path=/', "Content-Type: text/plain")
    ),
}
"""What answers the polling handshake."""


def polling(*answers: bytes, last: bytes) -> Script:
    """A server whose handshake is sound, and that then gives `answers` one by one, and `last` from there on."""
    given = iter(answers)

    def script(connection: socket.socket, head: bytes) -> None:
        if head.startswith(b"POST"):
            connection.sendall(text(b"ok"))
        elif b"sid=" not in head:
            connection.sendall(text(opening()))
        else:
            connection.sendall(text(next(given, last)))

    return script


def polls(last: bytes) -> Callable[[], Script]:
    """A session that stands and was greeted, and is then answered with `last`, at once, again and again."""
    return lambda: polling(b'40{"sid":"x"}', b'42["connected",{}]', last=last)


POLLS: dict[str, Callable[[], Script]] = {
    "html": polls(b"<html></html>"),
    "empty": polls(b""),
    "bad utf-8": polls(b"\xff"),
    "noop again and again": polls(b"6"),
    "pings again and again": polls(b"\x1e".join([b"2"] * 16)),
    "events again and again": polls(b"\x1e".join([b'42["x"]'] * 16)),
    "event of 2 MB": polls(b'42["x","' + b"y" * 2_000_000 + b'"]'),
    "event deeper than any": polls(b'42["x",' + b"[" * 50_000),
}
"""What answers the polls of a session that stands."""


def frame(
    payload: bytes, kind: int = TEXT, *, final: bool = True, reserved: int = 0, size: int | None = None
) -> bytes:
    """A websocket frame as a server sends it; `size` is what it claims to hold."""
    length, first = len(payload) if size is None else size, (0x80 if final else 0) | reserved | kind
    if length < 126:
        return struct.pack(">BB", first, length) + payload
    if length < 65536:
        return struct.pack(">BBH", first, 126, length) + payload
    return struct.pack(">BBQ", first, 127, length) + payload


def websocket(*frames: bytes, then: bytes = b"", every_s: float = 0.0, extensions: str = "") -> Script:
    """Upgrades, sends `frames`, then `then` without end, and reads nothing."""

    def script(connection: socket.socket, head: bytes) -> None:
        connection.sendall(_accepted(head, extensions))
        says(*frames, then=then, every_s=every_s, closes=False)(connection, head)
        threading.Event().wait(5)  # what was read is no goodbye: stay

    return script


def _accepted(head: bytes, extensions: str) -> bytes:
    found = re.search(rb"(?i)sec-websocket-key: (\S+)", head)
    assert found is not None, head
    digest = hashlib.sha1(found[1] + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    more = f"Sec-WebSocket-Extensions: {extensions}\r\n" if extensions else ""
    accept = f"Sec-WebSocket-Accept: {base64.b64encode(digest).decode()}\r\n{more}\r\n"
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + accept.encode()
    )


def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    pieces = (b'42["x","', *[b"y" * 1_000_000] * 100, b'"]')
    return (b"".join(map(packer.compress, pieces)) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


GREETING = (frame(opening()), frame(b'40{"sid":"x"}'), frame(b'42["connected",{}]'))
"""A connection as it should begin."""

OPENINGS: dict[str, Script] = {
    "silence": websocket(),
    "redirect": redirect(to=f"{ELSEWHERE}socket.io/?EIO=4&transport=websocket"),
    "200 instead": says(answer(b"<html>It works!</html>")),
    "200 without end": says(OK + b"\r\n", then=b"x" * 1_000_000),
    "wrong accept": says(
        b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"
    ),
    "no sid": websocket(frame(opening(sid=None))),
    "bad json": websocket(frame(b"0{")),
    "binary first": websocket(frame(opening(), BINARY)),
    "closed at once": websocket(frame(struct.pack(">H", 1008) + b"no", CLOSE)),
    "ping interval infinite": websocket(
        frame(b'0{"sid":"s","upgrades":[],"pingInterval":1e999,"pingTimeout":1}')
    ),
    "namespace of numbers": websocket(frame(opening()), frame(b"40[1]")),
    "no namespace": websocket(frame(opening())),
}
"""What answers the websocket's handshake, or is the first that comes over it."""


def _compressed(connection: socket.socket, head: bytes) -> None:
    websocket(*GREETING, frame(_bomb(), reserved=0x40), extensions="permessage-deflate")(connection, head)


FRAMES: dict[str, Script] = {
    "flood of events": websocket(*GREETING, then=frame(b'42["x",1]') * 5000),
    "flood of pings": websocket(*GREETING, then=frame(b"2") * 10_000),
    "flood of control frames": websocket(*GREETING, then=frame(b"", PING) * 10_000),
    "flood of unknown acks": websocket(*GREETING, then=frame(b"43999[]") * 5000),
    "frame of 2**40 bytes": websocket(*GREETING, frame(b"", size=1 << 40), then=b"x" * 1_000_000),
    "frame of 2**63 bytes": websocket(*GREETING, frame(b"", size=(1 << 63) + 1), then=b"x" * 1_000_000),
    "fragments without end": websocket(
        *GREETING, frame(b"4", final=False), then=frame(b"x" * 1000, 0, final=False) * 100
    ),
    "empty fragments without end": websocket(
        *GREETING, frame(b"4", final=False), then=frame(b"", 0, final=False) * 10_000
    ),
    "compressed bomb": _compressed,
    "message of 3 MB": websocket(*GREETING, frame(b'42["x","' + b"y" * 3_000_000 + b'"]')),
    "bad utf-8": websocket(*GREETING, frame(b"42\xff")),
    "reserved bits": websocket(*GREETING, frame(b"42", reserved=0x30)),
    "unknown opcode": websocket(*GREETING, frame(b"", 5)),
    "control frame of 1000 bytes": websocket(*GREETING, frame(b"x" * 1000, PING)),
    "event that is an object": websocket(*GREETING, frame(b'42{"a":1}')),
    "event of a number": websocket(*GREETING, frame(b"42[7,{}]")),
    "event without a name": websocket(*GREETING, frame(b"42[]")),
    "event named disconnect": websocket(*GREETING, frame(b'42["disconnect"]')),
    "event named connect": websocket(*GREETING, frame(b'42["connect",1,2]')),
    "event of bad json": websocket(*GREETING, frame(b'42["x",')),
    "event deeper than any": websocket(*GREETING, frame(b'42["x",' + b"[" * 50_000)),
    "event deeper than we show": websocket(*GREETING, frame(b'42["x",' + b"[" * 500 + b"]" * 500 + b"]")),
    "ack that is no list": websocket(*GREETING, frame(b"431{}")),
    "unknown packet": websocket(*GREETING, frame(b"48[]")),
    "letters": websocket(*GREETING, frame(b"hello")),
    "empty message": websocket(*GREETING, frame(b"")),
    "attachments beyond all": websocket(*GREETING, frame(b'45999999999-["x",{"_placeholder":true,"num":0}]')),
    "attachment with no place": websocket(
        *GREETING, frame(b'451-["x",{"_placeholder":true,"num":9}]'), frame(b"data", BINARY)
    ),
    "cut": says(),
}
"""What comes over a websocket that stands."""
