"""The suite in a container of its own: what of this process's environment it gets, and as whom it runs."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker.errors
import pytest

from fixtures.commands.settings_table import TARGETS, VARIABLES, rows
from fixtures.target.settings import KEYS
from lab.build import image_builds
from lab.host.ownership import SUITE
from lab.host.progress import Reporter
from lab.tools import inside
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine, as_client

OF_A_CI = {
    "GITHUB_TOKEN": "t", "GITHUB_SHA": "s", "GITHUB_STEP_SUMMARY": "/home/runner/summary", "GITHUB_": "x",
    "LAB_PASSWORD": "p", "TARGET_PASSWORD": "p", "TARGETS": "t", "ACCEPTANCE_TOKEN": "a", "CI_JOB_TOKEN": "j",
    "HOME": "/root", "PATH": "/bin", "github_actions": "true",
}  # fmt: skip
STAYS_HERE = {
    "LAB_OWNER": "set anew for the container",
    "LAB_INSIDE": "likewise",
    "SABOTAGE_LAB": "sabotage is not run inside: its labs are broken from the host",
    "RUNBOOK_LAB": "nor is the runbook rehearsed there",
    "XDG_STATE_HOME": "a folder of the host",
    "TMPDIR": "likewise",
    "XDG_CACHE_HOME": "likewise",
    "TRAEFIK_BIN": "a program of the host",
    "DOCKER_HOST": "the container has the engine's socket",
    "DOCKER_CONTEXT": "likewise",
    "DOCKER_TLS_VERIFY": "likewise",
    "DOCKER_CERT_PATH": "likewise",
    "DOCKER_CONFIG": "a folder of the host, which may hold passwords of registries",
    "SSL_CERT_FILE": "images are built before, on the host",
    "https_proxy": "likewise, and a proxy's address may hold a password",
    "PIP_INDEX_URL": "likewise, and so may an index's",
    "RYUK_CONTAINER_IMAGE": "the run's owner outside removes what is left",
    "TESTCONTAINERS_RYUK_DISABLED": "likewise",
    "GITHUB_STEP_SUMMARY": "a file of the host",
}
"""Variables of the settings table that do not go into the container, and why."""


@dataclass
class FakeContainer:
    """Ends at once with `status`, and has said nothing."""

    status: int = 0

    def start(self) -> None:
        """It has ended already."""

    def logs(self, **_: object) -> list[bytes]:
        return []

    def wait(self) -> dict[str, int]:
        return {"StatusCode": self.status}


@dataclass
class Creating(FakeApi):
    """An engine that has the images, notes how a container is created, and finds no output in it."""

    created: list[dict[str, Any]] = field(default_factory=list)

    def create(self, image: str, command: list[str], **options: Any) -> FakeContainer:  # noqa: ANN401 - docker's
        self.created.append({"image": image, "command": command, **options})
        return FakeContainer(7)

    def get_archive(self, *_: object) -> None:
        raise docker.errors.NotFound("no output")


@dataclass
class EngineThatCreates(FakeEngine):
    @property
    def containers(self) -> FakeApi:
        return self.api


def created_by(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """How the suite's container was created."""
    monkeypatch.setattr(image_builds, "ensure", lambda *_: {SUITE: "the-suite"})
    api = Creating()
    status = inside.run(as_client(EngineThatCreates(api)), ["-m", "lab"], tmp_path, "an-owner", Reporter())
    assert status == 7
    assert [name.partition(" ")[0] for name in api.removed] == ["container"]
    return api.created[0]


def test_only_named_variables_are_handed_on() -> None:
    """No variable goes in for how its name begins."""
    named = {
        "TARGET": "lab",
        "TARGET_LIMITS": "edge_requests=12",
        "LAB_NAME": "mine",
        "GITHUB_ACTIONS": "true",
    }
    assert inside.handed_on({**OF_A_CI, **named}) == named


def test_the_variable_of_turns_secret_is_handed_on_where_it_is_named() -> None:
    """By the target's own variable, and no other."""
    given = {"TARGET_TURN_SECRET_ENV": " MY_SECRET ", "MY_SECRET": "s", "MY_OTHER": "o"}
    assert inside.handed_on(given) == {"TARGET_TURN_SECRET_ENV": " MY_SECRET ", "MY_SECRET": "s"}
    assert inside.handed_on({"MY_SECRET": "s"}) == {}


def test_each_variable_of_the_suite_is_handed_on_or_stays_for_a_reason() -> None:
    """A new setting is decided upon; what is not a setting is not handed on at all."""
    settings = {row.name for row in rows() if row.part == VARIABLES}
    settings |= {row.variable for row in rows() if row.part == TARGETS}
    assert set(inside.HANDED_ON) | set(STAYS_HERE) == settings
    assert set(inside.HANDED_ON) & set(STAYS_HERE) == set()
    assert {key.variable for key in KEYS} <= set(inside.HANDED_ON)
    assert all(reason.strip() for reason in inside.HANDED_ON.values())


def test_the_container_gets_them_and_what_it_must_know(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its own name, whose end ends the run, and the engine; what the caller has under these names does not count."""
    for name, value in {**OF_A_CI, "TARGET": "lab", "LAB_OWNER": "mine", "DOCKER_HOST": "ssh://a"}.items():
        monkeypatch.setenv(name, value)
    for name in inside.HANDED_ON:
        if name != "TARGET":
            monkeypatch.delenv(name, raising=False)
    created = created_by(monkeypatch, tmp_path)
    assert created["environment"] == {
        "TARGET": "lab", "LAB_INSIDE": created["name"], "LAB_OWNER": "an-owner",
        "DOCKER_HOST": "unix:///var/run/docker.sock",
    }  # fmt: skip


def test_it_runs_as_root_for_the_engines_socket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The image's own user may not use the socket."""
    created = created_by(monkeypatch, tmp_path)
    assert created["user"] == "root"
    assert list(created["volumes"]) == ["/var/run/docker.sock"]
