"""A subnet for a lab that nothing on this host uses."""

import ipaddress
from collections.abc import Iterable, Iterator
from pathlib import Path

import docker
import docker.errors

from lab.errors import EngineError
from lab.host import own_container

POOL = ipaddress.IPv4Network("172.28.0.0/14")
"""Private addresses above what Docker hands out first (172.17 to 172.20) and away from the Swarm's own
10.0.0.0/8; the nodes inside use 172.17 and 172.18 for their bridges."""
PREFIX = 24


def host_routes() -> list[ipaddress.IPv4Network]:
    """The networks that this host has routes to, less the default route; empty where there is no /proc."""
    table = Path("/proc/net/route")
    if not table.exists():
        return []
    networks = []
    for line in table.read_text().splitlines()[1:]:
        fields = line.split()
        destination, mask = (int.from_bytes(bytes.fromhex(fields[i])[::-1], "big") for i in (1, 7))
        if mask:
            networks.append(ipaddress.IPv4Network((destination, bin(mask).count("1"))))
    return networks


def engine_networks(client: docker.DockerClient) -> list[ipaddress.IPv4Network]:
    """The IPv4 subnets of the engine's networks."""
    configs = (config for network in client.api.networks() for config in network["IPAM"]["Config"] or ())
    subnets = [config.get("Subnet", ":") for config in configs]
    return [ipaddress.IPv4Network(s, strict=False) for s in subnets if ":" not in s]  # 10.0.0.5/24 is allowed


def free(taken: Iterable[ipaddress.IPv4Network]) -> Iterator[ipaddress.IPv4Network]:
    """The subnets of the pool that overlap none of `taken`."""
    used = list(taken)
    return (net for net in POOL.subnets(new_prefix=PREFIX) if not any(net.overlaps(other) for other in used))


def create_network(client: docker.DockerClient, name: str, labels: dict[str, str]) -> ipaddress.IPv4Network:
    """Create the lab's network on a free subnet; raises EngineError when none is left.

    It is internal: nodes reach one another and the host, and no other network.
    """
    for subnet in free([*host_routes(), *engine_networks(client)]):
        pool = docker.types.IPAMPool(subnet=str(subnet), gateway=str(subnet[1]))
        try:
            client.api.create_network(
                name,
                driver="bridge",
                internal=True,
                labels=labels,
                ipam=docker.types.IPAMConfig(pool_configs=[pool]),
            )
        except docker.errors.APIError as error:
            if "overlap" in str(error.explanation).lower():  # another lab was quicker
                continue
            raise EngineError(f"network {name} could not be created: {error.explanation}") from error
        own_container.join(client, name)
        return subnet
    raise EngineError(
        f"no free /{PREFIX} left in {POOL}: remove labs that are not used: python -m lab status --all"
    )
