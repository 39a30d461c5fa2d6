"""Which keys a stack file may have, and what each holds: the schema of Compose 3.13 as `docker stack deploy` has it.

Docker's own refusal names neither file nor line, and where no Docker is at hand there is none; so the keys are
checked here first. No package that is still cared for carries this schema: docker-compose 1.29 for Python, the last
to have one, ended in 2021; what check-jsonschema and compose-spec hold is the newer Compose Specification, which
takes keys that a Swarm refuses and lacks some that it has. A test holds this one against Docker's client.
"""

import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.compose.interpolation import Filled
from lab.compose.values import is_duration, is_memory
from lab.named_files.caps import HIGHEST_NUMBER, LONGEST_AMOUNT, LOWEST_NUMBER

Fault = tuple[tuple[str | int, ...], str]
"""Where a document is wrong, and what is wanted there."""


@dataclass(frozen=True)
class Kind:
    """What a single value must be."""

    words: str
    fits: Callable[[object], bool]


@dataclass(frozen=True)
class Each:
    """A list whose elements all have one shape."""

    shape: Any


@dataclass(frozen=True)
class Named:
    """A mapping with names of the person's own choice, which `names` must match."""

    shape: Any
    names: str = r"(?s).*"


def _filled(cast: Callable[[str], object]) -> Callable[[object], bool]:
    """Where a variable was filled in, Docker turns the text into what is wanted."""

    def fits(value: object) -> bool:
        try:
            return isinstance(value, Filled) and cast(value) is not None
        except ValueError:
            return False

    return fits


_BOOLS = {"y", "yes", "true", "on", "n", "no", "false", "off"}


def _whole(text: str) -> int:
    if not re.fullmatch(r"[-+]?[0-9]{1,20}", text) or not LOWEST_NUMBER <= int(text) <= HIGHEST_NUMBER:
        raise ValueError(text)
    return int(text)


def _finite(text: str) -> float:
    if len(text) > LONGEST_AMOUNT or not text.isascii() or "_" in text or not math.isfinite(float(text)):
        raise ValueError(text)
    return float(text)


_as_int, _as_number = _filled(_whole), _filled(_finite)
TEXT = Kind("a text: put it in quotes", lambda v: isinstance(v, str))
INT = Kind(
    "a whole number without quotes",
    lambda v: (isinstance(v, int) and not isinstance(v, bool)) or _as_int(v),
)
NUMBER = Kind(
    "a number without quotes",
    lambda v: (isinstance(v, int | float) and not isinstance(v, bool)) or _as_number(v),
)
BOOL = Kind(
    "true or false, without quotes",
    lambda v: isinstance(v, bool) or (isinstance(v, Filled) and v.lower() in _BOOLS),
)
SCALAR = Kind(
    "a text or a number (true and false need quotes)",
    lambda v: v is None or (isinstance(v, str | int | float) and not isinstance(v, bool)),
)
PORT = Kind(
    "a port, as in 80:80, 40000-40009:40000-40009/udp, or target:, published:, protocol:, mode:",
    lambda v: isinstance(v, str | int) and not isinstance(v, bool),
)
DURATION = Kind('a duration, as in "10s" or "1m30s"', lambda v: isinstance(v, str) and is_duration(v))
MEMORY = Kind(
    'memory in quotes or with a unit, as in 512M or "2.5G"', lambda v: isinstance(v, str) and is_memory(v)
)
CPUS = Kind('a number of processors in quotes, as in "0.50"', lambda v: isinstance(v, str) and _number(v))
NULL = Kind("nothing", lambda v: v is None)
ANY = Kind("anything", lambda v: True)


def _number(text: str) -> bool:
    return re.fullmatch(r"[0-9]+\.?[0-9]*|\.[0-9]+", text) is not None and len(text) <= LONGEST_AMOUNT


def one_of(*words: str) -> Kind:
    """A text that is one of the words."""
    return Kind(f"one of {', '.join(words)}", lambda v: v in words)


TEXTS = Each(TEXT)
TEXT_OR_TEXTS = (TEXT, TEXTS)
PAIRS = (Named(SCALAR), TEXTS)
POLICY = {
    "parallelism": INT, "delay": DURATION, "monitor": DURATION, "max_failure_ratio": NUMBER,
    "failure_action": one_of("continue", "pause", "rollback"), "order": one_of("start-first", "stop-first"),
}  # fmt: skip
DEPLOY = {
    "mode": one_of("replicated", "global", "replicated-job", "global-job"),
    "endpoint_mode": Kind("one of vip, dnsrr", lambda v: v in ("vip", "dnsrr", "")),
    "replicas": INT,
    "labels": PAIRS,
    "update_config": {**POLICY},
    "rollback_config": {**POLICY},
    "resources": {
        "limits": {"cpus": CPUS, "memory": MEMORY, "pids": INT},
        "reservations": {"cpus": CPUS, "memory": MEMORY, "generic_resources": Each(ANY)},
    },
    "restart_policy": {
        "condition": one_of("none", "on-failure", "any"),
        "delay": DURATION, "max_attempts": INT, "window": DURATION,
    },
    "placement": {"constraints": TEXTS, "preferences": Each({"spread": TEXT}), "max_replicas_per_node": INT},
}  # fmt: skip
REFERENCE = (TEXT, {"source": TEXT, "target": TEXT, "uid": TEXT, "gid": TEXT, "mode": NUMBER})
VOLUME = {
    "type": one_of("bind", "volume", "tmpfs", "npipe", "cluster"),
    "source": TEXT, "target": TEXT, "read_only": BOOL, "consistency": TEXT,
    "bind": {"propagation": TEXT}, "volume": {"nocopy": BOOL, "subpath": TEXT}, "tmpfs": {"size": INT},
}  # fmt: skip
NETWORK_OF_SERVICE = {"aliases": TEXTS, "ipv4_address": TEXT, "ipv6_address": TEXT}
SERVICE: dict[str, Any] = {
    "image": TEXT, "command": TEXT_OR_TEXTS, "entrypoint": TEXT_OR_TEXTS,
    "environment": PAIRS, "env_file": TEXT_OR_TEXTS, "labels": PAIRS,
    "deploy": (DEPLOY, NULL),
    "ports": Each((PORT, {"mode": one_of("host", "ingress"), "target": INT, "published": INT, "protocol": TEXT})),
    "networks": (TEXTS, Named((NETWORK_OF_SERVICE, NULL))),
    "volumes": Each((TEXT, VOLUME)), "configs": Each(REFERENCE), "secrets": Each(REFERENCE),
    "healthcheck": {
        "disable": BOOL, "interval": DURATION, "retries": NUMBER, "test": TEXT_OR_TEXTS, "timeout": DURATION,
        "start_period": DURATION, "start_interval": DURATION,
    },
    "logging": {"driver": TEXT, "options": Named(SCALAR)},
    "ulimits": Named((INT, {"hard": INT, "soft": INT})),
    "stop_grace_period": DURATION, "stop_signal": TEXT,
    "cap_add": TEXTS, "cap_drop": TEXTS, "dns": TEXT_OR_TEXTS, "dns_search": TEXT_OR_TEXTS,
    "extra_hosts": PAIRS, "sysctls": PAIRS, "tmpfs": TEXT_OR_TEXTS,
    "hostname": TEXT, "user": TEXT, "working_dir": TEXT, "isolation": TEXT,
    "init": BOOL, "read_only": BOOL, "stdin_open": BOOL, "tty": BOOL,
    "credential_spec": Named(TEXT), "oom_score_adj": INT,
}  # fmt: skip
IGNORED = (
    "build", "cgroup_parent", "cgroupns_mode", "container_name", "depends_on", "devices", "domainname", "expose",
    "external_links", "ipc", "links", "mac_address", "network_mode", "pid", "privileged", "restart",
    "security_opt", "shm_size", "userns_mode",
)  # fmt: skip
"""Keys of a service that the schema knows and a Swarm does nothing with."""
FORBIDDEN = {
    "mem_limit": "deploy.resources.limits.memory", "mem_reservation": "deploy.resources.reservations.memory",
    "memswap_limit": "deploy.resources.limits.memory", "cpus": "deploy.resources.limits.cpus",
    "cpu_shares": "deploy.resources", "cpu_quota": "deploy.resources", "cpuset": "deploy.resources",
    "scale": "deploy.replicas", "volumes_from": "the top-level `volumes`", "volume_driver": "the top-level `volumes`",
    "extends": "several stack files, given in order",
}  # fmt: skip
"""Keys of other Compose formats, and what a Swarm has in their place."""
EXTERNAL = (BOOL, {"name": TEXT})
FILE_OBJECT = {
    "name": TEXT, "file": TEXT, "external": EXTERNAL, "labels": PAIRS, "driver": TEXT,
    "driver_opts": Named(SCALAR), "template_driver": TEXT,
}  # fmt: skip
NAME = r"[a-zA-Z0-9._-]+"
STACK: dict[str, Any] = {
    "version": TEXT,
    "services": Named({**SERVICE, **dict.fromkeys(IGNORED, ANY)}, NAME),
    "networks": Named(
        ({
            "name": TEXT, "driver": TEXT, "driver_opts": Named(SCALAR), "ipam": ANY, "external": EXTERNAL,
            "internal": BOOL, "attachable": BOOL, "labels": PAIRS,
        }, NULL),
        NAME,
    ),
    "volumes": Named(
        ({
            "name": TEXT, "driver": TEXT, "driver_opts": Named(SCALAR), "external": EXTERNAL, "labels": PAIRS,
            "x-cluster-spec": ANY,
        }, NULL),
        NAME,
    ),
    "secrets": Named(FILE_OBJECT, NAME),
    "configs": Named(FILE_OBJECT, NAME),
}  # fmt: skip


def faults(value: object, shape: object = STACK, at: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """Everything in the document that Docker would refuse, in the order of the document."""
    if isinstance(shape, Kind):
        if not shape.fits(value):
            yield at, f"{shown(value)}: wanted {shape.words}"
    elif isinstance(shape, tuple):
        yield from _faults_of_choice(value, shape, at)
    elif isinstance(shape, Each):
        yield from _faults_of_list(value, shape.shape, at)
    elif not isinstance(value, dict):
        yield at, f"{shown(value)}: wanted a mapping, as in `key: value` on lines of its own"
    elif isinstance(shape, Named):
        for name, each in value.items():
            if not re.fullmatch(shape.names, name):
                yield (*at, name), f"is no name: use letters, digits, '.', '_' and '-', as in {shape.names}"
            yield from faults(each, shape.shape, (*at, name))
    elif isinstance(shape, Mapping):
        yield from _faults_of_mapping(value, shape, at)


def _faults_of_list(value: object, shape: object, at: tuple[str | int, ...]) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield at, f"{shown(value)}: wanted a list, each element after a hyphen"
        return
    for number, each in enumerate(value):
        yield from faults(each, shape, (*at, number))


def _faults_of_choice(
    value: object, shapes: tuple[object, ...], at: tuple[str | int, ...]
) -> Iterator[Fault]:
    """The faults by the shape whose outer form fits; what fits none is wanted as the first."""
    attempts = [list(faults(value, shape, at)) for shape in shapes]
    if all(attempts):
        deeper = [found for found in attempts if found[0][0] != at]
        yield from deeper[0] if deeper else attempts[0]


def _faults_of_mapping(
    value: dict[str, object], shape: Mapping[str, object], at: tuple[str | int, ...]
) -> Iterator[Fault]:
    for key, each in value.items():
        if key in shape:
            yield from faults(each, shape[key], (*at, key))
        elif not key.startswith("x-"):
            yield (*at, key), f"{shown(each)}: {_instead(key, shape)}"


def _instead(key: str, shape: Mapping[str, object]) -> str:
    if key in FORBIDDEN:
        return f"a Swarm does not know this key: use {FORBIDDEN[key]}"
    similar = difflib.get_close_matches(key, shape, n=1)
    hint = f"did you mean {similar[0]}?" if similar else f"known here are {', '.join(shape)}"
    return f"unknown key: {hint}"


def shown(value: object) -> str:
    """A value for a message: short, in one line."""
    text = (
        repr(value)
        if isinstance(value, str)
        else type(value).__name__
        if isinstance(value, dict | list)
        else str(value)
    )
    return text if len(text) <= 60 else text[:57] + "..."
