"""What each cause declares: which criteria it explains, by what it comes, how near to the root it is. Written apart from
the decorators, so that whoever changes one has to mean it; a cause that is not listed here is not compared."""

import pytest

from fixtures.diagnose.rules import CAUSES

EDGE = {"no-504", "routing", "socketio", "call", "media-host", "turn"}
CLIENTS = {"socketio", "call", "media-host", "turn"}
MEDIA = {"call", "media-host", "turn", "mediasoup-pinned", "healthy", "spread"}
IN_ORDER = [
    "conntrack-full", "node-down", "encrypted-without-esp", "overlay-loss", "mtu-black-hole",
    "tcp-blocked", "overlay-cut", "gossip-split", "fdb-row-missing", "duplicate-address",
    "replica-refuses", "wrong-network", "wrong-port", "replica-stalled", "no-router", "no-server", "update-window",
    "announced-wrong", "media-loss", "turn-open", "turn-relay-ports", "turn-secret", "media-udp-dropped", "cert-expired",
    "cert-expires-soon", "cert-not-yet", "cert-untrusted", "cert-wrong-name", "cors-open", "redis-gone", "rooms-in-memory",
    "rooms-not-shared", "sticky-off", "addresses-exhausted", "drift", "mediasoup-moved", "mediasoup-restarts", "pins",
    "port-not-published", "restarts",
]  # fmt: skip
EXPLAINS = {
    "node-down": {*EDGE, "healthy", "update", "spread", "mediasoup-pinned"},
    **{
        key: {*EDGE, "healthy", "update"}
        for key in (
            "conntrack-full",
            "encrypted-without-esp",
            "overlay-loss",
            "overlay-cut",
            "tcp-blocked",
            "mtu-black-hole",
            "fdb-row-missing",
            "gossip-split",
        )
    },
    **dict.fromkeys(("wrong-network", "wrong-port", "no-router", "duplicate-address", "update-window"), EDGE),
    **dict.fromkeys(("cert-expired", "cert-not-yet", "cert-wrong-name", "cert-untrusted"), EDGE),
    **{key: {*EDGE, "healthy"} for key in ("replica-refuses", "no-server", "restarts")},
    "replica-stalled": {*EDGE, "healthy", "spread"},
    "cert-expires-soon": {"no-504"},
    **dict.fromkeys(("mediasoup-moved", "port-not-published"), MEDIA),
    "mediasoup-restarts": {*MEDIA, "socketio"},
    **{key: {"call", "media-host", "turn"} for key in ("announced-wrong", "media-loss", "media-udp-dropped")},
    "redis-gone": {*EDGE, "healthy"},
    **dict.fromkeys(("rooms-in-memory", "rooms-not-shared", "sticky-off"), CLIENTS),
    "cors-open": {"socketio"},
    **{key: {"turn"} for key in ("turn-secret", "turn-relay-ports", "turn-open")},
    "addresses-exhausted": {"healthy", "spread", "routing", "addresses"},
    "pins": {"spread"},
    "drift": {"spread", "drift", "mediasoup-pinned"},
}
CAME_BY = {
    **dict.fromkeys(("pins", "mediasoup-moved"), ("constraints",)),
    "wrong-network": ("label traefik.swarm.network", "label traefik.docker.network", "command"),
    **dict.fromkeys(("wrong-port", "sticky-off"), ("label traefik.http.services",)),
    "announced-wrong": ("environment ANNOUNCED_IP",),
    "rooms-in-memory": ("environment",),
    "cors-open": ("environment",),
    "port-not-published": ("published ports",),
    "redis-gone": ("replicas",),
    "addresses-exhausted": ("networks", "replicas"),
    **dict.fromkeys(("cert-expired", "cert-wrong-name", "cert-untrusted", "turn-secret"), ("secrets",)),
}
OF_ONE_SERVICE = {"wrong-network", "wrong-port", "replica-refuses", "replica-stalled", "fdb-row-missing"}
OF_ROUTES = OF_ONE_SERVICE | {
    "encrypted-without-esp", "overlay-loss", "overlay-cut", "tcp-blocked", "mtu-black-hole", "gossip-split",
    "sticky-off", "redis-gone", "rooms-in-memory",
    "rooms-not-shared",
}  # fmt: skip
CARRIED_BY_TRAEFIK = {"cert-expired", "cert-wrong-name", "cert-untrusted"}


@pytest.mark.parametrize("slug", IN_ORDER)
def test_what_a_cause_declares(slug: str) -> None:
    """Its criteria, the fields it comes by and who carries them, and what of the cluster it is a cause of."""
    known = CAUSES[slug]
    assert known.explains == EXPLAINS[slug]
    assert known.came_by == CAME_BY.get(slug, ())
    assert known.carrier == ("traefik" if slug in CARRIED_BY_TRAEFIK else "")
    assert (known.of_routes, known.of_one_service) == (slug in OF_ROUTES, slug in OF_ONE_SERVICE)
    assert known.what.endswith(".")


def test_the_nearest_to_the_root_first() -> None:
    """Nodes, the overlay, single destinations, routing, media, signaling, what is deployed."""
    assert [slug for slug in CAUSES if slug in IN_ORDER] == IN_ORDER
