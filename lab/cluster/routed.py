"""Whether Traefik has taken over the stack's tasks: asked of its own API, behind the dashboard's password."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from lab.errors import NotReadyError
from lab.waiting import Look, NotYet, Ready, WaitError, wait_for

DEADLINE_S = 40
"""Twice Traefik's default poll of 15 s and a margin, for stacks that keep the default."""
REQUEST_S = 5


def wait_routed(address: str, host: str, ca: Path, user: tuple[str, str], servers: Mapping[str, int]) -> None:
    """Wait until Traefik lists `servers[service]` live servers for each service; raises NotReadyError."""
    context = ssl.create_default_context(cafile=str(ca))
    with httpx.Client(verify=context, timeout=REQUEST_S, auth=user) as client:

        def look() -> Look[bool]:
            try:
                answer = client.get(
                    f"https://{address}/api/http/services",
                    headers={"Host": host},
                    extensions={"sni_hostname": host},
                )
            except httpx.TransportError as error:
                return NotYet(f"{type(error).__name__}: {error}")
            if answer.status_code != 200:
                return NotYet(f"https://{host}/api/http/services answered {answer.status_code}")
            short = _short_of(answer.json(), servers)
            return NotYet(short) if short else Ready(True)

        try:
            wait_for("Traefik routes to every replica", look, deadline_s=DEADLINE_S, interval_s=0.2)
        except WaitError as error:
            raise NotReadyError(f"{error}\n  by hand: docker service logs translation_traefik") from error


def _short_of(listed: list[dict[str, Any]], servers: Mapping[str, int]) -> str:
    live = {
        entry["name"].partition("@")[0]: len(entry.get("loadBalancer", {}).get("servers", ()))
        for entry in listed
    }
    short = {name: want for name, want in servers.items() if live.get(name, 0) != want}
    return ", ".join(f"{name}: {live.get(name, 0)} of {want} servers" for name, want in short.items())
