"""Adapting reservations and processor limits to the one host that carries all nodes."""

from collections.abc import Iterator
from typing import Any

from lab.compose.numbers_of_go import rational
from lab.compose.values import memory, short_memory

Document = dict[str, Any]
MEMORY_SHARE = 0.75
"""Of the host's memory, what reservations may add up to: the nodes' engines and the host need the rest."""
LEAST_CPUS = 0.01
"""What Docker accepts at the least."""


def scaled(document: Document, host_memory: int, host_cpus: int, nodes: int) -> Iterator[str]:
    """Scale memory and processor reservations to the host, and cap processor limits; a line for each change.

    Every node of the lab says it has the whole host, so a reservation that fits no host would keep its tasks
    pending for ever, and a limit of more processors than there are is refused. Memory limits stay as they are.
    """
    services = document["services"]
    total = sum(_reserved(each) * _replicas(each, nodes) for each in services.values())
    if total > host_memory * MEMORY_SHARE:
        yield from _less_memory(services, host_memory * MEMORY_SHARE / total, host_memory)
    wanted = sum(_cpus(each) * _replicas(each, nodes) for each in services.values())
    if wanted > host_cpus:
        yield from _fewer_cpus(services, host_cpus / wanted, host_cpus)
    yield from _capped(services, host_cpus)


def _part(service: Document, kind: str) -> Document:
    found: Document = (service["deploy"].get("resources") or {}).get(kind) or {}
    return found


def _reserved(service: Document) -> int:
    return memory(_part(service, "reservations").get("memory", "0"))


def _cpus(service: Document) -> float:
    return float(rational(str(_part(service, "reservations").get("cpus") or 0)))


def _replicas(service: Document, nodes: int) -> int:
    deploy = service["deploy"]
    return nodes if deploy.get("mode") == "global" else int(deploy.get("replicas", 1))


def _less_memory(services: Document, factor: float, host_memory: int) -> Iterator[str]:
    for name, service in services.items():
        if before := _reserved(service):
            after = max(int(before * factor) >> 20, 1) << 20
            _part(service, "reservations")["memory"] = str(after)
            yield (
                f"{name}: memory reservation {short_memory(before)} -> {short_memory(after)} (this host has "
                f"{host_memory / 2**30:.1f}G for all nodes)"
            )


def _fewer_cpus(services: Document, factor: float, host_cpus: int) -> Iterator[str]:
    for name, service in services.items():
        if before := _cpus(service):
            after = max(round(before * factor, 2), LEAST_CPUS)
            _part(service, "reservations")["cpus"] = f"{after:.2f}"
            yield f"{name}: processor reservation {before:g} -> {after:.2f} (this host has {host_cpus} for all nodes)"


def _capped(services: Document, host_cpus: int) -> Iterator[str]:
    for name, service in services.items():
        limits = _part(service, "limits")
        if rational(str(limits.get("cpus") or 0)) > host_cpus:
            yield f"{name}: processor limit {limits['cpus']} -> {host_cpus} (this host has no more)"
            limits["cpus"] = str(host_cpus)
