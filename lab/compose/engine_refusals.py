"""What the engine refuses of the requests that a stack file comes to: its names, amounts, policies, ports and templates.

The sources are manager/controlapi of moby/swarmkit and daemon/cluster/convert of moby/moby 26.1, which are alike in 28; an
engine 26.1.5 was asked about every kind, on both sides of each limit.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from lab.compose import numbers_of_go as go
from lab.compose.swarm_templates import wrong_template
from lab.compose.values import PROPAGATIONS, nanoseconds

Document = Mapping[str, Any]
KeyPath = tuple[str | int, ...]
Refusal = tuple[KeyPath, str]
LEAST_MEMORY = 4 * 2**20
"""controlapi/service.go: validateResources, "Must be at least 4MiB"."""
LEAST_NANO_CPUS = 10**6
LONGEST_NAME, LONGEST_OBJECT = 63, 64
"""controlapi/common.go: a name is a label of DNS (RFC 1035); that of a config or secret may be longer by one."""
_NAME = re.compile(r"[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*")
_OBJECT = re.compile(r"[a-zA-Z0-9]+(?:[a-zA-Z0-9-_.]*[a-zA-Z0-9])?")
_KEY = re.compile(r"[a-z_][a-z0-9\-_.]+", re.IGNORECASE | re.ASCII)
_VALUE = re.compile(r"[a-z0-9:\-_\s.*()?+\[\]\\^$|/]+", re.IGNORECASE | re.ASCII)
"""manager/constraint: what stands on either side of == or !=."""
JOBS = ("replicated-job", "global-job")
OF_ONE_NODE = ("bridge", "macvlan", "ipvlan", "host", "null", "none")
"""Drivers whose networks one node has for itself; libnetwork: only `overlay` is a Swarm's own."""
SHORTEST = 10**6
"""controlapi/service.go: minimumDuration, in nanoseconds."""


def refusals(document: Document, stack: str) -> Iterator[Refusal]:
    """Key and reason of everything that the engine would refuse."""
    for name, service in document["services"].items():
        at: KeyPath = ("services", name)
        full = f"{stack or 's'}_{name}"
        if len(full) > LONGEST_NAME or not _NAME.fullmatch(full):
            named = f"{stack}_{name}" if stack else name
            yield (
                at,
                f"{named} is no name of a service: letters, digits, - and _, {LONGEST_NAME} at most with the stack's",
            )
        for path, reason in (
            *_jobs(service), *_constraints(service), *_amounts(service), *_policies(service), *_restart(service),
            *_health(service), *_endpoint(service), *_targets(service), *_propagation(service),
            *_templates(service, document.get("volumes") or {}),
        ):  # fmt: skip
            yield (*at, *path), reason
    yield from _between_services(document)
    yield from _networks(document, stack or "s")
    for section in ("configs", "secrets"):
        for name, entry in (document.get(section) or {}).items():
            full = entry.get("name") or f"{stack or 's'}_{name}"
            if not entry.get("external") and (len(full) > LONGEST_OBJECT or not _OBJECT.fullmatch(full)):
                yield (
                    (section, name),
                    f"{full}: invalid name: letters, digits, - _ and ., {LONGEST_OBJECT} at most",
                )


def _jobs(service: Document) -> Iterator[Refusal]:
    mode = service["deploy"].get("mode", "replicated")
    if mode in JOBS and "update_config" in service["deploy"]:
        yield ("deploy", "update_config"), f"update config is not supported for mode {mode}: take it out"


def _constraints(service: Document) -> Iterator[Refusal]:
    for index, constraint in enumerate((service["deploy"].get("placement") or {}).get("constraints") or ()):
        operator = "==" if "==" in constraint else "!="
        key, found, value = constraint.partition(operator)
        if not found or not _KEY.fullmatch(key.strip()) or not _VALUE.fullmatch(value.strip()):
            text = f"{constraint}: no constraint: write KEY == VALUE or KEY != VALUE, as node.role == worker"
            yield ("deploy", "placement", "constraints", index), text


def _amounts(service: Document) -> Iterator[Refusal]:
    for kind, amounts in (service["deploy"].get("resources") or {}).items():
        if _is_too_little(amounts.get("cpus") or "0"):
            text = f"invalid cpu value {amounts['cpus']}: must be at least 0.001"
            yield ("deploy", "resources", kind, "cpus"), text
        if 0 < int(amounts.get("memory", 0)) < LEAST_MEMORY:
            text = f"invalid memory value {amounts['memory']}: must be at least 4MiB; write 4M or more"
            yield ("deploy", "resources", kind, "memory"), text


def _is_too_little(cpus: str) -> bool:
    try:
        return go.rational(cpus) != 0 and go.rational(cpus) * 10**9 < LEAST_NANO_CPUS
    except ValueError:
        return False


def _policies(service: Document) -> Iterator[Refusal]:
    for name in ("update_config", "rollback_config"):
        policy = service["deploy"].get(name) or {}
        action = policy.get("failure_action", "pause")
        if action not in ("pause", "continue", "rollback"):
            yield ("deploy", name, "failure_action"), f"{action!r}: wanted one of continue, pause, rollback"
    policy = service["deploy"].get("update_config") or {}
    for key in ("delay", "monitor"):
        if nanoseconds(policy.get(key, "0s")) < 0:
            yield ("deploy", "update_config", key), f"{policy[key]}: update-{key} cannot be negative"
    if not 0 <= policy.get("max_failure_ratio", 0) <= 1:
        ratio = policy["max_failure_ratio"]
        yield (
            ("deploy", "update_config", "max_failure_ratio"),
            f"{ratio}: cannot be less than 0 or bigger than 1",
        )


def _restart(service: Document) -> Iterator[Refusal]:
    policy = service["deploy"].get("restart_policy") or {}
    condition = policy.get("condition", "any")
    if condition not in ("none", "on-failure", "any"):
        yield ("deploy", "restart_policy", "condition"), f"{condition!r}: wanted one of none, on-failure, any"
    for key in ("delay", "window"):
        if nanoseconds(policy.get(key, "0s")) < 0:
            yield ("deploy", "restart_policy", key), f"{policy[key]}: restart-{key} cannot be negative"


def _health(service: Document) -> Iterator[Refusal]:
    check = service.get("healthcheck") or {}
    for key in ("interval", "timeout", "start_period", "start_interval"):
        length = nanoseconds(check.get(key, "0s"))
        if length != 0 and length < SHORTEST and not check.get("disable"):
            yield ("healthcheck", key), f"{check[key]}: cannot be less than 1ms"


def _protocol(port: Document) -> str:
    """convert/service.go: in either case, and TCP for what it does not know."""
    protocol = str(port.get("protocol", "tcp")).lower()
    return protocol if protocol in ("udp", "sctp") else "tcp"


def _is_host(port: Document) -> bool:
    return str(port.get("mode", "")).lower() == "host"


def _endpoint(service: Document) -> Iterator[Refusal]:
    ports, mode = service.get("ports") or (), service["deploy"].get("endpoint_mode", "vip").lower()
    if mode not in ("vip", "dnsrr"):
        yield ("deploy", "endpoint_mode"), f"{mode!r}: wanted one of vip, dnsrr"
    if mode == "dnsrr" and not all(_is_host(port) for port in ports):
        text = "port published with ingress mode can't be used with dnsrr mode: publish it with mode: host, or use vip"
        yield ("deploy", "endpoint_mode"), text
    taken = Counter((port["published"], _protocol(port)) for port in ports if port.get("published"))
    for (published, protocol), times in taken.items():
        if times > 1:
            text = f"{published}/{protocol} is published {times} times by one service: keep one of them"
            yield ("ports",), text


def _between_services(document: Document) -> Iterator[Refusal]:
    """controlapi/service.go: checkPortConflicts; only ports of the nodes' own may be published by several."""
    taken: dict[tuple[int, str], tuple[str, bool]] = {}
    for name, service in document["services"].items():
        for port in service.get("ports") or ():
            key, is_host = (port.get("published", 0), _protocol(port)), _is_host(port)
            other, other_is_host = taken.setdefault(key, (name, is_host))
            if key[0] and other != name and not (is_host and other_is_host):
                text = f"port {key[0]}/{key[1]} is already in use by service {other}: publish another one"
                yield ("services", name, "ports"), text
                break


def _targets(service: Document) -> Iterator[Refusal]:
    """Two mounts at one path of the container, in the same letters: `/d/` beside `/d` is taken (judge/rules: mounted-twice)."""
    mounts = Counter(str(each.get("target", "")) for each in service.get("volumes") or ())
    yield from (
        (("volumes",), f"{target} is mounted {n} times: keep one of them")
        for target, n in mounts.items()
        if n > 1
    )


def _propagation(service: Document) -> Iterator[Refusal]:
    for number, mount in enumerate(service.get("volumes") or ()):
        found = (mount.get("bind") or {}).get("propagation", "rprivate")
        if found.lower() not in PROPAGATIONS:
            yield (
                ("volumes", number, "bind", "propagation"),
                f"{found!r}: wanted one of {', '.join(PROPAGATIONS)}",
            )


def _templates(service: Document, volumes: Document) -> Iterator[Refusal]:
    """template/expand.go: values of variables, the host's name, and of mounts what is text."""
    texts: list[tuple[KeyPath, str]] = [
        (("environment", key), value) for key, value in (service.get("environment") or {}).items() if value
    ]
    texts.append((("hostname",), service.get("hostname", "")))
    for number, mount in enumerate(service.get("volumes") or ()):
        of_it = volumes.get(mount.get("source")) or {} if mount.get("type") == "volume" else {}
        given = [mount.get("source"), mount.get("target"), of_it.get("name")]
        given += [*(of_it.get("labels") or {}).values(), *(of_it.get("driver_opts") or {}).values()]
        texts += [(("volumes", number), str(each)) for each in given if each]
    for path, text in texts:
        wrong = wrong_template(text) if "{{" in text else None
        if wrong is not None:
            yield path, f"{wrong}; the engine refuses this"


def _networks(document: Document, stack: str) -> Iterator[Refusal]:
    """What is created for the services: a network that none of them names is not."""
    used = {
        name
        for service in document["services"].values()
        for name in service.get("networks") or {"default": None}
    }
    for name, entry in (document.get("networks") or {}).items():
        full = entry.get("name") or f"{stack}_{name}"
        if name not in used or entry.get("external"):
            continue
        if len(full) > LONGEST_NAME or not _NAME.fullmatch(full):
            yield (
                ("networks", name),
                f"{full} is no name of a network: letters, digits, - and _, {LONGEST_NAME} at most",
            )
        if entry.get("driver") in OF_ONE_NODE:
            yield (
                ("networks", name, "driver"),
                f"{entry['driver']}: cannot be used with services: only networks scoped to the Swarm can be: write overlay",
            )
        for number, pool in enumerate((entry.get("ipam") or {}).get("config") or ()):
            if (wrong := _wrong_subnet(pool.get("subnet", ""))) is not None:
                yield ("networks", name, "ipam", "config", number), wrong


def _wrong_subnet(text: str) -> str | None:
    """api/types/network: ValidateIPAM; an address within a subnet is none."""
    try:
        found = ipaddress.ip_interface(text).network if "/" in text else None
    except ValueError:
        found = None
    if found is None:
        return f"{text or 'nothing'}: invalid subnet: write 10.10.0.0/24"
    is_base = ipaddress.ip_interface(text).ip == found.network_address
    return None if is_base else f"{text}: invalid subnet: it should be {found}"
