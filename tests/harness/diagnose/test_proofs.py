"""Called proved is only what no other fault looks like: every pair of recordings, and of samples, is tried."""

from collections.abc import Iterator

import pytest

from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules import CAUSES
from fixtures.diagnose.values import Confidence
from fixtures.sabotage import expectations
from tests.harness.diagnose.test_engine import CASES
from tests.harness.samples import faults
from tests.harness.samples.recordings import RECORDED, recording


def proved(seen: Observations) -> Iterator[str]:
    """The ids that some rule calls proved, before the engine leaves any of them out."""
    for known in CAUSES.values():
        yield from {cause.id for cause in known.draw(seen) if cause.confidence is Confidence.PROVED}


@pytest.mark.parametrize("fault", RECORDED)
def test_no_proof_holds_under_another_fault(fault: str) -> None:
    """Of what was recorded under a fault, no rule takes any for the proof of a cause that it is not.

    Each rule is asked alone. What fails is said as a pair: the cause, and the fault under which it looks proved.
    """
    expected = expectations.EVERY[fault]
    right = {*expected.causes, *expected.allowed}
    wrong = {
        f"the proof of {slug} also holds under {fault} ({criterion})"
        for criterion, seen in recording(fault).items()
        for slug in proved(seen)
        if slug not in right
    }
    assert sorted(wrong) == []


@pytest.mark.parametrize(
    ("slug", "make"), [(case[0], case[1]) for case in CASES], ids=[case[0] for case in CASES]
)
def test_no_proof_holds_in_the_sample_of_another_cause(slug: str, make: faults.Make) -> None:
    """The same over the table of causes, which has also those that no fault of the lab brings about."""
    seen = make()
    others = set(proved(seen)) - {slug, *(["drift"] if seen.drifts else [])}
    assert others == set(), [
        f"the proof of {other} also holds in the sample of {slug}" for other in sorted(others)
    ]


def test_every_proof_was_tried_against_something() -> None:
    """The pairs are many, and each cause that can be proved is proved in its own sample or recording."""
    own = {slug for slug, make, _, how in CASES if how is Confidence.PROVED and slug in set(proved(make()))}
    assert own == {slug for slug, _, _, how in CASES if how is Confidence.PROVED}
    assert len(RECORDED) * len(CAUSES) > 1000
