"""Phases 2 to 7: the night of the 504, from the broken stack to a green one, as an operator sees it."""

import re
import time
from collections import Counter

import pytest

from fixtures.judge.verdicts import Row, Verdict, table
from fixtures.observe.http.access_log import AccessLine
from fixtures.runbook.operator_acts import NODE, SERVICES, Rehearsal, as_of_that_night, forced, outcomes
from fixtures.runbook.rehearsing import Note
from fixtures.sabotage.inner_run import Inner, RunCriteria
from lab.cluster.stack_deploy import DOMAIN, STACK_NAME
from lab.text.shell import command_line, piped
from tests.texts import one_per_line

pytestmark = pytest.mark.runbook
FRONTEND = NETWORK = f"{STACK_NAME}_frontend"
"""The service, and the network that Traefik dials it on."""
PAGE = "tests/test_no_504.py::test_every_request_is_answered[jbcalling.site]"
REQUESTS = 12
"""Each of three replicas is met four times as Traefik goes round."""
GIVEN_UP_MS = range(29_000, 33_000)
"""Traefik's default dial timeout is 30 s; the design's log has 30002 ms."""
HUNG = "no first byte"
"""Where Traefik had a connection open to a replica before the overlay was cut, a request on it gets no answer at all: its
client gives up first, and Traefik's log has 499."""
FORCED_AT_MOST = 4
"""New tasks go where the fewest are, and an old one counts until its successor runs: a node may stay without one."""


def test_the_night_of_the_504(rehearsal: Rehearsal, note: Note, run_criteria: RunCriteria) -> None:
    """Pinned away from Traefik and cut off: 504. Option A moves nothing, an update does; green once the overlay is whole."""
    deploy_the_broken_stack(rehearsal, note)
    with rehearsal.overlay_cut():
        see_the_504_after_30_s(rehearsal, note)
        deploy_option_a_which_moves_nothing(rehearsal, note)
        force_an_update_which_does(rehearsal, note)
        hear_that_a_part_is_dropped(rehearsal, note, run_criteria)
    heal_and_force_signaling_too(rehearsal, note)
    hear_that_all_is_green(rehearsal, note, run_criteria)


def deploy_the_broken_stack(rehearsal: Rehearsal, note: Note) -> None:
    """Every replica of both services on translation03, away from Traefik."""
    took_s = rehearsal.deploy(as_of_that_night(rehearsal.stack("incident-nov11.yml")))
    assert [rehearsal.tasks().homes(each) for each in SERVICES] == [{NODE: 3}, {NODE: 3}]
    shown = (rehearsal.placement("frontend"), rehearsal.ps("frontend"))
    note(
        "docker stack deploy of the broken stack",
        took_s,
        came_of_it=rehearsal.tasks().where(SERVICES),
        shown=shown,
    )


def see_the_504_after_30_s(rehearsal: Rehearsal, note: Note) -> None:
    """Every request: 504 after 30 s, dialled at a replica on translation03, as the design quotes Traefik's log."""
    (attempts, lines), took_s = rehearsal.timed(lambda: rehearsal.logged(DOMAIN, REQUESTS))
    hung = all_dropped(outcomes(attempts))
    others = [each.raw for each in lines if not given_up(each)]
    assert not others, one_per_line(others)
    assert sum(each.status == 499 for each in lines) == hung, lines
    running = [each for each in rehearsal.state().tasks_of(FRONTEND) if each.running]
    assert {each.server_address for each in lines} == {each.addresses[NETWORK] for each in running}
    by_hand = rehearsal.shell(
        piped(
            command_line(["timeout", "30", "docker", "service", "logs", f"{STACK_NAME}_traefik"]),
            command_line(["grep", '" 504 ']),
            command_line(["tail", "-n", "1"]),
        )
    )
    assert '" 504 ' in by_hand.text, by_hand.text
    logged = by_hand.text.strip().partition("| ")[2]
    note(
        f"the overlay to {NODE} cut",
        took_s,
        f"{REQUESTS} of {REQUESTS}",
        logged + (f"; {hung} unanswered, on connections that were open before" if hung else ""),
        (rehearsal.curl(DOMAIN), by_hand),
    )


def all_dropped(served: Counter[str]) -> int:
    """How many of the requests hung; the others are 504, and none was served."""
    assert set(served) <= {"504", HUNG}, served
    assert served["504"] >= REQUESTS // 2, served
    return served[HUNG]


def given_up(line: AccessLine) -> bool:
    """Whether Traefik gave the replica up after its dial timeout, or the client gave Traefik up later than that."""
    took_ms = int(line.duration_ms)
    return took_ms in GIVEN_UP_MS if line.status == 504 else line.status == 499 and took_ms >= GIVEN_UP_MS[0]


def deploy_option_a_which_moves_nothing(rehearsal: Rehearsal, note: Note) -> None:
    """The constraint is gone from the spec, the tasks stay where they are, and every request is dropped as before."""
    before = rehearsal.tasks()
    took_s = rehearsal.deploy(as_of_that_night(rehearsal.stack("stack-hybrid.yml")))
    deployed = rehearsal.state().service(FRONTEND)
    assert deployed is not None
    assert deployed.constraints == ()
    assert rehearsal.tasks().since(before, SERVICES) == {"frontend": 0, "signaling": 0}
    assert rehearsal.tasks().homes("frontend") == {NODE: 3}
    all_dropped(outcomes(rehearsal.asked(DOMAIN, REQUESTS)))
    where = f"no constraint any more, and no task moved: {rehearsal.tasks().where(SERVICES)}"
    shown = (rehearsal.placement("frontend"), rehearsal.ps("frontend"), rehearsal.curl(DOMAIN))
    note("docker stack deploy of Option A", took_s, f"{REQUESTS} of {REQUESTS}", where, shown)


def force_an_update_which_does(rehearsal: Rehearsal, note: Note) -> None:
    """`docker service update --force` makes every task anew, on other nodes too; those on the cut node are still dropped."""
    before, began, first, times = rehearsal.tasks(), time.monotonic(), "", 0
    for _ in range(FORCED_AT_MOST):
        times += 1
        (said,) = forced(rehearsal, ("frontend",))
        assert said.status == 0, said.text
        first = first or rehearsal.tasks().where(("frontend",))
        if len(rehearsal.tasks().homes("frontend")) == len(rehearsal.lab.state.addresses):
            break
    assert rehearsal.tasks().since(before, ("frontend",)) == {"frontend": 3}
    assert rehearsal.tasks().homes("frontend") == {f"translation0{each}": 1 for each in (1, 2, 3)}
    took_s = time.monotonic() - began
    rehearsal.wait_for_the_edge()
    served = outcomes(rehearsal.asked(DOMAIN, REQUESTS))
    assert served == {"200": REQUESTS * 2 // 3, "504": REQUESTS // 3}, served
    where = f"after the first: {first}; at last: {rehearsal.tasks().where(('frontend',))}"
    shown = (said, rehearsal.ps("frontend"))
    note(
        f"docker service update --force, {times} times",
        took_s,
        f"{served['504']} of {REQUESTS}",
        where,
        shown,
    )


def hear_that_a_part_is_dropped(rehearsal: Rehearsal, note: Note, run_criteria: RunCriteria) -> None:
    """Option A serves two requests in three now: the suite says so, and calls it red."""
    judged, took_s = rehearsal.timed(
        lambda: run_criteria(rehearsal.lab.name, limits={}, tests=[PAGE, "--wait-out"])
    )
    (page,) = judged.whole
    assert page["verdict"] == Verdict.FAILED
    failed = re.search(r"(\d+) of (\d+) requests to jbcalling.site failed", page["text"])
    assert failed is not None, page["text"]
    assert 0 < int(failed[1]) < int(failed[2]) // 2, page["text"]
    note(
        "the suite, the overlay still cut",
        took_s,
        f"{failed[1]} of {failed[2]}",
        f"no-504 is red: {failed[0]}",
    )


def heal_and_force_signaling_too(rehearsal: Rehearsal, note: Note) -> None:
    """The overlay is whole again: every request is served; signaling leaves translation03 by an update as well."""
    served = outcomes(rehearsal.asked(DOMAIN, REQUESTS))
    assert served == {"200": REQUESTS}, served
    (said,) = forced(rehearsal, ("signaling",))
    assert said.status == 0, said.text
    assert len(rehearsal.tasks().homes("signaling")) > 1
    rehearsal.wait_for_the_edge()
    note(
        f"the overlay healed, and {said.typed}",
        said.took_s,
        f"0 of {REQUESTS}",
        rehearsal.tasks().where(SERVICES),
    )


def hear_that_all_is_green(rehearsal: Rehearsal, note: Note, run_criteria: RunCriteria) -> None:
    """Every criterion, a call across replicas among them; what this kernel cannot show is not exercised, with the reason."""
    judged, took_s = rehearsal.timed(lambda: run_criteria(rehearsal.lab.name, limits={}))
    rows = rows_of(judged)
    failed = [f"{row.criterion}: {row.text}" for row in rows.values() if row.verdict is Verdict.FAILED]
    assert not failed, one_per_line(failed)
    passed = [row.criterion for row in rows.values() if row.verdict is Verdict.PASSED]
    assert {"no-504", "spread", "routing", "call", "socketio", "healthy"} <= set(passed), passed
    note("the suite", took_s, came_of_it=f"{len(passed)} criteria passed, none failed")


def rows_of(judged: Inner) -> dict[str, Row]:
    return {row.criterion: row for row in table(judged.outcomes)}
