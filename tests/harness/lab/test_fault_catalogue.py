"""The catalogue of faults: its order, and what each fault changes."""

import base64
import datetime
import pkgutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from lab.cluster import authority
from lab.cluster.handle import Lab
from lab.errors import EngineError
from lab.faults import catalogue, effects
from lab.faults.catalogue import FAULTS, certificates
from lab.faults.change import Change, Changes
from lab.faults.node_changes import KillLoop, StoppedNode
from lab.faults.packet_rules import DropRule, LostRow
from lab.faults.process_changes import ReplacedFile, ReplacedTask, StoppedTask
from lab.faults.service_changes import NewNetwork, NewSecret, ServiceChange
from tests.harness.stand_ins.fake_lab import FRONTEND, FakeSwarm, fake_lab, spread

ONE, TWO, THREE = "translation01", "translation02", "translation03"
VXLAN = ("-p", "udp", "--dport", "4789")


@pytest.fixture
def swarm() -> FakeSwarm:
    swarm = spread("frontend", "signaling", "mediasoup", "redis", "coturn")
    sticky = "traefik.http.services.signaling.loadbalancer.sticky.cookie"
    swarm.services_["signaling"]["Spec"]["Labels"] = {
        f"{sticky}.name": "s",
        f"{sticky}": "true",
        "traefik.enable": "true",
    }
    return swarm


@pytest.fixture
def lab(swarm: FakeSwarm) -> Lab:
    return fake_lab(swarm)


def changes(lab: Lab, name: str, **arguments: str) -> tuple[Change, ...]:
    """What the fault would do, with these arguments besides its defaults."""
    return FAULTS[name].changes(lab, FAULTS[name].arguments({k.rstrip("_"): v for k, v in arguments.items()}))


def edits(changes_: Changes) -> list[tuple[str, list[object]]]:
    """Service and edits of each change, which must all be a service's."""
    found = []
    for each in changes_:
        assert isinstance(each, ServiceChange)
        found.append((each.service, list(each.edits)))
    return found


def test_every_module_of_the_catalogue_is_an_area() -> None:
    """A fault in a module that nobody lists would be silently absent."""
    modules = {module.name for module in pkgutil.iter_modules([str(Path(catalogue.__file__).parent)])}
    assert {area.__name__.rpartition(".")[2] for area in catalogue.AREAS} == modules


ORDER = [
    "incident", "overlay-cut", "overlay-cut-pair", "overlay-cut-direction", "mtu-black-hole", "tcp-dropped",
    "fdb-row-lost", "gossip-cut", "wrong-network", "wrong-port", "sticky-off", "replica-stopped", "pinned",
    "constraint-added", "addresses-exhausted", "node-stopped", "mediasoup-moved", "announced-wrong",
    "media-ports-dropped", "port-unpublished", "mediasoup-killed", "redis-gone", "rooms-unshared",
    "origin-open", "certificate-expired", "certificate-other-name", "certificate-untrusted",
    "turn-secret-changed", "turn-ports-closed", "page-replaced", "rate-limited", "worker-stopped",
]  # fmt: skip
"""In which the recorded matrix has them; one that is added since stands where its module has it."""


def test_the_catalogue_is_in_the_order_of_its_areas() -> None:
    """The order in which faults are listed and run, whatever order the modules are imported in."""
    assert [name for name in FAULTS if name in ORDER] == ORDER
    areas = [area.__name__ for area in catalogue.AREAS]
    places = [areas.index(each.area) for each in FAULTS.values()]
    assert places == sorted(places)
    assert all(each.name == name and each.summary for name, each in FAULTS.items())


def cut(fault_name: str, node: str, *match: str, provoke: tuple[str, ...] = ()) -> DropRule:
    return DropRule(fault_name, node, (*VXLAN, *match), provoke)


def from_(node: str) -> tuple[str, str]:
    return ("-s", {ONE: "172.28.0.11", TWO: "172.28.0.12", THREE: "172.28.0.13"}[node])


def test_the_overlay_is_cut_where_the_fault_says(lab: Lab) -> None:
    """At the node, with a request from another; between two, both ways; in one direction; by size; by protocol."""
    assert changes(lab, "overlay-cut") == (cut("overlay-cut", THREE, provoke=("request", ONE, THREE)),)
    assert changes(lab, "overlay-cut", node=ONE) == (cut("overlay-cut", ONE, provoke=("request", TWO, ONE)),)
    assert changes(lab, "overlay-cut-pair") == (
        cut("overlay-cut-pair", ONE, *from_(THREE), provoke=("request", THREE, ONE)),
        cut("overlay-cut-pair", THREE, *from_(ONE), provoke=("request", ONE, THREE)),
    )
    assert changes(lab, "overlay-cut-direction") == (
        cut("overlay-cut-direction", ONE, *from_(THREE), provoke=("request", THREE, ONE)),
    )
    assert changes(lab, "overlay-cut-direction", from_=ONE, to=TWO) == (
        cut("overlay-cut-direction", TWO, *from_(ONE), provoke=("request", ONE, TWO)),
    )
    large = ("-m", "length", "--length", "1000:65535", *from_(THREE))
    assert changes(lab, "mtu-black-hole") == (
        cut("mtu-black-hole", ONE, *large, provoke=("large", ONE, THREE)),
    )
    inside = ("-m", "u32", "--u32", "56&0xFF=6")
    assert changes(lab, "tcp-dropped") == (
        cut("tcp-dropped", THREE, *inside, provoke=("request", ONE, THREE)),
    )


def test_gossip_is_cut_both_ways_before_a_replica_is_replaced(lab: Lab) -> None:
    """Over both protocols; a replica that comes after the cut is the one that nobody learns of."""
    *rules, last = changes(lab, "gossip-cut")
    assert rules == [
        DropRule("gossip-cut", THREE, ("-p", protocol, "--dport", "7946"), chain=chain)
        for protocol in ("udp", "tcp") for chain in ("INPUT", "OUTPUT")
    ]  # fmt: skip
    assert last == ReplacedTask("frontend", THREE, "c-frontend-13", "t-frontend-13")


def test_the_incident_is_pins_and_a_cut(lab: Lab) -> None:
    """The dial timeout is Traefik's own, unless one is asked for."""
    *pins, last = changes(lab, "incident")
    pin = [["constraints", [f"node.labels.instance == {THREE}"]]]
    assert edits(tuple(pins)) == [("frontend", pin), ("signaling", pin)]
    assert last == cut("incident", THREE, provoke=("request", ONE, THREE))
    timeout, *rest = changes(lab, "incident", dial="30s")
    option = "--serverstransport.forwardingtimeouts.dialtimeout"
    assert edits((timeout,)) == [("traefik", [["argument", option, "30s"]])]
    assert len(rest) == 3


def test_a_row_is_lost_for_one_replica(lab: Lab, swarm: FakeSwarm) -> None:
    """In the namespace of the frontend's network on the asking node: the replica's hardware address behind its node."""
    swarm.networks_[FRONTEND] = {"Id": "0123456789abcdef"}
    joined = {FRONTEND: {"MacAddress": "02:42"}, "other": {"MacAddress": "02:43"}}
    swarm.containers["c-frontend-13"] = {"NetworkSettings": {"Networks": joined}}
    assert changes(lab, "fdb-row-lost") == (
        LostRow(ONE, "/var/run/docker/netns/1-0123456789", "02:42", "172.28.0.13", "10.0.1.13"),
    )
    with pytest.raises(EngineError, match="no replica of traefik runs on translation03"):
        changes(lab, "fdb-row-lost", service="traefik")


def test_labels_are_changed(lab: Lab) -> None:
    """Another network, another port; of the cookie every label, and no other label."""
    assert edits(changes(lab, "wrong-network")) == [
        ("signaling", [["label", "traefik.swarm.network", "translation_backend"]])
    ]
    port = "traefik.http.services.frontend.loadbalancer.server.port"
    assert edits(changes(lab, "wrong-port")) == [("frontend", [["label", port, "81"]])]
    sticky = "traefik.http.services.signaling.loadbalancer.sticky.cookie"
    assert edits(changes(lab, "sticky-off")) == [
        ("signaling", [["label", sticky, None], ["label", f"{sticky}.name", None]])
    ]


def test_replicas_are_stopped_pinned_and_exhausted(lab: Lab, swarm: FakeSwarm) -> None:
    """Each on the service and the node that the fault names."""
    assert changes(lab, "replica-stopped") == (StoppedTask(THREE, "c-frontend-13", "t-frontend-13"),)
    pin = [["constraints", [f"node.labels.instance == {TWO}"]]]
    assert edits(changes(lab, "pinned")) == [("frontend", pin)]
    added = [["constraint", "node.labels.instance != translation09"]]
    assert edits(changes(lab, "constraint-added")) == [("signaling", added)]
    before = swarm.services_["frontend"]["Spec"]
    joined, alone = ["network", "translation_small"], ["max replicas", 1]
    assert changes(lab, "addresses-exhausted") == (
        NewNetwork("translation_small", "10.99.99.0/29", {"com.docker.stack.namespace": "translation"}),
        ServiceChange(
            "frontend", (joined, alone), before, waits=False, first=(joined, alone, ["replicas", 1])
        ),
    )
    assert changes(lab, "node-stopped") == (StoppedNode(THREE),)


def test_media_is_moved_misannounced_and_cut_off(lab: Lab) -> None:
    """mediasoup's place, address, ports and life."""
    pin = [["constraints", [f"node.labels.instance == {THREE}"]]]
    assert edits(changes(lab, "mediasoup-moved")) == [("mediasoup", pin)]
    assert edits(changes(lab, "announced-wrong")) == [("mediasoup", [["env", "ANNOUNCED_IP", "172.28.0.13"]])]
    assert edits(changes(lab, "announced-wrong", address="1.2.3.4")) == [
        ("mediasoup", [["env", "ANNOUNCED_IP", "1.2.3.4"]])
    ]
    for name, ports in (("media-ports-dropped", "40000:40009"), ("turn-ports-closed", "49160:49167")):
        match = ("-p", "udp", "--dport", ports, "-d", "172.28.0.12")
        provoke = ("datagram", TWO, ports[:5])
        assert changes(lab, name) == (DropRule(name, TWO, match, provoke, "PREROUTING", "raw"),)
    assert edits(changes(lab, "port-unpublished")) == [("mediasoup", [["unpublish", 40007]])]
    (killed,) = changes(lab, "mediasoup-killed")
    assert isinstance(killed, KillLoop)
    assert (killed.node, killed.service, killed.every_s, len(killed.since)) == (TWO, "mediasoup", 6, 19)
    assert changes(lab, "worker-stopped") == (
        StoppedTask(TWO, "c-mediasoup-32", "t-mediasoup-32", "mediasoup-worke"),
    )


def test_signaling_and_the_page_are_changed(lab: Lab) -> None:
    """One edit each; the page in the replicas themselves, the limit by three labels."""
    assert edits(changes(lab, "redis-gone")) == [("redis", [["replicas", 0]])]
    assert edits(changes(lab, "rooms-unshared")) == [("signaling", [["env", "ROOM_STATE", "memory"]])]
    assert edits(changes(lab, "origin-open")) == [("signaling", [["env", "ALLOWED_ORIGINS", "*"]])]
    assert changes(lab, "page-replaced") == (
        ReplacedFile("frontend", "/srv/page/index.html", "down for maintenance"),
    )
    limit = "traefik.http.middlewares.few.ratelimit"
    assert edits(changes(lab, "rate-limited", burst="2")) == [
        ("frontend", [["label", f"{limit}.average", "1"], ["label", f"{limit}.burst", "2"],
                      ["label", "traefik.http.routers.frontend.middlewares", "few"]])
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["expired", "other-name", "untrusted"])
def test_the_edge_is_given_a_bad_certificate(lab: Lab, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Bad in just that way: expired, for another name, or by another authority; the two other ways it is good."""
    ours = authority.Authority.fresh()
    monkeypatch.setattr(certificates, "authority_of", lambda name: ours)
    chain, key, change = changes(lab, f"certificate-{kind}")
    assert isinstance(chain, NewSecret)
    assert isinstance(key, NewSecret)
    assert isinstance(change, ServiceChange)
    assert change.service == "traefik"
    assert [edit[2] for edit in change.edits] == [
        f"edge_certificate-certificate-{kind}",
        f"edge_key-certificate-{kind}",
    ]
    leaf = x509.load_pem_x509_certificate(base64.b64decode(chain.content))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(
        x509.DNSName
    )
    now = datetime.datetime.now(datetime.UTC)
    assert (leaf.not_valid_after_utc < now) == (kind == "expired")
    assert ("jbcalling.site" not in names) == (kind == "other-name")
    root = x509.load_pem_x509_certificate(ours.pair.certificate)
    signer = [leaf.issuer == root.subject]
    try:
        leaf.verify_directly_issued_by(root)
    except Exception:  # noqa: BLE001 - whatever it says, it is not signed by ours
        signer = [False]
    assert signer == [kind != "untrusted"]
    assert b"PRIVATE KEY" in base64.b64decode(key.content)


def test_coturn_is_given_another_secret(lab: Lab) -> None:
    """A fresh one each time, in the place of its own."""
    first, change = changes(lab, "turn-secret-changed")
    again, _ = changes(lab, "turn-secret-changed")
    assert isinstance(first, NewSecret)
    assert isinstance(again, NewSecret)
    assert first.name == "turn_secret-turn-secret-changed"
    assert first.content != again.content
    assert len(first.content) >= 32
    assert edits((change,)) == [("coturn", [["secret", "translation_turn_secret", first.name]])]


def test_what_proves_a_fault_is_declared_with_it() -> None:
    """An effect for each whose change alone does not show it; Traefik is not waited for where it cannot be asked."""
    proved = {
        "fdb-row-lost": effects.replica_unreached, "gossip-cut": effects.replica_unreached,
        "wrong-network": effects.replica_unreached, "wrong-port": effects.connection_refused,
        "sticky-off": effects.not_sticky, "replica-stopped": effects.check_failed,
        "addresses-exhausted": effects.stuck, "rate-limited": effects.limited,
    }  # fmt: skip
    known = [name for name in ORDER if "certificate" not in name]
    assert {name: FAULTS[name].effect for name in known if FAULTS[name].effect} == proved
    assert {name for name in ORDER if not FAULTS[name].routed} == {
        "addresses-exhausted", "certificate-expired", "certificate-other-name", "certificate-untrusted",
    }  # fmt: skip


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose clock on the wall is fourteen hours ahead of UTC."""
    monkeypatch.setenv("TZ", "EAST-14")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_tasks_that_ended_are_counted_from_now_in_utc(lab: Lab, far_east: None) -> None:
    """The Swarm's times are in UTC, whatever the zone of the machine that breaks it."""
    before = datetime.datetime.now(datetime.UTC).isoformat()[:19]
    (killed,) = changes(lab, "mediasoup-killed")
    assert isinstance(killed, KillLoop)
    assert before <= killed.since <= datetime.datetime.now(datetime.UTC).isoformat()[:19]
