"""What the tabs of a browser said, for each cause that is drawn from that alone."""

from dataclasses import replace

from fixtures.diagnose.observations import Observations, TabHeard
from fixtures.diagnose.values import Confidence
from fixtures.observe.browser.values import Asked, Refused, Said, Violation
from tests.harness.samples import faults
from tests.harness.samples.observed import sound

PAGE = Asked("https://jbcalling.site/", "document", status=200, by="replica-1")
SCRIPT = "https://jbcalling.site/assets/app.js"
API = "https://api.jbcalling.site/socket.io/"
SERVICE = {"service": "translation_frontend"}


def heard(*tabs: Said) -> faults.Make:
    """A sound cluster, in whose page these tabs were open."""

    def make() -> Observations:
        return replace(sound(), browser=tuple(map(TabHeard, tabs)))

    return make


def undriven() -> Observations:
    """A sound cluster, and a browser that did not start."""
    return replace(sound(), browser=(TabHeard(Said(), error="Ada: the browser did not answer in time"),))


BLOCKED = Said(asked=(PAGE,), violations=(Violation("connect-src", API),))
CORS = Said(
    errors=(
        f"Access to XMLHttpRequest at '{API}' from origin 'https://jbcalling.site' has been blocked by CORS policy",
    ),
    asked=(PAGE, Asked(API, "xhr", failure="net::ERR_FAILED")),
)
MIXED = Said(
    errors=("Mixed Content: The page was loaded over HTTPS, but requested an insecure resource",),
    asked=(PAGE, Asked("http://api.jbcalling.site/socket.io/", "xhr", failure="mixed-content")),
)
UNTRUSTED = Said(asked=(PAGE, Asked(API, "xhr", failure="net::ERR_CERT_AUTHORITY_INVALID")))
STRANGER = Said(
    asked=(PAGE, Asked("https://signaling.jbcalling.site/", "xhr", failure="net::ERR_NAME_NOT_RESOLVED"))
)
LACKING = Said(asked=(PAGE, Asked(SCRIPT, "script", status=404, failure="net::ERR_ABORTED", by="replica-3")))
HAVING = Said(asked=(PAGE, Asked(SCRIPT, "script", status=200, by="replica-1")))
REFUSED = Said(
    asked=(PAGE,), refused=(Refused("NotAllowedError", "Permission denied"),),
    console=("error: [Violation] Permissions policy violation: camera is not allowed in this document.",),
)  # fmt: skip

BROWSER_CASES: list[tuple[str, faults.Make, dict[str, str], Confidence]] = [
    ("page-policy", heard(BLOCKED), SERVICE, Confidence.PROVED),
    ("page-cors", heard(CORS), SERVICE, Confidence.PROVED),
    ("page-mixed", heard(MIXED), SERVICE, Confidence.LIKELY),
    ("page-certificate", heard(UNTRUSTED), SERVICE, Confidence.LIKELY),
    ("page-asks-strangers", heard(STRANGER), SERVICE, Confidence.LIKELY),
    ("page-file-missing", heard(LACKING, HAVING), {**SERVICE, "replica": "replica-3"}, Confidence.PROVED),
    ("browser-unusable", undriven, {}, Confidence.LIKELY),
    ("device-refused", heard(REFUSED), SERVICE, Confidence.PROVED),
]
