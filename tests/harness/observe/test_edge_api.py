"""Traefik's API over TLS: with whose credentials it is asked, and what is said where it does not answer."""

import asyncio
import base64
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from fixtures.limits import Limits
from fixtures.observe.http import edge_api
from fixtures.observe.http.edge_api import Login, base_of
from fixtures.observe.http.traefik_api import EdgeApiError, EdgeConfiguration
from fixtures.target.reach import Reach
from lab.text.secrets import Secret

HOST = "traefik.test"
LOGIN = Login("operator", Secret("hush-hush"))
Ask = Callable[..., EdgeConfiguration]


class _Handler(BaseHTTPRequestHandler):
    answers: dict[str, tuple[int, bytes]]
    heard: list[tuple[str, str, str]]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.heard.append((self.path, self.headers["Host"], self.headers.get("Authorization", "")))
        status, body = self.answers.get(path, self.answers.get("*", (200, b"[]")))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    tls: ssl.SSLContext

    def finish_request(self, request: "ssl.SSLSocket", client_address: object) -> None:  # type: ignore[override]
        """The handshake belongs to the connection's own thread, not to the one that accepts."""
        try:
            taken = self.tls.wrap_socket(request, server_side=True)
        except (ssl.SSLError, OSError):
            return  # whoever came did not trust us
        self.RequestHandlerClass(taken, client_address, self)  # type: ignore[arg-type]


@pytest.fixture
def handler() -> type[_Handler]:
    """What answers, to be told how; `heard` is path, host and credentials of each request."""
    return type("Handler", (_Handler,), {"answers": {}, "heard": []})


@pytest.fixture
def ask(handler: type[_Handler], tmp_path: Path) -> Iterator[Ask]:
    """Reads the API of a server at HOST whose certificate is good."""
    authority, ca_file = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    server = _Server(("127.0.0.1", 0), handler)
    server.tls = context
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def read(
        login: Login | None = None, path: str = "", trusted: bool = True, **limits: int
    ) -> EdgeConfiguration:
        reach = Reach({HOST: "127.0.0.1"}, ca_file if trusted else None, Limits(**limits))
        base = f"https://{HOST}:{server.server_port}{path}"
        return asyncio.run(edge_api.configuration(reach, base, login))

    yield read
    server.shutdown()
    server.server_close()


def test_everything_is_asked_for_with_the_credentials(ask: Ask, handler: type[_Handler]) -> None:
    """Routers, services and middlewares, on the dashboard's host, and nothing else."""
    handler.answers["/api/http/routers"] = (
        200,
        json.dumps([{"name": "a@swarm", "status": "enabled"}]).encode(),
    )
    found = ask(LOGIN)
    assert [each.name for each in found.routers] == ["a@swarm"]
    assert sorted(path for path, _, _ in handler.heard) == [
        f"/api/http/{each}?per_page=10000" for each in ("middlewares", "routers", "services")
    ]
    assert {host.partition(":")[0] for _, host, _ in handler.heard} == {HOST}
    sent = {base64.b64decode(given.removeprefix("Basic ")).decode() for _, _, given in handler.heard}
    assert sent == {"operator:hush-hush"}


def test_nothing_is_sent_that_nobody_gave(ask: Ask, handler: type[_Handler]) -> None:
    """Without a user the API is asked all the same: it may be open."""
    assert ask() == EdgeConfiguration()
    assert {given for _, _, given in handler.heard} == {""}


@pytest.mark.parametrize(
    ("answer", "login", "said"),
    [
        (
            (401, b""),
            None,
            "answered 401: it wants a user and a password (TARGET_DASHBOARD_USER and its password)",
        ),
        ((401, b""), LOGIN, "answered 401: it refuses the user operator"),
        ((404, b"404 page not found"), LOGIN, "answered 404"),
        ((200, b"<html>dashboard"), LOGIN, 'wanted JSON, the answer begins "<html>dashboard"'),
        ((200, b'{"a": 1}'), LOGIN, "wanted a list, got dict"),
        ((200, b"[" * 100_000), LOGIN, "wanted JSON"),
    ],
)
def test_what_is_no_answer_of_the_api_is_one_line(
    answer: tuple[int, bytes], login: Login | None, said: str, ask: Ask, handler: type[_Handler]
) -> None:
    """It says which request, what came, and never the password."""
    handler.answers["*"] = answer
    with pytest.raises(EdgeApiError) as caught:
        ask(login)
    text = str(caught.value)
    assert said in text
    assert text.startswith("GET ")
    assert "\n" not in text
    assert "hush-hush" not in text + repr(login)


def test_credentials_go_to_nobody_whose_certificate_is_not_trusted(ask: Ask, handler: type[_Handler]) -> None:
    """TLS comes first, and a stranger hears nothing."""
    with pytest.raises(EdgeApiError, match="certificate"):
        ask(LOGIN, trusted=False)
    assert handler.heard == []


def test_an_answer_without_end_is_cut(ask: Ask, handler: type[_Handler]) -> None:
    """No more is taken than one answer may have."""
    handler.answers["*"] = (200, b"[" + b" " * 300_000 + b"]")
    with pytest.raises(EdgeApiError, match="edge_answer_bytes_max"):
        ask(LOGIN, edge_answer_bytes_max=200_000)


@pytest.mark.parametrize(
    ("dashboard", "base"),
    [
        ("https://traefik.example/dashboard/", "https://traefik.example"),
        ("https://example.org/edge/dashboard/", "https://example.org/edge"),
        ("https://traefik.example/", "https://traefik.example"),
    ],
)
def test_the_api_lies_beside_the_dashboard(dashboard: str, base: str) -> None:
    """Under the same path."""
    assert base_of(dashboard) == base
