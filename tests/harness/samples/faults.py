"""Observations that show a fault each, or only resemble one: made from sound ones, for the tests of the diagnosis."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fixtures.diagnose.observations import Observations, SocketSeen, SpokenSeen, TurnSeen
from fixtures.judge.drift import Drift
from fixtures.observe.http.attempts import Failure
from fixtures.observe.media.losses import MediaWay, PacketsLost
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import CallRelation, Candidate
from fixtures.observe.swarm.state import Task, UpdateStatus
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import (
    FRONTEND,
    LABELS,
    NOW,
    PLAN,
    THREE,
    TWO,
    attempt,
    blind,
    call,
    certificate,
    changed,
    destinations,
    lines,
    with_tasks,
)

Make = Callable[[], Observations]
PORT_LABEL = "traefik.http.services.frontend.loadbalancer.server.port"
CONNECTING = StepName.SEND_CONNECTED


def pinned() -> Observations:
    seen = changed(samples.sound(), "frontend", constraints=(f"node.labels.instance == {TWO}",))
    return with_tasks(seen, "frontend", lambda t: replace(t, node=TWO, node_id=f"id-{TWO}"))


def drifted() -> Observations:
    drift = Drift("translation_signaling", "constraints", "nothing", "node.labels.instance != translation09")
    return replace(samples.sound(), drifts=(drift,))


def exhausted(subnet: str = "10.9.9.0/29") -> Observations:
    """As recorded: every task has an address, and the third node has none left for itself."""
    seen = samples.sound()
    assert seen.state is not None
    small = replace(seen.state.networks[0], id="net-small", name="translation_small", subnets=(subnet,))
    seen = replace(seen, state=replace(seen.state, networks=(*seen.state.networks, small)))
    seen = changed(seen, "frontend", networks=("net-frontend", "net-small"))

    def joined(t: Task) -> Task:
        addresses = {**t.addresses, "translation_small": f"10.9.9.{t.slot}"}
        return replace(t, addresses=addresses, state="preparing" if t.slot == 3 else "running")

    return with_tasks(seen, "frontend", joined)


def rejected() -> Observations:
    """As recorded between two attempts: nothing waits, and the last task says why it was rejected."""
    error = "node is missing network attachments, ip addresses may be exhausted"
    over = {
        "state": "rejected",
        "desired_state": "shutdown",
        "error": error,
        "since": NOW - timedelta(seconds=1),
    }
    seen = with_tasks(exhausted(), "frontend", lambda t: None if t.slot == 3 else t)
    return with_tasks(seen, "frontend", lambda t: t, [samples.task("frontend", 3, samples.ONE, 98, **over)])


def starting() -> Observations:
    return exhausted("10.9.9.0/24")


def nowhere_to_run() -> Observations:
    over = {
        "state": "pending",
        "addresses": {},
        "error": "no suitable node (scheduling constraints not satisfied)",
    }
    waiting = samples.task("frontend", 4, None, 99, desired_state="running", **over)
    return with_tasks(samples.sound(), "frontend", lambda t: t, [waiting])


def moved() -> Observations:
    seen = changed(samples.sound(), "mediasoup", constraints=(f"node.labels.instance == {THREE}",))
    seen = with_tasks(seen, "mediasoup", lambda t: replace(t, node=THREE, node_id=f"id-{THREE}"))
    return replace(seen, calls=(call(failed_step=CONNECTING, selected=(), frames=(0, 0)),))


def killed() -> Observations:
    def ended(n: int) -> Task:
        since = NOW - timedelta(seconds=6 * n)
        over = {"state": "failed", "desired_state": "shutdown", "exit_code": 137, "since": since}
        return samples.task("mediasoup", 1, TWO, 50 + n, **over)

    return with_tasks(samples.sound(), "mediasoup", lambda t: t, [ended(1), ended(2)])


def announced() -> Observations:
    offered = (Candidate("172.28.1.13", 40003, "udp", "host", "172.28.1.13"),)
    seen = changed(samples.sound(), "mediasoup", env={"ANNOUNCED_IP": "172.28.1.13"})
    return replace(seen, calls=(call(offered=offered, selected=(), failed_step=CONNECTING, frames=(0, 0)),))


def media_dropped() -> Observations:
    failed = call(selected=(), failed_step=CONNECTING, ice=("checking", "failed"), frames=())
    return replace(samples.sound(), calls=(failed,))


def media_lossy(
    in_audio: int = 47, out_audio: int = 77, out_video: int = 0, stall_s: float = 0.06
) -> Observations:
    """As recorded with 15 in 100 lost on the way in: the SFU repairs the video and hands on the gaps of the sound."""
    packets = (
        PacketsLost(MediaWay.IN, "audio", 253, in_audio),
        PacketsLost(MediaWay.IN, "video", 153, 15 if in_audio > 10 else 0),
        PacketsLost(MediaWay.OUT, "audio", 424, out_audio),
        PacketsLost(MediaWay.OUT, "video", 159, out_video),
    )
    return replace(samples.sound(), calls=(call(packets=packets, own_stall_s=stall_s, frames=(63, 0)),))


def unpublished() -> Observations:
    return changed(samples.sound(), "mediasoup", ports=PLAN.media.ports[:-1])


def no_store() -> Observations:
    seen = with_tasks(changed(samples.sound(), "redis", replicas=0), "redis", lambda t: None)
    return replace(seen, calls=(call(failed_step=StepName.ROOM_JOINED, offered=(), selected=(), frames=()),))


def memory_only() -> Observations:
    seen = changed(samples.sound(), "signaling", env={"ROOM_STATE": "memory"})
    return replace(seen, calls=(call(frames=(0, 0)), call(CallRelation.SAME)))


def apart_for_no_known_reason() -> Observations:
    return blind(replace(samples.sound(), calls=(call(frames=(0, 0)), call(CallRelation.SAME))), "state")


def not_sticky() -> Observations:
    seen = changed(
        samples.sound(),
        "signaling",
        labels={k: v for k, v in LABELS["signaling"].items() if "sticky" not in k},
    )
    return replace(
        seen,
        sockets=(
            SocketSeen("polling", False, "400: unknown session", 400, requests=8, refused=5, sticky=False),
        ),
    )


def open_to_all() -> Observations:
    seen = changed(samples.sound(), "signaling", env={"ALLOWED_ORIGINS": "*"})
    return replace(seen, sockets=(SocketSeen("origin", False, "accepted", origin=PLAN.foreign_origin),))


def open_by_its_words() -> Observations:
    return changed(samples.sound(), "signaling", env={"ALLOWED_ORIGINS": "*"})


def presented(**over: Any) -> Make:  # noqa: ANN401
    def make() -> Observations:
        refused = attempt(None, failure=Failure.TLS)
        return replace(samples.sound(), certificates=(certificate(**over),), attempts=(refused,))

    return make


def wrong_label() -> Observations:
    seen = changed(
        samples.sound(),
        "signaling",
        labels={**LABELS["signaling"], "traefik.swarm.network": "translation_backend"},
    )
    bad = [samples.line(f"10.0.1.{n}", 8001, 504, 30_001.0, "signaling@swarm") for n in (22, 23, 24)]
    good = [each for each in seen.lines or () if "frontend" in (each.router or "")]
    return replace(seen, lines=(*good, *bad), attempts=(attempt(504, host="api.jbcalling.site", s=30.0),))


def wrong_port() -> Observations:
    seen = changed(samples.sound(), "frontend", labels={**LABELS["frontend"], PORT_LABEL: "81"})
    seen = lines(seen, lambda t: (502, 1.0) if t.service.endswith("frontend") else (200, 4.0))
    seen = destinations(seen, lambda d: replace(d, port=81, tcp="refused", answer="") if d.port == 80 else d)
    return replace(seen, attempts=(attempt(502),))


def stalled() -> Observations:
    seen = lines(
        samples.sound(), lambda t: (499, 40_000.0) if t.name == "translation_frontend.2" else (200, 4.0)
    )
    seen = destinations(seen, lambda d: replace(d, answer="") if d.task == "translation_frontend.2" else d)
    return replace(seen, attempts=(attempt(None, failure=Failure.NO_FIRST_BYTE, s=40.0),))


def down() -> Observations:
    seen = samples.sound()
    assert seen.state is not None
    nodes = tuple(samples.node(n.hostname, "down") if n.hostname == THREE else n for n in seen.state.nodes)
    return samples.silent_node(replace(seen, state=replace(seen.state, nodes=nodes)), THREE)


def turned(*tried: TurnSeen) -> Make:
    return lambda: replace(samples.sound(), turns=tried)


def updating() -> Observations:
    status = UpdateStatus("updating", "update in progress", NOW - timedelta(seconds=5), None)
    return replace(
        changed(samples.sound(), "frontend", update_status=status), attempts=(attempt(502),), lines=()
    )


def twice() -> Observations:
    return with_tasks(
        samples.sound(),
        "frontend",
        lambda t: replace(t, addresses={FRONTEND: "10.0.2.12"}) if t.slot != 3 else t,
    )


def nobody(status: int) -> Make:
    def make() -> Observations:
        return replace(
            samples.sound(),
            lines=(replace(samples.line("x", 1, status), server_url=None),),
            attempts=(attempt(status),),
        )

    return make


def refusing_one() -> Observations:
    return destinations(
        samples.sound(),
        lambda d: replace(d, tcp="refused", answer="") if d.task == "translation_frontend.1" else d,
    )


def constrained_but_spread() -> Observations:
    return changed(samples.sound(), "frontend", constraints=("node.labels.instance != translation09",))


def label_of_its_own_network() -> Observations:
    return changed(
        samples.sound(), "frontend", labels={**LABELS["frontend"], "traefik.swarm.network": FRONTEND}
    )


def old_restart() -> Observations:
    ended = samples.task(
        "mediasoup", 1, TWO, 60, state="failed", desired_state="shutdown", since=NOW - timedelta(hours=3)
    )
    return with_tasks(samples.sound(), "mediasoup", lambda t: t, [ended])


def stopped_by_an_update() -> Observations:
    ended = samples.task("mediasoup", 1, TWO, 60, state="shutdown", desired_state="shutdown", since=NOW)
    return with_tasks(samples.sound(), "mediasoup", lambda t: t, [ended])


def both_calls_fail() -> Observations:
    return replace(samples.sound(), calls=(call(frames=(0, 0)), call(CallRelation.SAME, frames=(0, 0))))


def origin_refused() -> Observations:
    return replace(
        samples.sound(), sockets=(SocketSeen("origin", True, "403", 403, origin=PLAN.foreign_origin),)
    )


def slow_but_answered() -> Observations:
    return lines(samples.sound(), lambda t: (200, 4_000.0))


def server_error() -> Observations:
    seen = lines(samples.sound(), lambda t: (500, 3.0) if t.service.endswith("signaling") else (200, 4.0))
    return replace(seen, attempts=(attempt(500, host="api.jbcalling.site"),))


def wrong_words() -> Observations:
    return replace(samples.sound(), attempts=(replace(attempt(200), body_head=b"down for maintenance"),))


def frozen_picture() -> Observations:
    return replace(
        samples.sound(), calls=(call(failed_step=StepName.VIDEO_RESUMED, error="not within 10 s"),)
    )


def reset_midway() -> Observations:
    return replace(samples.sound(), attempts=(attempt(200, failure=Failure.PROTOCOL),))


def other_words() -> Observations:
    """The plan says `design`, and a room was joined by the words of `gateway`."""
    tried = (
        SpokenSeen("design", True, False, "room-joined did not come within 3 s"),
        SpokenSeen("gateway", False, True),
    )
    return replace(samples.sound(), spoken=tried, calls=(call(failed_step=StepName.ROOM_JOINED),))
