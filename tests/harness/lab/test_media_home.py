"""Where a lab has its media host: on a node of its own, or at the edge where the stack's SFU is behind the edge too."""

from pathlib import Path

import pytest

from lab.adapt import announced
from lab.cluster import deployment, lifecycle
from lab.cluster.handle import Lab
from lab.cluster.stack_deploy import EDGE_HOSTS, MEDIA_HOST, MORE_EDGE_HOSTS
from lab.compose import reading
from lab.compose.reference import STACKS
from lab.host.state import LabState
from tests.harness.stand_ins.fake_engine import FakeEngine, as_client

GATEWAY = STACKS / "stack-gateway.yml"
ADDRESSES = {"translation01": "172.28.0.11", "translation02": "172.28.0.12", "translation03": "172.28.0.13"}


def test_of_our_stacks_the_gateways_is_at_the_edge() -> None:
    """Its SFU is asked by a host's name as well, and no other stack's is."""
    found = {
        file.name: announced.is_the_edges(reading.for_a_lab((file,)).document)
        for file in sorted(STACKS.glob("*.yml"))
    }
    assert [name for name, is_there in found.items() if is_there] == ["stack-gateway.yml"]


@pytest.mark.parametrize(
    ("setting", "label", "is_there"),
    [
        ("ANNOUNCED_IP", "traefik.http.routers.x.rule: Host(`a.example`)", True),
        ("MEDIASOUP_ANNOUNCED_ADDRESS", "traefik.http.routers.x.rule: HOST (`a.example`)", True),
        ("EXTERNAL_IP", "traefik.http.routers.x.rule: Host(`a.example`) && PathPrefix(`/x`)", True),
        ("ANNOUNCED_IP", "traefik.http.routers.x.rule: PathPrefix(`/x`)", False),
        ("ANNOUNCED_IP", "traefik.enable: 'true'", False),
        ("OTHER_IP", "traefik.http.routers.x.rule: Host(`a.example`)", False),
    ],
)
def test_it_takes_an_address_and_a_rule(tmp_path: Path, setting: str, label: str, is_there: bool) -> None:
    """Of one service: it announces an address, and is routed to by a host."""
    file = tmp_path / "stack.yml"
    file.write_text(
        f"services:\n  x:\n    image: a\n    environment: {{{setting}: 192.0.2.2}}\n    deploy:\n      labels:\n        {label}\n"
    )
    assert announced.is_the_edges(reading.read((file,), {}).document) is is_there


def test_the_lab_addresses_its_media_host_by_the_stack() -> None:
    """And back again, where the next stack that is deployed has it on a node of its own."""
    hosts = lifecycle.hosts_of(ADDRESSES)
    assert hosts[MEDIA_HOST] == "172.28.0.12"
    assert {hosts[host] for host in (*EDGE_HOSTS, *MORE_EDGE_HOSTS)} == {"172.28.0.11"}
    state = LabState("x", "kept", "f", "now", "172.28.0.0/24", "node", ADDRESSES, {}, True, hosts)
    lab = Lab(as_client(FakeEngine()), state)
    gateway = deployment._addressed(lab, reading.for_a_lab((GATEWAY,)))
    assert gateway.state.hosts == {**hosts, MEDIA_HOST: "172.28.0.11"}
    again = deployment._addressed(gateway, reading.for_a_lab((STACKS / "stack-hybrid.yml",)))
    assert again.state.hosts == hosts
