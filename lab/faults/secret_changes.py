"""Faults of what the edge and the TURN server keep as secrets: certificates that nobody should accept."""

import base64
import datetime
import secrets
import socket
import ssl
from collections.abc import Callable, Mapping

from lab.cluster import stack_deploy
from lab.cluster.authority import Authority, Pair
from lab.cluster.lifecycle import Lab
from lab.faults import service_changes
from lab.faults.service_changes import NewSecret, ServiceChange
from lab.host import state
from lab.waiting import Look, NotYet, Ready

KINDS = {
    "expired": "the edge's certificate expired yesterday",
    "other-name": "the edge's certificate is for another name",
    "untrusted": "the edge's certificate is signed by nobody trusted",
}
HANDSHAKE_S = 3.0
EXPIRED_BY = datetime.timedelta(days=1)


def _authority(lab: Lab) -> Authority:
    place = state.folder(lab.name)
    return Authority.from_pem(Pair((place / "ca.pem").read_bytes(), (place / "ca-key.pem").read_bytes()))


def _pair(lab: Lab, kind: str) -> Pair:
    names = [*stack_deploy.EDGE_HOSTS, stack_deploy.MEDIA_HOST]
    if kind == "untrusted":
        return Authority.fresh().issue(names, common_name=stack_deploy.DOMAIN)
    if kind == "other-name":
        return _authority(lab).issue(["elsewhere.example"], common_name="elsewhere.example")
    ended = datetime.datetime.now(datetime.UTC) - EXPIRED_BY
    return _authority(lab).issue(names, common_name=stack_deploy.DOMAIN, not_after=ended)


def _swapped(
    lab: Lab, service: str, fault: str, contents: Mapping[str, bytes]
) -> tuple[NewSecret | ServiceChange, ...]:
    """New secrets in the place of old ones, named by the stack's names of those."""
    made = tuple(
        NewSecret(f"{name}-{fault}", base64.b64encode(content).decode()) for name, content in contents.items()
    )
    edits = tuple(
        ["secret", f"{stack_deploy.STACK_NAME}_{name}", new.name]
        for name, new in zip(contents, made, strict=True)
    )
    return (*made, ServiceChange(service, edits, service_changes.inspect(lab, service)["Spec"]))


def changes(kind: str) -> Callable[[Lab, Mapping[str, str]], tuple[NewSecret | ServiceChange, ...]]:
    """What puts a bad certificate of this kind in the place of the edge's."""

    def made(lab: Lab, arguments: Mapping[str, str]) -> tuple[NewSecret | ServiceChange, ...]:
        pair = _pair(lab, kind)
        contents = {"edge_certificate": pair.certificate, "edge_key": pair.key}
        return _swapped(lab, "traefik", f"certificate-{kind}", contents)

    return made


def effect(kind: str) -> Callable[[Lab], Look[str]]:
    """Ready once a client that verifies refuses the edge for the reason meant."""
    reason = {"expired": "expired", "other-name": "mismatch", "untrusted": "unable to get local issuer"}[kind]

    def look(lab: Lab) -> Look[str]:
        said = _handshake(lab)
        return Ready(f"a client refuses the edge: {said}") if reason in said else NotYet(f"the edge: {said}")

    return look


def _handshake(lab: Lab) -> str:
    context = ssl.create_default_context(cafile=str(lab.ca_file))
    address = (lab.state.hosts[stack_deploy.DOMAIN], 443)
    try:
        with (
            socket.create_connection(address, HANDSHAKE_S) as raw,
            context.wrap_socket(raw, server_hostname=stack_deploy.DOMAIN),
        ):
            return "accepted"
    except OSError as error:
        return str(error)


def turn_secret(lab: Lab, arguments: Mapping[str, str]) -> tuple[NewSecret | ServiceChange, ...]:
    """Another shared secret for coturn than the one that credentials are made with."""
    return _swapped(lab, "coturn", "turn-secret-changed", {"turn_secret": secrets.token_hex(16).encode()})
