"""What the client or the engine refuses at `docker stack deploy`, though the file reads well: said before, with its line.

Each rule names the source of its words.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
KeyPath = tuple[str | int, ...]
LEAST_MEMORY = 4 * 2**20
"""moby/swarmkit manager/controlapi/service.go: validateResources, "Must be at least 4MiB"."""
LONGEST_NAME = 63
"""moby/swarmkit manager/controlapi/common.go: a name is a label of DNS (RFC 1035)."""
_NAME = re.compile(r"[a-zA-Z0-9](?:[-_]*[A-Za-z0-9]+)*")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_DOMAIN = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_IMAGE = re.compile(
    rf"(?:(?:{_DOMAIN}(?:\.{_DOMAIN})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?/)?{_COMPONENT}(?:/{_COMPONENT})*"
    r"(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?"
)
"""distribution/reference: the grammar of a reference."""
_CONSTRAINT = re.compile(r"\s*[a-zA-Z][\w.\-/]*\s*(?:==|!=)\s*\S.*")
"""moby/swarmkit manager/constraint: key, == or !=, value."""
JOBS = ("replicated-job", "global-job")


def refusals(document: Document, stack: str = "") -> Iterator[tuple[KeyPath, str]]:
    """Key and reason of everything that a deploy of the document would be refused for; `stack` is its name."""
    for name, service in document["services"].items():
        at: KeyPath = ("services", name)
        full = f"{stack}_{name}" if stack else name
        if len(full) > LONGEST_NAME or not _NAME.fullmatch(full):
            yield at, f"{full} is no name of a service: letters, digits, - and _, {LONGEST_NAME} at most"
        if not _IMAGE.fullmatch(str(service.get("image", ""))):
            yield (
                (*at, "image"),
                f"{service.get('image')!s}: invalid reference format: write repository:tag in lower case",
            )
        for path, reason in (
            *_mode(service), *_endpoint(service), *_resources(service), *_health(service), *_targets(service),
        ):  # fmt: skip
            yield (*at, *path), reason


def _mode(service: Document) -> Iterator[tuple[KeyPath, str]]:
    deploy = service.get("deploy") or {}
    mode = deploy.get("mode", "replicated")
    if mode in ("global", "global-job") and "replicas" in deploy:
        yield (
            ("deploy", "replicas"),
            f"replicas can only be used with replicated or replicated-job mode, and it is {mode}",
        )
    if mode in JOBS and deploy.get("update_config"):
        yield ("deploy", "update_config"), f"update config is not supported for mode {mode}: take it out"
    if mode in JOBS and deploy.get("rollback_config"):
        yield ("deploy", "rollback_config"), f"rollback config is not supported for mode {mode}: take it out"
    for index, constraint in enumerate((deploy.get("placement") or {}).get("constraints") or ()):
        if not _CONSTRAINT.fullmatch(str(constraint)):
            text = f"{constraint}: no constraint: write KEY == VALUE or KEY != VALUE, as node.role == worker"
            yield ("deploy", "placement", "constraints", index), text


def _endpoint(service: Document) -> Iterator[tuple[KeyPath, str]]:
    deploy, ports = service.get("deploy") or {}, service.get("ports") or ()
    ingress = [port for port in ports if port.get("mode", "ingress") == "ingress"]
    if deploy.get("endpoint_mode") == "dnsrr" and ingress:
        text = "port published with ingress mode can't be used with dnsrr mode: publish it with mode: host, or use vip"
        yield ("deploy", "endpoint_mode"), text
    taken = Counter((p.get("published"), p.get("protocol", "tcp")) for p in ports if p.get("published"))
    for (published, protocol), times in taken.items():
        if times > 1:
            yield (
                ("ports",),
                f"{published}/{protocol} is published {times} times by one service: keep one of them",
            )


def _resources(service: Document) -> Iterator[tuple[KeyPath, str]]:
    resources = (service.get("deploy") or {}).get("resources") or {}
    for kind in ("limits", "reservations"):
        memory = (resources.get(kind) or {}).get("memory")
        if memory is not None and str(memory).isdigit() and 0 < int(memory) < LEAST_MEMORY:
            text = f"invalid memory value {memory}: must be at least 4MiB; write 4M or more"
            yield ("deploy", "resources", kind, "memory"), text


def _health(service: Document) -> Iterator[tuple[KeyPath, str]]:
    check = service.get("healthcheck") or {}
    if check.get("disable") and check.get("test"):
        yield (
            ("healthcheck", "disable"),
            "test and disable can't be set at the same time: take one of them out",
        )


def _targets(service: Document) -> Iterator[tuple[KeyPath, str]]:
    """Two things under one path of the container (swarmkit: "conflicting target"; the engine: "Duplicate mount point")."""
    mounts = Counter(str(each.get("target", "")).rstrip("/") or "/" for each in service.get("volumes") or ())
    yield from (
        (("volumes",), f"{target} is mounted {n} times: keep one of them")
        for target, n in mounts.items()
        if n > 1
    )
    for section in ("configs", "secrets"):
        listed = [str(each.get("target") or each.get("source")) for each in service.get(section) or ()]
        for target, times in Counter(listed).items():
            if times > 1:
                yield (section,), f"{times} {section} have the target {target}: give each another one"
