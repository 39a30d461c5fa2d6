"""Ways from node to node: which task asks which, at what port and path, and what a request is."""

from pathlib import Path

import pytest

from lab.cluster.handle import Lab
from lab.cluster.tasks import Placed
from lab.compose import reading
from lab.compose.reference import REFERENCE_STACK, STACKS
from lab.errors import LabError
from lab.faults import crossings
from tests.harness.stand_ins.fake_lab import FakeSwarm, fake_lab, spread

ROOT = Path(__file__).parents[3]


@pytest.fixture
def swarm() -> FakeSwarm:
    return spread("frontend", "signaling")


@pytest.fixture
def lab(swarm: FakeSwarm) -> Lab:
    return fake_lab(swarm)


def test_a_way_is_a_task_that_asks_and_one_that_answers() -> None:
    """Over each network that both nodes have tasks on; a service that nobody can ask over HTTP answers nothing."""
    here = Placed("redis", "r", "a", "cr", {"back": "1", "front": "2"})
    there = Placed("frontend", "f", "b", "cf", {"front": "3", "back": "4", "own": "5"})
    mute = Placed("coturn", "m", "b", "cm", {"front": "6"})
    assert crossings.crossings("a", "b", (mute, here, there)) == {
        "back": (here, "4", "80/health"), "front": (here, "3", "80/health"),
    }  # fmt: skip
    assert crossings.crossings("b", "a", (mute, here, there)) == {}
    again = Placed("tts", "x", "b", "cx", {"front": "7"})
    assert crossings.crossings("a", "b", (here, there, again))["front"][1] == "3"


def test_a_crossing_is_asked_over_the_network_whose_name_sorts_last(lab: Lab, swarm: FakeSwarm) -> None:
    """Where nothing is shared that is an error, not silence."""
    for each in swarm.tasks_[:2]:
        each["NetworksAttachments"].append(
            {
                "Network": {"Spec": {"Name": "translation_backend"}},
                "Addresses": [f"10.0.3.{each['ID'][-1]}/24"],
            }
        )
    assert crossings.crossing(lab, "translation02", "translation01")[1] == "10.0.1.11"
    with pytest.raises(LabError, match="no two tasks on translation01 and elsewhere share a network"):
        crossings.crossing(lab, "translation01", "elsewhere")


def test_a_request_is_curls_and_bounded(lab: Lab, swarm: FakeSwarm) -> None:
    """Asked in the source's container; its exit status is the answer."""
    swarm.answer = lambda container, command: (7, "")
    source = Placed("x", "t", "translation01", "cx", {})
    assert crossings.request(lab, source, "10.0.1.1", "80/health") == 7
    assert swarm.commands == [
        ("cx", ["curl", "-s", "-o", "/dev/null", "-m", "2", "http://10.0.1.1:80/health"])
    ]


def test_a_lab_of_one_node_has_no_ways(swarm: FakeSwarm) -> None:
    """There is no other node to reach, and that is well."""
    lab = fake_lab(swarm)
    lab.state.addresses = {"translation01": "172.28.0.11"}  # type: ignore[misc]
    assert crossings.uncrossed(lab) == []


def test_each_service_is_asked_what_its_own_health_check_asks() -> None:
    """Of every service behind Traefik that answers HTTP, at the port and path that its check in the stack has."""
    stacks = (reading.for_a_lab((file,)).document for file in (REFERENCE_STACK, STACKS / "stack-gateway.yml"))
    asked = {}
    for name, service in (item for stack in stacks for item in stack["services"].items()):
        url = (service.get("healthcheck") or {}).get("test", [""])[-1]
        if url.startswith("http://") and name != "traefik":
            host, _, path = url.removeprefix("http://").partition("/")
            asked[name] = f"{host.partition(':')[2] or 80}/{path}"
    assert asked == crossings.ANSWERS


def test_curls_statuses_are_those_of_its_manual() -> None:
    """7: failed to connect to host; 28: operation timed out."""
    assert (crossings.REFUSED, crossings.TIMED_OUT) == (7, 28)


def test_what_is_asked_for_as_large_is_a_file_of_the_page() -> None:
    """The frontend's own configuration names it as what is read to its end."""
    port, _, path = crossings.LARGE.partition("/")
    assert port == "80"
    assert f"/{path} " in (ROOT / "lab/images/frontend/nginx.conf").read_text()
