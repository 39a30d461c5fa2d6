"""An encrypted overlay that carries nothing between nodes, and what tells it from udp/4789 that is blocked."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import Confidence, diagnose
from fixtures.diagnose.rules.encryption import encrypted_without_esp
from fixtures.diagnose.rules.overlay import overlay_cut
from lab.probe.values import Kernel
from tests.harness.samples import between_nodes
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import BACKEND, FRONTEND, ONE, THREE, TWO, blind, probed


def test_a_plain_overlay_that_passes_proves_it() -> None:
    """It names the network and the option, says that any value switches it on, and speaks of protocol 50."""
    found = diagnose(between_nodes.without_esp(), frozenset({"routing"}))
    assert (found.ids, found.causes[0].confidence) == (("encrypted-without-esp",), Confidence.PROVED)
    (cause,) = found.causes
    assert cause.title == f"{FRONTEND} is encrypted, and ESP (IP protocol 50) does not pass between all nodes"
    assert "tcpdump -ni any ip proto 50" in cause.command
    assert "4789" not in cause.title + cause.command + cause.remedy
    assert "keeps its options until it is made again" in cause.remedy
    assert any(BACKEND in text for text in cause.speaks_for)


@pytest.mark.parametrize(
    ("policies", "states", "confidence"),
    [
        (4, 0, Confidence.PROVED),
        (4, 4, Confidence.LIKELY),
        (0, 0, Confidence.LIKELY),
        (None, None, Confidence.LIKELY),
    ],
)
def test_a_kernel_without_esp_proves_it(
    policies: int | None, states: int | None, confidence: Confidence
) -> None:
    """Policies that demand encryption, and no state to encrypt with: no plain overlay is needed then."""
    kernels = (Kernel(ONE, policies=policies, states=states),)
    (cause,) = encrypted_without_esp(probed(between_nodes.encrypted_cut_off(), kernels=kernels))
    assert cause.confidence is confidence
    assert bool(cause.undecided) is (confidence is Confidence.LIKELY)


def test_where_a_plain_overlay_is_cut_too_it_is_the_cut() -> None:
    """VXLAN itself is blocked then: likely, since ESP may be as well, and never proved on an encrypted network."""
    seen = between_nodes.without_esp()
    assert seen.probe is not None
    seen = probed(seen, plain=tuple(map(samples.lost, seen.probe.plain)))
    found = diagnose(seen, frozenset({"routing"}))
    assert (found.ids, found.causes[0].confidence) == (("overlay-cut",), Confidence.LIKELY)
    assert "IP protocol 50 (ESP)" in found.causes[0].undecided


def test_a_cut_is_never_proved_on_an_encrypted_network() -> None:
    """On a plain one it is; on an encrypted one ESP is the nearer cause, and the cut is left to it."""
    seen = between_nodes.encrypted_cut_off()
    assert [cause.confidence for cause in overlay_cut(seen)] == [Confidence.LIKELY]
    assert diagnose(seen, frozenset({"routing"})).ids == ("encrypted-without-esp",)


def test_by_the_log_alone_it_is_likely() -> None:
    """Nodes that are silent whole, over a network that is encrypted."""
    seen = between_nodes.encrypted(between_nodes.cut_off_by_the_log())
    found = diagnose(seen, frozenset({"routing"}))
    assert (found.ids, found.causes[0].confidence) == (("encrypted-without-esp",), Confidence.LIKELY)
    assert found.causes[0].names("direction") == (f"{ONE} -> {THREE}",)
    assert "nobody looked" in found.causes[0].undecided or "not in this test" in found.causes[0].undecided


def test_an_encrypted_network_that_passes_is_no_cause() -> None:
    """Neither is one that is encrypted and not dialled over."""
    assert list(encrypted_without_esp(between_nodes.encrypted(samples.sound()))) == []
    seen = between_nodes.cut_off()
    assert seen.state is not None
    other = tuple(replace(n, encrypted=n.name == BACKEND) for n in seen.state.networks)
    assert diagnose(replace(seen, state=replace(seen.state, networks=other))).ids == ("overlay-cut",)
    assert list(encrypted_without_esp(blind(between_nodes.encrypted_cut_off(), "state"))) == []


def test_the_direction_that_plain_loses_too_is_not_esp_s() -> None:
    """Only what the plain overlay does not lose is put down to encryption."""
    seen = between_nodes.without_esp()
    assert seen.probe is not None
    plain = tuple(samples.lost(p) if (p.source, p.target) == (TWO, THREE) else p for p in seen.probe.plain)
    directions = {
        d for cause in encrypted_without_esp(probed(seen, plain=plain)) for d in cause.names("direction")
    }
    assert f"{TWO} -> {THREE}" not in directions
    assert len(directions) == 5
