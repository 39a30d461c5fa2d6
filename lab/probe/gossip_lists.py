"""Which nodes list which others as peers, network by network: pure."""

from collections.abc import Mapping

from lab.probe.values import Peers

Lists = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Node -> network -> the addresses that it gossips with there; a network that it has no tasks on is missing."""


def disagree(lists: Lists, network: str, addresses: Mapping[str, str]) -> bool:
    """Whether a node on the network misses another that is on it too."""
    return any(_missed(lists, node, network, addresses) for node in lists)


def peers_of(
    node: str, lists: Lists, network: str, addresses: Mapping[str, str], joined_s: float | None, why: str
) -> Peers:
    """Whom a node gossips with on a network, and whom it misses on each of several; `why` it says nothing."""
    known = lists[node].get(network)
    shared = [net for net in lists[node] if lists[node][net]]
    apart = [
        other
        for other in _missed(lists, node, network, addresses)
        if len(both := [net for net in shared if lists[other].get(net)]) > 1
        and all(other in _missed(lists, node, net, addresses) for net in both)
    ]
    return Peers(
        node, network, known, "" if known else why, joined_s, tuple(addresses[each] for each in apart)
    )


def union(first: Lists, second: Lists) -> Lists:
    """Whom each node listed at least once, on the networks that it had tasks on the first time."""
    return {
        node: {
            net: tuple(sorted({*known, *second.get(node, {}).get(net, ())})) for net, known in of_node.items()
        }
        for node, of_node in first.items()
    }


def _missed(lists: Lists, node: str, network: str, addresses: Mapping[str, str]) -> list[str]:
    known = lists[node].get(network)
    if not known:
        return []
    return [
        each for each in lists if each != node and lists[each].get(network) and addresses[each] not in known
    ]
