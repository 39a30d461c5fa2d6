"""Service addresses (VIPs) and the ingress mesh, asked as a task and as a client would: on a kernel with IPVS alone."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from docker.types import EndpointSpec, NetworkAttachmentConfig, ServiceMode

from lab.cluster import readiness, tasks
from lab.cluster.handle import Lab
from lab.cluster.stack_deploy import STACK_NAME
from lab.waiting import Look, NotYet, Ready, wait_for

ASK_TIMEOUT_S = 5
START_DEADLINE_S = 60
PUBLISHED_DEADLINE_S = 30
"""Until every node knows of a port that was just published: 3 s on an idle machine."""
MESH_PORT = 18_080
"""A port that no stack of ours publishes."""
BESIDE = "jbcalling-mesh"
"""The service that stands beside the stack while the mesh is asked; it bears the lab's label, and is removed."""


@dataclass(frozen=True)
class Address:
    """The VIP of a service on a network; `port` is where its labels tell Traefik that it listens."""

    service: str
    network: str
    ip: str
    port: int


@dataclass(frozen=True)
class Asked:
    """What came of requests to one address: how many, and what each said that was not answered."""

    who: str
    requests: int
    failures: tuple[str, ...]


def addresses(lab: Lab) -> tuple[Address, ...]:
    """The VIPs of the services that Traefik routes to; none for one with `endpoint_mode: dnsrr`."""
    networks = {each["Id"]: each["Name"] for each in lab.manager.api.networks() if not each.get("Ingress")}
    return tuple(
        Address(
            tasks.short(service["Spec"]["Name"]),
            networks[given["NetworkID"]],
            given["Addr"].partition("/")[0],
            port,
        )
        for service in readiness.services(lab.manager, STACK_NAME)
        for port in _ports(service["Spec"].get("Labels") or {})
        for given in service.get("Endpoint", {}).get("VirtualIPs") or ()
        if given.get("Addr") and given["NetworkID"] in networks
    )


def _ports(labels: Mapping[str, str]) -> tuple[int, ...]:
    told = [value for key, value in labels.items() if key.endswith(".loadbalancer.server.port")]
    return tuple(sorted({int(each) for each in told if each.isdigit()}))


def name_leads_to(lab: Lab, asking: tasks.Placed, service: str) -> tuple[str, ...]:
    """The addresses that Docker's DNS gives to a task for a service's name."""
    _, said = tasks.in_task(lab, asking, ["getent", "ahostsv4", service])
    return tuple(sorted({line.split()[0] for line in said.splitlines() if line.strip()}))


def ask(lab: Lab, asking: tasks.Placed, address: Address, path: str, times: int) -> Asked:
    """Requests from a task to a VIP, each on a connection of its own, so that IPVS gives each to the next replica."""
    url = f"http://{address.ip}:{address.port}{path}"
    said = [
        tasks.in_task(lab, asking, ["curl", "-sS", "-o", "/dev/null", "--max-time", str(ASK_TIMEOUT_S), url])
        for _ in range(times)
    ]
    failures = tuple(words.strip() or f"curl ended with {status}" for status, words in said if status != 0)
    return Asked(f"{address.service} at {address.ip}:{address.port} on {address.network}", times, failures)


def image_of(lab: Lab, service: str) -> str:
    """The image that a service of the stack runs."""
    spec = lab.manager.api.inspect_service(tasks.full(service))["Spec"]
    return str(spec["TaskTemplate"]["ContainerSpec"]["Image"])


@contextmanager
def published(lab: Lab, image: str, port: int, network: str) -> Iterator[str]:
    """A service beside the stack whose port the ingress mesh publishes; yields its name. It is removed at the end."""
    ports: list[Any] = [
        {"Protocol": "tcp", "TargetPort": port, "PublishedPort": MESH_PORT, "PublishMode": "ingress"}
    ]
    service = lab.manager.services.create(
        image, name=BESIDE, labels=dict(lab.labels), networks=[NetworkAttachmentConfig(network)],
        mode=ServiceMode("replicated", 1), endpoint_spec=EndpointSpec(mode="vip", ports=ports),
    )  # fmt: skip
    try:
        wait_for(
            f"{BESIDE} runs", lambda: _runs(lab, str(service.id)), deadline_s=START_DEADLINE_S, interval_s=0.5
        )
        yield BESIDE
    finally:
        service.remove()


def _runs(lab: Lab, service: str) -> Look[bool]:
    listed: list[dict[str, Any]] = lab.manager.api.tasks(filters={"service": service})
    said = [f"{each['Status']['State']} {each['Status'].get('Err', '')}".strip() for each in listed]
    return Ready(True) if "running" in said else NotYet(", ".join(said) or "it has no task yet")


def ask_mesh(lab: Lab, path: str) -> tuple[Asked, ...]:
    """A request to the published port of each node, from outside; the task runs on one of them."""
    return tuple(_asked(node, f"http://{ip}:{MESH_PORT}{path}") for node, ip in lab.state.addresses.items())


def wait_published(lab: Lab, path: str) -> None:
    """The nodes hear of a port that was published by gossip, each when it does. Raises WaitError with those that do not
    answer in time."""
    wait_for(
        f"port {MESH_PORT} of the mesh answers on every node", lambda: _published(ask_mesh(lab, path)),
        deadline_s=PUBLISHED_DEADLINE_S, interval_s=0.5,
    )  # fmt: skip


def _published(asked: tuple[Asked, ...]) -> Look[bool]:
    failures = [f"{each.who}: {failure}" for each in asked for failure in each.failures]
    return NotYet("; ".join(failures)) if failures else Ready(True)


def _asked(node: str, url: str) -> Asked:
    try:
        answer = httpx.get(url, timeout=ASK_TIMEOUT_S, trust_env=False)
    except httpx.HTTPError as error:
        return Asked(node, 1, (f"{url}: {str(error) or type(error).__name__}",))
    return Asked(node, 1, () if answer.status_code < 500 else (f"{url}: answered {answer.status_code}",))


class ServiceAddresses:
    """What a test asks of a lab's VIPs and of its mesh."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def asked_from(self, service: str, replicas: Mapping[str, int], rounds: int) -> tuple[Asked, ...]:
        """From the first task of a service: the VIP of every other service that shares a network with it, as often as it
        has replicas, and that many rounds. A name that leads elsewhere than to its VIP is a failure too."""
        asking = next((each for each in tasks.placed(self._lab) if each.service == service), None)
        if asking is None:
            return ()
        return tuple(
            self._asked(asking, address, rounds * replicas[address.service])
            for address in addresses(self._lab)
            if address.network in asking.addresses and replicas.get(address.service)
        )

    def _asked(self, asking: tasks.Placed, address: Address, times: int) -> Asked:
        found = ask(self._lab, asking, address, "/", times)
        names = name_leads_to(self._lab, asking, address.service)
        if names == (address.ip,):
            return found
        said = f"Docker's DNS says {', '.join(names) or 'nothing'} for {address.service}, wanted {address.ip}"
        return Asked(found.who, found.requests, (said, *found.failures))

    def mesh(self, services: Iterable[str], rounds: int) -> tuple[Asked, ...]:
        """A service beside the stack, of the image of the first of these that has a VIP; its port asked on every node.

        None where none has one. Raises WaitError for a port that is not published everywhere in time.
        """
        routed = {each.service: each for each in addresses(self._lab)}
        page = next((routed[each] for each in services if each in routed), None)
        if page is None:
            return ()
        with published(self._lab, image_of(self._lab, page.service), page.port, page.network):
            wait_published(self._lab, "/")
            return tuple(each for _ in range(rounds) for each in ask_mesh(self._lab, "/"))
