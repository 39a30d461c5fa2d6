"""The edge's certificate: expired, for another name, or signed by a stranger; no client that verifies accepts it."""

import datetime

from lab.cluster.authority import Authority, Pair
from lab.cluster.handle import Lab, authority_of
from lab.cluster.stack_deploy import DOMAIN, EDGE_HOSTS, MEDIA_HOST, MORE_EDGE_HOSTS
from lab.faults.change import Changes
from lab.faults.effects import handshake_refused
from lab.faults.fault import fault
from lab.faults.service_changes import swapped_secrets

HOSTS = (*EDGE_HOSTS, *MORE_EDGE_HOSTS, MEDIA_HOST)
EXPIRED_BY = datetime.timedelta(days=1)
ELSEWHERE = "elsewhere.example"


def _edge_has(lab: Lab, fault_name: str, pair: Pair) -> Changes:
    contents = {"edge_certificate": pair.certificate, "edge_key": pair.key}
    return swapped_secrets(lab, "traefik", fault_name, contents)


@fault(
    "certificate-expired", "the edge's certificate expired yesterday", effect=handshake_refused("expired"),
    routed=False,
)  # fmt: skip
def expired(lab: Lab) -> Changes:
    ended = datetime.datetime.now(datetime.UTC) - EXPIRED_BY
    return _edge_has(lab, "certificate-expired", authority_of(lab.name).issue(HOSTS, DOMAIN, ended))


@fault(
    "certificate-other-name", "the edge's certificate is for another name", effect=handshake_refused("mismatch"),
    routed=False,
)  # fmt: skip
def other_name(lab: Lab) -> Changes:
    return _edge_has(lab, "certificate-other-name", authority_of(lab.name).issue([ELSEWHERE], ELSEWHERE))


@fault(
    "certificate-untrusted", "the edge's certificate is signed by nobody trusted",
    effect=handshake_refused("unable to get local issuer"), routed=False,
)  # fmt: skip
def untrusted(lab: Lab) -> Changes:
    return _edge_has(lab, "certificate-untrusted", Authority.fresh().issue(HOSTS, DOMAIN))
