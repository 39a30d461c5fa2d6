"""A stack goes into a lab whose nodes have an older client: in the format that it reads, which is said."""

import io
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.adapt.changes import Kind
from lab.adapt.render import Rendered
from lab.cluster import stack_deploy
from lab.cluster.older_clients import fitted
from lab.cluster.stack_deploy import RefusedError
from lab.errors import LabError
from tests.harness.stand_ins.fake_engine import as_client

DOCUMENT: dict[str, Any] = {"version": "3.12", "services": {"web": {"image": "nginx"}}}


@dataclass
class Node:
    """A manager's engine that reads formats up to `newest`, and keeps the stack file that it was given."""

    newest: str = "3.9"
    refusal: str = ""
    files: list[dict[str, Any]] = field(default_factory=list)

    @property
    def api(self) -> "Node":
        return self

    def put_archive(self, container: str, path: str, data: bytes) -> None:
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            (member,) = [each for each in tar if each.name.endswith("stack.yml")]
            file = tar.extractfile(member)
            assert file is not None
            self.files.append(yaml.safe_load(file.read()))

    def exec_create(self, container: str, command: list[str], *, workdir: str) -> dict[str, str]:
        return {"Id": "x"}

    def _read(self) -> bool:
        minor = int(str(self.files[-1]["version"]).partition(".")[2])
        return minor <= int(self.newest.partition(".")[2])

    def exec_start(self, _: str) -> bytes:
        refused = self.refusal or f"unsupported Compose file version: {self.files[-1]['version']}"
        return b"Creating" if self._read() and not self.refusal else refused.encode()

    def exec_inspect(self, _: str) -> dict[str, int]:
        return {"ExitCode": 0 if self._read() and not self.refusal else 1}


def deploy(node: Node, rendered: Rendered) -> str:
    return stack_deploy.deploy(as_client(node), "manager", rendered, Path("/nowhere"), {})


def test_a_format_that_is_too_new_is_lowered() -> None:
    """The client refuses the file for its version alone, and takes it in its own newest."""
    node, rendered = Node(), Rendered(DOCUMENT, ())
    with pytest.raises(RefusedError, match=r"unsupported Compose file version: 3\.12") as caught:
        deploy(node, rendered)
    older = fitted(rendered, caught.value.said)
    assert older is not None
    assert deploy(node, older) == "Creating"
    assert node.files[-1] == {**node.files[0], "version": "3.9"}
    (change,) = older.changes
    assert (change.kind, str(change)) == (
        Kind.FORMAT, "version: 3.12 -> 3.9 (the client of these nodes reads no newer format)",
    )  # fmt: skip
    assert DOCUMENT["version"] == "3.12"


def test_a_key_that_an_older_client_does_not_know_is_taken_out() -> None:
    """Of a file in the older format, at the place that the client names, be there dots in names or items of lists."""
    health = {"test": ["CMD", "true"], "start_interval": "1s"}
    services: dict[str, Any] = {
        "web": {"healthcheck": dict(health)},
        "a.b": {"healthcheck": dict(health), "volumes": [{"bind": {"x": 1}}]},
    }
    rendered = Rendered({"version": "3.9", "services": services}, ())
    for place, key in (
        ("services.web.healthcheck", "start_interval"), ("services.a.b.healthcheck", "start_interval"),
        ("services.a.b.volumes.0.bind", "x"),
    ):  # fmt: skip
        older = fitted(rendered, f"{place} Additional property {key} is not allowed")
        assert older is not None
        assert str(older.changes[-1]).startswith(f"{place}.{key}: ")
        rendered = older
    left = rendered.document["services"]
    assert left == {
        "web": {"healthcheck": {"test": ["CMD", "true"]}},
        "a.b": {"healthcheck": {"test": ["CMD", "true"]}, "volumes": [{"bind": {}}]},
    }
    assert services["web"]["healthcheck"] == health
    assert len(rendered.changes) == 3


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("3.12", "services.web.image Additional property start_interval is not allowed"),
        ("3.9", "unsupported Compose file version: 3.9"),
        ("3.9", "services.none.healthcheck Additional property start_interval is not allowed"),
        ("3.9", "services.web Additional property nothing is not allowed"),
        ("3.9", "no such network"),
    ],
)
def test_any_other_refusal_is_final(version: str, said: str) -> None:
    """A key that a newer client refuses is a mistake of the file's, and nothing is taken out twice."""
    document = {"version": version, "services": {"web": {"image": "nginx", "start_interval": "1s"}}}
    assert fitted(Rendered(document, ()), said) is None
    with pytest.raises(LabError, match="was refused by docker stack deploy: no such network"):
        deploy(Node("3.13", "no such network"), Rendered(document, ()))
