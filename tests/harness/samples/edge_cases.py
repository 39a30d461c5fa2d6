"""A sample of each cause at the edge, with subjects that it must name and how well it is known."""

from fixtures.diagnose.values import Confidence
from tests.harness.samples import edge_faults, faults
from tests.harness.samples.observed import ONE

EDGE_CASES: list[tuple[str, faults.Make, dict[str, str], Confidence]] = [
    ("wrong-scheme", edge_faults.wrong_scheme, {"service": "translation_frontend"}, Confidence.PROVED),
    (
        "edge-isolated",
        edge_faults.edge_alone,
        {"service": "translation_traefik", "node": ONE},
        Confidence.PROVED,
    ),
    (
        "origin-refused",
        edge_faults.origin_unknown,
        {
            "service": "translation_signaling",
            "origin": "https://jbcalling.site",
            "field": "environment ALLOWED_ORIGINS",
        },
        Confidence.LIKELY,
    ),
    (
        "router-refused",
        edge_faults.middleware_undefined,
        {"router": "frontend@swarm", "missing": "absent@swarm", "host": "jbcalling.site"},
        Confidence.PROVED,
    ),
    (
        "resolver-missing",
        edge_faults.resolver_undefined,
        {"host": "jbcalling.site", "resolver": "letsencrypt"},
        Confidence.PROVED,
    ),
    (
        "route-taken",
        edge_faults.route_taken,
        {"service": "translation_signaling", "router": "taker@swarm", "meant": "translation_frontend"},
        Confidence.PROVED,
    ),
    (
        "head-refused",
        edge_faults.head_refused,
        {"host": "api.jbcalling.site", "service": "translation_signaling"},
        Confidence.PROVED,
    ),
    ("protocol-version", edge_faults.other_version, {"host": "api.jbcalling.site"}, Confidence.PROVED),
    (
        "page-tells-wrong",
        edge_faults.page_misled,
        {"service": "translation_frontend", "key": "API_URL", "variable": "API_URL"},
        Confidence.PROVED,
    ),
    (
        "page-holds-secret",
        edge_faults.page_with_secret,
        {"service": "translation_frontend", "key": "TURN_SECRET"},
        Confidence.PROVED,
    ),
    (
        "name-astray",
        edge_faults.name_astray,
        {"host": "www.jbcalling.site", "address": "192.0.2.9", "service": "translation_frontend"},
        Confidence.PROVED,
    ),
    (
        "family-leads-nowhere",
        edge_faults.family_dead,
        {"host": "jbcalling.site", "family": "IPv6", "address": "2001:db8::1"},
        Confidence.PROVED,
    ),
]
