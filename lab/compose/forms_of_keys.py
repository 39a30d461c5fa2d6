"""The normal form of each key of a stack file, as tables of readers: what `docker stack config` prints for it."""

import re
from collections.abc import Mapping
from typing import Any

from lab.compose import numbers_of_go as go
from lab.compose import values
from lab.compose.fields import Field, Read, each, kept, mapping, pairs, struct

Document = dict[str, Any]
KeyPath = tuple[str | int, ...]


def _same(value: Any, _at: KeyPath) -> Any:  # noqa: ANN401 - a value of a stack file
    return value


def _whole(value: Any, _at: KeyPath) -> int:  # noqa: ANN401
    return int(value)


def _texts(value: Any, _at: KeyPath) -> list[str]:  # noqa: ANN401
    return [value] if isinstance(value, str) else [go.text_of(each) for each in value]


def _duration(value: str, _at: KeyPath) -> str:
    return values.in_seconds(value)


def _some_duration(value: str, _at: KeyPath) -> str | None:
    return values.in_seconds(value) if values.nanoseconds(value) else None


def _memory(value: str, _at: KeyPath) -> str | None:
    return str(values.memory(value)) if values.memory(value) else None


def _ratio(value: float, _at: KeyPath) -> float:
    ratio = go.single(float(value))
    return int(ratio) if ratio.is_integer() else ratio


def _test(value: str | list[str], _at: KeyPath) -> list[str]:
    return ["CMD-SHELL", value] if isinstance(value, str) else value


def _hosts(value: Any, _at: KeyPath) -> list[str]:  # noqa: ANN401
    """As a list of `name:address`, an address without its brackets; Go's %s spoils what is no text."""
    if isinstance(value, dict):
        written = sorted(
            f"{k}:{v if isinstance(v, str) else f'%!s({_go_type(v)}={go.text_of(v)})'}"
            for k, v in value.items()
            if v is not None
        )
    else:
        cut = (re.fullmatch(r"(?s)([^=]*)=(.*)|([^:]*):(.*)", one) for one in value)
        written = [f"{one[1] or one[3] or ''}:{one[2] or one[4] or ''}" for one in cut if one is not None]
    return [re.sub(r":\[(.+)\]$", r":\1", one) for one in written]


def _go_type(value: object) -> str:
    return "float64" if isinstance(value, float) else "int"


def _ulimit(value: Any, _at: KeyPath) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {key: value[key] for key in ("soft", "hard") if value[key]}
    return value or {}


def _networks(value: Any, at: KeyPath) -> Document:  # noqa: ANN401
    read = struct({"aliases": _same, "ipv4_address": _same, "ipv6_address": _same, "driver_opts": mapping()})
    if isinstance(value, list):
        return dict.fromkeys(value)
    return {key: None if each is None else read(each, (*at, key)) for key, each in value.items()}


_POLICY: Mapping[str, Read | Field] = {
    "parallelism": kept(_whole), "delay": _some_duration, "failure_action": _same, "monitor": _some_duration,
    "max_failure_ratio": _ratio, "order": _same,
}  # fmt: skip
_RESOURCES = struct({
    "limits": kept(struct({"cpus": _same, "memory": _memory, "pids": _whole})),
    "reservations": kept(struct({
        "cpus": _same, "memory": _memory,
        "generic_resources": each(struct({
            "discrete_resource_spec": kept(struct({"kind": kept(_same), "value": kept(_whole)}, {"kind": "", "value": 0})),
        })),
    })),
})  # fmt: skip
DEPLOY = struct({
    "mode": _same, "replicas": kept(_whole), "labels": pairs(""),
    "update_config": kept(struct(_POLICY)), "rollback_config": kept(struct(_POLICY)),
    "resources": _RESOURCES,
    "restart_policy": kept(struct({
        "condition": _same, "delay": kept(_duration), "max_attempts": kept(_whole), "window": kept(_duration),
    })),
    "placement": struct({
        "constraints": _same, "preferences": each(struct({"spread": _same})), "max_replicas_per_node": _whole,
    }),
    "endpoint_mode": _same,
})  # fmt: skip
REFERENCE = struct(
    {"source": _same, "target": _same, "uid": _same, "gid": _same, "mode": kept(_whole)}, texts="source"
)
VOLUME = struct({
    "type": _same, "source": _same, "target": _same, "read_only": _same, "consistency": _same,
    "bind": kept(struct({"propagation": _same})), "volume": kept(struct({"nocopy": _same, "subpath": _same})),
    "tmpfs": kept(struct({"size": _whole})),
})  # fmt: skip
_PLAIN = (
    "image", "hostname", "user", "working_dir", "isolation", "read_only", "stdin_open", "tty", "stop_signal",
    "cap_add", "cap_drop", "cgroup_parent", "cgroupns_mode", "container_name", "depends_on", "devices", "domainname",
    "external_links", "ipc", "links", "mac_address", "network_mode", "pid", "privileged", "restart", "security_opt",
    "shm_size", "userns_mode",
)  # fmt: skip
SERVICE: Mapping[str, Read | Field] = {
    **dict.fromkeys(_PLAIN, _same),
    "build": struct({
        "context": _same, "dockerfile": _same, "args": pairs(None), "labels": pairs(""), "cache_from": _texts,
        "extra_hosts": _hosts, "network": _same, "target": _same,
    }, texts="context"),
    "credential_spec": struct(dict.fromkeys(("config", "file", "registry"), _same)),
    "dns": _texts, "dns_search": _texts, "expose": _texts, "tmpfs": _texts, "extra_hosts": _hosts,
    "healthcheck": kept(struct({
        "test": _test, "timeout": kept(_duration), "interval": kept(_duration), "retries": kept(_whole),
        "start_period": kept(_duration), "start_interval": kept(_duration), "disable": _same,
    })),
    "init": kept(_same), "labels": pairs(""), "sysctls": pairs(""),
    "logging": kept(struct({"driver": _same, "options": kept(mapping())})),
    "networks": _networks, "stop_grace_period": kept(_duration),
    "ulimits": lambda value, at: {key: _ulimit(each, at) for key, each in value.items()},
}  # fmt: skip
_TOPOLOGIES = each(struct({"segments": pairs("")}))
_CLUSTER_SPEC = struct({
    "group": _same,
    "access_mode": kept(struct({
        "scope": _same, "sharing": _same, "block_volume": kept(struct({})),
        "mount_volume": kept(struct({"fs_type": _same, "mount_flags": _same})),
    })),
    "accessibility_requirements": kept(struct({"requisite": _TOPOLOGIES, "preferred": _TOPOLOGIES})),
    "capacity_range": kept(struct({"required_bytes": _memory, "limit_bytes": _memory})),
    "secrets": each(struct({"key": _same, "secret": _same})),
    "availability": _same,
})  # fmt: skip
_FILE_OBJECT: Mapping[str, Read | Field] = {
    "name": _same, "file": _same, "external": _same, "labels": pairs(""), "driver": _same, "driver_opts": mapping(),
    "template_driver": _same,
}  # fmt: skip
OBJECTS: Mapping[str, Mapping[str, Read | Field]] = {
    "networks": {
        "name": _same, "driver": _same, "driver_opts": mapping(),
        "ipam": struct({"driver": _same, "config": each(struct({"subnet": _same}))}),
        "external": _same, "internal": _same, "attachable": _same, "labels": pairs(""),
    },
    "volumes": {
        "name": _same, "driver": _same, "driver_opts": mapping(), "external": _same, "labels": pairs(""),
        "x-cluster-spec": kept(_CLUSTER_SPEC),
    },
    "configs": _FILE_OBJECT, "secrets": _FILE_OBJECT,
}  # fmt: skip
