"""Diagnosis of causes other than the overlay, on recorded observations: what fits, what almost fits, the unknown."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fixtures.diagnose import recorded
from fixtures.diagnose.engine import Confidence, diagnose
from fixtures.diagnose.observations import TurnSeen
from fixtures.judge.drift import Drift
from tests.harness.samples import between_nodes, edge_faults, faults, scarce, updates
from tests.harness.samples import observed as samples
from tests.harness.samples.browser_cases import BROWSER_CASES
from tests.harness.samples.edge_cases import EDGE_CASES
from tests.harness.samples.node_cases import NODE_CASES
from tests.harness.samples.observed import NOW, ONE, PLAN, THREE, TWO, certificate
from tests.harness.samples.own_words import OWN_WORDS
from tests.harness.samples.stranded_cases import STRANDED

RECORDED = Path(__file__).parents[1] / "recorded" / "faults"
CASES: list[tuple[str, faults.Make, dict[str, str], Confidence]] = [
    *EDGE_CASES,
    *NODE_CASES,
    *BROWSER_CASES,
    (
        "ended-cleanly",
        between_nodes.replaced,
        {"service": "translation_traefik", "time": "16:59:51Z"},
        Confidence.PROVED,
    ),
    ("update-drops", updates.dropping, {"service": "translation_frontend"}, Confidence.LIKELY),
    ("cut-by-update", between_nodes.cut_by_update, {"service": "translation_signaling"}, Confidence.LIKELY),
    ("protocol-differs", edge_faults.other_words, {"field": "protocol gateway"}, Confidence.PROVED),
    (
        "media-loss",
        faults.media_lossy,
        {"way": "into the SFU", "share": "19% into the SFU"},
        Confidence.PROVED,
    ),
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
    ("addresses-short", scarce.nearly_exhausted, {"network": "translation_frontend"}, Confidence.PROVED),
    ("memory-unlike-plan", scarce.less_memory, {"service": "translation_signaling"}, Confidence.LIKELY),
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
        faults.turned(TurnSeen("allocate", False, 401, "401 Unauthorized"), TurnSeen("window", False)),
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
    ("overlay-cut", between_nodes.cut_off, {"node": THREE, "where": f"into {THREE}"}, Confidence.PROVED),
    ("tcp-blocked", between_nodes.tcp_dead, {"node": THREE}, Confidence.PROVED),
    ("mtu-black-hole", between_nodes.black_hole, {"size": "950", "node": ONE}, Confidence.PROVED),
    (
        "fdb-row-missing",
        between_nodes.row_lost,
        {"node": ONE, "address": "10.0.2.14", "replica": "translation_frontend.3"},
        Confidence.PROVED,
    ),
    ("gossip-split", between_nodes.split, {"pair": f"{ONE} - {THREE}"}, Confidence.PROVED),
    (
        "replica-refuses",
        faults.refusing_one,
        {"replica": "translation_frontend.1", "node": ONE, "port": "80"},
        Confidence.PROVED,
    ),
    (
        "restarts",
        between_nodes.restarted,
        {"service": "translation_signaling", "time": "16:59:54Z"},
        Confidence.PROVED,
    ),
    (
        "cert-not-yet",
        faults.presented(distrust="certificate is not yet valid", not_before=NOW + timedelta(days=1)),
        {"host": "jbcalling.site"},
        Confidence.PROVED,
    ),
    (
        "cert-expires-soon",
        lambda: replace(samples.sound(), certificates=(certificate(not_after=NOW + timedelta(days=3)),)),
        {"not after": "2026-11-26T17:00:00Z"},
        Confidence.PROVED,
    ),
    ("update-window", faults.updating, {"service": "translation_frontend"}, Confidence.POSSIBLE),
    ("duplicate-address", faults.twice, {"address": "10.0.2.12"}, Confidence.PROVED),
    ("no-server", faults.nobody(503), {"host": "jbcalling.site"}, Confidence.LIKELY),
    ("no-router", faults.nobody(404), {"host": "jbcalling.site"}, Confidence.LIKELY),
    *STRANDED,
    *OWN_WORDS,
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
    """What somebody did by hand to bring a cause about is named with that cause, and explains the drift."""
    drift = Drift(f"translation_{service}", field, "this", "that")
    found = diagnose(replace(make(), drifts=(drift,)), frozenset({"drift"}))
    assert len(found.ids) == 1
    assert found.ids != ("drift",)
    assert any("file this, running that" in text for text in found.causes[0].speaks_for)


def test_drift_tells_how_a_cause_came_about() -> None:
    """A drift of the very field that a cause comes by is named with it, not beside it; another stays its own."""
    drift = Drift("translation_frontend", "constraints", "nothing", f"node.labels.instance == {TWO}")
    other = Drift("translation_frontend", "memory limit", "128M", "64M")
    found = diagnose(replace(faults.pinned(), drifts=(drift, other)))
    assert found.ids == ("pins", "drift")
    assert "drift: translation_frontend constraints: file nothing" in found.causes[0].speaks_for[-1]
    assert found.causes[1].names("field") == ("memory limit",)


def test_a_lost_row_of_a_page_replica_explains_the_page_alone() -> None:
    """What explains the criterion that was asked about is named; signaling that failed beside it is unknown."""
    seen = next(iter(recorded.unpack(RECORDED / "fdb-row-lost.json.xz").values()))
    assert [cause.id for cause in diagnose(seen, frozenset({"no-504"})).explaining] == ["fdb-row-missing"]
    talk = diagnose(seen, frozenset({"socketio"}))
    assert [cause.id for cause in talk.explaining] == ["unknown"]
    assert set(talk.ids) == {"unknown", "fdb-row-missing"}
