"""`--update`: refused where it would touch a real cluster, not exercised unless asked for, and last of all."""

import pytest

from fixtures.plugins import updating
from tests.harness.run.test_static_gate import USAGE, gate

TEST = "tests/test_update.py"


def test_a_target_that_is_no_lab_is_refused_by_name() -> None:
    """In one line, before anything is asked of it: an update makes every replica anew."""
    status, text = gate("-n", "0", "-m", "lab", "--update", TEST, TARGET="production")
    assert status == USAGE, text
    assert (
        "--update makes every replica of the target anew, and the target production is no lab: it is refused"
        in text
    )


def test_without_the_option_it_is_not_exercised_with_the_reason() -> None:
    """Nor is a lab started for it."""
    status, text = gate("-n", "0", "-m", "lab", TEST)
    assert "which --update asks for, in the lab" in text
    assert "nodes Ready" not in text
    assert "GREEN 0 tests passed, none of which proves a criterion" in text
    assert status == 0


class Item:
    """A test by its criterion, as pytest has it."""

    def __init__(self, nodeid: str, criterion: str) -> None:
        self.nodeid, self._criterion = nodeid, criterion

    def iter_markers(self, name: str) -> list[pytest.Mark]:
        return [pytest.Mark(name, (self._criterion,), {}, _ispytest=True)]


def test_it_is_the_last_of_all() -> None:
    """What it restarts is what the others judge; their order stays."""
    items = [Item("a", "update"), Item("b", "healthy"), Item("c", "drift")]
    updating.pytest_collection_modifyitems(items)  # type: ignore[arg-type]
    assert [item.nodeid for item in items] == ["b", "c", "a"]
