"""The registry of criteria: each entry is whole, and what it names is there."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from fixtures.judge.criteria import CRITERIA, Criterion, LookAt, looks_for, registry, unknown
from fixtures.judge.hands import Command, Hands
from fixtures.target.plan import load_plan
from fixtures.target.reach import Reach
from fixtures.target.values import Target, TurnSecret

TESTS = Path(__file__).parents[2]
PLAN = load_plan("a")
LAB = Target("lab", Reach(), PLAN, turn_secret=TurnSecret(file=Path("/secret")))


def entry(name: str) -> Criterion:
    return Criterion(name, "it is so", "a test looks", lambda hands: [Command("it", "true")])


def test_every_criterion_has_tests_and_every_mark_an_entry() -> None:
    """An entry that no test proves would never be passed; a mark without an entry is refused at collection."""
    sources = [path.read_text("utf-8") for path in TESTS.glob("test_*.py")]
    marked = {name for source in sources for name in re.findall(r'\bcriterion\("([\w-]+)"\)', source)}
    assert marked == set(CRITERIA)


@pytest.mark.parametrize("criterion", CRITERIA.values(), ids=CRITERIA)
def test_every_criterion_can_be_repeated_by_hand(criterion: Criterion) -> None:
    """There is a line for it, each says what it shows, and it is one line."""
    lines = list(criterion.by_hand(Hands(LAB, "acceptance")))
    assert lines
    assert len({line.shows for line in lines}) == len(lines)
    assert all(line.shows and line.line and "\n" not in line.line for line in lines)
    assert (criterion.says, criterion.proof) == (criterion.says.strip(), criterion.proof.strip())
    assert criterion.says


@pytest.mark.parametrize(
    ("name", "services"),
    [
        ("no-504", "traefik frontend signaling"), ("spread", ""), ("routing", "traefik"), ("call", "signaling mediasoup"),
        ("media-host", "mediasoup"), ("socketio", "signaling traefik"), ("mediasoup-pinned", "mediasoup"),
        ("healthy", ""), ("drift", ""), ("turn", "coturn"), ("resources", ""), ("addresses", ""),
    ],
)  # fmt: skip
def test_the_logs_of_a_failure_are_those_of_its_services(name: str, services: str) -> None:
    """By their roles in the plan; what serves TURN is known by its port."""
    assert [each.name for each in CRITERIA[name].services_logged(PLAN)] == services.split()


def test_a_plan_without_a_service_has_no_log_of_it() -> None:
    """A role that nothing fills is left out."""
    nobody = Criterion("x", "", "", lambda hands: (), logs=lambda plan: (None, plan.edge))
    assert nobody.services_logged(PLAN) == (PLAN.edge,)


@pytest.mark.parametrize(
    ("names", "looks"),
    [
        ([], set()), (["spread", "healthy", "mediasoup-pinned", "resources", "addresses"], set()), (["drift"], set(LookAt)),
        (["turn"], {LookAt.RELAY, LookAt.CERTIFICATES, LookAt.PROGRAMS}),
        (["turn", "routing"], set(LookAt)),
        *(([name], {LookAt.EDGE_LOG, LookAt.OVERLAY, LookAt.CERTIFICATES})
          for name in ("no-504", "routing")),
        *(([name], {LookAt.EDGE_LOG, LookAt.OVERLAY, LookAt.CERTIFICATES, LookAt.PROGRAMS})
          for name in ("call", "media-host", "socketio")),
    ],
)  # fmt: skip
def test_a_diagnosis_looks_at_what_the_failed_criteria_need(names: Iterable[str], looks: set[LookAt]) -> None:
    """All that any of them needs, and nothing that none does: entering the nodes takes seconds."""
    assert looks_for(names) == looks


def test_a_name_has_one_entry() -> None:
    """Two entries of one name would hide one another."""
    assert list(registry(entry("b"), entry("a"))) == ["b", "a"]
    with pytest.raises(ValueError, match="the criterion a has two entries"):
        registry(entry("a"), entry("b"), entry("a"))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cal", "unknown criterion 'cal' (did you mean 'call'?); there are no-504, spread"),
        ("socket-io", "unknown criterion 'socket-io' (did you mean 'socketio'?); there are"),
        ("zzz", "unknown criterion 'zzz'; there are no-504"),
        (None, "unknown criterion (none is named); there are no-504"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: object, said: str) -> None:
    """A slip is mended at a glance; what resembles nothing gets the list alone."""
    assert unknown(name).startswith(said)
