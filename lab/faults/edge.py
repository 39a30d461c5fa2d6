"""What the edge does: whom Traefik knows, and whether every replica behind it answers."""

import ssl
from typing import Any

import httpx

from lab.cluster import readiness, stack_deploy
from lab.cluster.handle import Lab
from lab.cluster.tasks import Placed, placed, short
from lab.errors import LabError
from lab.waiting import Look, NotYet, Ready

EDGE_S = 5.0
ROUNDS = 3
"""Requests that meet each replica once, as Traefik goes round."""
ASKED = {
    "frontend": (stack_deploy.DOMAIN, "/"), "signaling": (f"api.{stack_deploy.DOMAIN}", "/health"),
    "gateway": (f"webrtc.{stack_deploy.DOMAIN}", "/health"),
}  # fmt: skip
"""Host and path of what each routed service answers 200 to."""
Json = dict[str, Any]


def routed(lab: Lab) -> tuple[str, ...]:
    """The services behind the edge that the lab's stack has, by their short names."""
    there = {short(each["Spec"]["Name"]) for each in readiness.services(lab.manager, stack_deploy.STACK_NAME)}
    return tuple(name for name in ASKED if name in there)


def _get(lab: Lab, host: str, path: str, user: tuple[str, str] | None = None) -> httpx.Response:
    """One request on a connection of its own, without a cookie; raises httpx.TransportError."""
    context = ssl.create_default_context(cafile=str(lab.ca_file))
    with httpx.Client(verify=context, timeout=EDGE_S, auth=user, trust_env=False) as client:
        url = f"https://{lab.state.hosts[host]}{path}"
        return client.get(url, headers={"Host": host}, extensions={"sni_hostname": host})


def services(lab: Lab) -> dict[str, Json]:
    """What Traefik's API says of each service; raises LabError where it does not."""
    return {entry["name"].partition("@")[0]: entry.get("loadBalancer", {}) for entry in _api(lab, "services")}


def routers(lab: Lab) -> list[Json]:
    """What Traefik's API says of each router; raises LabError where it does not."""
    return _api(lab, "routers")


def _api(lab: Lab, section: str) -> list[Json]:
    user = (stack_deploy.DASHBOARD_USER, lab.secret("dashboard_password"))
    try:
        answer = _get(lab, f"traefik.{stack_deploy.DOMAIN}", f"/api/http/{section}", user)
    except httpx.TransportError as error:
        raise LabError(f"Traefik's API does not answer: {error}") from error
    if answer.status_code != httpx.codes.OK:
        raise LabError(f"Traefik's API answered {answer.status_code}")
    found: list[Json] = answer.json()
    return found


def servers(lab: Lab, service: str) -> set[str]:
    """The `address:port` of every server that Traefik has for a service; raises LabError."""
    listed = services(lab).get(service, {}).get("servers", ())
    return {str(each["url"]).partition("//")[2].rstrip("/") for each in listed}


def edge_knows_tasks(lab: Lab) -> Look[str]:
    """Whether Traefik's servers are just the addresses of the running replicas, whatever network they are on."""
    everyone, served = placed(lab), routed(lab)
    try:
        known = {name: {url.partition(":")[0] for url in servers(lab, name)} for name in served}
    except LabError as error:
        return NotYet(str(error))
    for name in served:
        addresses = [set(task.addresses.values()) for task in everyone if task.service == name]
        missed = [each for each in addresses if not each & known[name]]
        if missed or len(known[name]) != len(addresses):
            run = ", ".join(" or ".join(sorted(each)) or "no address" for each in addresses) or "none"
            heard = ", ".join(sorted(known[name])) or "none"
            return NotYet(f"{name}: Traefik knows {heard}; the Swarm runs {run}")
    return Ready("Traefik has taken over the replicas")


def pages(lab: Lab) -> list[str]:
    """What of the page and of signaling's health is not answered 200 by some replica, in words."""
    wrong = []
    for host, path in (ASKED[service] for service in routed(lab)):
        for _ in range(ROUNDS):
            try:
                status: object = _get(lab, host, path).status_code
            except httpx.TransportError as error:
                wrong.append(f"https://{host}{path} did not answer: {error}")
                break  # each try may take EDGE_S, and the first one says it
            if status != httpx.codes.OK:
                wrong.append(f"https://{host}{path} answered {status}")
    return wrong


def page_header(lab: Lab, name: str) -> str:
    """A header of the page's answer, empty where it has none or does not answer."""
    try:
        return str(_get(lab, stack_deploy.DOMAIN, "/").headers.get(name, ""))
    except httpx.HTTPError:
        return ""


def placed_edge(lab: Lab) -> Placed:
    """Traefik's own task; raises LabError when it does not run."""
    for task in placed(lab):
        if task.service == "traefik":
            return task
    raise LabError("Traefik does not run: python -m lab logs traefik")
