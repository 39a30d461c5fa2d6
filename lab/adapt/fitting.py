"""A stack adapted to a lab: only what a lab must change is changed, and each change is one line of text."""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.adapt import announced, networks, resources, traefik, volumes
from lab.adapt.changes import Change, Kind, of_kind
from lab.compose.reading import Stack
from lab.compose.reference import NO_ADDRESS
from lab.compose.values import seconds
from lab.errors import InputError

Document = dict[str, Any]
_ANNOUNCED_FLAG = re.compile(r"(--external-ip)=(.*)")
_PLACEHOLDER = re.compile(rf"(?<![\d.]){re.escape(NO_ADDRESS)}(?![\d.])")
DOCKER_INTERVAL = "30s"
"""Docker's interval between two health checks where the stack sets none."""
LOG_DRIVERS = ("json-file", "local", "none", "")
"""What the nodes' engines have; journald, gelf and the like need something beside the engine."""


@dataclass(frozen=True)
class Facts:
    """What the lab is: its kernel (of which True means that nodes can), where media is reached, how big the host is.

    `supplied` are the files beside a stack that the lab makes up itself, by their path. `health_interval_s` caps
    the interval of health checks, None leaves them as they are.
    """

    kernel: Mapping[str, bool | None]
    media_address: str
    host_memory: int
    host_cpus: int
    nodes: int = 3
    supplied: frozenset[str] = frozenset()
    health_interval_s: float | None = None


@dataclass(frozen=True)
class Fitted:
    """A stack as the lab deploys it; `changes` say what differs from the files and why, `files` are the lab's own."""

    document: Document
    changes: tuple[Change, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)


def fitted(stack: Stack, facts: Facts) -> Fitted:
    """The stack with what a lab must change changed; raises InputError for what it cannot carry."""
    document = _addressed(stack.document, facts.media_address)
    files: dict[str, bytes] = {}
    changes = [
        *of_kind(Kind.CERTIFICATES, traefik.without_acme(document)),
        *of_kind(Kind.ADDRESS, _announced(document, facts.media_address)),
        *of_kind(Kind.STORAGE, volumes.fitted(document, stack.folder)),
        *of_kind(Kind.OBJECTS, _objects(stack, document, facts.supplied, files)),
        *of_kind(Kind.LOGGING, _loggers(document)),
        *of_kind(Kind.DEVICES, _devices(document)),
        *of_kind(Kind.NETWORKS, networks.inside(document)),
        *of_kind(
            Kind.RESOURCES,
            resources.scaled(document, facts.host_memory, facts.host_cpus, facts.nodes),
        ),
    ]
    if not facts.kernel.get("ipvs", False):
        changes += of_kind(Kind.ENDPOINT, networks.without_ipvs(document))
    if not facts.kernel.get("esp", False):
        changes += of_kind(Kind.ENCRYPTION, networks.without_encryption(document))
    if facts.health_interval_s is not None:
        changes += of_kind(Kind.HEALTH, _health(document, facts.health_interval_s))
    if traefik.TLS_FILE in {each.get("file") for each in (document.get("configs") or {}).values()}:
        files[traefik.TLS_FILE] = traefik.TLS.encode()
    return Fitted(document, tuple(changes), files)


def _addressed(document: Document, address: str) -> Document:
    """A copy with the media host's address wherever a variable left the placeholder for it."""

    def copied(value: object) -> object:
        if isinstance(value, dict):
            return {key: copied(each) for key, each in value.items()}
        if isinstance(value, list):
            return [copied(each) for each in value]
        return _PLACEHOLDER.sub(address, value) if isinstance(value, str) else value

    return {key: copied(value) for key, value in document.items()}


def _announced(document: Document, address: str) -> Iterator[str]:
    """Announce the address of the lab's media host in place of any other."""
    for name, service in document["services"].items():
        environment = service.get("environment") or {}
        for key, value in environment.items():
            if announced.SETTING.fullmatch(key) and value != address:
                environment[key] = address
                yield f"{name}: {key} {value or 'empty'} -> {address} (where the lab has its media host)"
        for number, word in enumerate(service.get("command") or ()):
            found = _ANNOUNCED_FLAG.fullmatch(word)
            if found and found[2] != address:
                service["command"][number] = f"{found[1]}={address}"
                yield f"{name}: {word} -> {address} (where the lab has its media host)"


def _objects(
    stack: Stack, document: Document, supplied: frozenset[str], files: dict[str, bytes]
) -> Iterator[str]:
    """Make up external secrets, and use the lab's own files where only those fit its certificate authority."""
    for section in ("secrets", "configs"):
        for name, entry in (document.get(section) or {}).items():
            file = entry.get("file")
            if file in supplied and (stack.folder / file).exists():
                yield f"{section} {name}: the lab's own content instead of {file} (it must fit the lab's CA)"
            elif entry.get("external"):
                document[section][name] = {"file": _made_up(stack, section, name, supplied, files)}
                yield f"{section} {name}: external -> made up by the lab (its Swarm starts empty)"


def _made_up(stack: Stack, section: str, name: str, supplied: frozenset[str], files: dict[str, bytes]) -> str:
    if f"secrets/{name}" in supplied:
        return f"secrets/{name}"
    if section == "configs":
        raise InputError(
            f"{stack.where(section, name)}: configs.{name}: external, so its content is unknown: give it with "
            "`file:` in a further stack file: --stack STACK --stack FURTHER"
        )
    files[f"lab/{name}"] = secrets.token_hex(16).encode()
    return f"lab/{name}"


def _loggers(document: Document) -> Iterator[str]:
    for name, service in document["services"].items():
        driver = (service.get("logging") or {}).get("driver", "")
        if driver not in LOG_DRIVERS:
            del service["logging"]
            yield f"{name}: log driver {driver} -> the engine's own (the lab's nodes do not have it)"


def _devices(document: Document) -> Iterator[str]:
    for name, service in document["services"].items():
        reserved = (service["deploy"].get("resources") or {}).get("reservations") or {}
        if reserved.pop("generic_resources", None):
            yield f"{name}: reservation of generic resources removed (the lab's nodes have none)"


def _health(document: Document, interval_s: float) -> Iterator[str]:
    """Shorter health intervals, so that a failure is seen within the run."""
    for name, service in document["services"].items():
        health = service.get("healthcheck") or {}
        if health and seconds(str(health.get("interval", DOCKER_INTERVAL))) > interval_s:
            before, health["interval"] = health.get("interval", DOCKER_INTERVAL), f"{interval_s:g}s"
            yield f"{name}: health check every {before} -> {interval_s:g}s (as asked for)"
