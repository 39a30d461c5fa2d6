"""Each node's load balancing (IPVS), looked at until it is as it should be: what two looks found is believed."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

from lab.cluster.handle import Lab
from lab.probe import balancing, entering
from lab.probe.node_views import API_TIMEOUT_S, UNREACHABLE, service_addresses
from lab.probe.second_look import INTERVAL_S, SECOND_LOOK_S
from lab.probe.values import Balanced
from lab.waiting import Look, NotYet, Ready, WaitTimeoutError, wait_for


@dataclass(frozen=True)
class BalancersRead:
    """What the nodes make of the services' addresses; `unread` says of which node nothing could be read, and why."""

    balanced: tuple[Balanced, ...]
    unread: tuple[str, ...] = ()


def balancers(lab: Lab, nodes: Iterable[str]) -> BalancersRead:
    """Every service's address on every one of these nodes; nothing where the lab's kernel has no IPVS."""
    if not lab.state.kernel.get("ipvs"):
        return BalancersRead(())
    asked = tuple(nodes)
    looks = [_look(lab, asked)]  # as long as it takes: what is slow is not lost

    def again() -> Look[None]:
        looks.append(_look(lab, asked))
        return NotYet(doubts) if (doubts := _doubts(looks[-1])) else Ready(None)

    if _doubts(looks[0]):
        with contextlib.suppress(WaitTimeoutError):  # what is doubtful then is what was found
            wait_for("addresses lead to tasks", again, deadline_s=SECOND_LOOK_S, interval_s=INTERVAL_S)
    return confirmed(looks)


def _doubts(read: BalancersRead) -> str:
    return ", ".join(
        (*(f"{each.address} on {each.node}" for each in read.balanced if each.doubtful), *read.unread)
    )


def _look(lab: Lab, nodes: Iterable[str]) -> BalancersRead:
    try:
        addresses = service_addresses(lab)
    except UNREACHABLE as error:
        return BalancersRead((), (f"the services' addresses: the manager does not answer: {error}",))
    found, unread = list[Balanced](), list[str]()
    said = entering.side_by_side(nodes, lambda node: (node, *_rows(lab, node)))
    for node, status, output in said:
        found += balancing.balanced(node, output, addresses)
        if why := balancing.unread(status, output):
            unread.append(f"{node}: the rows of its load balancing were not read: {why}")
    return BalancersRead(tuple(found), tuple(unread))


def _rows(lab: Lab, node: str) -> tuple[int, str]:
    return entering.run(lab, node, entering.bounded(["sh", "-c", balancing.ROWS], API_TIMEOUT_S))


def confirmed(looks: list[BalancersRead]) -> BalancersRead:
    """The last look, without what it alone found doubtful, which is said."""
    last = looks[-1]
    before = {_state(each) for each in looks[-2].balanced} if len(looks) > 1 else set()
    once = [each for each in last.balanced if each.doubtful and _state(each) not in before]
    seen_once = ", ".join(f"{each.address} ({each.service}) on {each.node}" for each in once)
    return BalancersRead(
        tuple(each for each in last.balanced if each not in once),
        (*last.unread, *((f"seen once only, not judged: where {seen_once} leads",) if once else ())),
    )


def _state(each: Balanced) -> tuple[object, ...]:
    """What two looks must agree in; a task that has come to run meanwhile is no matter of it."""
    return each.node, each.network, each.address, each.leads_to, each.gone, each.nowhere
