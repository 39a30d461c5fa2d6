"""HTTP as no edge should speak it: one script for each way."""

import functools
import gzip
import socket
import zlib

from tests.harness.stand_ins.hostile import Script, bytewise, says

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MEGABYTE = b"x" * 1_000_000
ELSEWHERE = "http://elsewhere.test/"
"""Where redirects lead; nobody is there, and nobody may ask."""


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A whole and lawful answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def encoded(encoding: str, body: bytes) -> bytes:
    """An answer in an encoding that nobody asked for."""
    return answer(body, f"Content-Encoding: {encoding}")


@functools.cache
def gzip_bomb(window: int) -> bytes:
    """100 MB of zeros, a thousandth of their size; with a window of 15 as deflate has it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    packed = b"".join(packer.compress(bytes(1_000_000)) for _ in range(100))
    return packed + packer.flush()


def bomb(encoding: str, window: int) -> Script:
    """An answer that is small until somebody unpacks it; packed when it is first asked for."""

    def script(connection: socket.socket, head: bytes) -> None:
        says(encoded(encoding, gzip_bomb(window)))(connection, head)

    return script


def redirect(status: str = "302 Found", to: str = ELSEWHERE) -> Script:
    """Sends the client elsewhere."""
    return says(answer(b"", f"Location: {to}", status=status), closes=False)


NO_HEAD: dict[str, Script] = {
    "huge header": says(OK + b"X: ", then=b"a" * 65536),
    "endless headers": says(OK, then=b"X: a\r\n" * 10_000),
    "head byte by byte": bytewise(OK + b"X: a\r\n" * 1000),
    "many 1xx": says(then=b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
    "many 103": says(then=b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 1000),
    "http/0.9": says(b"<html>no status line</html>"),
    "binary": says(bytes(range(256)) * 4),
    "tls on a plain port": says(b"\x15\x03\x01\x00\x02\x02\x46"),
    "nothing": says(),
    "silence": says(closes=False),
    "status of letters": says(b"HTTP/1.1 abc OK\r\n\r\n"),
    "status of 4 digits": says(b"HTTP/1.1 2000 OK\r\n\r\n"),
    "status 099": says(b"HTTP/1.1 099 What\r\nContent-Length: 0\r\n\r\n"),
    "NUL in a header": says(OK + b"X: a\0b\r\nContent-Length: 0\r\n\r\n"),
    "length of letters": says(OK + b"Content-Length: abc\r\n\r\nxx"),
    "negative length": says(OK + b"Content-Length: -5\r\n\r\nxx"),
    "two lengths": says(OK + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nxxxxxxx"),
    "length of 400 digits": says(OK + b"Content-Length: " + b"9" * 400 + b"\r\n\r\nxx"),
    "head cut": says(b"HTTP/1.1 200 O"),
}
"""What ends before there is an answer."""

NO_BODY: dict[str, Script] = {
    "endless body": says(OK + b"\r\n", then=MEGABYTE),
    "endless chunks": says(CHUNKED, then=b"f4240\r\n" + MEGABYTE + b"\r\n"),
    "endless small chunks": says(CHUNKED, then=b"1\r\nx\r\n" * 10_000),
    "endless chunk extension": says(CHUNKED + b"1;", then=b"a" * 65536),
    "endless trailers": says(CHUNKED + b"0\r\n", then=b"X: a\r\n" * 10_000),
    "body byte by byte": says(OK + b"Content-Length: 1000\r\n\r\n", then=b"x", every_s=0.5),
    "chunk size of letters": says(CHUNKED + b"zz\r\nxx\r\n"),
    "negative chunk": says(CHUNKED + b"-1\r\nxx\r\n"),
    "chunk without end": says(CHUNKED + b"5\r\nxxxxxYYYY\r\n"),
    "body cut": says(OK + b"Content-Length: 1000\r\n\r\nhalf"),
    "chunks cut": says(CHUNKED + b"5\r\nxx"),
    "length beyond all": says(OK + b"Content-Length: 99999999999999\r\n\r\n", then=MEGABYTE),
    "gzip bomb": bomb("gzip", 31),
    "br": says(encoded("br", b"\x8b\x00\x80abc\x03")),
    "zstd": says(encoded("zstd", b"\x28\xb5\x2f\xfd" + bytes(64))),
    "gzip that is none": says(encoded("gzip", b"plain")),
    "gzip within gzip": says(encoded("gzip, gzip", gzip.compress(gzip.compress(bytes(1_000_000))))),
}
"""What begins well, and does not end well."""

ODD: dict[str, Script] = {
    "redirect": redirect(),
    "redirect kept": redirect("307 Temporary Redirect"),
    "long location": redirect(to="http://elsewhere.test/" + "a" * 50_000),
    "many cookies": says(answer(b"x", *(f"Set-Cookie: c{n}={'v' * 40}; Path=/" for n in range(1000)))),
    "status 999": says(answer(b"", status="999 What")),
    "switching protocols": says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n" + b"x" * 100),
}
"""Whole answers that nobody wants."""
