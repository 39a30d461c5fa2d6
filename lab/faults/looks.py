"""What proves a fault or its healing: who runs where, whether one task reaches another, whom Traefik knows."""

import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import httpx

from lab.cluster import readiness, stack_deploy
from lab.cluster.lifecycle import Lab
from lab.errors import LabError
from lab.waiting import Look, NotYet, Ready

PROBE_S = 2.0
"""A request inside the lab takes a few ms; one SYN that is lost is repeated after 1 s."""
TIMED_OUT = 28
"""curl's exit status when the deadline passed: nothing came back."""
REFUSED = 7
EDGE_S = 5.0
ROUNDS = 3
"""Requests that meet each replica once, as Traefik goes round."""
# What each service answers HTTP on, with a path that is cheap.
ANSWERS = {
    "frontend": "80/health", "signaling": "8001/health", "mediasoup": "4000/health", "tts": "8004/health",
    "translation": "8005/health", "monitoring": "9090/-/healthy",
}  # fmt: skip
ROUTED = ("frontend", "signaling")
LARGE = "80/assets/app.js"
"""A file of the page's that is larger than any packet."""
Json = dict[str, Any]


@dataclass(frozen=True)
class Placed:
    """A running task: `addresses` by network name."""

    service: str
    task: str
    node: str
    container: str
    addresses: Mapping[str, str]


def placed(lab: Lab) -> tuple[Placed, ...]:
    """The running tasks of the stack."""
    names = {n["ID"]: n["Description"].get("Hostname", n["ID"]) for n in lab.manager.api.nodes()}
    services = {
        s["ID"]: short(s["Spec"]["Name"]) for s in readiness.services(lab.manager, stack_deploy.STACK_NAME)
    }
    return tuple(
        Placed(
            services.get(task["ServiceID"], "?"), task["ID"], names.get(task.get("NodeID", ""), "?"),
            task["Status"].get("ContainerStatus", {}).get("ContainerID", ""), _addresses(task),
        )
        for task in readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME)
        if task["Status"]["State"] == "running" and task["DesiredState"] == "running"
    )  # fmt: skip


def short(service: str) -> str:
    return service.removeprefix(f"{stack_deploy.STACK_NAME}_")


def _addresses(task: Json) -> dict[str, str]:
    attached = task.get("NetworksAttachments") or []
    return {
        each["Network"]["Spec"]["Name"]: each["Addresses"][0].partition("/")[0]
        for each in attached
        if each.get("Addresses")
    }


def in_node(lab: Lab, node: str, command: list[str]) -> tuple[int, str]:
    """Run a command in a node: its exit status, and what it said."""
    created = lab.host.api.exec_create(lab.container(node), command)["Id"]
    output = lab.host.api.exec_start(created).decode(errors="replace")
    return int(lab.host.api.exec_inspect(created)["ExitCode"]), output


def in_task(lab: Lab, task: Placed, command: list[str]) -> tuple[int, str]:
    """Run a command in a task's container."""
    api = lab.nodes[task.node].api
    created = api.exec_create(task.container, command)["Id"]
    output = api.exec_start(created).decode(errors="replace")
    return int(api.exec_inspect(created)["ExitCode"]), output


def request(lab: Lab, source: Placed, address: str, place: str) -> int:
    """curl's exit status for `http://ADDRESS:PLACE` asked in the source's container; 0 is a whole answer."""
    command = ["curl", "-s", "-o", "/dev/null", "-m", f"{PROBE_S:g}", f"http://{address}:{place}"]
    return in_task(lab, source, command)[0]


def crossings(source: str, target: str, tasks: tuple[Placed, ...]) -> dict[str, tuple[Placed, str, str]]:
    """By network that both nodes have tasks on: a task on node `source`, and address and place of one on node
    `target` that it should reach over it."""
    found: dict[str, tuple[Placed, str, str]] = {}
    for there in tasks:
        for here in tasks:
            if (here.node, there.node) == (source, target) and there.service in ANSWERS:
                for network in set(here.addresses) & set(there.addresses):
                    found.setdefault(network, (here, there.addresses[network], ANSWERS[there.service]))
    return found


def crossing(lab: Lab, source: str, target: str) -> tuple[Placed, str, str]:
    """One of those ways, over the network that Traefik uses where there is one.

    Raises LabError when no two tasks there share a network.
    """
    found = crossings(source, target, placed(lab))
    if not found:
        raise LabError(f"no two tasks on {source} and {target} share a network: nothing can be asked across")
    return found[max(found)]


def uncrossed(lab: Lab) -> list[str]:
    """The ordered pairs of nodes between which a request does not pass, on any network they share, in words."""
    everyone = placed(lab)
    found = {(a, b): crossings(a, b, everyone) for a, b in permutations(lab.state.addresses, 2)}
    if apart := [
        f"no two tasks on {a} and {b} share a network" for (a, b), mine in found.items() if not mine
    ]:
        return apart
    ways = [(a, b, network, way) for (a, b), mine in found.items() for network, way in mine.items()]
    with ThreadPoolExecutor(max_workers=len(ways)) as pool:
        ended = pool.map(lambda way: request(lab, *way[3]), ways)
        return [
            f"{a} does not reach {b} on {net} (curl {s})"
            for (a, b, net, _), s in zip(ways, ended, strict=True)
            if s
        ]


def edge_services(lab: Lab) -> dict[str, Json]:
    """What Traefik's API says of each service; raises httpx.TransportError, LabError."""
    host = f"traefik.{stack_deploy.DOMAIN}"
    user = (stack_deploy.DASHBOARD_USER, lab.secret("dashboard_password"))
    context = ssl.create_default_context(cafile=str(lab.ca_file))
    with httpx.Client(verify=context, timeout=EDGE_S, auth=user, trust_env=False) as client:
        url = f"https://{lab.state.hosts[host]}/api/http/services"
        answer = client.get(url, headers={"Host": host}, extensions={"sni_hostname": host})
    if answer.status_code != httpx.codes.OK:
        raise LabError(f"Traefik's API answered {answer.status_code}")
    return {entry["name"].partition("@")[0]: entry.get("loadBalancer", {}) for entry in answer.json()}


def servers(lab: Lab, service: str) -> set[str]:
    """The `address:port` of every server that Traefik has for a service."""
    listed = edge_services(lab).get(service, {}).get("servers", ())
    return {str(each["url"]).partition("//")[2].rstrip("/") for each in listed}


def edge_knows_tasks(lab: Lab) -> Look[str]:
    """Whether Traefik's servers are just the addresses of the running replicas, whatever network they are on."""
    everyone = placed(lab)
    try:
        known = {name: {url.partition(":")[0] for url in servers(lab, name)} for name in ROUTED}
    except (httpx.TransportError, LabError) as error:
        return NotYet(f"Traefik's API: {error}")
    for name in ROUTED:
        addresses = [set(task.addresses.values()) for task in everyone if task.service == name]
        missed = [each for each in addresses if not each & known[name]]
        if missed or len(known[name]) != len(addresses):
            return NotYet(f"{name}: Traefik knows {sorted(known[name])}, the Swarm runs {addresses}")
    return Ready("Traefik has taken over the replicas")


def pages(lab: Lab) -> list[str]:
    """What of the page and of signaling's health is not answered 200 by some replica, in words.

    Raises httpx.TransportError.
    """
    asked = ((stack_deploy.DOMAIN, "/"), (f"api.{stack_deploy.DOMAIN}", "/health"))
    context, wrong = ssl.create_default_context(cafile=str(lab.ca_file)), []
    for host, path in asked:
        url = f"https://{lab.state.hosts[host]}{path}"
        with httpx.Client(verify=context, timeout=EDGE_S, trust_env=False) as client:
            for _ in range(ROUNDS):
                client.cookies.clear()
                answer = client.get(url, headers={"Host": host}, extensions={"sni_hostname": host})
                if answer.status_code != httpx.codes.OK:
                    wrong.append(f"https://{host}{path} answered {answer.status_code}")
    return wrong
