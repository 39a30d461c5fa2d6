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
from lab.cluster.stack_deploy import OlderClientError, for_older_client
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


def test_a_format_that_is_too_new_is_told_apart() -> None:
    """The client refuses the file for its version alone, and takes it in its own newest."""
    node, rendered = Node(), Rendered(DOCUMENT, ())
    with pytest.raises(OlderClientError, match=r"unsupported Compose file version: 3\.12"):
        deploy(node, rendered)
    older = for_older_client(rendered)
    assert deploy(node, older) == "Creating"
    assert node.files[-1] == {**node.files[0], "version": "3.9"}
    (change,) = older.changes
    assert (change.kind, str(change)) == (
        Kind.FORMAT, "version: 3.12 -> 3.9 (the client of these nodes reads no newer format)",
    )  # fmt: skip
    assert DOCUMENT["version"] == "3.12"


def test_any_other_refusal_is_final() -> None:
    """A newer format would not mend it."""
    with pytest.raises(LabError, match="was refused by docker stack deploy: no such network") as caught:
        deploy(Node("3.13", "no such network"), Rendered(DOCUMENT, ()))
    assert not isinstance(caught.value, OlderClientError)
