"""Whose address a stack announces to clients: the media host's, or the edge's where the SFU is behind the edge too."""

import re
from collections.abc import Mapping
from typing import Any

SETTING = re.compile(r"(\w*_)?ANNOUNCED_(IP|ADDRESS)|EXTERNAL_IP")
"""The settings that give an SFU and a relay the address that clients reach them at."""
_HOST_RULE = re.compile(r"\bHost\s*\(", re.IGNORECASE)


def is_the_edges(document: Mapping[str, Any]) -> bool:
    """Whether a service that announces an address is also routed to by a host's name: clients know both by one name,
    so both are at one address, as with a gateway that is pinned beside Traefik."""
    return any(
        any(SETTING.fullmatch(key) for key in service.get("environment") or {}) and _is_routed(service)
        for service in document["services"].values()
    )


def _is_routed(service: Mapping[str, Any]) -> bool:
    labels = (service.get("deploy") or {}).get("labels") or {}
    rules = (str(value) for key, value in labels.items() if key.endswith(".rule"))
    return any(_HOST_RULE.search(rule) for rule in rules)
