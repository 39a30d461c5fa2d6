"""Packets of the overlay or of the media held up or out of order as they leave a node: the kernel's netem, where it has
one."""

from dataclasses import dataclass

from lab.cluster.handle import Lab
from lab.cluster.tasks import in_node, runs
from lab.errors import EngineError
from lab.faults import crossings
from lab.waiting import Look, NotYet, Ready

DEVICE = "eth0"
"""A node's interface on the lab's network."""
HANDLE = "30:"
OVERLAY, MEDIA = "overlay", "media"
_MATCHES = {
    OVERLAY: ("match", "ip", "protocol", "17", "0xff", "match", "ip", "dport", "4789", "0xffff"),
    MEDIA: ("match", "ip", "protocol", "17", "0xff", "match", "ip", "sport", "40000", "0xfff0"),
}
"""What of a node's packets is shaped. The mask takes the ports from 40000 to 40015: mediasoup's, and some that are free."""
FREE_PORT = 40015
_DATAGRAM = (
    "use IO::Socket::INET; my $s = IO::Socket::INET->new(Proto => 'udp', LocalPort => $ARGV[0], PeerAddr => $ARGV[1], "
    "PeerPort => 9) or die $!; $s->send('x') or die $!;"
)
"""From a free port of the media's range to another node, where nothing listens: the qdisc counts it all the same."""


@dataclass(frozen=True)
class Shaped:
    """A qdisc on a node that does to one kind of the packets that leave it what `netem` says, and to nothing else."""

    node: str
    netem: tuple[str, ...]
    of: str = OVERLAY

    def _tc(self, lab: Lab, *arguments: str) -> tuple[int, str]:
        return in_node(lab, self.node, ["tc", *arguments])

    def _there(self, lab: Lab) -> bool:
        return f"netem {HANDLE}" in self._tc(lab, "qdisc", "show", "dev", DEVICE)[1]

    def apply(self, lab: Lab) -> None:
        if self._there(lab):
            return
        for command in (
            ("qdisc", "replace", "dev", DEVICE, "root", "handle", "1:", "prio"),
            ("qdisc", "add", "dev", DEVICE, "parent", "1:3", "handle", HANDLE, "netem", *self.netem),
            (
                "filter", "add", "dev", DEVICE, "protocol", "ip", "parent", "1:0", "prio", "1", "u32", *_MATCHES[self.of],
                "flowid", "1:3",
            ),
        ):  # fmt: skip
            status, output = self._tc(lab, *command)
            if status != 0:
                raise EngineError(f"{self.node}: tc {' '.join(command)}: {output.strip()}")

    def took(self, lab: Lab) -> Look[str]:
        """The packets that the qdisc itself counted."""
        self._make_traffic(lab, next(each for each in lab.state.addresses if each != self.node))
        output = self._tc(lab, "-s", "qdisc", "show", "dev", DEVICE)[1]
        words = output.partition(f"netem {HANDLE}")[2].split()
        packets = words[words.index("pkt") - 1] if "pkt" in words else "0"
        shown = " ".join(self.netem)
        if packets == "0":
            return NotYet(f"{self.node}: netem {shown} has seen no packet yet")
        return Ready(f"{self.node}: {packets} packets under netem {shown}")

    def _make_traffic(self, lab: Lab, other: str) -> None:
        if self.of == MEDIA:
            in_node(lab, self.node, ["perl", "-e", _DATAGRAM, str(FREE_PORT), lab.state.addresses[other]])
            return
        source, address, place = crossings.crossing(lab, self.node, other)
        crossings.request(lab, source, address, place)

    def undo(self, lab: Lab) -> None:
        if runs(lab, self.node) and self._there(lab):
            self._tc(lab, "qdisc", "del", "dev", DEVICE, "root")

    def undone(self, lab: Lab) -> Look[str]:
        if not runs(lab, self.node):
            return Ready(f"{self.node} does not run, and its qdiscs went with it")
        if self._there(lab):
            return NotYet(f"{self.node}: netem is still there")
        return Ready(f"{self.node}: netem is gone")
