"""Faults that lose, hold up or swallow packets without a cut: what they change, and what they need of a kernel."""

from types import SimpleNamespace
from typing import cast

import pytest

from lab.cluster.handle import Lab
from lab.errors import EngineError, InputError
from lab.faults import control, kinds, spec_edits
from lab.faults.catalogue import FAULTS
from lab.faults.change import Changes
from lab.faults.packet_rules import DropRule
from lab.faults.service_changes import NewNetwork, ServiceChange
from lab.faults.shaping import MEDIA, Shaped
from tests.harness.stand_ins.fake_lab import FakeSwarm, fake_lab, spread, words

ONE, TWO, THREE = "translation01", "translation02", "translation03"
BY_CHANCE = ("-m", "statistic", "--mode", "random", "--probability")


@pytest.fixture
def swarm() -> FakeSwarm:
    return spread("frontend", "signaling", "mediasoup")


def lab_with(swarm: FakeSwarm, **kernel: bool) -> Lab:
    lab = fake_lab(swarm)
    cast(SimpleNamespace, lab.state).kernel = kernel
    return lab


def changes(lab: Lab, name: str, **arguments: str) -> Changes:
    return FAULTS[name].changes(lab, FAULTS[name].arguments(arguments))


def test_a_share_is_dropped_by_chance(swarm: FakeSwarm) -> None:
    """The same rules as those of the cuts, with a share in them."""
    vxlan = ("-p", "udp", "--dport", "4789", *BY_CHANCE, "0.3")
    lab = lab_with(swarm)
    assert changes(lab, "overlay-loss") == (DropRule("overlay-loss", THREE, vxlan, ("request", ONE, THREE)),)
    media = ("-p", "udp", "--dport", "40000:40009", "-d", "172.28.0.12", *BY_CHANCE, "0.15")
    assert changes(lab, "media-loss") == (
        DropRule("media-loss", TWO, media, ("datagram", TWO, "40000"), "PREROUTING", "raw"),
    )
    (slight,) = changes(lab, "overlay-loss", share="0.1", node=TWO)
    assert isinstance(slight, DropRule)
    assert slight.match[-1] == "0.1"


@pytest.mark.parametrize("value", ["false", "true"])
def test_a_kernel_without_esp_needs_no_rule(swarm: FakeSwarm, value: str) -> None:
    """The network is made as written, whatever the value, and all that Traefik routes to is on it, Traefik last."""
    network, *moved = changes(lab_with(swarm, esp=False), "encrypted-without-esp", value=value)
    assert isinstance(network, NewNetwork)
    assert (network.name, network.options) == ("translation_encrypted", {"encrypted": value})
    assert all(isinstance(each, ServiceChange) for each in moved)
    services = [each for each in moved if isinstance(each, ServiceChange)]
    assert [each.service for each in services] == ["frontend", "signaling", "traefik"]
    swap = ["network instead", "translation_frontend", "translation_encrypted"]
    assert [each.edits[0] for each in services] == [swap] * 3
    assert services[-1].edits[1] == ["argument", "--providers.swarm.network", "translation_encrypted"]


def test_a_kernel_with_esp_has_it_dropped(swarm: FakeSwarm) -> None:
    """Protocol 50 into one node, after the services have moved."""
    last = changes(lab_with(swarm, esp=True), "encrypted-without-esp")[-1]
    assert last == DropRule("encrypted-without-esp", THREE, ("-p", "50"), ("request", ONE, THREE))


def test_one_network_takes_another_s_place() -> None:
    """A service keeps its names and its other networks; one that is not on the network is refused."""
    spec = {"Name": "s", "TaskTemplate": {"Networks": [{"Target": "a", "Aliases": ["s"]}, {"Target": "b"}]}}
    after = spec_edits.edited(spec, [["network instead", "a", "c"]])
    assert after["TaskTemplate"]["Networks"] == [{"Target": "c", "Aliases": ["s"]}, {"Target": "b"}]
    with pytest.raises(InputError, match="service s is not on the network x"):
        spec_edits.edited(spec, [["network instead", "x", "c"]])


@pytest.mark.parametrize("name", ["overlay-delay", "overlay-reordered"])
def test_a_kernel_without_netem_is_said(swarm: FakeSwarm, name: str) -> None:
    """It is refused before anything is changed or written down, in the words that the matrix shows."""
    why = "not exercised: this kernel has no netem"
    for kernel in ({}, {"netem": False}):
        assert FAULTS[name].lacking(kernel) == why
    assert FAULTS[name].lacking({"netem": True}) == FAULTS["overlay-loss"].lacking({}) == ""
    with pytest.raises(InputError, match=why):
        control.inject(lab_with(swarm, netem=False), name)


def test_what_netem_is_told(swarm: FakeSwarm) -> None:
    """The delay, and the share that overtakes."""
    lab = lab_with(swarm, netem=True)
    assert changes(lab, "overlay-delay", delay="80ms") == (Shaped(THREE, ("delay", "80ms")),)
    (late,) = changes(lab, "overlay-reordered")
    assert late == Shaped(THREE, ("delay", "300ms", "reorder", "25%"))
    assert kinds.from_json(kinds.as_json(Shaped(THREE, ("delay", "1ms")))).node == THREE  # type: ignore[attr-defined]
    assert changes(lab, "media-delay") == (Shaped(TWO, ("delay", "500ms", "100ms"), MEDIA),)
    assert changes(lab, "media-lost-by-netem", share="5%") == (Shaped(TWO, ("loss", "5%"), MEDIA),)


class Qdiscs:
    """A node's qdiscs, as tc shows and changes them."""

    def __init__(self) -> None:
        self.there, self.packets, self.refuses = False, 0, ""
        self.asked: list[list[str]] = []

    def __call__(self, _: str, command: list[str]) -> tuple[int, str]:
        self.asked.append(command)
        if self.refuses and self.refuses in command:
            return 2, "Specified qdisc kind is unknown.\n"
        if command[:3] == ["tc", "qdisc", "add"]:
            self.there = True
        if command[:3] == ["tc", "qdisc", "del"]:
            self.there = False
        shown = (
            f"qdisc netem 30: parent 1:3\n Sent 9 bytes {self.packets} pkt (dropped 0)" if self.there else ""
        )
        return 0, shown if "show" in command else ""


def test_vxlan_alone_is_shaped_and_all_of_it_undone(swarm: FakeSwarm) -> None:
    """It takes once packets were counted, is made once, and goes whole."""
    qdiscs, change = Qdiscs(), Shaped(THREE, ("delay", "1ms"))
    swarm.answer = qdiscs
    lab = fake_lab(swarm)
    change.apply(lab)
    change.apply(lab)
    assert sum(command[:3] == ["tc", "qdisc", "add"] for command in qdiscs.asked) == 1
    assert next(c for c in qdiscs.asked if c[1] == "filter")[-4:] == ["4789", "0xffff", "flowid", "1:3"]
    assert words(change.took(lab)) == f"not yet: {THREE}: netem delay 1ms has seen no packet yet"
    qdiscs.packets = 7
    assert words(change.took(lab)) == f"ready: {THREE}: 7 packets under netem delay 1ms"
    assert words(change.undone(lab)) == f"not yet: {THREE}: netem is still there"
    change.undo(lab)
    assert words(change.undone(lab)) == f"ready: {THREE}: netem is gone"


def test_the_medias_packets_alone_are_shaped(swarm: FakeSwarm) -> None:
    """Known by their source port; a datagram from a free one of the range is what is counted."""
    qdiscs, change = Qdiscs(), Shaped(THREE, ("loss", "5%"), MEDIA)
    swarm.answer = qdiscs
    lab = fake_lab(swarm)
    change.apply(lab)
    assert next(c for c in qdiscs.asked if c[1] == "filter")[-6:] == [
        "ip",
        "sport",
        "40000",
        "0xfff0",
        "flowid",
        "1:3",
    ]
    qdiscs.packets = 1
    assert words(change.took(lab)) == f"ready: {THREE}: 1 packets under netem loss 5%"
    assert next(c for c in qdiscs.asked if c[0] == "perl")[3] == "40015"


def test_a_kernel_that_refuses_is_an_error(swarm: FakeSwarm) -> None:
    """In tc's own words."""
    qdiscs = Qdiscs()
    swarm.answer, qdiscs.refuses = qdiscs, "netem"
    with pytest.raises(EngineError, match="Specified qdisc kind is unknown"):
        Shaped(THREE, ("delay", "1ms")).apply(fake_lab(swarm))
