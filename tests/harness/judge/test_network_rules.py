"""Rules on a stack's networks, on either side of each boundary: size, kind, way out."""

import copy
from dataclasses import replace

import pytest

from fixtures.judge.file_rules import FileLook
from fixtures.judge.rules import EVERY
from tests.harness.samples.changed_stack import shown, told, with_document, with_services
from tests.stack_cases.judging import PLAN


def with_network(value: object, *key: str) -> FileLook:
    return with_document(value, "networks", "frontend", *key)


MTU = "com.docker.network.driver.mtu"


@pytest.mark.parametrize(
    ("mtu", "speaks"), [("1460", False), ("1461", True), (1500, True), ("", False), ("large", False)]
)
def test_an_overlays_mtu_is_what_the_path_carries(mtu: object, speaks: bool) -> None:
    """As large as the path is allowed; of a path that the plan does not know nothing can be told."""
    look = with_network({MTU: mtu}, "driver_opts")
    text = f"network frontend: {MTU} is {mtu}, and the path between the nodes carries 1460 @ networks.frontend.driver_opts.{MTU}"
    assert PLAN.path_mtu == 1460
    assert told("overlay-mtu", look) == ([text] if speaks else [])
    assert told("overlay-mtu", replace(look, plan=replace(PLAN, path_mtu=None))) == []
    assert told("overlay-mtu", with_network({}, "driver_opts")) == []


@pytest.mark.parametrize(
    ("open_", "severity", "more"),
    [
        ((), "note", ""), (("tcp/7946", "ESP"), "note", ""), (("all",), "note", ""),
        (("tcp/7946", "udp/4789"), "error", ", which the plan's between_nodes.open does not pass (tcp/7946, udp/4789)"),
    ],
)  # fmt: skip
def test_an_encrypted_overlay_needs_its_protocol_between_the_nodes(
    open_: tuple[str, ...], severity: str, more: str
) -> None:
    """Where the plan says what passes and lacks it, nothing arrives: an error, else a note."""
    look = replace(
        with_network({"encrypted": "false"}, "driver_opts"), plan=replace(PLAN, open_between_nodes=open_)
    )
    (found,) = EVERY["overlay-encrypted"].check(look)
    assert found.severity == severity
    assert shown([found]) == [
        'network frontend: is encrypted: the driver looks for the key alone, so `encrypted: "false"` switches it on, '
        f"and needs IP protocol 50 (ESP) between all nodes{more} @ networks.frontend.driver_opts.encrypted"
    ]


def test_a_network_of_others_is_not_ours_to_judge() -> None:
    """It is external: its driver, options and addresses are set elsewhere."""
    for rule in ("overlay-encrypted", "overlay-mtu", "network-not-swarm", "subnet-small", "subnets-overlap"):
        foreign = {
            "external": True, "driver": "bridge", "driver_opts": {"encrypted": "", MTU: "9000"},
            "ipam": {"config": [{"subnet": "10.9.0.0/30"}]},
        }  # fmt: skip
        assert told(rule, with_network(foreign)) == []


@pytest.mark.parametrize(
    ("driver", "speaks"),
    [("bridge", True), ("host", True), ("none", True), ("overlay", False), (None, False)],
)
def test_a_service_needs_a_network_of_the_swarm(driver: str | None, speaks: bool) -> None:
    """One that nobody uses is not deployed."""
    found = told("network-not-swarm", with_network(driver, "driver"))
    text = f"network frontend: driver {driver} is of one node alone @ networks.frontend.driver"
    assert found == ([text] if speaks else [])
    assert told("network-not-swarm", with_document({"driver": driver}, "networks", "spare")) == []


def test_a_service_without_networks_is_on_the_default_one() -> None:
    """As Compose has it."""
    look = with_document({"default": {"driver": "bridge"}}, "networks")
    assert told("network-not-swarm", look) == []
    alone = replace(look, document={**look.document, "services": {"probe": {"image": "x"}}})
    assert told("network-not-swarm", alone) == [
        "network default: driver bridge is of one node alone @ networks.default.driver"
    ]


@pytest.mark.parametrize(
    ("subnet", "free", "speaks"),
    [("10.9.0.0/29", 5, True), ("10.9.0.0/28", 13, True), ("10.9.0.0/27", 29, False), ("10.9.0.1/32", 0, True),
     ("fd00::/124", 16, False), ("fd00::/125", 8, True)],
)  # fmt: skip
def test_a_subnet_has_an_address_for_each(subnet: str, free: int, speaks: bool) -> None:
    """Tasks, one more of each that starts first, virtual addresses, nodes: fifteen on the network of the page."""
    look = with_network({"config": [{}, {"subnet": subnet}]}, "ipam")
    shown_as = "10.9.0.1/32" if subnet.endswith("/32") else subnet
    text = (
        f"network frontend: {shown_as} has {free} addresses beside network, broadcast and gateway, and 15 are needed"
        " @ networks.frontend.ipam.config.1.subnet"
    )
    assert told("subnet-small", look) == ([text] if speaks else [])


def test_as_many_addresses_as_are_needed_are_enough() -> None:
    """And with one service more they are not; what is dialled without a virtual address needs one less."""
    look = with_network({"config": [{"subnet": "10.9.0.0/28"}]}, "ipam")

    def fitting(**fields: object) -> list[str]:
        fields = {"networks": ("translation_backend",), **fields}
        changed = with_services(frontend=fields, signaling={"update_config": {}}).candidate
        return told("subnet-small", replace(look, candidate=changed))

    assert fitting() == []  # 3 nodes; traefik 1 and its address, signaling 3 and its address: 9 of 13
    on_it = {"networks": ("translation_frontend",), "update_config": {}}
    assert fitting(**on_it, replicas=3) == []  # and 3 of the page with their address: 13 of 13
    assert len(fitting(**on_it, replicas=4)) == 1
    assert fitting(**on_it, replicas=4, endpoint_mode="dnsrr") == []
    assert fitting(**on_it, replicas=None) == []
    assert len(fitting(**{**on_it, "update_config": {"Order": "start-first"}}, replicas=3)) == 1


def test_subnets_of_one_network_may_be_of_two_kinds() -> None:
    """And two networks may not share addresses, whatever the order."""
    networks = {
        "one": {"ipam": {"config": [{"subnet": "10.9.0.0/24"}, {"subnet": "fd00::/64"}]}},
        "two": {"ipam": {"config": [{"subnet": "fd01::/64"}, {"subnet": "10.9.0.128/25"}]}},
    }
    assert told("subnets-overlap", with_document(networks, "networks")) == [
        "network two: 10.9.0.128/25 overlaps with 10.9.0.0/24 of network one @ networks.two.ipam.config.1.subnet"
    ]


@pytest.mark.parametrize(
    ("networks", "text"),
    [(("host",), ""), (("translation_backend",), ""), (("translation_a", "translation_b"), ""),
     (("host", "translation_b", "translation_a"), "b, a")],
)  # fmt: skip
def test_the_nodes_own_network_stands_alone(networks: tuple[str, ...], text: str) -> None:
    """With any other beside it the task is rejected."""
    found = told("host-network-mixed", with_services(tts={"networks": networks}))
    assert found == ([f"tts: is on the node's network (host) and on {text} @ tts.networks"] if text else [])


@pytest.mark.parametrize(
    ("given", "internal", "speaks"),
    [
        (["frontend"], {"frontend"}, True), (["frontend", "backend"], {"frontend"}, False),
        (["frontend", "backend"], {"frontend", "backend"}, True), (None, {"default"}, True), (["frontend"], set(), False),
    ],
)  # fmt: skip
def test_traefik_has_a_way_out(given: list[str] | None, internal: set[str], speaks: bool) -> None:
    """One network with a way out is enough; without any it is on the default one."""
    networks = {name: {"internal": name in internal} for name in ("frontend", "backend", "default")}
    look = with_document(networks, "networks")
    document = copy.deepcopy(dict(look.document))
    document["services"]["traefik"]["networks"] = given
    names = ", ".join(sorted(internal, reverse=True))
    first = (given or ["default"])[0]
    text = f"traefik: is on {names} alone, which is internal @ networks.{first}.internal"
    assert told("edge-internal", replace(look, document=document)) == ([text] if speaks else [])
