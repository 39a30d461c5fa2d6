"""What brings what about: a consequence is not named beside its cause, unless it is proved itself."""

from collections.abc import Iterator

import pytest

from fixtures.diagnose import engine
from fixtures.diagnose.catalogue import Catalogue, Layer
from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules import CAUSES
from fixtures.diagnose.values import Cause, Confidence
from tests.harness.samples import observed as samples

PROVED, LIKELY, POSSIBLE = Confidence
UNREACHED = {
    "replica-stalled",
    "rooms-in-memory",
    "rooms-not-shared",
    "restarts",
    "update-window",
    "update-drops",
    "check-fails",
}
BROUGHT_ABOUT = {
    "node-down": UNREACHED | {"redis-gone", "overlay-cut", "fdb-row-missing", "gossip-split"},
    "overlay-cut": UNREACHED | {"fdb-row-missing", "gossip-split"},
    "tcp-blocked": UNREACHED | {"overlay-cut", "fdb-row-missing"},
    "mtu-black-hole": UNREACHED,
    "fdb-row-missing": UNREACHED,
    "gossip-split": UNREACHED | {"fdb-row-missing", "vip-without-backend", "vip-stale-backend"},
    "wrong-network": UNREACHED | {"overlay-cut", "fdb-row-missing"},
    "wrong-port": {"update-window"},
    "replica-stalled": {"update-window", "restarts", "check-fails"},
    "mediasoup-restarts": {"media-udp-dropped", "rooms-in-memory", "rooms-not-shared"},
    "redis-gone": {"replica-stalled", "restarts", "check-fails"},
}
"""Written apart from the decorators: whoever changes one of them has to mean it."""
EDGES = [(one, other) for one, others in BROUGHT_ABOUT.items() for other in sorted(others)]


@pytest.mark.parametrize("cause", BROUGHT_ABOUT)
def test_what_each_cause_brings_about(cause: str) -> None:
    """No cause of the table brings about more or less than it says."""
    assert CAUSES[cause].brings_about == BROUGHT_ABOUT[cause]


def drawn(monkeypatch: pytest.MonkeyPatch, *found: tuple[str, Confidence]) -> tuple[str, ...]:
    """The ids that are named where just these causes are found, each as well known as is said."""
    catalogue = Catalogue()

    def finding(slug: str, confidence: Confidence) -> None:
        def rule(seen: Observations) -> Iterator[Cause]:
            """What is said to be found."""
            yield Cause(slug, slug, confidence, (), ("seen",))

        follows = CAUSES[slug].brings_about & dict(found).keys()
        catalogue.cause(slug, layer=Layer.NODE, explains={"call"}, brings_about=follows)(rule)

    for slug, confidence in found:
        finding(slug, confidence)
    monkeypatch.setattr(engine, "CAUSES", catalogue.in_order())
    return diagnose(samples.sound()).ids


@pytest.mark.parametrize(("cause", "consequence"), EDGES)
def test_a_consequence_is_not_named_beside_its_cause(
    monkeypatch: pytest.MonkeyPatch, cause: str, consequence: str
) -> None:
    """What follows is left out beside a cause known as well or better, and stays where it is proved or known better."""
    assert drawn(monkeypatch, (cause, PROVED), (consequence, LIKELY)) == (cause,)
    assert drawn(monkeypatch, (cause, LIKELY), (consequence, LIKELY)) == (cause,)
    assert drawn(monkeypatch, (cause, LIKELY), (consequence, POSSIBLE)) == (cause,)
    assert drawn(monkeypatch, (cause, PROVED), (consequence, PROVED)) == (cause, consequence)
    assert drawn(monkeypatch, (cause, POSSIBLE), (consequence, LIKELY)) == (consequence, cause)
    assert drawn(monkeypatch, (consequence, LIKELY)) == (consequence,)


def test_what_is_brought_about_by_nothing_found_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two causes of which neither follows from the other are both named, the better known one first."""
    assert drawn(monkeypatch, ("pins", LIKELY), ("cors-open", PROVED)) == ("cors-open", "pins")
    assert drawn(monkeypatch, ("redis-gone", PROVED), ("pins", POSSIBLE)) == ("redis-gone", "pins")
