"""A lab described as a target file: all that a process needs which knows nothing else of the lab."""

import json
from collections.abc import Mapping
from typing import Any

from lab.compose.reference import DASHBOARD_USER
from lab.host.state import LabState, folder

API_PORT = 2376
DOMAIN = "jbcalling.site"
HEADER = """\
# The lab {name!r}, addressed as a real cluster is: names, its CA, and the Swarm API over TCP with TLS.
#   python -m lab target --name {name} >lab.toml && TARGET=lab.toml pytest -m smoke
"""


def describe(lab: LabState) -> dict[str, Any]:
    """The lab's values by the keys of a target file; files by absolute path, no secret's value."""
    place = folder(lab.name)
    return {
        "name": f"lab {lab.name}",
        "domain": DOMAIN,
        # No single hosts: which there are depends on the plan, and an override of none of them is a slip.
        "reach": {
            "ca_file": str(place / "ca.pem"),
            "edge": lab.hosts[DOMAIN],
            "media": lab.hosts[f"media.{DOMAIN}"],
        },
        "swarm": {
            "api": f"tcp://{lab.addresses[lab.manager]}:{API_PORT}",
            "ca_file": str(place / "ca.pem"),
            "cert_file": str(place / "client.pem"),
            "key_file": str(place / "client-key.pem"),
        },
        "turn": {"secret_file": str(place / "secrets" / "turn_secret")},
        "dashboard": {
            "user": DASHBOARD_USER,
            "password_file": str(place / "secrets" / "dashboard_password"),
        },
    }


def text(lab: LabState) -> str:
    """The same as a file."""
    return HEADER.format(name=lab.name) + "\n".join(_lines(describe(lab))) + "\n"


def _lines(table: Mapping[str, Any], where: str = "") -> list[str]:
    """TOML of nested tables of texts; a TOML string that is basic is written as a JSON one is."""
    lines = [f"{_key(k)} = {json.dumps(v)}" for k, v in table.items() if not isinstance(v, Mapping)]
    for key, value in table.items():
        if isinstance(value, Mapping):
            name = f"{where}.{_key(key)}" if where else _key(key)
            lines += ["", f"[{name}]", *_lines(value, name)]
    return lines


def _key(key: str) -> str:
    return key if key.replace("_", "").isalnum() else json.dumps(key)
