"""The end of a run takes every lab of it down, and says all that kept one from going."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fixtures.run.lab_used import note_use
from fixtures.sabotage.breakable import Breakable
from lab.cluster import lifecycle
from lab.cluster.handle import Lab
from lab.errors import LabError, PreflightError
from lab.faults import control
from lab.host import engine, state

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[3]
TESTS = """
import pytest
from fixtures.plugins.bring_up import LAB_UP, USED
from fixtures.run.session import note

def test_uses_a_lab(pytestconfig, run_folder):
    pytestconfig.stash[USED] = True
    {noted}
"""


def _refuses(wrong: type[Exception]) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise wrong("the network is in use")

    return refuse


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """A run of one green test that used a lab, with a stand-in for the engine."""

    def ran(noted: str = "pass") -> pytest.RunResult:
        pytester.makefile(".ini", pytest=(ROOT / "pytest.ini").read_text())
        pytester.makeconftest("pytest_plugins = ['fixtures.run.session', 'fixtures.plugins.bring_up']")
        pytester.makepyfile(TESTS.format(noted=noted))
        return pytester.runpytest_inprocess("-p", "no:cacheprovider")

    monkeypatch.setenv("TARGET", "lab")
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    monkeypatch.setattr(engine, "connect", lambda: None)
    monkeypatch.setattr(lifecycle, "owned_by", lambda host, owner: ["one", "two", "three"])
    return ran


@pytest.mark.parametrize("wrong", [LabError, OSError])
def test_every_lab_is_taken_down_though_one_refuses(
    wrong: type[Exception], run: Callable[..., pytest.RunResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others go, each that stays is a line with its reason, and a run of green tests fails."""
    tried: list[str] = []

    def down(host: object, name: str) -> None:
        tried.append(name)
        if name != "two":
            raise wrong("the network is in use")

    monkeypatch.setattr(lifecycle, "down", down)
    result = run()
    assert tried == ["one", "two", "three"]
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    for name in ("one", "three"):
        line = (
            f"lab: {name} was not removed: the network is in use; by hand: python -m lab down --name {name}"
        )
        result.stderr.fnmatch_lines([line])


def test_a_run_whose_labs_are_gone_is_green(
    run: Callable[..., pytest.RunResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is said where nothing is left."""
    monkeypatch.setattr(lifecycle, "down", lambda host, name: None)
    result = run()
    assert result.ret == pytest.ExitCode.OK
    result.stderr.no_fnmatch_line("lab:*")


@pytest.mark.parametrize(
    ("noted", "status"),
    [("pass", pytest.ExitCode.OK), ("note(pytestconfig, LAB_UP, 'x')", pytest.ExitCode.INTERNAL_ERROR)],
)
def test_an_engine_that_went_away(
    noted: str, status: int, run: Callable[..., pytest.RunResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an engine there is no lab either, unless one was up: then it was not removed, and that fails the run."""
    monkeypatch.setattr(engine, "connect", _refuses(PreflightError))
    assert run(noted).ret == status


def _breakable(monkeypatch: pytest.MonkeyPatch) -> Breakable:
    monkeypatch.setattr(control, "heal_all", _refuses(LabError))
    made = Breakable(cast(pytest.Config, SimpleNamespace(stash={})))
    made._lab = cast(Lab, SimpleNamespace(name="kept", host=None, close=lambda: None))
    return made


def test_a_lab_that_does_not_heal_fails_its_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is removed, so that the next fault has another, and the failure to heal is raised."""
    removed: list[str] = []
    broken = _breakable(monkeypatch)
    monkeypatch.setattr(lifecycle, "down", lambda host, name: removed.append(name))
    with pytest.raises(LabError, match=r"lab kept did not heal: the network is in use; it is removed"):
        broken.mend()
    assert removed == ["kept"]
    broken.mend()  # there is none to mend any more


def test_a_lab_that_neither_heals_nor_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are said."""
    broken = _breakable(monkeypatch)
    monkeypatch.setattr(lifecycle, "down", _refuses(LabError))
    with pytest.raises(LabError, match=r"did not heal: .*; nor was it removed: the network is in use"):
        broken.mend()


class FakeConfig:
    """As much of pytest's as keeps what is to be done at its end."""

    def __init__(self) -> None:
        self.ends: list[Callable[[], None]] = []

    def add_cleanup(self, end: Callable[[], None]) -> None:
        self.ends.append(end)


def test_a_run_is_named_beside_the_lab_that_it_uses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From when it has the lab until it ends; a worker of it names the run, not itself."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["/x/pytest/__main__.py", "-m", "lab"])
    lab, config, worker = cast(Lab, SimpleNamespace(name="kept")), FakeConfig(), FakeConfig()
    worker.__dict__["workerinput"] = {"owner_pid": os.getpid(), "mainargv": ["/x/pytest", "-m", "lab"]}
    for each in (config, worker):
        assert note_use(cast(pytest.Config, each), lab) is lab
    assert state.users_of("kept") == (f"pid {os.getpid()}: pytest -m lab",)
    for each in (config, worker):
        each.ends.pop()()
    assert state.users_of("kept") == ()
