"""Edits of a service's spec, as data: what a `docker service update` by hand would change, and nothing more."""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lab.errors import InputError

Json = dict[str, Any]
Edit = Sequence[Any]
"""An editor's name and its arguments; made of what JSON has, so that it can be written down."""

FAST_MONITOR_NS = 1_000_000
"""How long the Swarm watches new tasks before it calls an update complete: the stack's 10 s are not the subject."""


def edited(spec: Mapping[str, Any], edits: Iterable[Edit]) -> Json:
    """A copy of the spec with the edits made; raises InputError where there is nothing to edit."""
    fresh: Json = copy.deepcopy(dict(spec))
    for name, *arguments in edits:
        EDITORS[name](fresh, *arguments)
    return fresh


def fast(spec: Mapping[str, Any]) -> Json:
    """The same service, updated all at once and not watched afterwards.

    The old tasks stop first: beside running ones the Swarm would not place the new ones evenly.
    """
    fresh: Json = copy.deepcopy(dict(spec))
    fresh["UpdateConfig"] = {
        "Parallelism": 0, "FailureAction": "continue", "Monitor": FAST_MONITOR_NS, "MaxFailureRatio": 0,
        "Order": "stop-first",
    }  # fmt: skip
    return fresh


def restarts_tasks(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether the Swarm makes new tasks for the change; placement alone only moves those that stand wrong."""

    def of_task(spec: Mapping[str, Any]) -> object:
        template = {k: v for k, v in spec["TaskTemplate"].items() if k != "Placement"}
        return template, spec.get("EndpointSpec")

    return of_task(before) != of_task(after)


def constraints(spec: Mapping[str, Any]) -> list[str]:
    """The placement constraints of a spec."""
    return list((spec["TaskTemplate"].get("Placement") or {}).get("Constraints") or [])


def satisfies(node: Mapping[str, Any], constraint: str) -> bool:
    """Whether a node, as the API gives it, meets a constraint on a label, the role or the host name."""
    wanted_equal = "!=" not in constraint
    key, value = (part.strip() for part in constraint.split("==" if wanted_equal else "!="))
    spec = node["Spec"]
    found = {"node.role": spec.get("Role"), "node.hostname": node["Description"].get("Hostname")}
    found |= {f"node.labels.{name}": text for name, text in (spec.get("Labels") or {}).items()}
    return (found.get(key) == value) == wanted_equal


def _set_constraints(spec: Json, wanted: Sequence[str]) -> None:
    spec["TaskTemplate"].setdefault("Placement", {})["Constraints"] = list(wanted)


def _add_constraint(spec: Json, constraint: str) -> None:
    _set_constraints(spec, [*constraints(spec), constraint])


def _label(spec: Json, key: str, value: str | None) -> None:
    labels = spec.setdefault("Labels", {})
    if value is not None:
        labels[key] = value
    elif labels.pop(key, None) is None:
        raise InputError(f"service {spec['Name']} has no label {key} to remove")


def _environment(spec: Json, key: str, value: str) -> None:
    container = spec["TaskTemplate"]["ContainerSpec"]
    others = [entry for entry in container.get("Env") or [] if not entry.startswith(f"{key}=")]
    container["Env"] = [*others, f"{key}={value}"]


def _replicas(spec: Json, count: int) -> None:
    spec["Mode"] = {"Replicated": {"Replicas": count}}


def _unpublish(spec: Json, port: int) -> None:
    ports = spec["EndpointSpec"].get("Ports") or []
    left = [each for each in ports if each.get("PublishedPort") != port]
    if len(left) == len(ports):
        raise InputError(f"service {spec['Name']} publishes no port {port}")
    spec["EndpointSpec"]["Ports"] = left
    if not left:
        del spec["EndpointSpec"]["Ports"]  # as the Swarm gives it back


def _argument(spec: Json, name: str, value: str) -> None:
    container = spec["TaskTemplate"]["ContainerSpec"]
    others = [each for each in container.get("Args") or [] if not each.startswith(f"{name}=")]
    container["Args"] = [*others, f"{name}={value}"]


def _join_network(spec: Json, network_id: str) -> None:
    spec["TaskTemplate"]["Networks"] = [*(spec["TaskTemplate"].get("Networks") or []), {"Target": network_id}]


def _swap_network(spec: Json, was: str, now: str) -> None:
    """One network in the place of another, by their ids; the service keeps its names there."""
    joined = spec["TaskTemplate"].get("Networks") or []
    if not any(each["Target"] == was for each in joined):
        raise InputError(f"service {spec['Name']} is not on the network {was}")
    for each in joined:
        each["Target"] = now if each["Target"] == was else each["Target"]


def _secret(spec: Json, was: str, now: str, now_id: str) -> None:
    secrets = spec["TaskTemplate"]["ContainerSpec"].get("Secrets") or []
    if not any(each["SecretName"] == was for each in secrets):
        raise InputError(f"service {spec['Name']} has no secret {was}")
    for each in secrets:
        if each["SecretName"] == was:
            each["SecretName"], each["SecretID"] = now, now_id


def _force(spec: Json) -> None:
    spec["TaskTemplate"]["ForceUpdate"] = spec["TaskTemplate"].get("ForceUpdate", 0) + 1


def _memory_limit(spec: Json, size: int) -> None:
    resources = spec["TaskTemplate"].setdefault("Resources", {})
    resources.setdefault("Limits", {})["MemoryBytes"] = size
    reserved = resources.setdefault("Reservations", {})
    reserved["MemoryBytes"] = min(size, reserved.get("MemoryBytes", size))


def _memory_reserved(spec: Json, size: int) -> None:
    spec["TaskTemplate"].setdefault("Resources", {}).setdefault("Reservations", {})["MemoryBytes"] = size
    spec["TaskTemplate"]["Resources"].setdefault("Limits", {})["MemoryBytes"] = size


def _max_replicas(spec: Json, count: int) -> None:
    spec["TaskTemplate"].setdefault("Placement", {})["MaxReplicas"] = count


def _publish(spec: Json, published: int, target: int) -> None:
    port = {"Protocol": "tcp", "TargetPort": target, "PublishedPort": published, "PublishMode": "host"}
    endpoint = spec.setdefault("EndpointSpec", {})
    endpoint["Ports"] = [*(endpoint.get("Ports") or []), port]


def _entrypoint(spec: Json, command: Sequence[str]) -> None:
    spec["TaskTemplate"]["ContainerSpec"]["Command"] = list(command)


def _on_failure(spec: Json, action: str) -> None:
    spec.setdefault("UpdateConfig", {})["FailureAction"] = action


def _order(spec: Json, order: str) -> None:
    spec.setdefault("UpdateConfig", {})["Order"] = order


def _image(spec: Json, image: str) -> None:
    spec["TaskTemplate"]["ContainerSpec"]["Image"] = image


EDITORS: Mapping[str, Callable[..., None]] = {
    "constraints": _set_constraints,
    "constraint": _add_constraint,
    "label": _label,
    "env": _environment,
    "replicas": _replicas,
    "unpublish": _unpublish,
    "argument": _argument,
    "network": _join_network,
    "network instead": _swap_network,
    "secret": _secret,
    "force": _force,
    "memory limit": _memory_limit,
    "memory reserved": _memory_reserved,
    "max replicas": _max_replicas,
    "publish": _publish,
    "entrypoint": _entrypoint,
    "on failure": _on_failure,
    "order": _order,
    "image": _image,
}
