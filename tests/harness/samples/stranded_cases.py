"""The part of the table of causes that is about services which do not run, do nothing, or are not alike."""

from fixtures.diagnose.values import Confidence
from tests.harness.samples import faults, stranded
from tests.harness.samples.observed import ONE, THREE, TWO

STRANDED: list[tuple[str, faults.Make, dict[str, str], Confidence]] = [
    ("port-taken", stranded.port_taken, {"service": "translation_monitoring"}, Confidence.PROVED),
    ("no-room", stranded.no_room, {"service": "translation_tts"}, Confidence.PROVED),
    ("max-per-node", stranded.max_per_node, {"service": "translation_frontend"}, Confidence.PROVED),
    (
        "image-missing",
        stranded.image_missing,
        {"service": "translation_tts", "node": THREE},
        Confidence.PROVED,
    ),
    ("disk-full", stranded.disk_full, {"service": "translation_tts", "node": THREE}, Confidence.PROVED),
    ("task-error", stranded.odd_error, {"service": "translation_tts", "node": THREE}, Confidence.PROVED),
    (
        "nowhere-to-run",
        stranded.placed_nowhere,
        {"service": "translation_tts", "constraint": "node.labels.instance == translation04"},
        Confidence.PROVED,
    ),
    (
        "label-gone",
        stranded.label_gone,
        {"node": TWO, "label": f"instance={TWO}", "service": "translation_mediasoup"},
        Confidence.PROVED,
    ),
    ("node-closed", stranded.closed, {"node": THREE, "service": "translation_tts"}, Confidence.PROVED),
    ("scaled", stranded.scaled, {"service": "translation_frontend", "replicas": "5"}, Confidence.PROVED),
    (
        "update-halted",
        stranded.halted,
        {"service": "translation_frontend", "task": stranded.TASK},
        Confidence.PROVED,
    ),
    ("rolled-back", stranded.rolled_back, {"update": "rollback_completed"}, Confidence.PROVED),
    (
        "killed-for-memory",
        stranded.starved,
        {"service": "translation_signaling", "limit": "30M", "node": ONE},
        Confidence.PROVED,
    ),
    (
        "dependency-unreachable",
        stranded.misnamed,
        {"service": "translation_signaling", "name": "redis_gateway", "field": "environment REDIS_URL"},
        Confidence.PROVED,
    ),
    ("redis-stalled", stranded.store_mute, {"service": "translation_redis", "node": ONE}, Confidence.PROVED),
    ("turn-stalled", stranded.turn_mute, {"service": "translation_coturn"}, Confidence.PROVED),
    (
        "redis-refuses",
        stranded.store_refuses,
        {"service": "translation_redis", "refusal": "READONLY"},
        Confidence.PROVED,
    ),
    (
        "still-starting",
        stranded.none_up_yet,
        {"service": "translation_mediasoup", "state": "preparing", "node": TWO},
        Confidence.LIKELY,
    ),
    ("scaled-to-nothing", stranded.nothing_of, {"service": "translation_coturn"}, Confidence.PROVED),
    ("turn-unreached", stranded.turn_dropped, {"service": "translation_coturn"}, Confidence.LIKELY),
    (
        "changed-by-hand",
        stranded.allowed_only,
        {"service": "translation_signaling", "field": stranded.ONLY},
        Confidence.POSSIBLE,
    ),
    ("node-unheard", stranded.unheard, {"node": THREE}, Confidence.PROVED),
    ("turn-clock", stranded.turn_ahead, {"clock": "ahead"}, Confidence.PROVED),
    (
        "dns-stale",
        stranded.record_stale,
        {"record": "172.28.1.13", "address": "172.28.1.12"},
        Confidence.PROVED,
    ),
    (
        "replicas-differ",
        stranded.one_differs,
        {"service": "translation_frontend", "replica": "translation_frontend.3", "node": THREE},
        Confidence.PROVED,
    ),
]
