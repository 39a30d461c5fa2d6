"""Which keys a stack file may have, and what each holds: the schema of Compose 3.0 to 3.13 as `docker stack deploy` has it.

Docker's own refusal names neither file nor line, and where no Docker is at hand there is none; so the keys are
checked here. No package that is still cared for carries this schema: docker-compose 1.29 for Python, the last
to have one, ended in 2021; what check-jsonschema and compose-spec hold is the newer Compose Specification, which
takes keys that a Swarm refuses and lacks some that it has. A test holds this one against Docker's client.
"""

from collections.abc import Iterator
from typing import Any

from lab.compose.shapes import Check, Each, Fault, Keys, Kind, Named, Since, shown
from lab.compose.values import is_duration, is_memory
from lab.compose.yaml_scalars import Timestamp

__all__ = ["Fault", "shown"]
NEWEST = 13
"""The newest 3.x, which a file has that gives no version, or `3`."""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and value.is_integer()
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, Timestamp)


def _is_positive(value: object) -> bool:
    return isinstance(value, int | float) and value >= 0


TEXT = Kind("a text: put it in quotes", _is_text)
INT = Kind("a whole number without quotes", _is_whole)
COUNT = Kind("a whole number without quotes, 0 or more", lambda v: _is_whole(v) and _is_positive(v))
NUMBER = Kind("a number without quotes", _is_number)
AMOUNT = Kind("a number without quotes, 0 or more", lambda v: _is_number(v) and _is_positive(v))
BOOL = Kind("true or false, without quotes", lambda v: isinstance(v, bool))
SCALAR = Kind(
    "a text or a number (true and false need quotes)",
    lambda v: v is None or (isinstance(v, str | int | float) and not isinstance(v, bool)),
)
OPTION = Kind(
    "a text or a number (true and false need quotes)",
    lambda v: isinstance(v, str | int | float) and not isinstance(v, bool),
)
PORT = Kind(
    "a port, as in 80:80, 40000-40009:40000-40009/udp, or target:, published:, protocol:, mode:",
    lambda v: _is_text(v) or (isinstance(v, int) and not isinstance(v, bool)),
)
DURATION = Kind('a duration, as in "10s" or "1m30s"', lambda v: isinstance(v, str) and is_duration(v))
MEMORY = Kind(
    'memory in quotes or with a unit, as in 512M or "2.5G"', lambda v: isinstance(v, str) and is_memory(v)
)
CPUS = Kind('a number of processors in quotes, as in "0.50"', _is_text)
NULL = Kind("nothing", lambda v: v is None)
ANY = Kind("anything", lambda v: True)
ULIMIT = Kind("a whole number without quotes", lambda v: isinstance(v, int) and not isinstance(v, bool))


def one_of(*words: str) -> Kind:
    """A text that is one of the words."""
    return Kind(f"one of {', '.join(words)}", lambda v: v in words)


TEXTS = Each(TEXT, unique=True)
WORDS = (TEXT, Each(TEXT))
TEXT_OR_TEXTS = (TEXT, TEXTS)
PAIRS = (Named(SCALAR, r"(?s).+"), TEXTS)
POLICY = {
    "parallelism": COUNT, "delay": DURATION, "monitor": DURATION, "max_failure_ratio": NUMBER,
    "failure_action": TEXT, "order": Since(4, one_of("start-first", "stop-first")),
}  # fmt: skip
GENERIC = Each(Keys({"discrete_resource_spec": Keys({"kind": TEXT, "value": NUMBER})}))
DEPLOY = Keys({
    "mode": TEXT,
    "endpoint_mode": Since(2, TEXT),
    "replicas": COUNT,
    "labels": PAIRS,
    "update_config": Keys(POLICY),
    "rollback_config": Since(7, Keys(POLICY)),
    "resources": Keys({
        "limits": Keys({"cpus": CPUS, "memory": MEMORY, "pids": Since(9, INT)}),
        "reservations": Keys({"cpus": CPUS, "memory": MEMORY, "generic_resources": Since(5, GENERIC)}),
    }),
    "restart_policy": Keys({"condition": TEXT, "delay": DURATION, "max_attempts": COUNT, "window": DURATION}),
    "placement": Keys({
        "constraints": Each(TEXT), "preferences": Since(3, Each(Keys({"spread": TEXT}))),
        "max_replicas_per_node": Since(8, COUNT),
    }),
})  # fmt: skip
REFERENCE = (TEXT, Keys({"source": TEXT, "target": TEXT, "uid": TEXT, "gid": TEXT, "mode": AMOUNT}, any=0))
VOLUME = Keys(
    {
        "type": TEXT, "source": TEXT, "target": TEXT, "read_only": BOOL, "consistency": TEXT,
        "bind": Keys({"propagation": TEXT}, any=0),
        "volume": Keys({"nocopy": BOOL, "subpath": TEXT}, any=0),
        "tmpfs": Since(6, Keys({"size": COUNT}, any=0)),
    },
    required=("type",),
)  # fmt: skip
NETWORK_OF_SERVICE = Keys({
    "aliases": TEXTS, "ipv4_address": TEXT, "ipv6_address": TEXT, "driver_opts": Since(13, Named(OPTION)),
})  # fmt: skip
BUILD = (
    TEXT,
    Keys(
        {
            "context": TEXT, "dockerfile": TEXT, "args": PAIRS, "cache_from": Since(2, TEXTS), "labels": Since(3, PAIRS),
            "network": Since(4, TEXT), "target": Since(4, TEXT), "shm_size": Since(5, (INT, TEXT)),
            "extra_hosts": Since(9, PAIRS),
        },
        any=11,
    ),
)  # fmt: skip
NAME = r"[a-zA-Z0-9._-]+"
PORTS = Each(
    (PORT, Since(2, Keys({"mode": TEXT, "target": COUNT, "published": COUNT, "protocol": TEXT}))), unique=True
)
SERVICE: dict[str, Any] = {
    "image": TEXT, "command": WORDS, "entrypoint": WORDS,
    "environment": PAIRS, "env_file": TEXT_OR_TEXTS, "labels": PAIRS,
    "deploy": (DEPLOY, NULL),
    "ports": PORTS,
    "networks": (TEXTS, Named((NETWORK_OF_SERVICE, NULL), NAME)),
    "volumes": Each((TEXT, Since(2, VOLUME))), "configs": Since(3, Each(REFERENCE)), "secrets": Since(1, Each(REFERENCE)),
    "healthcheck": Keys({
        "disable": BOOL, "interval": DURATION, "retries": AMOUNT, "test": WORDS, "timeout": DURATION,
        "start_period": Since(4, DURATION), "start_interval": Since(12, DURATION),
    }),
    "logging": Keys({"driver": TEXT, "options": Named(SCALAR)}),
    "ulimits": Named((ULIMIT, Keys({"hard": ULIMIT, "soft": ULIMIT}, required=("soft", "hard")))),
    "stop_grace_period": DURATION, "stop_signal": TEXT,
    "cap_add": TEXTS, "cap_drop": TEXTS, "dns": TEXT_OR_TEXTS, "dns_search": TEXT_OR_TEXTS,
    "extra_hosts": PAIRS, "sysctls": PAIRS, "tmpfs": TEXT_OR_TEXTS,
    "hostname": TEXT, "user": TEXT, "working_dir": TEXT, "isolation": Since(5, TEXT),
    "init": Since(7, BOOL), "read_only": BOOL, "stdin_open": BOOL, "tty": BOOL,
    "credential_spec": Since(3, Keys({"file": TEXT, "registry": TEXT, "config": Since(8, TEXT)})),
}  # fmt: skip
IGNORED: dict[str, Any] = {
    "build": BUILD, "cgroup_parent": TEXT, "cgroupns_mode": Since(9, TEXT), "container_name": TEXT, "depends_on": TEXTS,
    "devices": TEXTS, "domainname": TEXT, "expose": Each(OPTION, unique=True), "external_links": TEXTS, "ipc": TEXT,
    "links": TEXTS, "mac_address": TEXT, "network_mode": TEXT, "oom_score_adj": Since(13, INT), "pid": (TEXT, NULL),
    "privileged": BOOL, "restart": TEXT, "security_opt": TEXTS, "shm_size": TEXT, "userns_mode": TEXT,
}  # fmt: skip
"""Keys of a service that the schema knows and a Swarm does nothing with; client 28 drops `oom_score_adj` too."""
FORBIDDEN = {
    "mem_limit": "deploy.resources.limits.memory", "mem_reservation": "deploy.resources.reservations.memory",
    "memswap_limit": "deploy.resources.limits.memory", "cpus": "deploy.resources.limits.cpus",
    "cpu_shares": "deploy.resources", "cpu_quota": "deploy.resources", "cpuset": "deploy.resources",
    "scale": "deploy.replicas", "volumes_from": "the top-level `volumes`", "volume_driver": "the top-level `volumes`",
    "extends": "several stack files, given in order",
}  # fmt: skip
"""Keys of other Compose formats, and what a Swarm has in their place."""
EXTERNAL = (BOOL, Keys({"name": TEXT}))
EXTERNAL_OBJECT = (BOOL, Keys({"name": TEXT}, any=0))
CONFIG = {
    "name": Since(5, TEXT), "file": TEXT, "external": EXTERNAL_OBJECT, "labels": PAIRS,
    "template_driver": Since(8, TEXT),
}  # fmt: skip
SECRET = {**CONFIG, "driver": Since(8, TEXT), "driver_opts": Since(8, Named(OPTION))}
TOPOLOGIES = Each(Keys({"segments": PAIRS}, any=0))
CLUSTER_SPEC = Keys(
    {
        "group": TEXT,
        "access_mode": Keys({
            "scope": TEXT, "sharing": TEXT, "block_volume": Keys({}, any=0),
            "mount_volume": Keys({"fs_type": TEXT, "mount_flags": Each(TEXT)}, any=0),
        }, any=0),
        "accessibility_requirements": Keys({"requisite": TOPOLOGIES, "preferred": TOPOLOGIES}, any=0),
        "capacity_range": Keys({"required_bytes": MEMORY, "limit_bytes": MEMORY}, any=0),
        "secrets": Each(Keys({"key": TEXT, "secret": TEXT}, any=0)),
        "availability": TEXT,
    },
    any=0,
)  # fmt: skip
NETWORK = {
    "name": Since(5, TEXT), "driver": TEXT, "driver_opts": Named(OPTION),
    "ipam": Keys({"driver": TEXT, "config": Each(Keys({"subnet": TEXT}))}), "external": EXTERNAL,
    "internal": BOOL, "attachable": Since(2, BOOL), "labels": PAIRS,
}  # fmt: skip
STACK_VOLUME = {
    "name": Since(4, TEXT), "driver": TEXT, "driver_opts": Named(OPTION), "external": EXTERNAL, "labels": PAIRS,
    "x-cluster-spec": CLUSTER_SPEC,
}  # fmt: skip
STACK = Keys(
    {
        "version": TEXT,
        "services": Named(Keys({**SERVICE, **IGNORED}, own=7), NAME),
        "networks": Named((Keys(NETWORK, own=7), NULL)),
        "volumes": Named((Keys(STACK_VOLUME, own=7), NULL), NAME),
        "secrets": Since(1, Named(Keys(SECRET, own=7), NAME)),
        "configs": Since(3, Named(Keys(CONFIG, own=7), NAME)),
    },
    own=4,
)


def checker(minor: int = NEWEST) -> Check:
    """What looks at a document by version 3.`minor`."""
    return Check(minor, FORBIDDEN)


def faults(document: object, minor: int = NEWEST) -> Iterator[Fault]:
    """Everything in the document that Docker would refuse, in the order of the document."""
    return checker(minor).faults(document, STACK)
