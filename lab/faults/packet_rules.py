"""Changes made to what the nodes' kernels carry: packets dropped by rule, a forwarding row deleted."""

import hashlib
import socket
from dataclasses import dataclass

from lab.cluster.handle import Lab
from lab.cluster.tasks import in_node, placed, runs, task_on
from lab.errors import EngineError
from lab.faults import crossings
from lab.waiting import Look, NotYet, Ready

COMMENT = "jbcalling-lab-fault"
"""In the comment of every rule of ours, so that a person who lists the rules sees whose they are."""
DATAGRAM = b"is anybody there"


@dataclass(frozen=True)
class DropRule:
    """An iptables rule that drops what `match` says, in a chain of a node.

    `provoke` makes a packet for the rule's counter: ("request", FROM, TO) between tasks on two nodes, ("large",
    FROM, TO) for a large answer, ("datagram", NODE, PORT) from the host; empty where traffic comes by itself.
    """

    fault: str
    node: str
    match: tuple[str, ...]
    provoke: tuple[str, ...] = ()
    chain: str = "INPUT"
    table: str = "filter"

    @property
    def comment(self) -> str:
        """Tells this rule from every other: iptables shows a match in words of its own."""
        sign = hashlib.sha256(" ".join([self.node, self.table, self.chain, *self.match]).encode())
        return f"{COMMENT}:{self.fault}:{sign.hexdigest()[:8]}"

    @property
    def rule(self) -> list[str]:
        return [self.chain, *self.match, "-m", "comment", "--comment", self.comment, "-j", "DROP"]

    def _iptables(self, lab: Lab, *arguments: str) -> tuple[int, str]:
        return in_node(lab, self.node, ["iptables", "-w", "5", "-t", self.table, *arguments])

    def _there(self, lab: Lab) -> bool:
        return self._iptables(lab, "-C", *self.rule)[0] == 0

    def apply(self, lab: Lab) -> None:
        if not self._there(lab):
            status, output = self._iptables(lab, "-I", *self.rule)
            if status != 0:
                raise EngineError(f"{self.node}: iptables refused {' '.join(self.rule)}: {output.strip()}")

    def took(self, lab: Lab) -> Look[str]:
        """The counters of the rule itself."""
        self._make_traffic(lab)
        packets = self._counter(lab)
        shown = " ".join(self.match)
        if not packets:
            return NotYet(f"{self.node}: the rule {shown} has dropped nothing yet")
        return Ready(f"{self.node}: {packets} packets dropped by {self.chain} {shown}")

    def _counter(self, lab: Lab) -> int:
        _, output = self._iptables(lab, "-nvxL", self.chain)
        return sum(int(line.split()[0]) for line in output.splitlines() if self.comment in line)

    def _make_traffic(self, lab: Lab) -> None:
        if not self.provoke:
            return
        kind, first, second = self.provoke
        if kind == "datagram":
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                udp.sendto(DATAGRAM, (lab.state.addresses[first], int(second)))
            return
        source, address, place = crossings.crossing(lab, first, second)
        if kind == "large":
            place = crossings.LARGE
            address = _frontend_on(lab, second)
        crossings.request(lab, source, address, place)

    def undo(self, lab: Lab) -> None:
        if not runs(lab, self.node):
            return
        while self._there(lab):
            status, output = self._iptables(lab, "-D", *self.rule)
            if status != 0:
                raise EngineError(f"{self.node}: iptables kept {' '.join(self.rule)}: {output.strip()}")

    def undone(self, lab: Lab) -> Look[str]:
        if not runs(lab, self.node):
            return Ready(f"{self.node} does not run, and its rules went with it")
        if self._there(lab):
            return NotYet(f"{self.node}: the rule stands")
        return Ready(f"{self.node}: the rule is gone")


def lossy(share: str) -> tuple[str, ...]:
    """A match for so many packets, picked by chance; `share` is from 0 to 1."""
    return ("-m", "statistic", "--mode", "random", "--probability", share)


def ports_dropped(lab: Lab, fault: str, node: str, ports: str, *more: str) -> DropRule:
    """UDP to a node's published ports (`FIRST:LAST`) dropped, all of it or what `more` matches.

    In `raw`, before Docker's own rules turn the packet to its container and INPUT never sees it.
    """
    match = ("-p", "udp", "--dport", ports, "-d", lab.state.addresses[node], *more)
    first = ports.partition(":")[0]
    return DropRule(fault, node, match, ("datagram", node, first), "PREROUTING", "raw")


def _frontend_on(lab: Lab, node: str) -> str:
    """The address of something that is large when asked for; raises EngineError where there is none."""
    return next(iter(task_on(lab, "frontend", node).addresses.values()))


@dataclass(frozen=True)
class LostRow:
    """A forwarding row deleted in an overlay's namespace on `node`: the address `mac` was behind node `via`.

    Docker's VXLAN devices learn, so a packet that the task sends by itself would bring the row back: learning is
    off as long as the fault lasts.
    """

    node: str
    namespace: str
    mac: str
    via: str
    address: str

    def _bridge(self, lab: Lab, *arguments: str) -> tuple[int, str]:
        command = ["nsenter", f"--net={self.namespace}", "bridge", "fdb", *arguments]
        return in_node(lab, self.node, command)

    def _learn(self, lab: Lab, how: str) -> None:
        command = ["nsenter", f"--net={self.namespace}", "ip", "link", "set", "vxlan0", "type", "vxlan", how]
        status, output = in_node(lab, self.node, command)
        if status != 0:
            raise EngineError(f"{self.node}: vxlan0 of the overlay cannot be set to {how}: {output.strip()}")

    def _row(self, verb: str) -> tuple[str, ...]:
        return (verb, self.mac, "dev", "vxlan0", "dst", self.via, "self")

    def _there(self, lab: Lab) -> bool:
        status, output = self._bridge(lab, "show", "dev", "vxlan0")
        if status != 0:
            raise EngineError(f"{self.node}: the forwarding table cannot be read: {output.strip()}")
        return any(line.startswith(f"{self.mac} dst {self.via} ") for line in output.splitlines())

    def apply(self, lab: Lab) -> None:
        self._learn(lab, "nolearning")
        if self._there(lab):
            self._bridge(lab, *self._row("del"))

    def took(self, lab: Lab) -> Look[str]:
        if self._there(lab):
            return NotYet(f"{self.node}: the row of {self.mac} stands")
        return Ready(f"{self.node}: no row for {self.mac} ({self.address}) behind {self.via}")

    def undo(self, lab: Lab) -> None:
        """Put back only for a task that still runs: the address of a gone one may be another's by now."""
        if not runs(lab, self.node):
            return
        self._learn(lab, "learning")
        if self._needed(lab) and not self._there(lab):
            self._bridge(lab, *self._row("add"), "permanent")

    def _needed(self, lab: Lab) -> bool:
        return any(self.address in task.addresses.values() for task in placed(lab))

    def undone(self, lab: Lab) -> Look[str]:
        if not runs(lab, self.node):
            return Ready(f"{self.node} does not run, and its rows went with it")
        if not self._needed(lab):
            return Ready(f"the task at {self.address} is gone, and its row with it")
        if not self._there(lab):
            return NotYet(f"{self.node}: the row of {self.mac} is missing")
        return Ready(f"{self.node}: the row of {self.mac} stands")
