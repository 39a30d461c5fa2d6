"""Traefik's API asked from within its own container, in the lab: where it is open there, and what is said where not."""

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from fixtures.observe.http.traefik_api import EdgeApiError
from fixtures.prober.probing import configuration_of
from lab.cluster import tasks
from lab.cluster.tasks import Placed

if TYPE_CHECKING:
    from lab.cluster.handle import Lab

OPEN = "--api.insecure=true"


def lab_with(*args: str) -> "Lab":
    document = {"services": {"traefik": {"command": list(args)}}}
    return cast("Lab", SimpleNamespace(deployed=SimpleNamespace(document=document)))


@pytest.fixture
def within(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands run in Traefik's container; each section but routers is empty."""
    commands: list[list[str]] = []

    def in_task(lab: object, task: Placed, command: list[str]) -> tuple[int, str]:
        assert task.service == "traefik"
        commands.append(command)
        named: list[dict[str, Any]] = [{"name": "a@swarm", "status": "enabled"}]
        return 0, json.dumps(named if "routers" in command[-1] else [])

    placed = (Placed("frontend", "t1", "n", "c1", {}), Placed("traefik", "t2", "n", "c2", {}))
    monkeypatch.setattr(tasks, "placed", lambda lab: placed)
    monkeypatch.setattr(tasks, "in_task", in_task)
    return commands


@pytest.mark.parametrize(
    ("args", "port"),
    [
        ((OPEN,), 8080),
        (("--api.insecure",), 8080),
        ((OPEN, "--entryPoints.traefik.address=:9000"), 9000),
    ],
)
def test_an_open_api_is_read(args: tuple[str, ...], port: int, within: list[list[str]]) -> None:
    """On its own entry point, which may be moved."""
    found = configuration_of(lab_with(*args), "traefik")
    assert [each.name for each in found.routers] == ["a@swarm"]
    assert {command[-1].partition("/api")[0] for command in within} == {f"http://127.0.0.1:{port}"}


@pytest.mark.parametrize("args", [(), ("--api.dashboard=true",), ("--api.insecure=false",)])
def test_a_closed_one_is_not_asked(args: tuple[str, ...], within: list[list[str]]) -> None:
    """Nothing of the candidate's is changed for it."""
    with pytest.raises(EdgeApiError, match="not open either"):
        configuration_of(lab_with(*args), "traefik")
    assert within == []


def test_what_curl_says_is_the_reason(within: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line."""
    monkeypatch.setattr(tasks, "in_task", lambda *_: (7, "curl: (7) Failed to connect"))
    with pytest.raises(EdgeApiError, match=r"in Traefik's container: .*Failed to connect"):
        configuration_of(lab_with(OPEN), "traefik")
