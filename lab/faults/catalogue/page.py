"""The page as browsers meet it: its headers, its configuration, its files, and the way of its media."""

import base64
import hmac
import json
import time

from lab.cluster.handle import Lab
from lab.cluster.stack_deploy import DOMAIN, MEDIA_HOST
from lab.faults import effects
from lab.faults.change import Change, Changes
from lab.faults.fault import NODE2, NODE3, fault
from lab.faults.file_changes import MissingFile
from lab.faults.packet_rules import ports_dropped
from lab.faults.service_changes import change_of

PAGE = "frontend"
TURN_PORT = 3478
CREDENTIAL_S = 6 * 3600
"""How long the page's credential for the relay holds: longer than any fault lasts."""


def _header(lab: Lab, middleware: str, option: str, value: str) -> Change:
    """A header that Traefik adds to the page's answers, by a middleware of the page's router."""
    labels = {
        f"traefik.http.middlewares.{middleware}.headers.{option}": value,
        f"traefik.http.routers.{PAGE}.middlewares": middleware,
    }
    return change_of(lab, PAGE, *(["label", key, each] for key, each in labels.items()))


@fault(
    "policy-blocks-api", "the page's content policy lets it ask its own host alone",
    effect=effects.page_header("content-security-policy"), policy="default-src 'self'; connect-src 'self'",
)  # fmt: skip
def policy_blocks_api(lab: Lab, policy: str) -> Changes:
    return (_header(lab, "page-policy", "contentsecuritypolicy", policy),)


@fault(
    "camera-refused", "a header forbids the page the use of camera and microphone",
    effect=effects.page_header("permissions-policy"), policy="camera=(), microphone=()",
)  # fmt: skip
def camera_refused(lab: Lab, policy: str) -> Changes:
    return (_header(lab, "page-devices", "permissionspolicy", policy),)


@fault(
    "page-wrong-host",
    "the page tells browsers to ask a host that there is not",
    url=f"https://signaling.{DOMAIN}",
)
def page_wrong_host(lab: Lab, url: str) -> Changes:
    return (change_of(lab, PAGE, ["env", "API_URL", url]),)


@fault(
    "script-missing",
    "one frontend replica lacks the page's script",
    node=NODE3,
    path="/srv/page/assets/app.js",
)
def script_missing(lab: Lab, node: str, path: str) -> Changes:
    return (MissingFile(PAGE, path, node),)


@fault(
    "udp-blocked", "no UDP passes to mediasoup but from the relay beside it, of which the page knows", node=NODE2,
    ports="40000:40009",
)  # fmt: skip
def udp_blocked(lab: Lab, node: str, ports: str) -> Changes:
    user = f"{int(time.time()) + CREDENTIAL_S}:page"
    digest = hmac.digest(lab.secret("turn_secret").strip().encode(), user.encode(), "sha1")
    relay = {
        "urls": [f"turn:{MEDIA_HOST}:{TURN_PORT}?transport={each}" for each in ("udp", "tcp")],
        "username": user, "credential": base64.b64encode(digest).decode(),
    }  # fmt: skip
    return (
        change_of(lab, PAGE, ["env", "ICE_SERVERS", json.dumps([relay])]),
        ports_dropped(lab, "udp-blocked", node, ports, "!", "-s", lab.state.addresses[node]),
    )
