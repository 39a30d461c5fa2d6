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
    """One row of the table: what it is called, what it changes, and Traefik's seconds between two looks at the Swarm."""

    name: str
    edits: tuple[Edit, ...] = ()
    poll_s: str = POLL_S
    drain_s: str = "20"


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
"""No draining, and Traefik knows of a replica what the Swarm says every 15 s: the file before it carried these settings."""
SETTINGS = (
    Setting("start-first, the Swarm's health check; nothing else", BARE),
    Setting("... and stop-first instead", (*BARE, _of_each(_stop_first))),
    Setting("... and no health check of the Swarm's", (*BARE, _of_each(_unchecked_by_the_swarm))),
    Setting("... and refreshseconds 1", BARE, poll_s="1"),
    Setting("... and nginx ends by SIGQUIT", (*BARE, _of_each(_ends_in_order))),
    Setting("... and Traefik's health check, every second", (*BARE, _of_each(_checked_by_the_edge))),
    Setting("... and Traefik's passive health check", (*BARE, _of_each(_passively_checked))),
    Setting("... and Traefik's retry, 4 attempts", (*BARE, _of_each(_retried))),
    Setting("... and health check, retry and SIGQUIT", (*BARE, *map(_of_each, (_checked_by_the_edge, _retried, _ends_in_order)))),
    Setting("draining 20 s, refreshseconds 15", (_of_each(_without_checks_of_the_edge),)),
    Setting("draining 3 s, refreshseconds 1", (_of_each(_without_checks_of_the_edge),), poll_s="1", drain_s="3"),
    Setting("the reference stack"),
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
        "DRAIN_SECONDS": setting.drain_s,
    }
    return reading.for_a_lab((file,), variables)


def _reference() -> Json:
    found: Json = yaml.safe_load(reference.REFERENCE_STACK.read_text("utf-8"))
    return {key: value for key, value in found.items() if not key.startswith("x-")}
