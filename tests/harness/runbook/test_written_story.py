"""The pages that a run of the runbook writes: each command in them was typed by a test, each line printed by the lab."""

import json
import re
from pathlib import Path

import pytest

from fixtures.runbook import written
from fixtures.runbook.step_notes import Step

PAGE = written.FILE.with_name("the-night-of-the-504.md")


def test_every_command_of_the_story_was_typed_by_a_test() -> None:
    """The night's commands and their output stand in the record of the run; the story has a step for each of its parts."""
    told = [step for step in written.steps() if step.story == written.NIGHT]
    assert len(told) == len(written.PARTS)
    typed = [command for step in told for command, _ in step.shown]
    text = PAGE.read_text("utf-8")
    assert re.findall(r"^\$ (.*)$", text, re.MULTILINE) == typed
    assert len(typed) > len(written.PARTS)


def test_a_step_is_written_with_its_time_its_drops_and_its_output(tmp_path: Path) -> None:
    """Commands in a block of their own, output below, no blanks at the ends of lines."""
    file = tmp_path / written.RECORD
    first = Step(written.NIGHT, "deploy", 12.34, "4 of 12", "it stays", (("docker node ls", "ID  \nn1"),))
    file.write_text(json.dumps([Step("other", "x", 1).as_json(), first.as_json()]))
    assert written.night("broken", file) == (
        "*deploy: 12.3 s.* Requests dropped: 4 of 12. `it stays`\n\n```\n$ docker node ls\nID\nn1\n```\n"
    )
    with pytest.raises(IndexError):
        written.night("green", file)


def test_the_table_has_every_step() -> None:
    """A step that took no time of its own has none."""
    found = (Step("a", "b", 0.0, came_of_it="c"), Step("a", "d", 2.25, "1 of 2"))
    assert written.rows(found) == (("a", "b", "", "", "c"), ("a", "d", "2.2", "1 of 2", ""))
