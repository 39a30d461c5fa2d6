"""The read-only view of a Swarm, against an engine's API that records what it is sent."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.observe.swarm.access import open_swarm
from fixtures.observe.swarm.reader import Swarm
from fixtures.observe.swarm.state import (
    LogIncompleteError,
    NotAManagerError,
    ReadOnlyError,
    ServiceMissingError,
    SwarmUnreachableError,
)
from fixtures.target.planned import Port
from fixtures.target.values import SwarmApi
from tests.harness.samples import swarm_api as samples
from tests.harness.samples.engine_calls import NOT_READS, READS, WRITES, Call, V, call
from tests.harness.stand_ins.engine_api import RecordingEngine, recording_engine

ANSWERS = {
    "/nodes": [samples.node("n1"), samples.node("n2", "down")],
    "/services": [samples.service("media", constraints=["node.labels.instance==translation02"],
                                  ports=[(40001, 40001, "udp", "host"), (40000, 40000, "udp", "host")])],
    "/tasks": [samples.task("t1", "media", 1, "n2", address="10.0.1.7"),
               samples.task("t0", "media", 1, "n1", "failed", desired="shutdown", error="exit", code=137)],
    "/networks": [samples.NETWORK, {**samples.NETWORK, "Id": "other", "Name": "ingress"}],
    "/networks/net1": samples.NETWORK,
    "/services/translation_media/logs": b"".join([
        samples.frame(2, samples.LOGGED.format(second=2, text="late trouble")),
        samples.frame(1, samples.LOGGED.format(second=1, text="early  words com.docker.swarm.x=1")),
    ]),
    "/services/stuck/logs": samples.frame(1, samples.LOGGED.format(second=1, text="one")) + b"HANG",
    "/services/away/logs": 503,
}  # fmt: skip


@pytest.fixture
def engine() -> Iterator[RecordingEngine]:
    with recording_engine(ANSWERS) as server:
        yield server


@pytest.fixture
def swarm(engine: RecordingEngine) -> Iterator[Swarm]:
    with open_swarm(SwarmApi(engine.url)) as swarm:
        yield swarm


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_no_write_is_ever_sent(swarm: Swarm, engine: RecordingEngine, write: Call) -> None:
    """Whatever would change something is refused before a byte of it is sent."""
    with pytest.raises(ReadOnlyError, match="was not sent"):
        write(swarm.client)
    assert engine.requests == ["GET /version"]


@pytest.mark.parametrize("version", [V, ""])
@pytest.mark.parametrize("target", NOT_READS.values(), ids=NOT_READS.keys())
def test_no_other_read_is_ever_sent(swarm: Swarm, engine: RecordingEngine, target: str, version: str) -> None:
    """A GET that is none of the listed reads, as it is written or once its escapes are resolved, is refused too."""
    for method in ("GET", "HEAD"):
        with pytest.raises(ReadOnlyError, match="was not sent") as caught:
            call(method, version + target)(swarm.client)
        assert str(caught.value).isprintable()
    assert engine.requests == ["GET /version"]


@pytest.mark.parametrize("target", READS)
def test_reads_are_sent(swarm: Swarm, engine: RecordingEngine, target: str) -> None:
    """The guard lets plain reads through, and none of them asks for another protocol or for anything compressed."""
    call("GET", V + target)(swarm.client)
    assert engine.requests[1:] == [f"GET {target.partition('?')[0]}"]
    heads = {name.lower(): value for name, value in engine.heads[-1].items()}
    assert set(heads) == {"host", "accept", "accept-encoding"}
    assert heads["accept-encoding"] == "identity"


def test_observe_takes_few_requests(swarm: Swarm, engine: RecordingEngine) -> None:
    """A snapshot is four lists and one inspection per network in use, not one per task."""
    swarm.observe()
    asked = ["/version", "/nodes", "/services", "/tasks", "/networks", "/networks/net1"]
    assert engine.requests == [f"GET {path}" for path in asked]


def test_nodes_are_read(swarm: Swarm) -> None:
    """A manager that reports 0.0.0.0 is known by the address it advertises; state and labels are kept."""
    first, second = swarm.observe().nodes
    assert (first.hostname, first.address, first.role, first.leader, first.usable) == (
        "translation01", "172.28.0.11", "manager", True, True,
    )  # fmt: skip
    assert (second.address, second.state, second.usable) == ("172.28.0.12", "down", False)
    assert (second.labels["instance"], second.memory_bytes) == ("translation02", 15 * 2**30)


def test_a_service_is_read(swarm: Swarm) -> None:
    """Of a service the image comes without digest, env as a mapping, ports sorted, memory in bytes."""
    service = swarm.observe().service("translation_media")
    assert service is not None
    assert (service.image, service.digest) == ("jbcalling-lab/media:latest", samples.DIGEST[1:])
    assert service.env == {"PORT": "80", "TOKEN": "a=b", "BARE": ""}
    assert service.ports == (Port(40000, 40000, "udp", "host"), Port(40001, 40001, "udp", "host"))
    assert (service.memory_limit, service.memory_reservation) == (2**27, 2**26)
    assert (service.endpoint_mode, service.mode, service.replicas) == ("dnsrr", "replicated", 1)
    assert service.preferences == ("spread=node.labels.instance",)
    assert service.healthcheck is not None
    assert service.healthcheck.interval_s == 5


def test_tasks_are_read(swarm: Swarm) -> None:
    """Tasks carry the names of their service and node, their address by network, and why they ended."""
    state = swarm.observe()
    running = state.task_at("10.0.1.7")
    assert running is not None
    assert (running.name, running.node, running.running) == ("translation_media.1", "translation02", True)
    ended = next(task for task in state.tasks if task.id == "t0")
    assert (ended.running, ended.error, ended.exit_code) == (False, "exit", 137)


def test_networks_in_use_are_read(swarm: Swarm) -> None:
    """Only networks that services use are inspected; encryption, subnets and peers are read."""
    (network,) = swarm.observe().networks
    assert (network.subnets, network.encrypted, network.mtu) == (("10.0.1.0/24",), True, None)
    assert network.peers == ("172.28.0.11", "172.28.0.12")


def test_a_service_log_is_in_the_order_of_time(swarm: Swarm) -> None:
    """The streams are told apart, ids taken off the text, lines sorted by time."""
    first, second = swarm.service_log("translation_media")
    assert (first.text, first.stream, first.task, first.node) == (
        "early  words com.docker.swarm.x=1", "stdout", "t1", "n1",
    )  # fmt: skip
    assert (second.text, second.stream) == ("late trouble", "stderr")


def test_the_log_of_what_runs_asks_no_other_task() -> None:
    """Only the running tasks' logs are read: a service's whole log does not end once a container of it is gone."""
    line = b"2026-01-01T00:00:00.000000000Z served\n"
    frame = b"\x01\0\0\0" + len(line).to_bytes(4, "big") + line
    answers = {"/tasks": [{"ID": "t1"}], "/tasks/t1/logs": frame, "/services/web/logs": b"HANG"}
    with recording_engine(answers) as engine, open_swarm(SwarmApi(engine.url)) as swarm:
        assert [each.text for each in swarm.running_log("web", deadline_s=1)] == ["served"]
        assert [request for request in engine.requests if "/logs" in request] == ["GET /tasks/t1/logs"]


def test_a_log_that_does_not_end_keeps_what_came(swarm: Swarm) -> None:
    """A log held open by a dead node is an error that holds the lines, within its deadline."""
    with pytest.raises(LogIncompleteError, match=r"did not end within 0.3 s") as caught:
        swarm.service_log("stuck", deadline_s=0.3)
    assert [line.text for line in caught.value.lines] == ["one"]


def test_errors_are_typed(swarm: Swarm) -> None:
    """No such service, and an engine that is no manager, are told apart."""
    with pytest.raises(ServiceMissingError, match="no such service: nothing"):
        swarm.service_log("nothing")
    with pytest.raises(NotAManagerError, match="HTTP 503"):
        swarm.service_log("away")


def test_an_engine_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    """Nothing listening, and a key that is not there, are one error of ours in one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(SwarmUnreachableError, match=url):
        open_swarm(SwarmApi(url))
    with pytest.raises(SwarmUnreachableError, match=r"tcp://127.0.0.1:1 .*no such file: .*ca"):
        open_swarm(SwarmApi("tcp://127.0.0.1:1", tmp_path / "ca", tmp_path / "cert", tmp_path / "key"))
