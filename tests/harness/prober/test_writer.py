"""The one handle that writes: what it lets pass, and that what it deploys is gone whatever happens."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.observe.swarm.state import ReadOnlyError, SwarmError
from fixtures.prober import deployed_probe
from fixtures.prober.findings import ProberError
from fixtures.prober.service import LABEL, NAME, OWNER_LABEL, ROLE, ProberService
from fixtures.prober.writer import ForeignServiceError, open_prober_writer
from fixtures.target.plan import load_plan
from fixtures.target.reach import Reach
from fixtures.target.values import SwarmApi, Target
from lab.host import ownership
from lab.probe.values import Probe
from tests.harness.samples.engine_calls import NOT_READS, Call, V, call
from tests.harness.samples.engine_calls import WRITES as EVERY_WRITE
from tests.harness.stand_ins import dial_stdio
from tests.harness.stand_ins.engine_api import recording_engine, serving
from tests.harness.stand_ins.prober_engine import ID, ProberEngine, service

SERVICE = ProberService("image:1", "net1", ("true",), owner="here/1/1")
CREATED, REMOVED = "POST /services/create", f"DELETE /services/{ID}"
IMAGE = "registry.example/perl:1"


@pytest.fixture
def engine() -> Iterator[ProberEngine]:
    with serving(ProberEngine()) as server:
        yield server


def quiet(text: str) -> None:
    """Nobody listens."""


def probed(engine: ProberEngine, tell: Callable[[str], None] = quiet) -> Probe:
    api = SwarmApi(engine.url)
    return deployed_probe.probe_with(Target("t", Reach({}, None), load_plan("A"), api), api, IMAGE, tell)


def left(owner: str, **labels: str) -> dict[str, Any]:
    return service({"Name": NAME, "Labels": {LABEL: ROLE, OWNER_LABEL: owner, **labels}})


def dead_owner() -> str:
    here = ownership.owner_of(os.getpid())
    return str(ownership.Owner(here.where, 2**30, 1))


UPDATED = {**SERVICE.spec, "Labels": {}}
WRITES: dict[str, Call] = {
    **{name: write for name, write in EVERY_WRITE.items() if name != "without a version"},
    "another service": call("POST", f"{V}/services/create", {**SERVICE.spec, "Name": "other"}),
    "another image": call("POST", f"{V}/services/create", ProberService("i", "net1", ()).spec),
    "other labels": call("POST", f"{V}/services/create", UPDATED),
    "no service": call("POST", f"{V}/services/create"),
    "without a version": call("POST", "/services/create", SERVICE.spec),
    "with a query": call("POST", f"{V}/services/create?x=1", SERVICE.spec),
    "escaped": call("POST", f"{V}/services/%63reate", SERVICE.spec),
    "update the prober": call("POST", f"{V}/services/{ID}/update", SERVICE.spec),
    "remove unchecked": call("DELETE", f"{V}/services/{ID}"),
    "remove by name": call("DELETE", f"{V}/services/{NAME}"),
    "remove what lies above": call("DELETE", f"{V}/services/{ID}/../../nodes/n1"),
    "network": call("POST", f"{V}/networks/create", {"Name": "n"}),
    **{name: call("GET", V + target) for name, target in NOT_READS.items()},
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_no_other_write_is_ever_sent(engine: ProberEngine, write: Call) -> None:
    """Whatever is not the creation of just this service, or the removal of one that was looked at, is refused."""
    with (
        open_prober_writer(SwarmApi(engine.url), SERVICE) as writer,
        pytest.raises(ReadOnlyError, match="was not sent"),
    ):
        write(writer.client)
    assert engine.requests == ["GET /version"]


def test_it_creates_and_removes_its_own(engine: ProberEngine) -> None:
    """Exactly two writes pass; what it removes it has looked at just before."""
    with open_prober_writer(SwarmApi(engine.url), SERVICE) as writer:
        assert writer.create() == ID
        found = writer.found()
        assert found is not None
        assert (found.ours, found.owner) == (True, "here/1/1")
        writer.remove(found.id)
        assert writer.found() is None
    assert engine.writes == [CREATED, REMOVED]
    assert engine.requests[engine.requests.index(REMOVED) - 1] == f"GET /services/{ID}"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "POST /services/create: ID is null or absent, wanted a text"), ({"ID": 7}, "ID is a number (7), wanted a text"),
        (["x"], "the answer is a list (of 1), wanted an object"), (b"", "/services/create was answered with what is no JSON"),
        (b"<html>", "no JSON (Expecting value, at character 0); 6 bytes came, first: <html>"),
    ],
)  # fmt: skip
def test_the_answer_to_a_creation_is_checked(answer: object, said: str) -> None:
    """Whatever a manager says of what it made, it is the id or one line."""
    with recording_engine({"/services/create": answer}) as engine:
        with open_prober_writer(SwarmApi(engine.url), SERVICE) as writer, pytest.raises(SwarmError) as caught:
            writer.create()
        assert said in str(caught.value)


@pytest.mark.parametrize(
    "id_", ["../nodes/n1", f"{ID}/../../nodes/n1", f"{ID}?force=1", f"{ID}%2f..%2fx", "a b", "x\r\ny"]
)
def test_an_id_that_leads_elsewhere_is_not_followed(id_: str) -> None:
    """A manager that lies about an id has nothing else removed by us."""
    mine = left("here/1/1")
    with recording_engine({"/services": [mine], f"/services/{ID}": {**mine, "ID": id_}}) as engine:
        with open_prober_writer(SwarmApi(engine.url), SERVICE) as writer, pytest.raises(ReadOnlyError):
            writer.remove(ID)
        assert [each for each in engine.requests if not each.startswith("GET ")] == []


@pytest.mark.parametrize("labels", [{}, {LABEL: "other"}])
def test_a_foreign_service_is_never_removed(engine: ProberEngine, labels: dict[str, str]) -> None:
    """A service of that name without our label is refused: not removed, and nothing deployed beside it."""
    engine.deployed = service({"Name": NAME, "Labels": labels})
    with open_prober_writer(SwarmApi(engine.url), SERVICE) as writer, pytest.raises(ForeignServiceError):
        writer.remove(ID)
    with pytest.raises(ForeignServiceError, match="it is not ours and stays as it is"):
        probed(engine)
    assert engine.writes == []


def test_a_whole_run(engine: ProberEngine) -> None:
    """It is deployed on the edge's overlay, each task is read, the pairs are reported, and it is gone."""
    lines: list[str] = []
    found = probed(engine, lines.append)
    assert engine.writes == [CREATED, REMOVED]
    assert (found.network, found.edge_node) == ("translation_frontend", "translation01")
    assert {(p.source, p.target, p.ping, p.tcp, p.large, p.largest, p.why) for p in found.pairs} == {
        ("translation01", "translation02", True, "open", 60000, 1450, ""),
        ("translation02", "translation01", True, "open", 60000, 1450, ""),
    }
    assert [(d.task, d.source, d.tcp, d.answer) for d in found.destinations] == [
        ("translation_frontend.1", "translation01", "open", "HTTP/1.1 200 OK")
    ]
    assert any("removed" in line for line in lines)


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, RuntimeError])
def test_it_is_removed_after_trouble(engine: ProberEngine, trouble: type[BaseException]) -> None:
    """Ctrl-C and an error of any kind, once it is deployed, leave nothing."""

    def tell(text: str) -> None:
        if "deployed" in text:
            raise trouble("now")

    with pytest.raises(trouble):
        probed(engine, tell)
    assert engine.writes == [CREATED, REMOVED]
    assert engine.deployed is None


def test_ctrl_c_amid_its_creation_leaves_nothing(engine: ProberEngine) -> None:
    """A signal that comes while the manager creates it waits for the answer, and then ends the run."""
    engine.on_create = lambda: os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        probed(engine)
    assert engine.writes == [CREATED, REMOVED]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_goes_through_ssh(engine: ProberEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over ssh as over any other way: the two writes that are ours pass, and no other."""
    dial_stdio.install(tmp_path, engine.server_address[1])
    monkeypatch.setenv("PATH", dial_stdio.path_with(tmp_path))
    with open_prober_writer(SwarmApi("ssh://operator@translation01"), SERVICE) as writer:
        writer.remove(writer.create())
        with pytest.raises(ReadOnlyError, match="was not sent"):
            call("DELETE", f"{V}/services/{ID}")(writer.client)
    assert engine.writes == [CREATED, REMOVED]


def test_one_whose_creation_was_not_confirmed_is_removed(engine: ProberEngine) -> None:
    """The manager made it and its answer was lost: it is found by its owner, and removed."""
    engine.fails[CREATED] = 500
    with pytest.raises(SwarmError, match="answered 500"):
        probed(engine)
    assert engine.writes == [CREATED, REMOVED]


def test_one_that_cannot_be_removed_is_reported(engine: ProberEngine) -> None:
    """A removal that fails is a failure, and says what to type."""
    engine.fails[REMOVED] = 503
    with pytest.raises(ProberError, match=f"may still be on .* docker service rm {NAME}"):
        probed(engine)


@pytest.mark.parametrize("state", ["running", "complete"])
def test_what_a_killed_run_left_is_removed(engine: ProberEngine, state: str) -> None:
    """A prober whose owner is dead goes first, with a line that says so, and a fresh one is deployed."""
    engine.deployed, engine.state = left(dead_owner()), state
    lines: list[str] = []
    probed(engine, lines.append)
    assert engine.writes == [REMOVED, CREATED, REMOVED]
    assert "left by a run that was killed: removing it" in lines[0]


def test_one_of_another_machine_that_has_ended_is_removed(engine: ProberEngine) -> None:
    """Whose owner cannot be seen from here is left over once its tasks have ended."""
    engine.deployed = left("elsewhere/1/1")
    probed(engine)
    assert engine.writes == [REMOVED, CREATED, REMOVED]


def test_another_run_at_work_is_left_alone() -> None:
    """Two people who probe at once do not take the prober from each other."""
    with serving(ProberEngine(left("elsewhere/1/1"), "running")) as engine:
        with pytest.raises(ProberError, match="another run uses acceptance-prober"):
            probed(engine)
        assert engine.writes == []
