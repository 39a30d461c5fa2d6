"""The container that this process runs in, where the suite was started in one: on the lab's network and off it again."""

import os

import docker
import docker.errors

VARIABLE = "LAB_INSIDE"
"""Set in the container to its own name: what creates the lab's network then joins it."""


def join(host: docker.DockerClient, network: str) -> None:
    """Connect this process's own container to `network`, if it is in one that was started for that."""
    own = os.environ.get(VARIABLE)
    if own:
        host.api.connect_container_to_network(own, network)


def leave(host: docker.DockerClient, network: str) -> None:
    """Undo `join`; a network with a container on it cannot be removed."""
    own = os.environ.get(VARIABLE)
    if own:
        try:
            host.api.disconnect_container_from_network(own, network, force=True)
        except docker.errors.NotFound:
            return
