"""Diagnosis beyond the overlay, on recorded observations: every cause, near misses, and the unknown."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.clients.attempts import Failure
from fixtures.clients.diagnosis import EXPLAINS, UNKNOWN, Confidence, diagnose
from fixtures.clients.drift import Drift
from fixtures.clients.observations import Observations, SocketSeen, TurnSeen
from fixtures.clients.peer_values import Candidate
from fixtures.clients.swarm_state import UpdateStatus
from tests.harness import diagnosis_samples as samples
from tests.harness.diagnosis_samples import (
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
    probed,
    with_tasks,
)

Make = Callable[[], Observations]
PORT_LABEL = "traefik.http.services.frontend.loadbalancer.server.port"
CONNECTING = "send transport: ICE and DTLS connected"


def pinned() -> Observations:
    seen = changed(samples.sound(), "frontend", constraints=(f"node.labels.instance == {TWO}",))
    return with_tasks(seen, "frontend", lambda t: replace(t, node=TWO, node_id=f"id-{TWO}"))


def drifted() -> Observations:
    drift = Drift("translation_signaling", "constraints", "nothing", "node.labels.instance != translation09")
    return replace(samples.sound(), drifts=(drift,))


def exhausted() -> Observations:
    seen = samples.sound()
    assert seen.state is not None
    small = replace(seen.state.networks[0], id="net-small", name="translation_small", subnets=("10.9.9.0/29",))
    seen = replace(seen, state=replace(seen.state, networks=(*seen.state.networks, small)))
    seen = changed(seen, "frontend", networks=("net-frontend", "net-small"))
    seen = with_tasks(seen, "frontend", lambda t: replace(t, addresses={**t.addresses, "translation_small": f"10.9.9.{t.slot}"}))
    waiting = samples.task("frontend", 4, None, 99, state="new", addresses={}, desired_state="running")
    return with_tasks(seen, "frontend", lambda t: t, [waiting])


def moved() -> Observations:
    seen = changed(samples.sound(), "mediasoup", constraints=(f"node.labels.instance == {THREE}",))
    seen = with_tasks(seen, "mediasoup", lambda t: replace(t, node=THREE, node_id=f"id-{THREE}"))
    return replace(seen, calls=(call(failed_step=CONNECTING, selected=(), frames=(0, 0)),))


def killed() -> Observations:
    ended = [
        samples.task("mediasoup", 1, TWO, 50 + n, state="failed", desired_state="shutdown", exit_code=137, since=NOW - timedelta(seconds=6 * n))
        for n in (1, 2)
    ]  # fmt: skip
    return with_tasks(samples.sound(), "mediasoup", lambda t: t, ended)


def announced() -> Observations:
    offered = (Candidate("172.28.1.13", 40003, "udp", "host", "172.28.1.13"),)
    seen = changed(samples.sound(), "mediasoup", env={"ANNOUNCED_IP": "172.28.1.13"})
    return replace(seen, calls=(call(offered=offered, selected=(), failed_step=CONNECTING, frames=(0, 0)),))


def media_dropped() -> Observations:
    failed = call(selected=(), failed_step=CONNECTING, ice=("checking", "failed"), frames=())
    return replace(samples.sound(), calls=(failed,))


def unpublished() -> Observations:
    return changed(samples.sound(), "mediasoup", ports=PLAN.media.ports[:-1])


def no_store() -> Observations:
    seen = with_tasks(changed(samples.sound(), "redis", replicas=0), "redis", lambda t: None)
    return replace(seen, calls=(call(failed_step="join_room: room-joined comes", offered=(), selected=(), frames=()),))


def memory_only() -> Observations:
    seen = changed(samples.sound(), "signaling", env={"ROOM_STATE": "memory"})
    return replace(seen, calls=(call(frames=(0, 0)), call("same")))


def apart_for_no_known_reason() -> Observations:
    return blind(replace(samples.sound(), calls=(call(frames=(0, 0)), call("same"))), "state")


def not_sticky() -> Observations:
    seen = changed(samples.sound(), "signaling", labels={k: v for k, v in LABELS["signaling"].items() if "sticky" not in k})
    return replace(seen, sockets=(SocketSeen("polling", False, "400: unknown session", 400, requests=8, refused=5, sticky=False),))


def open_to_all() -> Observations:
    seen = changed(samples.sound(), "signaling", env={"ALLOWED_ORIGINS": "*"})
    return replace(seen, sockets=(SocketSeen("origin", False, "accepted", origin=PLAN.foreign_origin),))


def presented(**over: object) -> Make:
    def make() -> Observations:
        refused = attempt(None, failure=Failure.TLS)
        return replace(samples.sound(), certificates=(certificate(**over),), attempts=(refused,))

    return make


def wrong_label() -> Observations:
    seen = changed(samples.sound(), "signaling", labels={**LABELS["signaling"], "traefik.swarm.network": "translation_backend"})
    bad = [samples.line(f"10.0.1.{n}", 8001, 504, 30_001.0, "signaling@swarm") for n in (22, 23, 24)]
    good = [each for each in seen.lines or () if "frontend" in (each.router or "")]
    return replace(seen, lines=(*good, *bad), attempts=(attempt(504, host="api.jbcalling.site", s=30.0),))


def wrong_port() -> Observations:
    seen = changed(samples.sound(), "frontend", labels={**LABELS["frontend"], PORT_LABEL: "81"})
    seen = lines(seen, lambda t: (502, 1.0) if t.service.endswith("frontend") else (200, 4.0))
    seen = destinations(seen, lambda d: replace(d, port=81, tcp="refused", answer="") if d.port == 80 else d)
    return replace(seen, attempts=(attempt(502),))


def stalled() -> Observations:
    seen = lines(samples.sound(), lambda t: (499, 40_000.0) if t.name == "translation_frontend.2" else (200, 4.0))
    seen = destinations(seen, lambda d: replace(d, answer="") if d.task == "translation_frontend.2" else d)
    return replace(seen, attempts=(attempt(None, failure=Failure.NO_FIRST_BYTE, s=40.0),))


def down() -> Observations:
    seen = samples.sound()
    assert seen.state is not None
    nodes = tuple(samples.node(n.hostname, "down") if n.hostname == THREE else n for n in seen.state.nodes)
    return replace(seen, state=replace(seen.state, nodes=nodes))


def turned(*tried: TurnSeen) -> Make:
    return lambda: replace(samples.sound(), turns=tried)


def updating() -> Observations:
    status = UpdateStatus("updating", "update in progress", NOW - timedelta(seconds=5), None)
    return replace(changed(samples.sound(), "frontend", update_status=status), attempts=(attempt(502),), lines=())


def twice() -> Observations:
    return with_tasks(samples.sound(), "frontend", lambda t: replace(t, addresses={FRONTEND: "10.0.2.12"}) if t.slot != 3 else t)


def nobody(status: int) -> Make:
    def make() -> Observations:
        return replace(samples.sound(), lines=(replace(samples.line("x", 1, status), server_url=None),), attempts=(attempt(status),))

    return make


CASES: list[tuple[str, Make, dict[str, str], Confidence]] = [
    ("pins", pinned, {"service": "translation_frontend", "constraint": f"node.labels.instance == {TWO}", "node": TWO}, Confidence.PROVED),
    ("drift", drifted, {"service": "translation_signaling", "file": "nothing", "running": "node.labels.instance != translation09"}, Confidence.PROVED),
    ("addresses-exhausted", exhausted, {"network": "translation_small", "left": "0"}, Confidence.LIKELY),
    ("mediasoup-moved", moved, {"node": THREE, "wanted": TWO}, Confidence.PROVED),
    ("mediasoup-restarts", killed, {"service": "translation_mediasoup", "time": "16:59:54Z"}, Confidence.PROVED),
    ("announced-wrong", announced, {"announced": "172.28.1.13", "media host": "172.28.1.12"}, Confidence.PROVED),
    ("media-udp-dropped", media_dropped, {"port": "40003"}, Confidence.LIKELY),
    ("port-not-published", unpublished, {"port": "40009"}, Confidence.PROVED),
    ("redis-gone", no_store, {"service": "translation_redis"}, Confidence.PROVED),
    ("rooms-in-memory", memory_only, {"service": "translation_signaling"}, Confidence.PROVED),
    ("rooms-not-shared", apart_for_no_known_reason, {}, Confidence.LIKELY),
    ("sticky-off", not_sticky, {"service": "translation_signaling"}, Confidence.PROVED),
    ("cors-open", open_to_all, {"origin": PLAN.foreign_origin}, Confidence.PROVED),
    ("cert-expired", presented(distrust="certificate has expired", not_after=NOW - timedelta(days=1)), {"not after": "2026-11-22T17:00:00Z"}, Confidence.PROVED),
    ("cert-wrong-name", presented(distrust="Hostname mismatch", names=("elsewhere.example",)), {"host": "jbcalling.site"}, Confidence.PROVED),
    ("cert-untrusted", presented(distrust="unable to get local issuer certificate"), {"host": "jbcalling.site"}, Confidence.PROVED),
    ("wrong-network", wrong_label, {"label": "traefik.swarm.network=translation_backend"}, Confidence.PROVED),
    ("wrong-port", wrong_port, {"port": "81", "label": f"{PORT_LABEL}=81"}, Confidence.PROVED),
    ("replica-stalled", stalled, {"replica": "translation_frontend.2", "node": TWO}, Confidence.PROVED),
    ("node-down", down, {"node": THREE}, Confidence.PROVED),
    ("turn-secret", turned(TurnSeen("allocate", False, 401, "401 Unauthorized")), {}, Confidence.PROVED),
    ("turn-relay-ports", turned(TurnSeen("allocate", True), TurnSeen("relay", False, None, "nothing came")), {}, Confidence.PROVED),
    ("turn-open", turned(TurnSeen("allocate", True), TurnSeen("wrong-secret", False)), {}, Confidence.PROVED),
    ("update-window", updating, {"service": "translation_frontend"}, Confidence.POSSIBLE),
    ("duplicate-address", twice, {"address": "10.0.2.12"}, Confidence.PROVED),
    ("no-server", nobody(503), {"host": "jbcalling.site"}, Confidence.LIKELY),
    ("no-router", nobody(404), {"host": "jbcalling.site"}, Confidence.LIKELY),
]  # fmt: skip


@pytest.mark.parametrize(("slug", "make", "subjects", "confidence"), CASES, ids=[case[0] for case in CASES])
def test_each_cause_is_named_alone(slug: str, make: Make, subjects: dict[str, str], confidence: Confidence) -> None:
    """The cause is the one named, with its subjects and its weight, and it says how to see and to mend it."""
    found = diagnose(make())
    assert found.ids == (slug,)
    cause = found.causes[0]
    assert {kind: name for kind, name in subjects.items() if name not in cause.names(kind)} == {}
    assert cause.confidence is confidence
    assert cause.speaks_for
    assert cause.command
    assert cause.remedy


def refusing_one() -> Observations:
    return destinations(samples.sound(), lambda d: replace(d, tcp="refused", answer="") if d.task == "translation_frontend.1" else d)


def constrained_but_spread() -> Observations:
    return changed(samples.sound(), "frontend", constraints=("node.labels.instance != translation09",))


def label_of_its_own_network() -> Observations:
    return changed(samples.sound(), "frontend", labels={**LABELS["frontend"], "traefik.swarm.network": FRONTEND})


def old_restart() -> Observations:
    ended = samples.task("mediasoup", 1, TWO, 60, state="failed", desired_state="shutdown", since=NOW - timedelta(hours=3))
    return with_tasks(samples.sound(), "mediasoup", lambda t: t, [ended])


def stopped_by_an_update() -> Observations:
    ended = samples.task("mediasoup", 1, TWO, 60, state="shutdown", desired_state="shutdown", since=NOW)
    return with_tasks(samples.sound(), "mediasoup", lambda t: t, [ended])


def both_calls_fail() -> Observations:
    return replace(samples.sound(), calls=(call(frames=(0, 0)), call("same", frames=(0, 0))))


def origin_refused() -> Observations:
    return replace(samples.sound(), sockets=(SocketSeen("origin", True, "403", 403, origin=PLAN.foreign_origin),))


def slow_but_answered() -> Observations:
    return lines(samples.sound(), lambda t: (200, 4_000.0))


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (refusing_one, "wrong-port"),
        (constrained_but_spread, "pins"),
        (label_of_its_own_network, "wrong-network"),
        (old_restart, "mediasoup-restarts"),
        (stopped_by_an_update, "mediasoup-restarts"),
        (both_calls_fail, "rooms-in-memory"),
        (both_calls_fail, "media-udp-dropped"),
        (moved, "media-udp-dropped"),
        (announced, "media-udp-dropped"),
        (origin_refused, "cors-open"),
        (slow_but_answered, "replica-stalled"),
        (stalled, "mtu-black-hole"),
        (wrong_port, "overlay-cut"),
        (wrong_label, "overlay-cut"),
        (down, "overlay-cut"),
        (memory_only, "redis-gone"),
    ],
)
def test_a_near_miss_is_not_named(make: Make, wrong: str) -> None:
    """What only resembles a cause is not called it."""
    assert wrong not in diagnose(make()).ids


def test_one_replica_that_refuses_is_not_the_label() -> None:
    """One replica that refuses is named itself: the label holds for all of them."""
    found = diagnose(refusing_one())
    assert found.ids == ("replica-refuses",)
    assert found.causes[0].names("replica") == ("translation_frontend.1",)


def test_drift_tells_how_a_cause_came_about() -> None:
    """A drift of the very field that a cause comes by is told with it, not beside it; another stays its own."""
    drift = Drift("translation_frontend", "constraints", "nothing", f"node.labels.instance == {TWO}")
    other = Drift("translation_frontend", "memory limit", "128M", "64M")
    found = diagnose(replace(pinned(), drifts=(drift, other)))
    assert found.ids == ("pins", "drift")
    assert "drift: translation_frontend constraints: file nothing" in found.causes[0].speaks_for[-1]
    assert found.causes[1].names("field") == ("memory limit",)


def server_error() -> Observations:
    seen = lines(samples.sound(), lambda t: (500, 3.0) if t.service.endswith("signaling") else (200, 4.0))
    return replace(seen, attempts=(attempt(500, host="api.jbcalling.site"),))


def wrong_words() -> Observations:
    return samples.sound()


def frozen_picture() -> Observations:
    return replace(samples.sound(), calls=(call(failed_step="resume consumer of video", error="not within 10 s"),))


def reset_midway() -> Observations:
    return replace(samples.sound(), attempts=(attempt(200, failure=Failure.PROTOCOL),))


@pytest.mark.parametrize(
    ("make", "criterion", "told"),
    [
        (server_error, "no-504", "500"),
        (wrong_words, "no-504", "6 directions"),
        (frozen_picture, "call", "resume consumer of video"),
        (reset_midway, "no-504", "protocol"),
    ],
)
def test_the_unknown_is_called_unknown(make: Make, criterion: str, told: str) -> None:
    """A failure that no rule covers is called unknown, and what was observed of it is listed."""
    found = diagnose(make(), frozenset({criterion}))
    assert found.ids == (UNKNOWN,)
    assert criterion in found.causes[0].names("criterion")
    assert any(told in text for text in found.causes[0].speaks_for), found.causes[0].speaks_for


def test_a_cause_of_something_else_does_not_explain() -> None:
    """Pins explain the spread alone: requests that fail on a sound network stay unknown, and come first."""
    found = diagnose(replace(pinned(), attempts=(attempt(500),)), frozenset({"no-504"}))
    assert found.ids == (UNKNOWN, "pins")


def test_what_was_not_observed_is_said() -> None:
    """An observation that was not made is listed with its reason, and nothing is concluded from its absence."""
    seen = replace(samples.sound(), probe=None, calls=None, missing={"probe": "no lab", "calls": "no call was made"})
    found = diagnose(seen)
    assert found.causes == ()
    assert found.not_seen == ("probe (no lab)", "calls (no call was made)")


def test_nothing_observed_is_unknown() -> None:
    """With nothing but a failed criterion the diagnosis is unknown, and says all that was not observed."""
    found = diagnose(Observations(PLAN), frozenset({"routing"}))
    assert found.ids == (UNKNOWN,)
    assert len(found.not_seen) == 8


def test_every_rule_says_what_it_explains() -> None:
    """Each cause of the table above is in the list of what causes explain, and that list holds no other."""
    overlay = {"overlay-cut", "tcp-blocked", "mtu-black-hole", "fdb-row-missing", "gossip-split"}
    rest = {"replica-refuses", "restarts", "cert-not-yet", "cert-expires-soon"}
    assert {slug for slug, *_ in CASES} | overlay | rest == set(EXPLAINS)


def test_the_text_is_for_an_operator() -> None:
    """The text begins with the diagnosis, then for, against, the command and the remedy; the rest by title."""
    seen = replace(probed(pinned()), drifts=(Drift("translation_redis", "replicas", "1", "2"),))
    text = diagnose(samples.cut(seen, lambda a, b: b == THREE)).text(limit=1)
    assert text.startswith(f"diagnosis: overlay cut into {THREE}: udp/4789 is dropped (proved)\n  for:")
    for part in ("\n  against: the Swarm says Ready", "\n  by hand: on translation03: tcpdump", "\n  remedy:  open udp/4789"):
        assert part in text
    assert "\n  also proved: pins: translation_frontend is constrained" in text
