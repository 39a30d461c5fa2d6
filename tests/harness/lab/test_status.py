"""What a person is shown of a running lab, and what is kept of it for later."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from rich.console import Console

from lab.cluster.handle import Lab
from lab.errors import LabError
from lab.host import state
from lab.host.ownership import KEPT
from lab.host.state import LabState
from lab.tools import collect, lab_view, status
from tests.harness.stand_ins.fake_engine import api_error, as_client

Json = dict[str, Any]
ADDRESSES = {"translation01": "172.28.0.11", "translation02": "172.28.0.12"}
HOSTS = {
    "jbcalling.site": "172.28.0.11", "api.jbcalling.site": "172.28.0.11", "traefik.jbcalling.site": "172.28.0.11",
    "media.jbcalling.site": "172.28.0.12",
}  # fmt: skip


@dataclass
class FakeNode:
    """A node's API, and the host's: one service of three replicas, of which two run."""

    log: bytes | Exception = b"dockerd is up, its secret is tu0rn\n"

    @property
    def api(self) -> "FakeNode":
        return self

    def nodes(self) -> list[Json]:
        states = {"translation01": "ready", "translation02": "down"}
        return [
            {"ID": n, "Description": {"Hostname": n}, "Status": {"State": s}, "Spec": {"Role": "worker"}}
            for n, s in reversed(states.items())
        ]

    def services(self, *, filters: Json) -> list[Json]:
        template = {"ContainerSpec": {"Image": "web:1@sha256:abc"}}
        spec = {"Name": "translation_web", "Mode": {"Replicated": {"Replicas": 3}}, "TaskTemplate": template}
        return [{"ID": "web", "Spec": spec}]

    def tasks(self, *, filters: Json | None = None) -> list[Json]:
        states = (("translation01", "running"), ("translation02", "running"), ("translation02", "starting"))
        common = {"ServiceID": "web", "DesiredState": "running"}
        return [{"NodeID": node, "Status": {"State": state}, **common} for node, state in states]

    def networks(self) -> list[Json]:
        return []

    def containers(self, *, all: bool) -> list[Json]:
        return []

    def logs(self, _container: str, *, tail: int) -> bytes:
        if isinstance(self.log, Exception):
            raise self.log
        return self.log

    def service_logs(self, _service: str, **_: object) -> Iterator[bytes]:
        yield b"pass\n"


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A described lab with two fake nodes, a deployed stack and two secrets."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    kernel = {"ipvs": False, "esp": True, "netem": True}
    described = LabState(
        "mine", KEPT, "", "", "172.28.0.0/24", "", ADDRESSES, kernel, False, HOSTS, "stack.yml"
    )
    state.save(described)
    state.write_secret("mine", "secrets/turn_secret", b"tu0rn")
    state.write_secret("mine", "secrets/dashboard_password", b"pass")
    (state.folder("mine") / "edge-pin").write_text("p1n=")
    (state.folder("mine") / "stack.yml").write_text("secret: tu0rn\n")
    made = Lab(as_client(FakeNode()), described)
    made.__dict__["nodes"] = dict.fromkeys(ADDRESSES, FakeNode())
    return made


def shown(lab: Lab) -> str:
    console = Console(file=io.StringIO(), width=120)
    status.show(lab, console)
    text = console.file
    assert isinstance(text, io.StringIO)
    return text.getvalue()


def row(text: str, start: str) -> list[str]:
    """The cells of the table's row that starts with a word."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"│ {start} ")]
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_nodes_and_services_are_shown(lab: Lab) -> None:
    """Each node with its state and address, each service with how many run, and where."""
    text = shown(lab)
    assert row(text, "translation02") == ["translation02", "down", "worker", "172.28.0.12"]
    assert row(text, "translation_web") == ["translation_web", "2/3", "translation01, translation02", "web:1"]


def test_every_host_has_a_line_to_paste(lab: Lab) -> None:
    """One unbroken line each, to what the host answers 200 to, with the CA, and no secret in it."""
    text = shown(lab)
    ca, secret = lab.ca_file, lab.ca_file.parent / "secrets" / "dashboard_password"
    lines = text.splitlines()
    at = f"curl --cacert {ca} --resolve"
    assert f"{at} jbcalling.site:443:172.28.0.11 https://jbcalling.site/" in lines
    assert f"{at} api.jbcalling.site:443:172.28.0.11 https://api.jbcalling.site/health" in lines
    user = f'-u operator:"$(cat {secret})"'
    assert (
        f"{at} traefik.jbcalling.site:443:172.28.0.11 {user} https://traefik.jbcalling.site/dashboard/"
        in lines
    )
    assert "pass" not in text.replace("dashboard_password", "").replace("password in", "")


def test_the_nodes_api_has_a_line_to_paste(lab: Lab) -> None:
    """The manager's Docker API, with the three files that it wants."""
    folder = state.folder("mine")
    assert (
        f"docker --tlsverify --tlscacert {folder}/ca.pem --tlscert {folder}/client.pem --tlskey "
        f"{folder}/client-key.pem -H tcp://172.28.0.11:2376 node ls" in shown(lab).splitlines()
    )


def test_what_the_kernel_cannot_exercise_is_said(lab: Lab) -> None:
    """Each lack with its consequence, and nothing of what the kernel has."""
    (line,) = [line for line in shown(lab).splitlines() if line.startswith("not exercised")]
    assert "no IPVS" in line
    assert lab_view.unexercised({}) == list(lab_view.UNEXERCISED.values())
    assert lab_view.unexercised(dict.fromkeys(lab_view.UNEXERCISED, True)) == []


def test_all_of_a_lab_is_collected(lab: Lab, tmp_path: Path) -> None:
    """States, the rendered stack, each service's log and each node's, as files."""
    assert collect.collect(lab, tmp_path / "out", "translation") == []
    written = {
        str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()
    }
    node = {
        f"{name}/{file}" for name in ADDRESSES for file in ("networks.json", "containers.json", "dockerd.log")
    }
    assert (
        written
        == {"nodes.json", "services.json", "tasks.json", "stack.yml", "services/translation_web.log"} | node
    )
    assert len(json.loads((tmp_path / "out" / "tasks.json").read_text())) == 3


def test_secrets_are_masked_everywhere(lab: Lab, tmp_path: Path) -> None:
    """Neither the stack, nor a node's log, nor a service's log shows one."""
    collect.collect(lab, tmp_path / "out", "translation")
    texts = {path.name: path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert not [name for name, text in texts.items() if "tu0rn" in text or "pass\n" in text]
    assert texts["stack.yml"] == "secret: <turn_secret>\n"
    assert texts["translation_web.log"] == "<dashboard_password>"


def test_what_is_collected_is_its_users_alone(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets of the stack and of this process's environment are masked; nobody else may read a file or a folder."""
    (tmp_path / "s3cret").write_text("value-of-the-stacks-secret\n")
    state.note_secret_files("mine", [tmp_path / "s3cret"])
    monkeypatch.setenv("CI_JOB_TOKEN", "value-of-the-ci-token")
    (state.folder("mine") / "stack.yml").write_text(
        "a: value-of-the-ci-token\nb: value-of-the-stacks-secret\nenvironment:\n  DB_PASSWORD: plain\n"
    )
    out = tmp_path / "out"
    out.mkdir()
    (out / "stack.yml").write_text("of an earlier time")
    collect.collect(lab, out, "translation")
    assert (out / "stack.yml").read_text() == "a: ***\nb: ***\nenvironment:\n  DB_PASSWORD: ***\n"
    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in out.rglob("*")}
    assert modes == {True: 0o700, False: 0o600}
    fresh = tmp_path / "fresh"
    collect.collect(lab, fresh, "translation")
    assert fresh.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "error", [api_error(500, "no such container"), requests.exceptions.ReadTimeout("slow")]
)
def test_what_cannot_be_had_is_named_and_the_rest_is_kept(error: Exception, lab: Lab, tmp_path: Path) -> None:
    """One node that does not answer costs its own files, and each is named."""
    lab.host = as_client(FakeNode(error))
    problems = collect.collect(lab, tmp_path / "out", "translation")
    assert [problem.partition(":")[0] for problem in problems] == [
        f"{name}/dockerd.log" for name in ADDRESSES
    ]
    assert (tmp_path / "out" / "tasks.json").exists()
    assert not (tmp_path / "out" / "translation01" / "dockerd.log").exists()


def test_a_state_is_read_back_as_it_was_saved(lab: Lab) -> None:
    """Another process uses the lab from its description alone; secrets are its user's only."""
    assert state.load("mine") == lab.state
    assert (state.folder("mine") / "secrets" / "turn_secret").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": "mine"}', "\0"])
@pytest.mark.usefixtures("lab")
def test_a_spoilt_state_is_refused_with_the_remedy(content: str) -> None:
    """Which file it is, and the command that gets rid of it."""
    (state.folder("mine") / "lab.json").write_text(content)
    with pytest.raises(LabError, match=r"lab\.json is not a lab's state .*python -m lab down --name mine"):
        state.load("mine")
