"""A sample of each cause in what nodes send one another and know of one another, with subjects that it must name."""

from fixtures.diagnose.values import Confidence
from tests.harness.samples import between_nodes, faults
from tests.harness.samples.observed import FRONTEND, THREE, TWO

NODE_CASES: list[tuple[str, faults.Make, dict[str, str], Confidence]] = [
    ("udp-to-gone-task", between_nodes.sent_astray, {"node": TWO, "port": "40003"}, Confidence.POSSIBLE),
    (
        "vip-without-backend",
        between_nodes.leads_nowhere,
        {"service": "translation_redis", "node": TWO, "address": "10.0.3.2"},
        Confidence.PROVED,
    ),
    (
        "vip-stale-backend",
        between_nodes.led_astray,
        {"service": "translation_redis", "node": TWO, "address": "10.0.3.2"},
        Confidence.LIKELY,
    ),
    (
        "vip-idle-cut",
        between_nodes.forgotten,
        {"service": "translation_redis", "silence": "900 s"},
        Confidence.POSSIBLE,
    ),
    ("conntrack-full", between_nodes.tracked, {"node": TWO, "most": "262144"}, Confidence.PROVED),
    (
        "encrypted-without-esp",
        between_nodes.without_esp,
        {"network": FRONTEND, "option": "encrypted"},
        Confidence.PROVED,
    ),
    (
        "overlay-slow",
        between_nodes.slow,
        {"where": f"into and out of {THREE}", "delay": "301 ms"},
        Confidence.PROVED,
    ),
    ("overlay-loss", between_nodes.lossy, {"where": f"into {THREE}", "share": "30%"}, Confidence.PROVED),
]
