"""Changes made to a node's load balancing: the rows by which IPVS leads a service's address to its tasks."""

from dataclasses import dataclass

from lab.cluster.handle import Lab
from lab.cluster.tasks import full, in_node, placed, runs
from lab.errors import EngineError
from lab.probe import balancing
from lab.probe.node_views import service_addresses
from lab.waiting import Look, NotYet, Ready


def read(lab: Lab, node: str, network: str) -> balancing.Rows:
    """A node's rows on a network, by its id; raises EngineError where they cannot be read."""
    status, output = in_node(lab, node, ["sh", "-c", balancing.ROWS])
    found = balancing.rows(output).get(network[: balancing.SPACE_CHARS])
    if found is None:
        raise EngineError(
            f"{node}: the rows of its load balancing cannot be read (status {status}): {output[-200:]}"
        )
    return found


def in_space(lab: Lab, node: str, network: str, *arguments: str) -> None:
    """Run ipvsadm in a network's namespace on a node; raises EngineError with its words."""
    space = f"/var/run/docker/netns/lb_{network[: balancing.SPACE_CHARS]}"
    status, output = in_node(lab, node, ["nsenter", f"--net={space}", "ipvsadm", *arguments])
    if status != 0:
        raise EngineError(f"{node}: ipvsadm {' '.join(arguments)}: {output.strip()}")


@dataclass(frozen=True)
class LostBackends:
    """On `node`, no rows any more that lead `address`, by its `mark`, to one of `backends`; `network` is an id."""

    node: str
    network: str
    address: str
    mark: int
    backends: tuple[str, ...]

    def _ipvsadm(self, lab: Lab, *arguments: str) -> None:
        in_space(lab, self.node, self.network, *arguments)

    def _there(self, lab: Lab) -> frozenset[str]:
        return read(lab, self.node, self.network).backends.get(self.mark, frozenset())

    def apply(self, lab: Lab) -> None:
        for backend in sorted(self._there(lab) & set(self.backends)):
            self._ipvsadm(lab, "-d", "-f", str(self.mark), "-r", backend)

    def took(self, lab: Lab) -> Look[str]:
        if there := self._there(lab):
            return NotYet(f"{self.node}: {self.address} leads to {', '.join(sorted(there))}")
        return Ready(f"{self.node}: {self.address} leads to no task")

    def undo(self, lab: Lab) -> None:
        """Put back only for tasks that still run: the address of a gone one may be another's by now."""
        if runs(lab, self.node):
            for backend in sorted(self._needed(lab) - self._there(lab)):
                self._ipvsadm(lab, "-a", "-f", str(self.mark), "-r", f"{backend}:0", "-m")

    def _needed(self, lab: Lab) -> set[str]:
        return {a for task in placed(lab) for a in task.addresses.values()} & set(self.backends)

    def undone(self, lab: Lab) -> Look[str]:
        if not runs(lab, self.node):
            return Ready(f"{self.node} does not run, and its rows went with it")
        if lacking := self._needed(lab) - self._there(lab):
            return NotYet(f"{self.node}: {self.address} does not lead to {', '.join(sorted(lacking))}")
        return Ready(f"{self.node}: {self.address} leads to its tasks")


def lost_backends(lab: Lab, service: str, node: str) -> LostBackends:
    """The address of a service on the first of its networks, which leads nowhere on a node; raises EngineError."""
    for each in service_addresses(lab):
        if each.service == full(service):
            found = read(lab, node, each.network_id)
            mark = found.marks.get(each.address)
            if mark is not None and found.backends.get(mark):
                backends = tuple(sorted(found.backends[mark]))
                return LostBackends(node, each.network_id, each.address, mark, backends)
    raise EngineError(
        f"{node} leads no address of {service} to a task: it has none, or no task there asks for it"
    )


@dataclass(frozen=True)
class IdleTimeout:
    """On `node`, TCP connections through the addresses of a network, by its id, are forgotten after `seconds` of silence."""

    node: str
    network: str
    seconds: int

    def _set(self, lab: Lab, seconds: int) -> None:
        # 0 leaves the timeouts of connections that end, and of UDP, as they are.
        in_space(lab, self.node, self.network, "--set", str(seconds), "0", "0")

    def _is(self, lab: Lab) -> int | None:
        return read(lab, self.node, self.network).idle_s

    def apply(self, lab: Lab) -> None:
        self._set(lab, self.seconds)

    def took(self, lab: Lab) -> Look[str]:
        found = self._is(lab)
        said = f"{self.node}: a silent connection is forgotten after {found} s"
        return Ready(said) if found == self.seconds else NotYet(said)

    def undo(self, lab: Lab) -> None:
        if runs(lab, self.node):
            self._set(lab, balancing.IDLE_S)

    def undone(self, lab: Lab) -> Look[str]:
        if not runs(lab, self.node):
            return Ready(f"{self.node} does not run, and its settings went with it")
        found = self._is(lab)
        said = f"{self.node}: a silent connection is forgotten after {found} s"
        return Ready(said) if found == balancing.IDLE_S else NotYet(said)


def idle_timeouts(lab: Lab, service: str, seconds: int) -> tuple[IdleTimeout, ...]:
    """On every node of the network of a service's address; raises EngineError where it has none."""
    networks = [each.network_id for each in service_addresses(lab) if each.service == full(service)]
    if not networks:
        raise EngineError(f"{service} has no address of its own: endpoint_mode dnsrr")
    return tuple(IdleTimeout(node, networks[0], seconds) for node in lab.state.addresses)
