"""A stand-in for the HTTP API of an engine: records every request, answers from a table."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

API = "1.45"


class RecordingEngine(ThreadingHTTPServer):
    """`requests` holds `METHOD path` of all that arrived, `heads` their headers; `answers` maps paths to JSON, bytes
    or a status."""

    daemon_threads = True

    def __init__(self, answers: Mapping[str, Any] = MappingProxyType({})) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[str] = []
        self.heads: list[Mapping[str, str]] = []
        self.answers = {"/version": {"ApiVersion": API}, **answers}
        self.held = threading.Event()  # set when the server ends, to let go of what hangs

    def answer(self, method: str, path: str, body: bytes) -> Any:  # noqa: ANN401
        """What one request is answered: a JSON value, bytes, or a status; an engine with a will of its own has another."""
        return self.answers.get(path, 404)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: RecordingEngine
    protocol_version = "HTTP/1.1"

    def _take(self) -> None:
        path = urlsplit(self.path).path.removeprefix(f"/v{API}")
        self.server.requests.append(f"{self.command} {path}")
        self.server.heads.append(dict(self.headers.items()))
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.answer(self.command, path, sent)
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


Engine = TypeVar("Engine", bound=RecordingEngine)


@contextmanager
def recording_engine(answers: Mapping[str, Any]) -> Iterator[RecordingEngine]:
    """The stand-in, serving until the block ends."""
    with serving(RecordingEngine(answers)) as server:
        yield server


@contextmanager
def serving(engine: Engine) -> Iterator[Engine]:
    """Any such engine, until the block ends."""
    with engine as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.held.set()
            server.shutdown()
            thread.join()
