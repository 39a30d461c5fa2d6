"""A TLS server on loopback that answers well or ill, by path, for the tests of the edge client."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from fixtures.target.reach import Reach

PAGE = b"<!DOCTYPE html><title>page</title>"
HOST = "page.test"


@dataclass(frozen=True)
class Served:
    """Where the server is, how it is reached, and how many connections it was sent."""

    base: str
    port: int
    reach: Reach
    connections: list[bytes]


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: list[bytes]) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    seen.append(head)
    path = head.split()[1].decode()
    if path == "/silent":
        await reader.read()  # until the client goes away
    elif path == "/hangup":
        writer.close()
        return
    writer.write(_reply(path, head.startswith(b"HEAD")))
    await writer.drain()
    if path == "/endless":
        await reader.read()
    writer.close()


def _reply(path: str, head_only: bool) -> bytes:
    status = {"/504": b"504 Gateway Timeout", "/away": b"308 Permanent Redirect"}.get(path, b"200 OK")
    length = len(PAGE) + (1000 if path in ("/endless", "/short") else 0)
    more = b"Location: https://elsewhere.test/\r\nSet-Cookie: sticky=secret; Path=/\r\n"
    body = b"" if head_only else PAGE
    return b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\n" % length + more + b"\r\n" + body


@asynccontextmanager
async def serving(authority: trustme.CA, leaf: trustme.LeafCert, tmp: Path) -> AsyncIterator[Served]:
    """Serve with `leaf`, reached as HOST at 127.0.0.1 by a client that trusts `authority`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    ca_file = tmp / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    seen: list[bytes] = []
    server = await asyncio.start_server(lambda r, w: _answer(r, w, seen), "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield Served(f"https://{HOST}:{port}", port, Reach({HOST: "127.0.0.1"}, ca_file), seen)
