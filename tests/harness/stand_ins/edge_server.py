"""A stand-in for the public hosts, on ports 443 and 80 of a loopback address: what the smoke run asks of an edge."""

import os
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

HOSTS = ("jbcalling.site", "www.jbcalling.site", "api.jbcalling.site", "traefik.jbcalling.site")
PAGE = b"<!DOCTYPE html><title>page</title>"
LARGE = b"x" * 40_000


@dataclass(frozen=True)
class Edge:
    """Where it is and the target file that leads there; `requests` holds `METHOD host path` of all that came."""

    target: Path
    requests: list[str] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64  # the smoke run's bursts come 30 at once
    edge: Edge
    tls: ssl.SSLContext | None = None

    def finish_request(self, request: "ssl.SSLSocket", client_address: object) -> None:  # type: ignore[override]
        """The handshake belongs to the connection's own thread, not to the one that accepts."""
        try:
            taken = request if self.tls is None else self.tls.wrap_socket(request, server_side=True)
        except (ssl.SSLError, OSError):
            return  # whoever came did not trust us
        self.RequestHandlerClass(taken, client_address, self)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def _answer(self) -> None:
        host = self.headers["Host"]
        self.server.edge.requests.append(f"{self.command} {host} {self.path}")
        status, body = 200, PAGE
        if self.server.tls is None:
            status, body = 308, b""
        elif host.startswith("api."):
            body = b'{"status":"healthy"}'
        elif host.startswith("traefik."):
            status = 401
        elif self.path.startswith("/assets/"):
            body = LARGE
        self.send_response(status)
        if status == 308:
            self.send_header("Location", f"https://{host}{self.path}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_GET = do_HEAD = _answer  # noqa: N815 - the names http.server calls

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def edge(folder: Path, leaf: trustme.LeafCert, authority: trustme.CA) -> Iterator[Edge]:
    """The hosts, presenting `leaf` to clients that trust `authority`; PermissionError where 443 is not for us."""
    number = os.getpid()
    address = f"127.43.{number >> 8 & 255}.{number & 255 or 1}"
    ca_file, target = folder / "edge-ca.pem", folder / "edge.toml"
    authority.cert_pem.write_to_path(str(ca_file))
    target.write_text(f'[reach]\nca_file = "{ca_file}"\nedge = "{address}"\nmedia = "{address}"\n')
    served = Edge(target)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(tls)
    with ExitStack() as stack:
        for port, context in ((443, tls), (80, None)):
            server = stack.enter_context(_Server((address, port), _Handler))
            server.edge, server.tls = served, context
            stack.callback(server.shutdown)
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield served
