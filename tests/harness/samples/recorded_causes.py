"""What each recorded fault is, written from what the fault does: the causes that must be named, and of whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fixtures.diagnose.values import Confidence

ONE, TWO, THREE = "translation01", "translation02", "translation03"
PROVED, LIKELY, POSSIBLE = Confidence
HOSTS = ("jbcalling.site", "www.jbcalling.site", "api.jbcalling.site", "traefik.jbcalling.site")
TRAEFIK, SMALL = "translation_traefik", "translation_small"
FRONTEND, SIGNALING, SFU = "translation_frontend", "translation_signaling", "translation_mediasoup"


@dataclass(frozen=True)
class Named:
    """A cause that must be named: how it is known, and subjects of it, all names of each kind; `under` are the
    criteria that it is named under, all that were recorded where none is given."""

    cause: str
    confidence: Confidence
    subjects: Mapping[str, frozenset[str]] = field(default_factory=dict)
    under: frozenset[str] = frozenset()


def _named(cause: str, confidence: Confidence, under: str = "", **subjects: str | tuple[str, ...]) -> Named:
    sets = {
        kind.replace("_", " "): frozenset((names,) if isinstance(names, str) else names)
        for kind, names in subjects.items()
    }
    return Named(cause, confidence, sets, frozenset(under.split()))


def _ways(*directions: tuple[str, str]) -> tuple[str, ...]:
    return tuple(f"{a} -> {b}" for a, b in directions)


INTO_THREE = _ways((ONE, THREE), (TWO, THREE))
# What hands do to a Swarm, and tasks that say why they wait; in the words of what the fault does.
TOLD_WRONG = _named("page-tells-wrong", PROVED, service=FRONTEND, key="API_URL", variable="API_URL")
RELAYS_KNOWN = _named("drift", PROVED, service=FRONTEND, field="environment ICE_SERVERS")
DIFFERS = _named("replicas-differ", PROVED, service=FRONTEND, node=THREE)
HANDS_AND_TASKS: Mapping[str, tuple[Named, ...]] = {
    "label-gone": (
        _named(
            "label-gone",
            PROVED,
            node=TWO,
            label=f"instance={TWO}",
            service=(SFU, "translation_coturn"),
        ),
    ),
    "node-drained": (_named("node-closed", PROVED, node=THREE, service="translation_tts"),),
    "node-paused": (_named("node-closed", PROVED, node=THREE),),
    "port-taken": (_named("port-taken", PROVED, service="translation_monitoring"),),
    "no-room": (_named("no-room", PROVED, service="translation_tts"),),
    "max-per-node": (
        _named("max-per-node", PROVED, service=FRONTEND),
        _named("drift", PROVED, service=FRONTEND, field="update_config Order"),
    ),
    "image-missing": (_named("image-missing", PROVED, service="translation_tts", node=THREE),),
    "scaled-by-hand": (_named("scaled", PROVED, service=FRONTEND, replicas="5"),),
    "update-paused": (_named("update-halted", PROVED, service=FRONTEND, update="paused"),),
    "memory-short": (
        _named("killed-for-memory", PROVED, service=SIGNALING, limit="30M", node=(ONE, TWO, THREE)),
    ),
    "redis-misnamed": (
        _named(
            "dependency-unreachable",
            PROVED,
            service=SIGNALING,
            name="redis_gateway",
            field="environment REDIS_URL",
        ),
    ),
    "media-record-stale": (_named("dns-stale", PROVED, host="media.jbcalling.site", node=TWO),),
    "replica-differs": (DIFFERS,),
    "redis-stopped": (_named("redis-stalled", PROVED, service="translation_redis", node=ONE),),
    "coturn-paused": (_named("turn-stalled", PROVED, service="translation_coturn"),),
    # The two variables that shift its time are a drift, and no way in which a clock goes wrong elsewhere.
    "turn-clock-ahead": (
        _named("turn-clock", PROVED, service="translation_coturn", clock="ahead"),
        _named("drift", PROVED, service="translation_coturn", field="environment LD_PRELOAD"),
        _named("drift", PROVED, service="translation_coturn", field="environment FAKETIME"),
    ),
}
ENCRYPTED = "translation_encrypted"
MOVED_TO_ENCRYPTED = (
    *(_named("drift", PROVED, service=each, field="networks") for each in (TRAEFIK, FRONTEND, SIGNALING)),
    _named("drift", PROVED, service=TRAEFIK, field="command"),
)
WHAT_IT_IS: Mapping[str, tuple[Named, ...]] = {
    # A rule against udp/4789 in the node's INPUT: what comes in is lost, what goes out is not.
    "incident": (
        _named("overlay-cut", PROVED, node=THREE, direction=INTO_THREE),
        _named("pins", PROVED, service=FRONTEND, node=THREE, constraint=f"node.labels.instance == {THREE}"),
        _named("pins", PROVED, service=SIGNALING, node=THREE, constraint=f"node.labels.instance == {THREE}"),
    ),
    "overlay-cut": (_named("overlay-cut", PROVED, node=THREE, direction=INTO_THREE),),
    "overlay-cut-pair": (_named("overlay-cut", PROVED, direction=_ways((ONE, THREE), (THREE, ONE))),),
    "overlay-cut-direction": (_named("overlay-cut", PROVED, direction=_ways((THREE, ONE))),),
    # 1000 bytes and more on the wire, which are 950 inside VXLAN, from that node to the manager.
    "mtu-black-hole": (_named("mtu-black-hole", PROVED, direction=_ways((THREE, ONE)), size="950"),),
    # A connect needs both ways, so both are named.
    "tcp-dropped": (
        _named(
            "tcp-blocked", PROVED, node=THREE, direction=(*INTO_THREE, *_ways((THREE, ONE), (THREE, TWO)))
        ),
    ),
    # So many as the rule's share, give or take what chance does of 800 datagrams.
    "overlay-loss": (_named("overlay-loss", PROVED, node=THREE, direction=INTO_THREE),),
    # Nothing leaves any node: the kernel has no ESP.
    "encrypted-without-esp": (
        _named("encrypted-without-esp", PROVED, network=ENCRYPTED, where="between all nodes"),
        *MOVED_TO_ENCRYPTED,
    ),
    # The kernel has ESP, and a rule drops it one way: what left the one node was not decrypted by the other.
    "esp-cut-direction": (
        _named("encrypted-without-esp", PROVED, network=ENCRYPTED, direction=_ways((THREE, ONE))),
        *MOVED_TO_ENCRYPTED,
    ),
    # What leaves the node is late, so there and back is, whoever asks; that a part overtakes the rest is evidence.
    **dict.fromkeys(
        ("overlay-delay", "overlay-reordered"),
        (
            _named(
                "overlay-slow",
                PROVED,
                node=THREE,
                direction=(*INTO_THREE, *_ways((THREE, ONE), (THREE, TWO))),
            ),
        ),
    ),
    "vip-without-backend": (_named("vip-without-backend", PROVED, service="translation_redis", node=ONE),),
    # One packet in five, as they leave; a share that our own peers counted is no proof of where it went.
    "media-lost-by-netem": (_named("media-loss", LIKELY, host="media.jbcalling.site", way="out of the SFU"),),
    "fdb-row-lost": (_named("fdb-row-missing", PROVED, node=ONE),),
    "gossip-cut": (_named("gossip-split", PROVED, pair=(f"{ONE} - {THREE}", f"{TWO} - {THREE}")),),
    "wrong-network": (_named("wrong-network", PROVED, service=SIGNALING, network="translation_backend"),),
    "wrong-port": (_named("wrong-port", PROVED, service=FRONTEND, port="81"),),
    "middleware-undefined": (
        _named(
            "router-refused",
            PROVED,
            service=FRONTEND,
            router="frontend@swarm",
            missing="absent@swarm",
            host=HOSTS[:2],
        ),
    ),
    "route-taken": (
        _named("route-taken", PROVED, service=SIGNALING, router="taker@swarm", meant=FRONTEND, host=HOSTS[0]),
    ),
    # An option of the cookie's switches it on: only the file and what runs differ.
    "sticky-by-name": (
        _named(
            "drift",
            PROVED,
            service=SIGNALING,
            field="label traefik.http.services.signaling.loadbalancer.sticky.cookie",
        ),
    ),
    **dict.fromkeys(("page-told-http", "page-wrong-host"), (TOLD_WRONG,)),
    "sticky-off": (_named("sticky-off", PROVED, service=SIGNALING),),
    "replica-stopped": (_named("replica-stalled", PROVED, service=FRONTEND, node=THREE),),
    "pinned": (
        _named("pins", PROVED, service=FRONTEND, node=TWO, constraint=f"node.labels.instance == {TWO}"),
    ),
    "constraint-added": (
        _named(
            "drift",
            PROVED,
            service=SIGNALING,
            field="constraints",
            running="node.labels.instance != translation09",
        ),
    ),
    # The API never says that an address was wanted in vain; the arithmetic does.
    # Proved while a task says it itself; between two tries the subnet alone tells.
    "addresses-exhausted": (
        _named("addresses-exhausted", PROVED, under="healthy", service=FRONTEND, network=SMALL, left="0"),
        _named(
            "addresses-exhausted",
            LIKELY,
            "spread routing drift addresses",
            service=FRONTEND,
            network=SMALL,
            left="0",
        ),
    ),
    "node-stopped": (_named("node-down", PROVED, node=THREE),),
    "mediasoup-moved": (_named("mediasoup-moved", PROVED, service=SFU, node=THREE, wanted=TWO),),
    # The address of the third node in place of the second's.
    "announced-wrong": (
        _named("announced-wrong", PROVED, service=SFU, announced="172.28.0.13", media_host="172.28.0.12"),
    ),
    # Silence alone is seen: an SFU that hangs would be as silent.
    "media-ports-dropped": (_named("media-udp-dropped", LIKELY, host="media.jbcalling.site"),),
    # A rule in front of the SFU's ports: the way in.
    "media-loss": (_named("media-loss", PROVED, host="media.jbcalling.site", way="into the SFU"),),
    "port-unpublished": (_named("port-not-published", PROVED, service=SFU, port="40007"),),
    "mediasoup-killed": (_named("mediasoup-restarts", PROVED, service=SFU),),
    "redis-gone": (_named("redis-gone", PROVED, service="translation_redis"),),
    "rooms-unshared": (_named("rooms-in-memory", PROVED, service=SIGNALING),),
    "origin-open": (_named("cors-open", PROVED, service=SIGNALING, origin="https://foreign.example"),),
    "certificate-expired": (_named("cert-expired", PROVED, host=HOSTS),),
    "certificate-other-name": (_named("cert-wrong-name", PROVED, host=HOSTS),),
    "certificate-untrusted": (_named("cert-untrusted", PROVED, host=HOSTS),),
    "turn-secret-changed": (_named("turn-secret", PROVED, service="coturn"),),
    "turn-ports-closed": (_named("turn-relay-ports", PROVED, service="coturn"),),
    **HANDS_AND_TASKS,
    "policy-blocks-api": (_named("page-policy", PROVED, service=FRONTEND),),
    "camera-refused": (_named("device-refused", PROVED, service=FRONTEND),),
    # Whoever asks each replica sees that they differ, and the page which file it is.
    "script-missing": (DIFFERS, _named("page-file-missing", PROVED, service=FRONTEND)),
    "udp-blocked": (_named("media-udp-dropped", LIKELY, host="media.jbcalling.site"), RELAYS_KNOWN),
    # No rule knows a page of the wrong words or a stopped worker of the SFU.
    "page-replaced": (_named("unknown", POSSIBLE, criterion="no-504"),),
    # Traefik answers in place of the page; that a label differs is how it came.
    "rate-limited": (
        _named("edge-answers", PROVED, service=FRONTEND, status="429", middleware="few@swarm (ratelimit)"),
    ),
    "worker-stopped": (_named("unknown", POSSIBLE),),
}
"""Fault -> what it is, written from what the fault does and not from what was drawn of it."""
