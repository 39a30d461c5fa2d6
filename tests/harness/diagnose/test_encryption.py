"""An encrypted overlay that carries nothing between nodes, and what tells it from udp/4789 that is blocked."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.diagnose.engine import Confidence, diagnose
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules.encryption import encrypted_without_esp
from fixtures.diagnose.rules.overlay import mtu_black_hole, overlay_cut
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


def _without(seen: Observations, *nodes: str) -> Observations:
    """The same where the probe did not see what passes between these nodes: one of them was slow to answer."""
    return probed(seen, lambda p: replace(p, why="probe again") if {p.source, p.target} == set(nodes) else p)


def test_a_way_that_the_probe_did_not_see_is_told_by_the_log() -> None:
    """The other ways are seen to pass, and still ESP is nearer than udp/4789 on a network that is encrypted."""
    seen = _without(between_nodes.encrypted(between_nodes.timed_out(samples.sound())), ONE, THREE)
    found = diagnose(seen, frozenset({"routing"}))
    assert (found.ids, found.causes[0].confidence) == (("encrypted-without-esp",), Confidence.LIKELY)
    plain = _without(between_nodes.timed_out(samples.sound()), ONE, THREE)
    assert diagnose(plain, frozenset({"routing"})).ids == ("overlay-cut",)
    assert seen.probe is not None
    lost = tuple(samples.lost(replace(p, network=BACKEND)) for p in seen.probe.pairs)
    assert diagnose(probed(seen, plain=lost), frozenset({"routing"})).ids == ("overlay-cut",)


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


def counted(seen: Observations, sent: int | None, received: int | None) -> Observations:
    """The same, where both kernels counted so many packets of ESP in each silent direction."""
    return probed(
        seen,
        lambda p: replace(p, esp_sent=sent, esp_received=received) if p.one_way is False else p,
    )


def one_way_cut() -> Observations:
    """An encrypted network of which one node gets nothing; no plain one was probed."""
    return between_nodes.encrypted(between_nodes.cut_off())


@pytest.mark.parametrize("make", [between_nodes.encrypted_cut_off, one_way_cut])
def test_esp_that_left_and_was_never_decrypted_proves_it(make: Callable[[], Observations]) -> None:
    """Title, command and remedy speak of IP protocol 50 then, and what each side counted stands there."""
    found = diagnose(counted(make(), 1_340, 0), frozenset({"routing"}))
    assert (found.ids, found.causes[0].confidence) == (("encrypted-without-esp",), Confidence.PROVED)
    (cause,) = found.causes
    assert "4789" not in cause.title + cause.command + cause.remedy
    assert "ip proto 50" in cause.command
    assert not cause.undecided
    assert any(
        text.startswith(f"{ONE} sent 1340 packets of ESP to {THREE}, which decrypted 0 of them")
        for text in cause.speaks_for
    )


def test_esp_that_was_decrypted_leaves_udp_4789() -> None:
    """A rule of the target's own drops what comes of ESP: proved, and protocol 50 is not to blame."""
    found = diagnose(counted(one_way_cut(), 1_340, 1_338), frozenset({"routing"}))
    assert (found.ids, found.causes[0].confidence) == (("overlay-cut",), Confidence.PROVED)
    (cause,) = found.causes
    assert "udp/4789 is dropped" in cause.title
    assert any("decrypted 1338 of 1340 packets of ESP" in text for text in cause.speaks_for)
    assert "tcpdump" not in cause.command, "on the wire of an encrypted overlay there is no udp/4789"
    assert not cause.undecided


@pytest.mark.parametrize(
    ("sent", "received"), [(None, 0), (1_340, None), (99, 0), (0, 0), (1_000, 21), (1_000, 499)]
)
def test_too_little_that_was_counted_decides_nothing(sent: int | None, received: int | None) -> None:
    """ESP stays the likely cause, as where nothing was counted."""
    found = diagnose(counted(one_way_cut(), sent, received), frozenset({"routing"}))
    assert (found.ids, found.causes[0].confidence) == (("encrypted-without-esp",), Confidence.LIKELY)


@pytest.mark.parametrize(("received", "passes"), [(20, False), (500, True)])
def test_a_few_strays_are_no_way(received: int, passes: bool) -> None:
    """What was under way when the counters were read is neither lost nor come."""
    found = diagnose(counted(one_way_cut(), 1_000, received), frozenset({"routing"}))
    assert found.ids == (("overlay-cut",) if passes else ("encrypted-without-esp",))
    assert found.causes[0].confidence is Confidence.PROVED


def test_where_esp_and_plain_are_lost_both_are_named() -> None:
    """Nothing at all passes between the nodes then."""
    seen = between_nodes.without_esp()
    assert seen.probe is not None
    seen = counted(probed(seen, plain=tuple(map(samples.lost, seen.probe.plain))), 1_340, 0)
    (cause,) = diagnose(seen, frozenset({"routing"})).causes
    assert cause.id == "overlay-cut"
    assert "ESP (IP protocol 50) is lost as well" in cause.undecided


def test_a_black_hole_s_size_on_the_wire_has_esp_in_it() -> None:
    """What must pass is larger by ESP's own bytes."""
    (plain,) = mtu_black_hole(between_nodes.black_hole())
    (secret,) = mtu_black_hole(between_nodes.encrypted(between_nodes.black_hole()))
    assert "from 950 bytes on (1000 on the wire)" in plain.title
    assert "from 950 bytes on (1026 on the wire)" in secret.title
    assert "let 1026 bytes and more pass" in secret.remedy


@pytest.mark.parametrize(
    ("versions", "named"),
    [
        (("26.1.5+dfsg1", "29.1.0", "29.1.0"), True), (("29.2.0", "29.2.1", "29.2.1"), True),
        (("28.5.2", "29.2.1", "29.10.0"), False), (("29.0.0", "29.1.0", "29.2.0"), False), (("", "29.1.0", "29.1.0"), False),
    ],
)  # fmt: skip
def test_engines_that_do_not_understand_one_another_are_named(versions: tuple[str, ...], named: bool) -> None:
    """Engines 29.0.0 to 29.2.0 have another index for a flow than all others: what they send is dropped undecrypted."""
    seen = counted(between_nodes.encrypted_cut_off(), 1_340, 0)
    assert seen.state is not None
    nodes = tuple(replace(n, engine_version=v) for n, v in zip(seen.state.nodes, versions, strict=True))
    (cause,) = encrypted_without_esp(replace(seen, state=replace(seen.state, nodes=nodes)))
    assert any("cannot decrypt what others send" in text for text in cause.speaks_for) is named
    assert cause.remedy.startswith("give all nodes the same engine, 29.2.1 or newer") is named
