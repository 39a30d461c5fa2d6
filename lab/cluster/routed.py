"""Whether Traefik has taken over the stack's tasks: asked of its own API, behind the dashboard's password."""

import re
import ssl
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from lab.errors import NotReadyError
from lab.waiting import Look, NotYet, Ready, WaitError, wait_for

DEADLINE_S = 40
"""Twice Traefik's default poll of 15 s and a margin, for stacks that keep the default."""
REQUEST_S = 5
ROUTER_S = 20
"""Traefik polls each second in a lab where the stack lets it, else every 15 s."""
_HOST = re.compile(r"(?<!!)\bHost\([`\"]([\w.-]+)[`\"]\)")


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


def public_hosts(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The hosts that the rules of the stack's routers name outright."""
    services = document["services"].values()
    labels = (pair for each in services for pair in ((each.get("deploy") or {}).get("labels") or {}).items())
    rules = (str(value) for key, value in labels if key.lower().endswith(".rule"))
    return tuple(dict.fromkeys(host for rule in rules for host in _HOST.findall(rule)))


def wait_answered(address: str, hosts: Iterable[str], ca: Path) -> None:
    """Where a stack has no dashboard whose API could be asked: wait until a router takes each host, `ROUTER_S` at most.

    Nothing is raised: what a host answers, and whether one ever does, the criteria judge.
    """
    context = ssl.create_default_context(cafile=str(ca))
    with httpx.Client(verify=context, timeout=REQUEST_S) as client:

        def look() -> Look[bool]:
            left = [host for host in hosts if not _is_taken(client, address, host)]
            return NotYet(f"no router takes {', '.join(left)}") if left else Ready(True)

        with suppress(WaitError):
            wait_for("Traefik takes every host", look, deadline_s=ROUTER_S, interval_s=0.2)


def _is_taken(client: httpx.Client, address: str, host: str) -> bool:
    """Whether somebody answers for the host: where no router takes it, Traefik itself says so in these words."""
    try:
        answer = client.get(f"https://{address}/", headers={"Host": host}, extensions={"sni_hostname": host})
    except httpx.HTTPError:
        return False
    return answer.status_code != httpx.codes.NOT_FOUND or answer.text.strip() != "404 page not found"


def _short_of(listed: list[dict[str, Any]], servers: Mapping[str, int]) -> str:
    live = {
        entry["name"].partition("@")[0]: len(entry.get("loadBalancer", {}).get("servers", ()))
        for entry in listed
    }
    short = {name: want for name, want in servers.items() if live.get(name, 0) != want}
    return ", ".join(f"{name}: {live.get(name, 0)} of {want} servers" for name, want in short.items())
