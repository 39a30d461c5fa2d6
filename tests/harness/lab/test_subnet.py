"""A lab's subnet is one that nothing on the host uses, also when another lab is quicker."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

import docker.types
import pytest

from lab.errors import EngineError
from lab.host import subnet
from lab.host.subnet import POOL, PREFIX, create_network, engine_networks, free, host_routes
from tests.harness.stand_ins.fake_engine import api_error, as_client


@pytest.fixture
def _no_routes(monkeypatch: pytest.MonkeyPatch) -> None:
    """This host's own routes are not the subject."""
    monkeypatch.setattr(subnet, "host_routes", list)


@dataclass
class FakeNetworks:
    """Lists networks, and creates one unless its subnet is among `clashing`; a clash is reported in an engine's words."""

    subnets: list[Any]
    clashing: frozenset[str] = frozenset()
    refusal: str = "Pool overlaps with other one on this address space"
    created: list[dict[str, Any]] = field(default_factory=list)

    @property
    def api(self) -> "FakeNetworks":
        return self

    def networks(self) -> list[dict[str, Any]]:
        return [{"IPAM": {"Config": config}} for config in self.subnets]

    def create_network(self, name: str, ipam: docker.types.IPAMConfig, **options: Any) -> None:  # noqa: ANN401
        wanted = ipam["Config"][0]["Subnet"]
        if wanted in self.clashing:
            raise api_error(403, self.refusal)
        self.created.append({"name": name, "subnet": wanted, **options})


def test_a_free_subnet_overlaps_nothing_that_is_taken() -> None:
    """A taken network hides every /24 that it touches, whichever of the two is the larger."""
    taken = [IPv4Network("172.28.0.0/23"), IPv4Network("172.28.2.128/25"), IPv4Network("10.0.0.0/8")]
    assert next(iter(free(taken))) == IPv4Network("172.28.3.0/24")


def test_nothing_is_free_in_a_taken_pool() -> None:
    """A route over the whole pool leaves no subnet."""
    assert list(free([POOL])) == []


def test_the_engines_networks_are_read_in_every_form() -> None:
    """No IPAM, IPv6, and a subnet with host bits, which Docker stores as it was given."""
    listed: list[Any] = [
        None,
        [],
        [{"Subnet": "fd00::/64"}, {"Subnet": "172.17.0.0/16"}],
        [{"Subnet": "10.1.1.5/24"}],
        [{}],
    ]
    assert engine_networks(as_client(FakeNetworks(listed))) == [
        IPv4Network("172.17.0.0/16"),
        IPv4Network("10.1.1.0/24"),
    ]


def test_the_default_route_is_no_taken_network() -> None:
    """Else every subnet would count as taken on any host that has a way out."""
    assert IPv4Network("0.0.0.0/0") not in host_routes()


@pytest.mark.usefixtures("_no_routes")
def test_another_lab_was_quicker() -> None:
    """A subnet that is taken between the look and the creation is passed over for the next."""
    fake = FakeNetworks([[{"Subnet": "172.28.0.0/24"}]], frozenset({"172.28.1.0/24"}))
    assert create_network(as_client(fake), "net", {"a": "b"}) == IPv4Network("172.28.2.0/24")
    assert fake.created == [
        {"name": "net", "subnet": "172.28.2.0/24", "driver": "bridge", "internal": True, "labels": {"a": "b"}}
    ]


@pytest.mark.usefixtures("_no_routes")
def test_any_other_refusal_surfaces_at_once() -> None:
    """Only an overlap is passed over."""
    fake = FakeNetworks([], frozenset(map(str, POOL.subnets(new_prefix=PREFIX))), "bridge driver broken")
    with pytest.raises(EngineError, match="network net could not be created: bridge driver broken"):
        create_network(as_client(fake), "net", {})


def test_no_subnet_left_names_the_remedy() -> None:
    """The message says how to see and remove labs."""
    with pytest.raises(EngineError, match=r"no free /24 left in 172\.28\.0\.0/14.*status --all"):
        create_network(as_client(FakeNetworks([[{"Subnet": str(POOL)}]])), "net", {})
