"""A Swarm manager made up on loopback: it takes every request of `docker stack deploy` and keeps what it was sent."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

API = "1.50"


class MadeUpManager(ThreadingHTTPServer):
    """`created` are the bodies of what was created, by kind: networks, secrets, configs, services."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.created: dict[str, list[dict[str, Any]]] = {}

    @property
    def address(self) -> str:
        """As DOCKER_HOST has it."""
        return f"tcp://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: bytes) -> tuple[int, object]:
        """Status and answer of one request; `path` is without the version."""
        kind, *rest = path.strip("/").split("/")
        if kind == "_ping":
            return 200, "OK"
        if kind == "info":
            return 200, {"Swarm": {"LocalNodeState": "active", "ControlAvailable": True}}
        if method == "POST":
            sent = json.loads(body)
            self.created.setdefault(kind, []).append(sent)
            return 201, {"ID": f"{kind}-{len(self.created[kind])}", "Id": sent.get("Name", "")}
        if kind == "networks" and rest:
            return 200, {"Name": unquote(rest[0]), "Id": "n", "Scope": "swarm", "Driver": "overlay"}
        if kind in ("secrets", "configs"):
            if rest:
                return 404, {"message": "no such object"}
            names = json.loads(query.get("filters", ["{}"])[0]).get("name", {})
            return 200, [{"ID": f"{kind}-{name}", "Spec": {"Name": name}} for name in names]
        return 200, []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: MadeUpManager

    def _do(self) -> None:
        at = urlsplit(self.path)
        path = at.path.removeprefix(f"/v{API}")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, found = self.server.answer(self.command, path, parse_qs(at.query), body)
        sent = b"" if self.command == "HEAD" else json.dumps(found).encode()
        self.send_response(status)
        for name, value in (
            ("Api-Version", API), ("Ostype", "linux"), ("Content-Type", "application/json"), ("Content-Length", str(len(sent))),
        ):  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(sent)

    do_GET = do_POST = do_HEAD = _do  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test's own words are enough."""


@contextmanager
def made_up_manager() -> Iterator[MadeUpManager]:
    """A manager that answers while the block runs."""
    with MadeUpManager() as manager:
        thread = threading.Thread(target=manager.serve_forever, daemon=True)
        thread.start()
        try:
            yield manager
        finally:
            manager.shutdown()
            thread.join()
