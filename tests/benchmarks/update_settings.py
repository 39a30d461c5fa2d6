"""The settings of an update: each is the reference stack with something taken out or put in, as `docker stack deploy` gets it."""

import copy
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.compose import reading, reference
from lab.compose.reading import Stack

Json = dict[str, Any]
Edit = Callable[[Json], None]
ROUTED = ("frontend", "signaling")
POLL_S = "15"
"""Traefik's default, and the reference stack's outside the lab."""


@dataclass(frozen=True)
class Setting:
    """One row of the table: what it is called, what it changes, Traefik's seconds between two looks at the Swarm, how long
    replicas drain, whether anything is updated, and whether two people are in a call meanwhile."""

    name: str
    edits: tuple[Edit, ...] = ()
    poll_s: str = POLL_S
    drain_s: str = "20"
    updates: bool = True
    call: bool = False


def _of_each(change: Callable[[str, Json], None]) -> Edit:
    def edit(document: Json) -> None:
        for name in ROUTED:
            change(name, document["services"][name])

    return edit


def _undrained(_: str, service: Json) -> None:
    service["environment"].pop("DRAIN_S", None)
    service.pop("stop_grace_period", None)


def _stop_first(_: str, service: Json) -> None:
    service["deploy"]["update_config"] = {**service["deploy"]["update_config"], "order": "stop-first"}


def _without_checks_of_the_edge(name: str, service: Json) -> None:
    labels = service["deploy"]["labels"]
    for key in [
        each for each in labels if "healthcheck" in each or "retry" in each or each.endswith(".middlewares")
    ]:
        del labels[key]


def _checked_by_the_edge(name: str, service: Json) -> None:
    check = f"traefik.http.services.{name}.loadbalancer.healthcheck"
    service["deploy"]["labels"] |= {
        f"{check}.path": "/health",
        f"{check}.interval": "1s",
        f"{check}.timeout": "1s",
    }


def _passively_checked(name: str, service: Json) -> None:
    check = f"traefik.http.services.{name}.loadbalancer.passivehealthcheck"
    service["deploy"]["labels"] |= {f"{check}.maxfailedattempts": "1", f"{check}.failurewindow": "10s"}


def _retried(name: str, service: Json) -> None:
    retry = f"traefik.http.middlewares.{name}-retry.retry"
    service["deploy"]["labels"] |= {
        f"{retry}.attempts": "4", f"{retry}.initialinterval": "100ms",
        f"traefik.http.routers.{name}.middlewares": f"{name}-retry",
    }  # fmt: skip


def _unchecked_by_the_swarm(_: str, service: Json) -> None:
    service["healthcheck"] = {"disable": True}


def _ends_in_order(name: str, service: Json) -> None:
    if name == "frontend":
        service["stop_signal"] = "SIGQUIT"


BARE = (_of_each(_undrained), _of_each(_without_checks_of_the_edge))
"""No draining, and Traefik knows of a replica what the Swarm says every 15 s: so it was before the stack carried them."""
SETTINGS = (
    Setting("nothing is updated", updates=False, call=True),
    Setting("start-first and a health check of the Swarm's, no more", BARE, call=True),
    Setting("that, stop-first", (*BARE, _of_each(_stop_first))),
    Setting("that, no health check", (*BARE, _of_each(_unchecked_by_the_swarm))),
    Setting("that, refreshseconds 1", BARE, poll_s="1"),
    Setting("that, nginx ended by SIGQUIT", (*BARE, _of_each(_ends_in_order))),
    Setting("that, Traefik's health check every second", (*BARE, _of_each(_checked_by_the_edge))),
    Setting("that, Traefik's passive health check", (*BARE, _of_each(_passively_checked))),
    Setting("that, Traefik's retry, 4 attempts", (*BARE, _of_each(_retried))),
    Setting("that, health check, retry and SIGQUIT", (*BARE, *map(_of_each, (_checked_by_the_edge, _retried, _ends_in_order)))),
    Setting("the reference stack: draining 20 s, refreshseconds 15", call=True),
    Setting("the reference stack in a lab: draining 3 s, refreshseconds 1", poll_s="1", drain_s="3", call=True),
)  # fmt: skip


def stack_of(setting: Setting, folder: Path) -> Stack:
    """The reference stack so set, written to `folder` with the configuration that it mounts."""
    shutil.copytree(reference.REFERENCE_STACK.parent / "config", folder / "config", dirs_exist_ok=True)
    document = copy.deepcopy(_reference())
    for edit in setting.edits:
        edit(document)
    file = folder / "stack.yml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    variables: Mapping[str, str] = {
        "TRAEFIK_REFRESH_SECONDS": setting.poll_s,
        "TRAEFIK_THROTTLE": "2s",  # as everywhere but in a lab
        "DRAIN_SECONDS": setting.drain_s,
    }
    return reading.for_a_lab((file,), variables)


def _reference() -> Json:
    found: Json = yaml.safe_load(reference.REFERENCE_STACK.read_text("utf-8"))
    return {key: value for key, value in found.items() if not key.startswith("x-")}
