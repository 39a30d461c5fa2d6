"""Whether one task reaches another, and every node every other: asked inside the lab, with curl."""

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations

from lab.cluster.handle import Lab
from lab.cluster.tasks import Placed, in_task, placed
from lab.errors import LabError

PROBE_S = 2.0
"""A request inside the lab takes a few ms; one SYN that is lost is repeated after 1 s."""
TIMED_OUT = 28
"""curl's exit status when the deadline passed: nothing came back."""
REFUSED = 7
"""curl's exit status when the connection was refused."""
# What each service answers HTTP on, with a path that is cheap.
ANSWERS = {
    "frontend": "80/health", "signaling": "8001/health", "mediasoup": "4000/health", "gateway": "3000/health",
    "tts": "8004/health",
    "translation": "8005/health", "stt": "8005/health", "monitoring": "9090/-/healthy",
}  # fmt: skip
LARGE = "80/assets/app.js"
"""A file of the page's that is larger than any packet."""
Way = tuple[Placed, str, str]
"""A task that asks, and the address and the place (`PORT/PATH`) of the one that it asks."""


def request(lab: Lab, source: Placed, address: str, place: str) -> int:
    """curl's exit status for `http://ADDRESS:PLACE` asked in the source's container; 0 is a whole answer."""
    command = ["curl", "-s", "-o", "/dev/null", "-m", f"{PROBE_S:g}", f"http://{address}:{place}"]
    return in_task(lab, source, command)[0]


def crossings(source: str, target: str, tasks: tuple[Placed, ...]) -> dict[str, Way]:
    """One way from node `source` to node `target` over each network that both have tasks on, by network."""
    found: dict[str, Way] = {}
    for there in tasks:
        for here in tasks:
            if (here.node, there.node) == (source, target) and there.service in ANSWERS:
                for network in set(here.addresses) & set(there.addresses):
                    found.setdefault(network, (here, there.addresses[network], ANSWERS[there.service]))
    return found


def crossing(lab: Lab, source: str, target: str) -> Way:
    """One of those ways, over the network whose name sorts last: Traefik's, where the nodes share it.

    Raises LabError when no two tasks there share a network.
    """
    found = crossings(source, target, placed(lab))
    if not found:
        raise LabError(f"no two tasks on {source} and {target} share a network: nothing can be asked across")
    return found[max(found)]


def uncrossed(lab: Lab) -> list[str]:
    """The ordered pairs of nodes between which a request does not pass, on any network they share, in words."""
    everyone = placed(lab)
    found = {(a, b): crossings(a, b, everyone) for a, b in permutations(lab.state.addresses, 2)}
    apart = [f"no two tasks on {a} and {b} share a network" for (a, b), ways in found.items() if not ways]
    if apart or not found:
        return apart
    every = [(a, b, network, way) for (a, b), ways in found.items() for network, way in ways.items()]
    with ThreadPoolExecutor(max_workers=len(every)) as pool:
        statuses = pool.map(lambda each: request(lab, *each[3]), every)
        return [
            f"{a} does not reach {b} on {network} (curl {status})"
            for (a, b, network, _), status in zip(every, statuses, strict=True)
            if status
        ]
