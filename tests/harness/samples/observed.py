"""Observations as they were recorded on a sound three-node lab, and the ways to make them show a fault."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fixtures.diagnose.observations import CallSeen, Observations
from fixtures.observe.http.access_log import AccessLine
from fixtures.observe.http.attempts import Attempt, Failure
from fixtures.observe.http.certificates import Certificate
from fixtures.observe.media.values import CallRelation, Candidate
from fixtures.observe.swarm.state import Task
from lab.probe.values import Destination, Pair, Peers, Probe, Row
from tests.harness.samples.sound_cluster import (
    ADDRESS,
    BACKEND,
    FRONTEND,
    LABELS,
    MEDIA_ADDRESS,
    NODES,
    NOW,
    ONE,
    PLAN,
    PORT,
    THREE,
    TWO,
    node,
    state,
    task,
)


def changed(seen: Observations, short: str, **over: Any) -> Observations:  # noqa: ANN401
    """The same with a service's fields replaced."""
    assert seen.state is not None
    name = f"translation_{short}"
    services = tuple(replace(s, **over) if s.name == name else s for s in seen.state.services)
    return replace(seen, state=replace(seen.state, services=services))


def with_tasks(
    seen: Observations, short: str, change: Callable[[Task], Task | None], more: Iterable[Task] = ()
) -> Observations:
    """The same with each task of a service changed, or gone, and others besides."""
    assert seen.state is not None
    name = f"translation_{short}"
    kept = [change(t) if t.service == name else t for t in seen.state.tasks]
    tasks = (*(t for t in kept if t is not None), *more)
    return replace(seen, state=replace(seen.state, tasks=tasks))


# --- what the edge logged, and what clients saw


def line(
    address: str, port: int, status: int = 200, ms: float = 4.0, router: str = "frontend@swarm"
) -> AccessLine:
    url = f"http://{address}:{port}"
    return AccessLine(
        NOW, "172.28.1.1", "GET", "/", "HTTP/1.1", status, 612, router, url, address, ms, "suite", None, ""
    )


def lines(
    seen: Observations, status: Callable[[Task], tuple[int, float]] = lambda t: (200, 4.0)
) -> Observations:
    """A log in which every routed replica was asked three times; `status` gives status and ms of each."""
    assert seen.state is not None
    found = []
    for each in seen.state.tasks:
        short = each.service.removeprefix("translation_")
        if short in PORT and each.running:
            found += [line(each.addresses[FRONTEND], PORT[short], *status(each), f"{short}@swarm")] * 3
    return replace(seen, lines=tuple(found))


def attempt(
    status: int | None = 200, *, host: str = "jbcalling.site", failure: Failure | None = None, s: float = 0.01
) -> Attempt:
    return Attempt(
        f"https://{host}/",
        "GET",
        host,
        NOW,
        s,
        status,
        body_bytes=612,
        body_complete=failure is None,
        failure=failure,
    )


def certificate(host: str = "jbcalling.site", **over: Any) -> Certificate:  # noqa: ANN401
    start, end = NOW - timedelta(days=30), NOW + timedelta(days=60)
    return replace(Certificate(host, (host,), "CN=lab CA", start, end, "ab" * 32, NOW, None), **over)


def call(relation: CallRelation = CallRelation.ACROSS, **over: Any) -> CallSeen:  # noqa: ANN401
    offered = (Candidate(MEDIA_ADDRESS, 40003, "udp", "host", MEDIA_ADDRESS),)
    sound = CallSeen(
        relation, None, "", offered, ((MEDIA_ADDRESS, 40003),), ("checking", "completed"), (31, 33)
    )
    return replace(sound, **over)


# --- the probe


def probe(seen: Observations) -> Probe:
    """What a prober finds on a sound overlay."""
    assert seen.state is not None
    pairs = tuple(
        Pair(a, b, FRONTEND, True, True, "open", 200, 60_000, 1450) for a in NODES for b in NODES if a != b
    )
    routed = [t for t in seen.state.tasks if t.running and t.service.removeprefix("translation_") in PORT]
    destinations = tuple(
        Destination(ONE, t.service, t.name, str(t.node), t.addresses[FRONTEND],
                        PORT[t.service.removeprefix("translation_")], "open", "HTTP/1.1 200 OK", True)
        for t in routed
    )  # fmt: skip
    rows = tuple(
        Row(n, FRONTEND, t.addresses[FRONTEND], t.name, mac(t.addresses[FRONTEND]),
            ADDRESS[str(t.node)], ADDRESS[str(t.node)])
        for n in NODES for t in routed if t.node != n
    )  # fmt: skip
    peers = tuple(Peers(n, FRONTEND, tuple(ADDRESS.values())) for n in NODES)
    return Probe(FRONTEND, ONE, 6.8, NODES, pairs, destinations, rows, peers, 60_000)


def mac(address: str) -> str:
    return "02:42:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def _as_it_is(pair: Pair) -> Pair:
    return pair


def probed(
    seen: Observations,
    change: Callable[[Pair], Pair] = _as_it_is,
    **over: Any,  # noqa: ANN401
) -> Observations:
    """The same with each pair of the probe changed, and other fields of it replaced."""
    assert seen.probe is not None
    return replace(seen, probe=replace(seen.probe, pairs=tuple(map(change, seen.probe.pairs)), **over))


def silent_node(seen: Observations, name: str) -> Observations:
    """The same where the probe found nothing of a node, since it cannot be entered."""
    nothing: dict[str, Any] = {
        "ping": None,
        "one_way": None,
        "tcp": None,
        "small": None,
        "large": None,
        "largest": None,
    }
    return probed(
        seen,
        lambda p: (
            replace(p, **nothing, why="the node does not answer") if name in (p.source, p.target) else p
        ),
    )


def destinations(seen: Observations, change: Callable[[Destination], Destination]) -> Observations:
    """The same with each destination of the probe changed."""
    assert seen.probe is not None
    return probed(seen, destinations=tuple(map(change, seen.probe.destinations)))


def rows(seen: Observations, change: Callable[[Row], Row]) -> Observations:
    """The same with each row of the probe changed."""
    assert seen.probe is not None
    return probed(seen, rows=tuple(map(change, seen.probe.rows)))


def lost(p: Pair) -> Pair:
    """Nothing of the source reaches the target."""
    return replace(p, ping=False, one_way=False, tcp="silent", small=0, large=0, largest=None)


def unanswered(p: Pair) -> Pair:
    """The source is heard, and hears nothing."""
    return replace(p, ping=False, tcp="silent", small=0, large=0)


def cut(seen: Observations, gone: Callable[[str, str], bool]) -> Observations:
    """A probe in which nothing passes in the directions that `gone` names."""

    def silent(d: Destination) -> Destination:
        dead = d.node != d.source and (gone(d.source, d.node) or gone(d.node, d.source))
        return replace(d, tcp="silent", answer="", ping=False) if dead else d

    def change(p: Pair) -> Pair:
        if gone(p.source, p.target):
            return lost(p)
        return unanswered(p) if gone(p.target, p.source) else p

    return destinations(probed(seen, change), silent)


def sound() -> Observations:
    """Everything was looked at, and all is well."""
    bare = Observations(PLAN, state(), at_start=None, media_address=MEDIA_ADDRESS)
    seen = lines(replace(bare, probe=probe(bare)))
    hosts = [host.name for host in PLAN.web_hosts]
    return replace(
        seen,
        attempts=tuple(attempt(host=host) for host in hosts for _ in range(3)),
        calls=(call(), call(CallRelation.SAME)),
        certificates=tuple(certificate(host) for host in hosts),
        sockets=(),
        drifts=(),
        turns=(),
        edge_log=(),
    )


def blind(seen: Observations, *names: str) -> Observations:
    """The same where these were not observed."""
    missing = {**seen.missing, **dict.fromkeys(names, "not in this test")}
    return replace(seen, missing=missing, **dict.fromkeys(names))  # type: ignore[arg-type]


__all__ = [
    "ADDRESS", "BACKEND", "FRONTEND", "LABELS", "MEDIA_ADDRESS", "NODES", "NOW", "ONE", "PLAN", "THREE", "TWO", "node", "task",
]  # fmt: skip
