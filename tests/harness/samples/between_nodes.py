"""Observations that show what is wrong between nodes, or in their replicas: made from sound ones."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fixtures.diagnose.complaints import ComplaintSeen
from fixtures.diagnose.dependencies import DependencySeen
from fixtures.diagnose.observations import Observations, SocketSeen
from fixtures.observe.http.attempts import Failure
from fixtures.observe.swarm.state import UpdateStatus
from lab.probe.values import Balanced, Flow, Kernel, Pair
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import (
    ADDRESS,
    BACKEND,
    FRONTEND,
    NOW,
    ONE,
    THREE,
    TWO,
    attempt,
    blind,
    changed,
    cut,
    lines,
    probed,
    with_tasks,
)

LOST = "10.0.2.14"
"""The address of the frontend's replica on the third node."""


def timed_out(seen: Observations, node: str = THREE) -> Observations:
    """The edge's log as it is when Traefik cannot connect to a node."""
    logged = lines(seen, lambda t: (504, 30_001.0) if t.node == node else (200, 4.0))
    return replace(logged, attempts=(attempt(), attempt(504, s=30.0)))


def cut_off() -> Observations:
    return cut(timed_out(samples.sound()), lambda a, b: b == THREE)


def cut_off_by_the_log() -> Observations:
    return blind(timed_out(samples.sound()), "probe")


def only_task_cut_off_by_the_log() -> Observations:
    seen = cut_off_by_the_log()
    return replace(seen, lines=tuple(e for e in seen.lines or () if "8001" not in (e.server_url or "")))


def encrypted_cut_off() -> Observations:
    """An encrypted network that nothing passes between the nodes, of which nothing else is known."""
    return encrypted(cut(timed_out(samples.sound()), lambda a, b: True))


def encrypted(seen: Observations) -> Observations:
    """The same with the network that the edge dials over encrypted."""
    assert seen.state is not None
    networks = tuple(replace(n, encrypted=n.name == FRONTEND) for n in seen.state.networks)
    return replace(seen, state=replace(seen.state, networks=networks))


def without_esp() -> Observations:
    """The same, and a plain overlay passes all between the same nodes."""
    seen = encrypted_cut_off()
    assert seen.probe is not None
    plain = tuple(
        Pair(a, b, BACKEND, True, True, "open", 200, 60_000, 1450) for a in ADDRESS for b in ADDRESS if a != b
    )
    return probed(seen, plain=plain)


def tracked(connections: int = 262_144, dropped: int | None = 17) -> Observations:
    """The second node tracks so many connections of 262144, and dropped some packets for want of room."""
    kernels = tuple(
        Kernel(n, connections if n == TWO else 40, 262_144, dropped if n == TWO else 0, 0, 0) for n in ADDRESS
    )
    return probed(samples.sound(), kernels=kernels)


def sent_astray(*flows: Flow) -> Observations:
    """The second node sends what comes to the SFU's port to an address that no container has."""
    gone = flows or (Flow(40003, "172.18.0.5", 2),)
    kernels = tuple(Kernel(n, 40, 262_144, 0, 0, 0, udp=gone if n == TWO else ()) for n in ADDRESS)
    return probed(samples.sound(), kernels=kernels)


def leads_nowhere(node: str = TWO, **over: Any) -> Observations:  # noqa: ANN401
    """On one node the address of Redis, which signaling asks for there, leads to no task."""
    seen = samples.changed(samples.sound(), "signaling", env={"REDIS_URL": "redis://redis:6379"})
    sound = Balanced(ONE, BACKEND, "translation_redis", "10.0.3.2", ("10.0.3.3",), ("10.0.3.3",))
    lost = replace(sound, node=node, **{"leads_to": (), **over})
    refused = DependencySeen(
        "translation_signaling",
        "REDIS_URL",
        "redis",
        "redis",
        6379,
        node,
        "refused",
        "10.0.3.2 Connection refused",
    )
    return replace(probed(seen, balanced=(sound, lost)), dependencies=(refused,))


def led_astray() -> Observations:
    """On one node the address of Redis still leads to a task that is gone, besides the one that runs."""
    return leads_nowhere(leads_to=("10.0.3.3", "10.0.3.9"), gone=("10.0.3.9",))


def forgotten(
    idle_s: int | None = 900,
    since_s: int = 3600,
    text: str = "error: events of other replicas are cut off: Connection reset by peer (redis:6379)",
) -> Observations:
    """Signaling lost a connection that it kept to Redis, whose task has run for so long."""
    seen = samples.changed(samples.sound(), "signaling", env={"REDIS_URL": "redis://redis:6379"})
    seen = samples.changed(seen, "redis", endpoint_mode="vip")
    seen = samples.with_tasks(seen, "redis", lambda t: replace(t, since=NOW - timedelta(seconds=since_s)))
    kept = Balanced(ONE, BACKEND, "translation_redis", "10.0.3.2", ("10.0.3.3",), ("10.0.3.3",), (), idle_s)
    seen = replace(seen, complaints=(ComplaintSeen("translation_signaling", text),) if text else ())
    calls = (samples.call(frames=(0, 0)),)
    return replace(probed(seen, balanced=(kept,) if idle_s else ()), calls=calls)


def cut_by_update() -> Observations:
    """A socket ended while signaling was being updated."""
    status = UpdateStatus("updating", "", NOW - timedelta(seconds=20), None)
    cut = SocketSeen("connect", False, "the server closed the session")
    return replace(changed(samples.sound(), "signaling", update_status=status), sockets=(cut,))


def black_hole() -> Observations:
    """What is sent into the first node arrives up to 940 bytes, so it gets no large body."""

    def hole(p: Pair) -> Pair:
        if p.target == ONE:
            return replace(p, largest=940, lost_from=950)
        return replace(p, large=0) if p.source == ONE else p

    seen = samples.destinations(
        probed(samples.sound(), hole), lambda d: replace(d, answer="") if d.node != ONE else d
    )
    return replace(seen, attempts=(attempt(failure=Failure.BODY_NEVER_ENDED),))


def lossy(share: float = 0.3) -> Observations:
    """So many of 400 datagrams into the third node are lost; all others come."""

    def counted(p: Pair) -> Pair:
        return replace(p, counted=400, missing=round(400 * share) if p.target == THREE else 0)

    return probed(samples.sound(), counted)


def slow(ms: float = 301.0, late: int = 0, quick: float = 0.4) -> Observations:
    """What goes to and from the third node takes so long there and back; so many datagrams from it are overtaken."""

    def held_up(p: Pair) -> Pair:
        far = THREE in (p.source, p.target)
        return replace(
            p,
            round_trip_ms=ms if far else quick,
            counted=400,
            missing=0,
            late=late if p.source == THREE else 0,
        )

    return probed(samples.sound(), held_up)


def late_by_the_log(seen: Observations | None = None) -> Observations:
    """Of the requests to replicas on the third node every fifth is late by a retransmission; nobody counted."""
    seen = seen or blind(samples.sound(), "probe")
    logged = [
        replace(line, when=NOW + timedelta(seconds=second), duration_ms=204.0 if late else 4.0)
        for second in range(30)
        for line in (seen.lines or ())[::3]
        for late in (second % 5 == 0 and line.server_address in (LOST, "10.0.2.24"),)
    ]
    return replace(seen, lines=tuple(logged))


def tcp_dead() -> Observations:
    def dead(p: Pair) -> Pair:
        return replace(p, tcp="silent", small=0, large=0) if THREE in (p.source, p.target) else p

    return probed(timed_out(samples.sound()), dead)


def one_dead(seen: Observations) -> Observations:
    """The log in which one destination alone times out."""
    return lines(seen, lambda t: (504, 30_001.0) if t.addresses[FRONTEND] == LOST else (200, 4.0))


def row_lost(via: str | None = None) -> Observations:
    seen = samples.rows(
        one_dead(samples.sound()),
        lambda r: replace(r, via=via) if (r.node, r.address) == (ONE, LOST) else r,
    )
    return samples.destinations(
        seen, lambda d: replace(d, tcp="silent", answer="", ping=False) if d.address == LOST else d
    )


def row_to_another_node() -> Observations:
    return row_lost(ADDRESS[TWO])


def row_lost_and_reached() -> Observations:
    """The row was read as gone, and the destination answers all the same."""
    return samples.rows(
        samples.sound(), lambda r: replace(r, via=None) if (r.node, r.address) == (ONE, LOST) else r
    )


def one_dead_by_the_log() -> Observations:
    return blind(one_dead(samples.sound()), "probe")


def split() -> Observations:
    """Gossip lists that lack each other, and a replica that the first node never heard of."""
    seen = samples.sound()
    assert seen.probe is not None
    peers = tuple(
        replace(p, addresses=(ADDRESS[THREE],) if p.node == THREE else (ADDRESS[ONE], ADDRESS[TWO]))
        for p in seen.probe.peers
    )
    return probed(timed_out(never_heard()), peers=peers)


def never_heard(age_s: float | None = None) -> Observations:
    """The lists agree, and one node has no neighbour entry of a replica, which is silent from there."""
    seen = samples.rows(
        samples.sound(),
        lambda r: replace(r, mac=None, via=None, age_s=age_s) if (r.node, r.address) == (ONE, LOST) else r,
    )
    return samples.destinations(
        seen, lambda d: replace(d, tcp="silent", answer="", ping=False) if d.address == LOST else d
    )


def given_up(*, by_gossip: bool = True) -> Observations:
    """The third node's table holds no task at all, and nothing of it arrives; its list of peers says why, or does not."""
    seen = samples.rows(
        cut(timed_out(samples.sound()), lambda a, b: a == THREE),
        lambda r: replace(r, mac=None, via=None) if r.node == THREE else r,
    )
    assert seen.probe is not None
    peers = tuple(replace(p, addresses=(ADDRESS[THREE],)) if p.node == THREE else p for p in seen.probe.peers)
    return probed(seen, peers=peers) if by_gossip else seen


def ended(
    short: str, *ages_s: float, state: str = "failed", error: str = "", node: str = TWO
) -> Observations:
    """Tasks of a service that ended so many seconds ago."""
    more = [
        samples.task(short, 1, node, 60 + n, state=state, desired_state="shutdown", error=error,
                     exit_code=0 if state == "complete" else 137, since=NOW - timedelta(seconds=age))
        for n, age in enumerate(ages_s)
    ]  # fmt: skip
    return with_tasks(samples.sound(), short, lambda t: t, more)


def restarted() -> Observations:
    return ended("signaling", 6, 12)


def replaced() -> Observations:
    """Traefik ended by itself with 0, the Swarm replaced it, and the other nodes do not know its new task yet."""
    seen = ended("traefik", 9, state="complete", node=ONE)
    asked = replace(seen, attempts=(attempt(None, failure=Failure.CONNECT), attempt()))
    rows = never_heard(age_s=4.0).probe
    return replace(asked, probe=rows)


def put_down() -> Observations:
    return ended("frontend", 6, error="task: non-zero exit (137): dockerexec: unhealthy container")


def since_the_run_began(make: Callable[[], Observations], seconds: float) -> Observations:
    """The same in a run that began so many seconds ago."""
    seen = make()
    assert seen.state is not None
    return replace(seen, at_start=replace(seen.state, at=NOW - timedelta(seconds=seconds)))
