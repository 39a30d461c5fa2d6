"""This process's own container, where it runs in one: put on a lab's network, and taken off it.

Docker Desktop and remote engines keep their containers' addresses to themselves. There the suite itself runs in
a container of the same engine (`python -m lab inside`), which reaches the nodes once it is on their network.
"""

import os

import docker
import docker.errors

VARIABLE = "LAB_INSIDE"
"""Holds the container's own name; set by what starts the suite's container, absent everywhere else."""


def join(host: docker.DockerClient, network: str) -> None:
    """Connect this process's container to `network`; does nothing where it runs in none."""
    own = os.environ.get(VARIABLE)
    if own:
        host.api.connect_container_to_network(own, network)


def leave(host: docker.DockerClient, network: str) -> None:
    """Undo `join`: a network cannot be removed while a container is on it."""
    own = os.environ.get(VARIABLE)
    if own:
        try:
            host.api.disconnect_container_from_network(own, network, force=True)
        except docker.errors.NotFound:
            return
