"""What bears a name that a lab needs and is not the lab's: said, never used, never removed."""

from collections.abc import Collection

import docker

from lab.errors import EngineError
from lab.host import engine
from lab.host.ownership import LABEL
from lab.text.shell import docker_command, operands


def refuse(
    client: docker.DockerClient,
    lab: str,
    *,
    containers: Collection[str],
    networks: Collection[str],
    volumes: Collection[str],
) -> None:
    """Raises EngineError naming what has a name that the lab needs and does not bear its label."""
    ours = engine.belongings(client, lab)
    found = (
        ("container", containers, ours.containers, _containers(client)),
        ("network", networks, ours.networks, [each["Name"] for each in client.api.networks()]),
        ("volume", volumes, ours.volumes, _volumes(client)),
    )
    for kind, needed, own, there in found:
        strange = set(needed) & set(there) - {each.name for each in own}
        if strange:
            name = min(strange)
            raise EngineError(
                f"{kind} {name} exists and does not belong to lab {lab} (it has no label {LABEL}={lab}), so it is not ours to "
                f"remove: look at it with docker {kind} inspect {name}, or choose another name with --name"
            )


def _containers(client: docker.DockerClient) -> list[str]:
    return [name.lstrip("/") for each in client.api.containers(all=True) for name in each["Names"] or ()]


def _volumes(client: docker.DockerClient) -> list[str]:
    return [volume["Name"] for volume in client.api.volumes()["Volumes"] or []]


def create_volume(client: docker.DockerClient, name: str, labels: dict[str, str]) -> None:
    """Create a volume; raises EngineError where one of that name is there, which the engine would hand over as new."""
    made = client.api.create_volume(name, labels=labels)
    if (made.get("Labels") or {}) != labels:
        look = docker_command("volume", "inspect", *operands(name))
        raise EngineError(f"volume {name} exists and does not bear our label; look at it: {look}")
