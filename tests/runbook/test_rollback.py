"""The rollback plan: co-locate, the whole stack from the backup, a service by itself; what each does, drops and leaves."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.judge.verdicts import Row, Verdict, table
from fixtures.observe.steady.steady_requests import SteadyRequests
from fixtures.runbook.operator_acts import SERVICES, Rehearsal, forced
from fixtures.runbook.rehearsing import Note
from fixtures.sabotage.inner_run import RunCriteria
from lab.cluster.stack_deploy import STACK_NAME
from lab.compose.reference import REFERENCE_STACK, STACKS
from lab.errors import NotReadyError

pytestmark = pytest.mark.runbook
FRONTEND, SIGNALING = (f"{STACK_NAME}_{each}" for each in SERVICES)
CO_LOCATED = {"translation01": 3}
UNHEALTHY = """\
version: "3.12"
x-over: {over}
services:
  frontend:
    healthcheck:
      test: ["CMD", "false"]
      interval: 1s
      timeout: 1s
      retries: 1
      start_period: 0s
"""
"""Option A with a frontend that never gets healthy."""


@pytest.fixture
def judged(rehearsal: Rehearsal, run_criteria: RunCriteria) -> Callable[..., dict[str, Row]]:
    """The criteria, as they stand now, by the plan and the stack file that are named."""

    def judge(plan: str, stack: Path) -> dict[str, Row]:
        options = ("--plan", plan, "--stack", str(stack))
        return {
            row.criterion: row
            for row in table(run_criteria(rehearsal.lab.name, limits={}, options=options).outcomes)
        }

    return judge


def red(rows: dict[str, Row]) -> dict[str, str]:
    return {name: row.text for name, row in rows.items() if row.verdict is Verdict.FAILED}


def test_step_1_co_locates_the_frontend(
    rehearsal: Rehearsal, note: Note, judged: Callable[..., dict[str, Row]]
) -> None:
    """A constraint on translation01: green by plan B, with the warning that one node carries all, once the file says so too."""
    with SteadyRequests(rehearsal.target) as steady:
        said = rehearsal.docker(
            "service",
            "update",
            "--quiet",
            "--constraint-add",
            "node.labels.instance==translation01",
            FRONTEND,
        )
    assert said.status == 0, said.text
    assert rehearsal.update_of("frontend") == "completed"
    assert rehearsal.tasks().homes("frontend") == CO_LOCATED
    by_b = judged("b", STACKS / "option-b.yml")
    assert set(red(by_b)) == {"drift"}, red(by_b)
    assert (
        "constraints: the file has nothing, running node.labels.instance == translation01"
        in by_b["drift"].text
    )
    assert "one node carries all" in by_b["spread"].text, by_b["spread"].text
    where = f"{rehearsal.tasks().where(SERVICES)}; by plan B: {by_b['spread'].text}; drift is red, the file is another"
    note(said.typed, said.took_s, str(steady.seen), where)

    with SteadyRequests(rehearsal.target) as steady:
        took_s = rehearsal.deploy(rehearsal.stack("option-b.yml"))
    assert red(judged("b", STACKS / "option-b.yml")) == {}
    note(
        "docker stack deploy of option-b.yml after it",
        took_s,
        str(steady.seen),
        "every criterion passed by plan B",
    )


def test_step_2_brings_the_whole_stack_back_from_the_backup(
    rehearsal: Rehearsal, note: Note, judged: Callable[..., dict[str, Row]], tmp_path: Path
) -> None:
    """The backup's stack file, beside the files that it names, is what runs again; tasks move back by an update alone."""
    before = tmp_path / "before"
    assert rehearsal.suite("backup", str(before), "--stack-file", str(REFERENCE_STACK)).status == 0
    rehearsal.deploy(rehearsal.stack("option-b.yml"))
    assert rehearsal.tasks().homes("frontend") == CO_LOCATED
    beside = tmp_path / "stack"
    shutil.copytree(STACKS, beside)
    shutil.copy(before / "stack.yml", beside / "stack-hybrid-backup.yml")

    moved_from = rehearsal.tasks()
    with SteadyRequests(rehearsal.target) as steady:
        took_s = rehearsal.deploy(rehearsal.stack(str(beside / "stack-hybrid-backup.yml")))
    checked = rehearsal.suite("backup", "check", str(before))
    assert checked.status == 0, checked.text
    assert rehearsal.tasks().homes("frontend") == CO_LOCATED, "tasks moved back by themselves"
    moved = rehearsal.tasks().since(moved_from, SERVICES)
    anew = ", ".join(f"{service} {count}" for service, count in moved.items())
    note(
        "docker stack deploy of the backup", took_s, str(steady.seen),
        f"backup check: all the same; tasks made anew: {anew}; the frontend stays: {rehearsal.tasks().where(('frontend',))}",
    )  # fmt: skip

    with SteadyRequests(rehearsal.target) as steady:
        (said,) = forced(rehearsal, ("frontend",))
    assert said.status == 0, said.text
    assert len(rehearsal.tasks().homes("frontend")) > 1
    assert red(judged("a", REFERENCE_STACK)) == {}
    note(
        said.typed,
        said.took_s,
        str(steady.seen),
        f"{rehearsal.tasks().where(('frontend',))}; every criterion passed",
    )


def test_step_3_rolls_one_service_back(
    rehearsal: Rehearsal, note: Note, judged: Callable[..., dict[str, Row]]
) -> None:
    """`docker service rollback` takes back the last change of a service, whatever that was: also an update by --force."""
    for service in (FRONTEND, SIGNALING):
        assert rehearsal.docker("service", "update", "--quiet", "--env-add", "TRIED=1", service).status == 0
    with SteadyRequests(rehearsal.target) as steady:
        said = [
            rehearsal.docker("service", "rollback", "--quiet", service) for service in (FRONTEND, SIGNALING)
        ]
    assert [each.status for each in said] == [0, 0], said
    assert [rehearsal.update_of(each) for each in SERVICES] == ["rollback_completed", "rollback_completed"]
    by_a = red(judged("a", REFERENCE_STACK))
    # The Swarm remembers a rollback by hand as it does one of its own, until the next update.
    assert set(by_a) <= {"healthy"}, by_a
    assert "rollback_completed" in by_a.get("healthy", "rollback_completed"), by_a
    note(
        "docker service rollback of frontend and signaling", sum(each.took_s for each in said), str(steady.seen),
        f"as the file has it; red: {', '.join(by_a) or 'nothing'}",
    )  # fmt: skip

    assert rehearsal.docker("service", "update", "--quiet", "--env-add", "TRIED=1", FRONTEND).status == 0
    assert forced(rehearsal, ("frontend",))[0].status == 0
    said_again = rehearsal.docker("service", "rollback", "--quiet", FRONTEND)
    assert said_again.status == 0, said_again.text
    after = rehearsal.state().service(FRONTEND)
    assert after is not None
    assert after.env.get("TRIED") == "1"
    note(
        "the same after an update by --force", said_again.took_s,
        came_of_it="it takes the --force back, and leaves the change before it: roll back first, or deploy the backup",
    )  # fmt: skip


def test_a_deploy_that_rolled_itself_back_is_a_failure(
    rehearsal: Rehearsal, note: Note, tmp_path: Path
) -> None:
    """The command ends with 0, the service runs as before: `UpdateStatus` says what happened, and the deploy says so."""
    file = tmp_path / "unhealthy.yml"
    file.write_text(UNHEALTHY.format(over=REFERENCE_STACK))
    began = time.monotonic()
    with SteadyRequests(rehearsal.target) as steady, pytest.raises(NotReadyError) as refused:
        rehearsal.deploy(rehearsal.stack(str(file)))
    took_s = time.monotonic() - began
    assert f"{FRONTEND}: update rollback_completed" in str(refused.value), str(refused.value)
    assert rehearsal.update_of("frontend") == "rollback_completed"
    service = rehearsal.state().service(FRONTEND)
    assert service is not None
    assert service.healthcheck is not None
    assert service.healthcheck.test != ("CMD", "false")
    note(
        "docker stack deploy of a frontend that never gets healthy: it ends with 0", took_s, str(steady.seen),
        str(refused.value).splitlines()[0],
    )  # fmt: skip
