"""Diagnosis beyond the overlay, on recorded observations: every cause, near misses, and the unknown."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.clients.diagnosis import EXPLAINS, UNKNOWN, Confidence, diagnose
from fixtures.clients.drift import Drift
from fixtures.clients.observations import Observations, TurnSeen
from tests.harness import diagnosis_faults as faults
from tests.harness import diagnosis_samples as samples
from tests.harness.diagnosis_samples import (
    NOW,
    PLAN,
    THREE,
    TWO,
    attempt,
    call,
    probed,
)

CASES: list[tuple[str, faults.Make, dict[str, str], Confidence]] = [
    (
        "pins",
        faults.pinned,
        {"service": "translation_frontend", "constraint": f"node.labels.instance == {TWO}", "node": TWO},
        Confidence.PROVED,
    ),
    (
        "drift",
        faults.drifted,
        {
            "service": "translation_signaling",
            "file": "nothing",
            "running": "node.labels.instance != translation09",
        },
        Confidence.PROVED,
    ),
    (
        "addresses-exhausted",
        faults.exhausted,
        {"network": "translation_small", "left": "0"},
        Confidence.LIKELY,
    ),
    ("mediasoup-moved", faults.moved, {"node": THREE, "wanted": TWO}, Confidence.PROVED),
    (
        "mediasoup-restarts",
        faults.killed,
        {"service": "translation_mediasoup", "time": "16:59:54Z"},
        Confidence.PROVED,
    ),
    (
        "announced-wrong",
        faults.announced,
        {"announced": "172.28.1.13", "media host": "172.28.1.12"},
        Confidence.PROVED,
    ),
    ("media-udp-dropped", faults.media_dropped, {"port": "40003"}, Confidence.LIKELY),
    ("port-not-published", faults.unpublished, {"port": "40009"}, Confidence.PROVED),
    ("redis-gone", faults.no_store, {"service": "translation_redis"}, Confidence.PROVED),
    ("rooms-in-memory", faults.memory_only, {"service": "translation_signaling"}, Confidence.PROVED),
    ("rooms-not-shared", faults.apart_for_no_known_reason, {}, Confidence.LIKELY),
    ("sticky-off", faults.not_sticky, {"service": "translation_signaling"}, Confidence.PROVED),
    ("cors-open", faults.open_to_all, {"origin": PLAN.foreign_origin}, Confidence.PROVED),
    (
        "cert-expired",
        faults.presented(distrust="certificate has expired", not_after=NOW - timedelta(days=1)),
        {"not after": "2026-11-22T17:00:00Z"},
        Confidence.PROVED,
    ),
    (
        "cert-wrong-name",
        faults.presented(distrust="Hostname mismatch", names=("elsewhere.example",)),
        {"host": "jbcalling.site"},
        Confidence.PROVED,
    ),
    (
        "cert-untrusted",
        faults.presented(distrust="unable to get local issuer certificate"),
        {"host": "jbcalling.site"},
        Confidence.PROVED,
    ),
    (
        "wrong-network",
        faults.wrong_label,
        {"label": "traefik.swarm.network=translation_backend"},
        Confidence.PROVED,
    ),
    ("wrong-port", faults.wrong_port, {"port": "81", "label": f"{faults.PORT_LABEL}=81"}, Confidence.PROVED),
    (
        "replica-stalled",
        faults.stalled,
        {"replica": "translation_frontend.2", "node": TWO},
        Confidence.PROVED,
    ),
    ("node-down", faults.down, {"node": THREE}, Confidence.PROVED),
    (
        "turn-secret",
        faults.turned(TurnSeen("allocate", False, 401, "401 Unauthorized")),
        {},
        Confidence.PROVED,
    ),
    (
        "turn-relay-ports",
        faults.turned(TurnSeen("allocate", True), TurnSeen("relay", False, None, "nothing came")),
        {},
        Confidence.PROVED,
    ),
    (
        "turn-open",
        faults.turned(TurnSeen("allocate", True), TurnSeen("wrong-secret", False)),
        {},
        Confidence.PROVED,
    ),
    ("update-window", faults.updating, {"service": "translation_frontend"}, Confidence.POSSIBLE),
    ("duplicate-address", faults.twice, {"address": "10.0.2.12"}, Confidence.PROVED),
    ("no-server", faults.nobody(503), {"host": "jbcalling.site"}, Confidence.LIKELY),
    ("no-router", faults.nobody(404), {"host": "jbcalling.site"}, Confidence.LIKELY),
]


@pytest.mark.parametrize(("slug", "make", "subjects", "confidence"), CASES, ids=[case[0] for case in CASES])
def test_each_cause_is_named_alone(
    slug: str, make: faults.Make, subjects: dict[str, str], confidence: Confidence
) -> None:
    """The cause is the one named, with its subjects and its weight, and it says how to see and to mend it."""
    found = diagnose(make())
    assert found.ids == (slug,)
    cause = found.causes[0]
    assert {kind: name for kind, name in subjects.items() if name not in cause.names(kind)} == {}
    assert cause.confidence is confidence
    assert cause.speaks_for
    assert cause.command
    assert cause.remedy


@pytest.mark.parametrize(
    ("make", "wrong"),
    [
        (faults.refusing_one, "wrong-port"),
        (faults.constrained_but_spread, "pins"),
        (faults.label_of_its_own_network, "wrong-network"),
        (faults.old_restart, "mediasoup-restarts"),
        (faults.stopped_by_an_update, "mediasoup-restarts"),
        (faults.both_calls_fail, "rooms-in-memory"),
        (faults.both_calls_fail, "media-udp-dropped"),
        (faults.moved, "media-udp-dropped"),
        (faults.announced, "media-udp-dropped"),
        (faults.origin_refused, "cors-open"),
        (faults.slow_but_answered, "replica-stalled"),
        (faults.stalled, "mtu-black-hole"),
        (faults.nowhere_to_run, "addresses-exhausted"),
        (faults.starting, "addresses-exhausted"),
        (faults.wrong_port, "overlay-cut"),
        (faults.wrong_label, "overlay-cut"),
        (faults.down, "overlay-cut"),
        (faults.memory_only, "redis-gone"),
    ],
)
def test_a_near_miss_is_not_named(make: faults.Make, wrong: str) -> None:
    """What only resembles a cause is not called it."""
    assert wrong not in diagnose(make()).ids


def test_open_to_all_is_seen_before_anybody_comes() -> None:
    """A service that is told to serve every origin is open, whether or not a foreign one was tried; one refused is not."""
    assert diagnose(faults.open_by_its_words()).ids == ("cors-open",)
    refused = replace(faults.open_by_its_words(), sockets=faults.origin_refused().sockets)
    assert diagnose(refused).ids == ()


def test_a_rejected_task_proves_the_exhaustion() -> None:
    """A task that was rejected for want of an address proves it, and is no restart."""
    found = diagnose(faults.rejected())
    assert found.ids == ("addresses-exhausted",)
    assert found.causes[0].confidence is Confidence.PROVED
    assert found.causes[0].names("network") == ("translation_small",)


def test_one_replica_that_refuses_is_not_the_label() -> None:
    """One replica that refuses is named itself: the label holds for all of them."""
    found = diagnose(faults.refusing_one())
    assert found.ids == ("replica-refuses",)
    assert found.causes[0].names("replica") == ("translation_frontend.1",)


@pytest.mark.parametrize(
    ("make", "service", "field"),
    [
        (faults.moved, "mediasoup", "constraints"),
        (faults.wrong_label, "signaling", "label traefik.swarm.network"),
        (faults.wrong_port, "frontend", f"label {faults.PORT_LABEL}"),
        (faults.not_sticky, "signaling", "label traefik.http.services.signaling.loadbalancer.sticky.cookie"),
        (faults.announced, "mediasoup", "environment ANNOUNCED_IP"),
        (faults.memory_only, "signaling", "environment ROOM_STATE"),
        (faults.open_to_all, "signaling", "environment ALLOWED_ORIGINS"),
        (faults.unpublished, "mediasoup", "published ports"),
        (faults.no_store, "redis", "replicas"),
        (faults.exhausted, "frontend", "networks"),
        (faults.presented(distrust="unable to get local issuer certificate"), "traefik", "secrets"),
        (faults.turned(TurnSeen("allocate", False, 401)), "coturn", "secrets"),
    ],
)
def test_no_cause_is_told_twice(make: faults.Make, service: str, field: str) -> None:
    """What somebody did by hand to bring a cause about is told with that cause, and explains the drift."""
    drift = Drift(f"translation_{service}", field, "this", "that")
    found = diagnose(replace(make(), drifts=(drift,)), frozenset({"drift"}))
    assert len(found.ids) == 1
    assert found.ids != ("drift",)
    assert any("file this, running that" in text for text in found.causes[0].speaks_for)


def test_drift_tells_how_a_cause_came_about() -> None:
    """A drift of the very field that a cause comes by is told with it, not beside it; another stays its own."""
    drift = Drift("translation_frontend", "constraints", "nothing", f"node.labels.instance == {TWO}")
    other = Drift("translation_frontend", "memory limit", "128M", "64M")
    found = diagnose(replace(faults.pinned(), drifts=(drift, other)))
    assert found.ids == ("pins", "drift")
    assert "drift: translation_frontend constraints: file nothing" in found.causes[0].speaks_for[-1]
    assert found.causes[1].names("field") == ("memory limit",)


@pytest.mark.parametrize(
    ("make", "criterion", "told"),
    [
        (faults.server_error, "no-504", "500"),
        (faults.wrong_words, "no-504", "6 directions"),
        (faults.frozen_picture, "call", "resume consumer of video"),
        (faults.reset_midway, "no-504", "protocol"),
    ],
)
def test_the_unknown_is_called_unknown(make: faults.Make, criterion: str, told: str) -> None:
    """A failure that no rule covers is called unknown, and what was observed of it is listed."""
    found = diagnose(make(), frozenset({criterion}))
    assert found.ids == (UNKNOWN,)
    assert criterion in found.causes[0].names("criterion")
    assert any(told in text for text in found.causes[0].speaks_for), found.causes[0].speaks_for


def test_a_cause_of_something_else_does_not_explain() -> None:
    """Pins explain the spread alone: requests that fail on a sound network stay unknown, and come first."""
    found = diagnose(replace(faults.pinned(), attempts=(attempt(500),)), frozenset({"no-504"}))
    assert found.ids == (UNKNOWN, "pins")


def test_a_cut_does_not_explain_media_that_sticks() -> None:
    """A call that came through signaling and stuck in ICE is not put down to an overlay that media never takes."""
    stuck = call("relay", selected=(), failed_step=faults.CONNECTING, ice=("checking",), frames=())
    seen = samples.cut(replace(samples.sound(), calls=(call(), stuck)), lambda a, b: b == THREE)
    found = diagnose(seen, frozenset({"turn"}))
    assert found.ids == (UNKNOWN, "overlay-cut")
    early = replace(stuck, failed_step="connect to signaling", offered=())
    assert diagnose(replace(seen, calls=(early,)), frozenset({"turn"})).ids == ("overlay-cut",)


def test_a_broken_page_does_not_explain_a_call() -> None:
    """What is wrong with the page's replicas alone is not why a call fails; with signaling's it is."""
    failed = replace(call(frames=(0, 0)), failed_step="connect to signaling", offered=(), selected=())
    page = replace(faults.wrong_port(), calls=(failed,))
    assert diagnose(page, frozenset({"call"})).ids == (UNKNOWN, "wrong-port")
    api = replace(faults.wrong_label(), calls=(failed,))
    assert diagnose(api, frozenset({"call"})).ids == ("wrong-network",)


def test_a_relay_that_passes_is_not_closed() -> None:
    """A relayed call that fails while the relay passes datagrams both ways is not put down to its ports."""
    stuck = call("relay", selected=(), failed_step=faults.CONNECTING, ice=("checking",), frames=())
    turns = (TurnSeen("allocate", True), TurnSeen("relay", True))
    found = diagnose(replace(samples.sound(), calls=(call(), stuck), turns=turns), frozenset({"turn"}))
    assert found.ids == (UNKNOWN,)


def test_what_was_not_observed_is_said() -> None:
    """An observation that was not made is listed with its reason, and nothing is concluded from its absence."""
    seen = replace(
        samples.sound(), probe=None, calls=None, missing={"probe": "no lab", "calls": "no call was made"}
    )
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
    seen = replace(probed(faults.pinned()), drifts=(Drift("translation_redis", "replicas", "1", "2"),))
    text = diagnose(samples.cut(seen, lambda a, b: b == THREE)).text(limit=1)
    assert text.startswith(f"diagnosis: overlay cut into {THREE}: udp/4789 is dropped (proved)\n  for:")
    for part in (
        "\n  against: the Swarm says Ready",
        "\n  by hand: on translation03: tcpdump",
        "\n  remedy:  open udp/4789",
    ):
        assert part in text
    assert "\n  also proved: pins: translation_frontend is constrained" in text
    assert text.count("translation_frontend is constrained") == 1
    assert text.count("by hand:") == 1
