"""A web server over TLS on loopback, whose files, answers and headers a test gives, for the tests of the browser."""

import ssl
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

HOST = "page.test"
KINDS = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Answer:
    """What is answered for one path."""

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class WebPage:
    """A server that is up. `asked` counts the paths that it was asked for."""

    port: int
    authority: trustme.CA
    asked: Counter[str]

    @property
    def rules(self) -> str:
        """How a browser is led to it."""
        return f"MAP {HOST} 127.0.0.1:{self.port}, MAP * ~NOTFOUND"

    @property
    def url(self) -> str:
        """Its page."""
        return f"https://{HOST}/"


@contextmanager
def serving(answers: Mapping[str, Answer | Path], names: tuple[str, ...] = (HOST,)) -> Iterator[WebPage]:
    """Serve these paths with a certificate for `names`, signed by an authority that no system knows; any other is 404."""
    authority, asked = trustme.CA(), Counter[str]()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            asked[path] += 1
            found = answers.get(path, Answer(status=404))
            answer = Answer(found.read_bytes()) if isinstance(found, Path) else found
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            self.send_response(answer.status)
            given = {name.lower() for name in answer.headers}
            suffix = (found if isinstance(found, Path) else Path(path if path != "/" else "x.html")).suffix
            if "content-type" not in given:
                self.send_header("Content-Type", f"{KINDS.get(suffix, 'text/plain')}; charset=utf-8")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """A test says what it wants to know."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield WebPage(server.server_address[1], authority, asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
