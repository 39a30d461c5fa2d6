"""Which nodes a lab has: data, so that `up --nodes 5` is the same code as `up`."""

from dataclasses import dataclass

from lab.errors import InputError
from lab.host.ownership import NAME, RESERVED

DEFAULT_NODES = 3
MAX_NODES = 9
"""Each node is a whole dockerd; more of them show nothing that nine do not."""
FIRST_HOST = 11
"""The first node's last octet; what lies below is the bridge and room to spare."""


@dataclass(frozen=True)
class NodeSpec:
    """One node: its name is its hostname in the Swarm, `host` the last octet of its address."""

    name: str
    manager: bool
    labels: tuple[tuple[str, str], ...]
    host: int


@dataclass(frozen=True)
class Topology:
    """The nodes of a lab, the manager first."""

    nodes: tuple[NodeSpec, ...]

    @property
    def manager(self) -> NodeSpec:
        return self.nodes[0]


def topology(count: int = DEFAULT_NODES) -> Topology:
    """`translation01` (manager) to `translation0N`, labelled `instance=` as the design's nodes are.

    Raises InputError when `count` is not 1 to MAX_NODES.
    """
    if not 1 <= count <= MAX_NODES:
        raise InputError(
            f"--nodes {count}: a lab has 1 to {MAX_NODES} nodes; the design's has {DEFAULT_NODES}"
        )
    names = [f"translation{number:02d}" for number in range(1, count + 1)]
    return Topology(
        tuple(NodeSpec(name, i == 0, (("instance", name),), FIRST_HOST + i) for i, name in enumerate(names))
    )


def checked_name(name: str) -> str:
    """`name` if a lab can bear it; raises InputError otherwise.

    It becomes part of container names and of a folder's path, so nothing else is let through.
    """
    if not NAME.fullmatch(name):
        raise InputError(f"lab name {name!r}: use lower-case letters, digits and hyphens, at most 31")
    if name in RESERVED:
        raise InputError(
            f"lab name {name!r} belongs to an object that bears our label and is no lab: choose another name"
        )
    return name
