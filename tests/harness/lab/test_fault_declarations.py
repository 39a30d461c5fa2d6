"""A fault is one decorated function: how one is declared, and which declarations and arguments are refused."""

import pytest

from lab.cluster.handle import Lab
from lab.errors import InputError
from lab.faults import effects, fault
from lab.faults.catalogue import FAULTS
from lab.faults.change import Changes
from lab.faults.node_changes import StoppedNode
from tests.harness.stand_ins.fake_lab import TWO, FakeSwarm, fake_lab


@pytest.fixture
def lab() -> Lab:
    return fake_lab(FakeSwarm())


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> dict[str, fault.Fault]:
    """A register of its own."""
    register: dict[str, fault.Fault] = {}
    monkeypatch.setattr(fault, "_DECLARED", register)
    return register


def nothing(lab: Lab) -> Changes:
    return ()


def test_a_decorated_function_is_a_fault(declared: dict[str, fault.Fault], lab: Lab) -> None:
    """Name, summary, defaults, effect and area stand in it; the function itself stays what it was."""

    def cut(lab: Lab, from_: str, size: str) -> Changes:
        return (StoppedNode(f"{from_} {size}"),)

    same = fault.fault("cut", "what is cut", effect=effects.stuck, routed=False, from_=TWO, size="9")(cut)
    assert same is cut
    made = declared["cut"]
    assert (made.name, made.summary, made.effect, made.routed) == ("cut", "what is cut", effects.stuck, False)
    assert made.defaults == {"from": TWO, "size": "9"}
    assert made.changes(lab, made.arguments({"size": "8"})) == (StoppedNode(f"{TWO} 8"),)
    assert fault.declared(__name__) == (made,)
    assert fault.declared("elsewhere") == ()


def test_a_fault_by_default_has_no_effect_of_its_own_and_is_routed(declared: dict[str, fault.Fault]) -> None:
    """Most faults prove themselves by their changes, and leave Traefik able to be asked."""
    fault.fault("cut", "what is cut")(nothing)
    assert (declared["cut"].effect, declared["cut"].routed, declared["cut"].defaults) == (None, True, {})


def test_a_name_is_given_once(declared: dict[str, fault.Fault]) -> None:
    """Two faults of one name are refused when they are imported, with both places."""
    fault.fault("cut", "one")(nothing)
    with pytest.raises(
        ValueError, match=f"fault 'cut' is declared twice: in {__name__} and in {__name__}; give one"
    ):
        fault.fault("cut", "two")(nothing)
    assert declared["cut"].summary == "one"


def test_defaults_and_parameters_must_agree(declared: dict[str, fault.Fault]) -> None:
    """A default that the function does not take, and a parameter without a default, are refused at import."""
    with pytest.raises(
        ValueError, match=r"fault 'cut': @fault declares the arguments \(node\), and nothing takes \(none\)"
    ):
        fault.fault("cut", "one", node=TWO)(nothing)

    def takes_two(lab: Lab, node: str, peer: str) -> Changes:
        return ()

    for given in ({}, {"node": TWO}, {"peer": TWO, "node": TWO}):
        with pytest.raises(ValueError, match=r"takes \(node, peer\) after the lab; they must be the same"):
            fault.fault("cut", "one", **given)(takes_two)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"@fault declares the arguments \(none\), and takes_two takes"):
        fault.fault("cut", "one")(takes_two)
    assert declared == {}


def test_an_argument_that_a_fault_does_not_take_is_refused() -> None:
    """With those that it takes."""
    with pytest.raises(
        InputError, match="fault overlay-cut-direction has no argument 'x': it takes from=translation03, to="
    ):
        FAULTS["overlay-cut-direction"].arguments({"x": "1"})
    with pytest.raises(InputError, match=r"fault redis-gone has no argument 'x': it takes none$"):
        FAULTS["redis-gone"].arguments({"x": "1"})
