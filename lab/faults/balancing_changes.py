"""Changes made to a node's load balancing: the rows by which IPVS leads a service's address to its tasks."""

from collections.abc import Iterable
from dataclasses import dataclass

from lab.cluster.handle import Lab
from lab.cluster.tasks import full, in_node, placed, runs
from lab.errors import EngineError
from lab.probe import balancing
from lab.probe.node_views import service_addresses
from lab.waiting import Look, NotYet, Ready


def read(lab: Lab, node: str, network: str) -> balancing.Rows | None:
    """A node's rows on a network, by its id; None where it has no task there. Raises EngineError where they cannot be read."""
    status, output = in_node(lab, node, ["sh", "-c", balancing.ROWS])
    if why := balancing.unread(status, output):
        raise EngineError(f"{node}: the rows of its load balancing cannot be read: {why}")
    return balancing.rows(output).get(network[: balancing.SPACE_CHARS])


def _ipvsadm(lab: Lab, node: str, network: str, *arguments: str) -> None:
    space = f"/var/run/docker/netns/lb_{network[: balancing.SPACE_CHARS]}"
    status, output = in_node(lab, node, ["nsenter", f"--net={space}", "ipvsadm", *arguments])
    if status != 0:
        raise EngineError(f"{node}: ipvsadm {' '.join(arguments)}: {output.strip()}")


@dataclass(frozen=True)
class LostBackends:
    """On `node`, no rows any more that lead `address`, which `service` has on a network, by its id, to one of `backends`.

    The mark of the address is looked up each time: an engine that starts anew numbers its marks anew.
    """

    node: str
    network: str
    service: str
    address: str
    backends: tuple[str, ...]

    def _there(self, lab: Lab) -> frozenset[str]:
        found = read(lab, self.node, self.network)
        return frozenset() if found is None else found.of(self.address)

    def _marked(self, lab: Lab, verb: str, backends: Iterable[str], *more: str) -> None:
        found = read(lab, self.node, self.network)
        mark = None if found is None else found.marks.get(self.address)
        for backend in sorted(backends) if mark is not None else ():
            _ipvsadm(lab, self.node, self.network, verb, "-f", str(mark), "-r", f"{backend}:0", *more)

    def apply(self, lab: Lab) -> None:
        self._marked(lab, "-d", self._there(lab) & set(self.backends))

    def took(self, lab: Lab) -> Look[str]:
        if there := self._there(lab):
            return NotYet(f"{self.node}: {self.address} leads to {', '.join(sorted(there))}")
        return Ready(f"{self.node}: {self.address} leads to no task")

    def undo(self, lab: Lab) -> None:
        """Put back only for tasks of the service that still run: the address of a gone one may be another's by now."""
        if runs(lab, self.node):
            self._marked(lab, "-a", self._lacking(lab), "-m")

    def _lacking(self, lab: Lab) -> set[str]:
        """Nothing where the node has no such network or address any more: both come back with their rows."""
        found = read(lab, self.node, self.network)
        if found is None or self.address not in found.marks:
            return set()
        own = {a for task in placed(lab) if task.service == self.service for a in task.addresses.values()}
        return (own & set(self.backends)) - found.of(self.address)

    def undone(self, lab: Lab) -> Look[str]:
        if not runs(lab, self.node):
            return Ready(f"{self.node} does not run, and its rows went with it")
        if lacking := self._lacking(lab):
            return NotYet(f"{self.node}: {self.address} does not lead to {', '.join(sorted(lacking))}")
        return Ready(f"{self.node}: {self.address} leads to its tasks")


@dataclass(frozen=True)
class IdleTimeout:
    """On `node`, TCP connections through the addresses of a network, by its id, are forgotten after `seconds` of silence."""

    node: str
    network: str
    seconds: int

    def _set(self, lab: Lab, seconds: int) -> None:
        """Nothing where the node has no task on the network: it has no such namespace then."""
        if read(lab, self.node, self.network) is not None:
            # 0 leaves the timeouts of connections that end, and of UDP, as they are.
            _ipvsadm(lab, self.node, self.network, "--set", str(seconds), "0", "0")

    def _is(self, lab: Lab, wanted: int) -> Look[str]:
        found = read(lab, self.node, self.network)
        if found is None:
            return Ready(f"{self.node}: it has no task on that network")
        said = f"{self.node}: a silent connection is forgotten after {found.idle_s} s"
        return Ready(said) if found.idle_s == wanted else NotYet(said)

    def apply(self, lab: Lab) -> None:
        self._set(lab, self.seconds)

    def took(self, lab: Lab) -> Look[str]:
        return self._is(lab, self.seconds)

    def undo(self, lab: Lab) -> None:
        if runs(lab, self.node):
            self._set(lab, balancing.IDLE_S)

    def undone(self, lab: Lab) -> Look[str]:
        if not runs(lab, self.node):
            return Ready(f"{self.node} does not run, and its settings went with it")
        return self._is(lab, balancing.IDLE_S)


def lost_backends(lab: Lab, service: str, node: str) -> LostBackends:
    """The address of a service on the first of its networks, which leads nowhere on a node; raises EngineError."""
    for each in service_addresses(lab):
        found = read(lab, node, each.network_id) if each.service == full(service) else None
        if found is not None and (backends := found.of(each.address)):
            return LostBackends(node, each.network_id, service, each.address, tuple(sorted(backends)))
    raise EngineError(
        f"{node} leads no address of {service} to a task: it has none, or no task there asks for it"
    )


def idle_timeouts(lab: Lab, service: str, seconds: int) -> tuple[IdleTimeout, ...]:
    """On every node of the network of a service's address; raises EngineError where it has none."""
    networks = [each.network_id for each in service_addresses(lab) if each.service == full(service)]
    if not networks:
        raise EngineError(f"{service} has no address of its own: endpoint_mode dnsrr")
    return tuple(IdleTimeout(node, networks[0], seconds) for node in lab.state.addresses)
