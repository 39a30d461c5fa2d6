"""Adapting a stack's networks: what this kernel lacks, and networks from outside the stack."""

from collections.abc import Iterator
from typing import Any

from lab.compose.driver_options import ENCRYPTED, is_encrypted
from lab.errors import InputError

Document = dict[str, Any]


def without_ipvs(document: Document) -> Iterator[str]:
    """No IPVS: names resolve to tasks (`dnsrr`), and a port of the ingress mesh becomes the task's node's own.

    Raises InputError for a meshed port of several replicas, which then would want the same port of one node.
    """
    for name, service in document["services"].items():
        yield from _off_the_mesh(name, service)
    turned = [n for n, s in document["services"].items() if s["deploy"].get("endpoint_mode", "vip") == "vip"]
    for name in turned:
        document["services"][name]["deploy"]["endpoint_mode"] = "dnsrr"
    if turned:
        yield f"{', '.join(turned)}: endpoint_mode vip -> dnsrr (no IPVS in this kernel)"


def _off_the_mesh(name: str, service: Document) -> Iterator[str]:
    meshed = [port for port in service.get("ports") or () if port.get("mode", "ingress") == "ingress"]
    if not meshed:
        return
    deploy, one = service["deploy"], meshed[0]
    shown = f"{one.get('published', '')}:{one['target']}/{one.get('protocol', 'tcp')}"
    if deploy.get("mode") != "global" and int(deploy.get("replicas", 1)) > 1:
        raise InputError(
            f"service {name} publishes {shown} through the ingress mesh, which needs IPVS, and this kernel lacks IPVS; publish "
            "it with `mode: host` on nodes of its own, or use a host whose kernel has the module ip_vs"
        )
    for port in meshed:
        port["mode"] = "host"
    more = f" and {len(meshed) - 1} more" if len(meshed) > 1 else ""
    yield f"{name}: port {shown}{more}: ingress -> host (no IPVS in this kernel; the mesh is not exercised)"
    yield from _stop_first(name, deploy)


def _stop_first(name: str, deploy: Document) -> Iterator[str]:
    """A host port is bound by one task at a time: started first, the new one would wait for ever."""
    for policy in ("update_config", "rollback_config"):
        if (deploy.get(policy) or {}).get("order") == "start-first":
            deploy[policy] = {**deploy[policy], "order": "stop-first"}
            yield f"{name}: {policy}.order start-first -> stop-first (its ports are host ports here)"


def without_encryption(document: Document) -> Iterator[str]:
    """No ESP: encrypted overlays, which would carry nothing from node to node, are made plain."""
    for name, network in (document.get("networks") or {}).items():
        options = network.get("driver_opts") or {}
        if is_encrypted(options, network.get("driver")):
            value = options[ENCRYPTED]
            network["driver_opts"] = {key: each for key, each in options.items() if key != ENCRYPTED}
            yield (
                f'network {name}: networks.{name}.driver_opts.{ENCRYPTED}: "{value}" taken out, so the overlay is plain '
                "(no ESP in this kernel)"
            )


PREDEFINED = ("host", "bridge", "none")
"""Networks that every engine has from its start; no other network can have such a name."""


def inside(document: Document) -> Iterator[str]:
    """Networks from outside the stack are made by it, under the name that they have there."""
    for name, network in (document.get("networks") or {}).items():
        if network.get("name") not in PREDEFINED and network.pop("external", False):
            network.setdefault("driver", "overlay")
            yield f"network {name}: external -> made by the lab as {network['name']} (nothing else runs here)"
