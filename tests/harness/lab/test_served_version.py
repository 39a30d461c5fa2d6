"""A node's engine is spoken to in a version that it serves, be it 20.10's or one that has left that behind."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import docker.errors
import pytest
import requests

from lab.cluster.served_version import LEAST, ServedApi, version_for


class Engine(BaseHTTPRequestHandler):
    """Refuses what is older than `least`, as engines do."""

    least = LEAST
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        version = self.path.split("/")[1]
        if version.startswith("v1.") and int(version[3:]) < int(self.least[2:]):
            text = f"client version {version[1:]} is too old. Minimum supported API version is {self.least}"
            return self._answer(400, {"message": text})
        return self._answer(
            200,
            {"MinAPIVersion": self.least, "ApiVersion": "1.57"} if self.path == "/version" else {"ID": "x"},
        )

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(params=["1.12", "1.41", "1.44"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Engine, "least", request.param)
    monkeypatch.setattr(Engine, "asked", [], raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Engine) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_an_engine_is_spoken_to_in_a_version_that_it_serves(engine: str) -> None:
    """It is asked once, at the first request; 20.10 and 26 are spoken to as before, 29 in the least that it serves."""
    client = ServedApi(base_url=engine, version=LEAST)
    assert Engine.asked == []
    assert client.info() == {"ID": "x"}
    client.info()
    version = "1.44" if Engine.least == "1.44" else LEAST
    assert Engine.asked == ["/version", f"/v{version}/info", f"/v{version}/info"]
    assert client.api_version == version


def test_an_engine_that_does_not_answer_is_no_other_error() -> None:
    """What waits for an engine to come up waits for this too."""
    client = ServedApi(base_url="tcp://127.0.0.1:9", version=LEAST)
    with pytest.raises(requests.exceptions.ConnectionError):
        client.ping()
    with pytest.raises((requests.exceptions.ConnectionError, docker.errors.DockerException)):
        client.info()


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ({}, LEAST),
        ({"MinAPIVersion": ""}, LEAST),
        ({"MinAPIVersion": "1.9"}, LEAST),
        ({"MinAPIVersion": "1.50"}, "1.50"),
    ],
)
def test_the_least_that_is_served(said: dict[str, str], version: str) -> None:
    """Versions are compared as numbers; an engine that says nothing is spoken to as the oldest."""
    assert version_for(said) == version
