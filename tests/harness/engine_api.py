"""A stand-in for the HTTP API of an engine: records every request, answers from a table."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

API = "1.45"


class RecordingEngine(ThreadingHTTPServer):
    """`requests` holds `METHOD path` of all that arrived; `answers` maps paths to JSON, bytes or a status."""

    daemon_threads = True

    def __init__(self, answers: Mapping[str, Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[str] = []
        self.answers = {"/version": {"ApiVersion": API}, **answers}
        self.held = threading.Event()  # set when the server ends, to let go of what hangs

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: RecordingEngine
    protocol_version = "HTTP/1.1"

    def _take(self) -> None:
        path = urlsplit(self.path).path.removeprefix(f"/v{API}")
        self.server.requests.append(f"{self.command} {path}")
        answer = self.server.answers.get(path, 404)
        status = answer if isinstance(answer, int) else 200
        body = answer if isinstance(answer, bytes) else json.dumps({"message": f"HTTP {status}"}).encode()
        if not isinstance(answer, bytes | int):
            body = json.dumps(answer).encode()
        self._send(status, body)

    def _send(self, status: int, body: bytes) -> None:
        """In one chunk, as an engine streams; a body that ends in HANG is never ended."""
        text = body.removesuffix(b"HANG")
        self.send_response(status)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%b\r\n" % (len(text), text))
        if text != body:
            self.server.held.wait(10)
        self.wfile.write(b"0\r\n\r\n")

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _take  # noqa: N815 - the names http.server calls

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def recording_engine(answers: Mapping[str, Any]) -> Iterator[RecordingEngine]:
    """The stand-in, serving until the block ends."""
    with RecordingEngine(answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.held.set()
            server.shutdown()
            thread.join()
