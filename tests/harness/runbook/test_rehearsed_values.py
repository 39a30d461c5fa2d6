"""What a rehearsal counts and writes down: tasks that moved, steps, an edge as it was on that night."""

import json

from fixtures.runbook.operator_acts import as_of_that_night
from fixtures.runbook.step_notes import Step, Tasks
from fixtures.runbook.written import on_record
from lab.compose import reading
from lab.compose.reference import REFERENCE_STACK

BEFORE = Tasks({"a": ("frontend", "n3"), "b": ("frontend", "n3"), "c": ("signaling", "n3")})
AFTER = Tasks({"a": ("frontend", "n3"), "d": ("frontend", "n1"), "c": ("signaling", "n3")})


def test_a_task_that_was_made_anew_has_moved() -> None:
    """By its id: the Swarm never moves a task, it makes another."""
    assert AFTER.since(BEFORE, ("frontend", "signaling")) == {"frontend": 1, "signaling": 0}
    assert (BEFORE.homes("frontend"), AFTER.homes("frontend")) == ({"n3": 2}, {"n1": 1, "n3": 1})
    assert AFTER.where(("frontend", "tts")) == "frontend n1 1, n3 1; tts nowhere"


def test_a_step_comes_back_from_a_worker() -> None:
    """Through JSON, as it was."""
    step = Step("the night", "deploy", 12.3, "3 of 9", "nothing moved", (("docker node ls", "three"),))
    assert Step.from_json(json.loads(json.dumps(step.as_json()))) == step


def test_the_edge_of_that_night_asked_no_replica() -> None:
    """Labels by which a later edge finds out who is silent are taken out, all others stay, and the stack is not changed."""
    stack = reading.for_a_lab((REFERENCE_STACK,), {})
    labels = stack.document["services"]["frontend"]["deploy"]["labels"]
    later = {
        "traefik.http.services.frontend.loadbalancer.healthcheck.path": "/health",
        "traefik.http.middlewares.again.retry.attempts": "3",
        "traefik.http.routers.frontend.middlewares": "frontend-retry",
    }
    labels.update(later)
    found = as_of_that_night(stack).document["services"]["frontend"]["deploy"]["labels"]
    assert later.keys() & found.keys() == set()
    assert "traefik.http.routers.frontend.rule" in found
    assert later.keys() <= labels.keys()


def test_a_part_of_the_runbook_keeps_the_rest_of_its_record() -> None:
    """A story that ran takes the place of what was on record; one that failed, or did not run, leaves it as it was."""
    old = [Step(story, "before", 1.0, "", "") for story in ("backup", "night", "update")]
    new = [Step(story, "now", 2.0, "", "") for story in ("night", "update", "another")]
    kept = on_record(old, new, {"update"})
    assert [(each.story, each.what) for each in kept] == [
        ("backup", "before"), ("night", "now"), ("update", "before"), ("another", "now"),
    ]  # fmt: skip
