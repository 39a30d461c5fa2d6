"""The truth behind that night: an overlay with the key `encrypted`, where no ESP (protocol 50) passes between the nodes."""

import pytest

from fixtures.run.criteria_table import not_exercised
from fixtures.runbook.operator_acts import Rehearsal
from fixtures.runbook.rehearsing import Note
from fixtures.runbook.small_stack import IN_USE, OTHER, SAME, no_esp, small_stack
from fixtures.runbook.step_notes import Said

pytestmark = pytest.mark.runbook
CUT, WHOLE = {SAME: True, OTHER: False}, {SAME: True, OTHER: True}


@pytest.mark.runbook_short
@pytest.mark.xdist_group("runbook")
@pytest.mark.parametrize("value", ["", "false"])
def test_the_key_alone_encrypts(rehearsal: Rehearsal, note: Note, value: str) -> None:
    """Whatever its value, `"false"` too: tasks of one node reach each other, those of two nodes do not."""
    with no_esp(rehearsal), small_stack(rehearsal) as stack:
        stack.deploy({"encrypted": value})
        assert stack.options() == {"encrypted": value}
        reached, took_s = rehearsal.timed(stack.reached)
    assert reached == CUT
    note(
        f'an overlay with encrypted: "{value}"', took_s, came_of_it="only tasks of one node reach each other"
    )


def too_early(typed: tuple[Said, ...]) -> str:
    """What a reader of the runbook must know of a command that had to be typed again; empty where once was enough."""
    if len(typed) == 1:
        return ""
    return f"; `{typed[0].typed}` was typed {len(typed)} times, for it ended with {typed[0].status}: {IN_USE}"


@pytest.mark.runbook_short
@pytest.mark.xdist_group("runbook")
def test_a_running_network_does_not_change(rehearsal: Rehearsal, note: Note) -> None:
    """Without the key in the file the network keeps it, whatever is deployed; removed and made anew it has none, and carries."""
    with no_esp(rehearsal), small_stack(rehearsal) as stack:
        stack.deploy({"encrypted": "false"})
        said = stack.deploy({})
        assert said.status == 0, said.text
        assert stack.options() == {"encrypted": "false"}, "the running network was changed"
        assert stack.reached() == CUT
        note(
            "the key taken out of the file, and deployed",
            said.took_s,
            came_of_it="the network keeps it, and is cut as before",
        )
        removed = stack.remove()
        again = stack.deploy({})
        assert stack.options() == {}
        assert stack.reached() == WHOLE
        note(
            "the stack removed, and deployed without the key", sum(each.took_s for each in (*removed, again)),
            came_of_it=f"the network is made anew without it: every node is reached{too_early(removed)}",
        )  # fmt: skip


def test_esp_that_passes_is_the_other_cure(rehearsal: Rehearsal, note: Note) -> None:
    """Where the nodes pass protocol 50 again, the encrypted network carries."""
    if not rehearsal.lab.state.kernel.get("esp"):
        not_exercised(
            "no ESP in this kernel, so nothing can be passed: ./accept kernel -m runbook has one that has it"
        )
    with small_stack(rehearsal) as stack:
        with no_esp(rehearsal):
            stack.deploy({"encrypted": ""})
            assert stack.reached() == CUT
        reached, took_s = rehearsal.timed(stack.reached)
    assert reached == WHOLE
    note("protocol 50 passed again", took_s, came_of_it="every node is reached over the encrypted network")
