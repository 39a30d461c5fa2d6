"""What the tests of the command line start from."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.host import engine, state
from lab.host.ownership import KEPT, LABEL, OWNER_LABEL
from lab.host.state import LabState
from tests.harness.stand_ins.command_line import serve
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine


@pytest.fixture
def own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No lab of this machine is seen, and the handler that main() sets goes with the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad input is found before any engine is asked."""
    monkeypatch.setattr(engine, "connect", lambda: pytest.fail("an engine was asked"))


@pytest.fixture
def up(own_surroundings: None, monkeypatch: pytest.MonkeyPatch) -> FakeApi:
    """A lab `default` that is described, in a home of the test's own, and has a container."""
    address = {"translation01": "172.28.0.11"}
    state.save(LabState("default", KEPT, "", "", "172.28.0.0/24", "", address, {"ipvs": False}, False))
    api = FakeApi({"container": {"c": {LABEL: "default", OWNER_LABEL: KEPT}}})
    serve(FakeEngine(api), monkeypatch)
    return api
