"""The agent of a probe as a command: it runs in a node's namespace, or as a task on the overlay."""

import random
from collections.abc import Iterable
from pathlib import Path

AGENT = Path(__file__).with_name("agent.pl")
WINDOW_S = 6
"""How long the agents listen; they ask for three seconds less, so that one that starts late is heard."""
LATE_MOST_S = 10
"""Seconds that agents may start apart at the most, for what they say to be worth waiting for."""
PORTS = range(47_000, 49_000, 2)
"""An agent listens on one of these, and counts on the one behind it."""
MTU = 1450
"""Of an overlay over Ethernet: 1500 less 50 bytes of VXLAN."""
LARGE_BYTES = 60_000


def by_address(addresses: Iterable[str]) -> str:
    """Peers whose addresses are known."""
    return ",".join(addresses) or "-"


def by_name(name: str, expected: int, seconds: int) -> str:
    """Peers that a DNS name leads to, oneself among them; looked for until `expected` are found, or so long."""
    return f"dns:{name}:{expected}:{seconds}"


def any_port() -> int:
    """For the agents of one probe, which find one another by it: an agent of the probe before may still listen."""
    return random.choice(PORTS)


def command(peers: str, destinations: Iterable[str], port: int, mtu: int = MTU, late_s: int = 0) -> list[str]:
    """What runs the agent, wherever there is perl; `destinations` are ADDRESS:PORT, `port` is that of all its peers,
    who start up to `late_s` apart."""
    settings = [str(each) for each in (WINDOW_S, port, mtu, LARGE_BYTES)]
    late = [str(late_s)] if late_s else []
    return ["perl", "-e", AGENT.read_text(), *settings, peers, ",".join(destinations) or "-", *late]


def within_s(late_s: int) -> int:
    """Seconds within which such an agent has ended."""
    return WINDOW_S + 2 * late_s
