"""Secrets and networks that a fault adds to the Swarm: made once, and only those removed."""

import dataclasses

import pytest

from lab.errors import EngineError
from lab.faults.service_changes import NewNetwork, NewSecret
from tests.harness.stand_ins.fake_engine import api_error
from tests.harness.stand_ins.fake_lab import FakeSwarm, fake_lab, words


def test_a_secret_is_made_once_and_only_ours_is_removed() -> None:
    """Found by the fault's label: another of the same name is not touched."""
    swarm = FakeSwarm()
    lab, change = fake_lab(swarm), NewSecret("s-fault", "YWJj")
    assert words(change.took(lab)) == "not yet: no secret s-fault"
    assert words(change.undone(lab)) == "ready: secret s-fault is gone"
    change.apply(lab)
    swarm.secrets_["s-fault"]["data"] += b"!"
    change.apply(lab)
    assert swarm.secrets_["s-fault"]["data"] == b"abc!", "it was made anew"
    assert words(change.took(lab)) == "ready: secret s-fault is there"
    assert words(change.undone(lab)) == "not yet: secret s-fault is still there"
    swarm.create_secret("theirs", b"", labels={})
    change.undo(lab)
    change.undo(lab)
    assert list(swarm.secrets_) == ["theirs"]


def test_a_network_is_made_once_and_goes_with_its_last_task() -> None:
    """While a task holds it the removal is tried again at each look; any other refusal is an error."""
    swarm = FakeSwarm()
    lab, change = fake_lab(swarm), NewNetwork("small", "10.99.99.0/29", {"a": "b"})
    assert words(change.took(lab)) == "not yet: no network small"
    change.apply(lab)
    made = swarm.networks_["small"]
    change.apply(lab)
    assert swarm.networks_["small"] is made
    assert made["driver"] == "overlay"
    assert made["labels"] == {"site.jbcalling.lab.fault": "small", "a": "b"}
    assert made["ipam"]["Config"][0]["Subnet"] == "10.99.99.0/29"
    assert words(change.took(lab)) == "ready: network small is 10.99.99.0/29"
    swarm.in_use = True
    change.undo(lab)
    assert words(change.undone(lab)) == "not yet: network small is still in use"
    swarm.in_use = False
    assert words(change.undone(lab)) == "ready: network small is gone"
    change.undo(lab)


def test_a_network_that_is_refused_otherwise_is_an_error() -> None:
    """Only "in use" is waited out."""

    @dataclasses.dataclass
    class Refusing(FakeSwarm):
        def remove_network(self, identity: str) -> None:
            raise api_error(403, "not allowed")

    lab, change = fake_lab(Refusing()), NewNetwork("small", "10.99.99.0/29")
    change.apply(lab)
    with pytest.raises(EngineError, match="network small: not allowed"):
        change.undo(lab)
