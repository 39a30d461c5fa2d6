"""Forming the Swarm: init, join, label, and wait until every node is Ready."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import docker
import docker.errors

from lab.errors import NotReadyError
from lab.host.topology import NodeSpec, Topology
from lab.text.shell import lab_command
from lab.waiting import Look, NotYet, Ready, WaitError, wait_for

SWARM_PORT = 2377
READY_DEADLINE_S = 60
READY_LOOK_S = 10.0
"""For one question to the manager, which on a slow machine may never be answered."""
LISTEN = f"0.0.0.0:{SWARM_PORT}"

Nodes = Mapping[str, docker.DockerClient]


def form(topology: Topology, addresses: Mapping[str, str], nodes: Nodes) -> None:
    """Make one Swarm of the nodes; raises NotReadyError with each node's state when one does not come."""
    manager = nodes[topology.manager.name]
    address = addresses[topology.manager.name]
    if manager.info()["Swarm"]["LocalNodeState"] == "inactive":
        manager.swarm.init(advertise_addr=address, listen_addr=LISTEN, force_new_cluster=False)
    tokens = manager.api.inspect_swarm()["JoinTokens"]

    def join(node: NodeSpec) -> None:
        engine = nodes[node.name]
        if engine.info()["Swarm"]["LocalNodeState"] == "inactive":
            token = tokens["Manager" if node.manager else "Worker"]
            engine.swarm.join([f"{address}:{SWARM_PORT}"], token, LISTEN, addresses[node.name])

    with ThreadPoolExecutor() as pool:
        list(pool.map(join, topology.nodes[1:]))
    wait_ready(topology, manager)
    label(topology, manager)


def is_formed(topology: Topology, manager: docker.DockerClient) -> bool:
    """Whether the manager has a Swarm in which every node of the topology is Ready."""
    swarm = manager.info()["Swarm"]
    if swarm["LocalNodeState"] != "active" or not swarm["ControlAvailable"]:
        return False
    states = _states(manager)
    return all(states.get(node.name) == "ready" for node in topology.nodes)


def _states(manager: docker.DockerClient) -> dict[str, str]:
    """Node name -> its state; a node that was replaced is listed once, as the one that is up."""
    states: dict[str, str] = {}
    for node in manager.api.nodes():
        name, state = node["Description"].get("Hostname", node["ID"]), node["Status"]["State"]
        if states.get(name) != "ready":
            states[name] = state
    return states


def wait_ready(topology: Topology, manager: docker.DockerClient) -> None:
    """Wait until every node of the topology is Ready."""

    def look() -> Look[bool]:
        states = _states(manager)
        waiting = {
            n.name: states.get(n.name, "absent") for n in topology.nodes if states.get(n.name) != "ready"
        }
        return (
            NotYet(", ".join(f"{name} {state}" for name, state in waiting.items()))
            if waiting
            else Ready(True)
        )

    try:
        wait_for("all nodes Ready", look, deadline_s=READY_DEADLINE_S, interval_s=0.05, look_s=READY_LOOK_S)
    except WaitError as error:
        raise NotReadyError(
            f"{error}\n  by hand: {lab_command('exec', topology.manager.name, '--', 'docker', 'node', 'ls')}"
        ) from error


def label(topology: Topology, manager: docker.DockerClient) -> None:
    """Give each node the labels that the design's constraints name; what has them already is left alone."""
    wanted = {node.name: dict(node.labels) for node in topology.nodes}
    for node in manager.api.nodes():
        labels = wanted.get(node["Description"].get("Hostname", ""))
        spec = node["Spec"]
        if labels is not None and spec.get("Labels") != labels and node["Status"]["State"] == "ready":
            manager.api.update_node(node["ID"], node["Version"]["Index"], spec | {"Labels": labels})


def drop_replaced(manager: docker.DockerClient) -> None:
    """Remove the entries of nodes that came back as new ones."""
    ready = {n["Description"].get("Hostname") for n in manager.api.nodes() if n["Status"]["State"] == "ready"}
    for node in manager.api.nodes():
        if node["Status"]["State"] == "down" and node["Description"].get("Hostname") in ready:
            manager.api.remove_node(node["ID"], force=True)
