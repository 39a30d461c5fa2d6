"""`python -m lab fault` for a person: listing, injecting and healing, and one line for every bad input."""

import pytest

from lab.cluster.handle import Lab
from lab.errors import EngineError
from lab.faults import control, record
from lab.faults.catalogue import FAULTS
from lab.host.ownership import KEPT
from tests.harness.stand_ins.command_line import ended, one_line, serve
from tests.harness.stand_ins.fake_engine import FakeEngine

pytestmark = pytest.mark.usefixtures("own_surroundings")


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["inject"], "lab: fault inject: which fault? python -m lab fault list\n"),
        (["heal"], "lab: fault heal: give either the name of a fault or --all\n"),
        (["heal", "overlay-cut", "--all"], "lab: fault heal: give either the name of a fault or --all\n"),
        (["heal", "overlay-cut", "node=x"], "lab: fault heal takes no arguments: node=x\n"),
        (["list", "x", "node=x"], "lab: fault list takes no arguments: node=x\n"),
    ],
)
def test_a_fault_command_that_says_nothing_is_refused(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """In one line, before any engine is asked."""
    assert ended(["fault", *argv]) == 2
    assert one_line(capsys) == said


@pytest.mark.usefixtures("up")
@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["inject", "none"], "lab: no fault 'none': there are incident, overlay-cut, "),
        (["heal", "none"], "lab: no fault 'none': there are incident, "),
        (["inject", "overlay-cut", "size=1"], "lab: fault overlay-cut has no argument 'size': it takes node=translation03\n"),
        (["inject", "overlay-cut", "node"], "lab: fault inject: 'node' is no KEY=VALUE\n"),
    ],
)  # fmt: skip
def test_a_fault_or_argument_that_there_is_not_is_refused(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With those that there are."""
    assert ended(["fault", *argv]) == 2
    assert one_line(capsys).startswith(said)


def recorded(fault: str, *proofs: str) -> None:
    record.save("default", record.Record(fault, {"node": "n"}, KEPT, "2025-11-11T11:11:11.5", (), proofs))


@pytest.mark.usefixtures("up")
def test_faults_are_listed_with_what_is_injected(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its defaults; what is injected is marked, and says since when and by what proof."""
    recorded("overlay-cut", "3 packets dropped")
    assert ended(["fault", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "! overlay-cut             udp/4789 dropped on one node (node=translation03)"
    assert "  redis-gone              Redis scaled to nothing" in lines
    assert lines[-1] == "broken by overlay-cut node=n since 2025-11-11T11:11:11Z: 3 packets dropped"


def test_faults_are_listed_without_a_lab(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What could be broken is of interest before there is one."""
    serve(FakeEngine(), monkeypatch)
    assert ended(["fault", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(FAULTS)


@pytest.mark.usefixtures("up")
def test_a_fault_is_injected_and_healed_by_hand(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The proofs are shown, and how to heal it; healing without a fault says so."""
    given: list[object] = []

    def inject(lab: Lab, name: str, arguments: dict[str, str]) -> record.Record:
        given.append((lab.name, name, arguments))
        return record.Record(name, {}, KEPT, "", (), ("it took", "seen"))

    monkeypatch.setattr(control, "inject", inject)
    assert ended(["fault", "inject", "redis-gone", "a=b=c", "d="]) == 0
    assert given == [("default", "redis-gone", {"a": "b=c", "d": ""})]
    assert capsys.readouterr().out.splitlines() == [
        "redis-gone: it took", "redis-gone: seen",
        "heal it with: python -m lab fault heal redis-gone --name default",
    ]  # fmt: skip
    assert ended(["fault", "heal", "redis-gone"]) == 0
    assert capsys.readouterr().out == "redis-gone: redis-gone is not injected\n"
    assert ended(["fault", "heal", "--all"]) == 0
    assert capsys.readouterr().out == "lab default: nothing is injected\n"


@pytest.mark.usefixtures("up")
def test_healing_all_by_hand_names_every_fault_that_stays(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, status 1, each fault with its reason."""
    for fault in ("overlay-cut", "redis-gone"):
        recorded(fault)

    def fail(lab: Lab, name: str) -> control.Healed:
        raise EngineError(f"{name} holds")

    monkeypatch.setattr(control, "heal", fail)
    assert ended(["fault", "heal", "--all"]) == 1
    said = one_line(capsys)
    assert said.startswith("lab: lab default is not mended: ")
    assert "overlay-cut: overlay-cut holds" in said
    assert "redis-gone: redis-gone holds" in said
