"""Updates: `--force`, a new image, and a bad one that rolls itself back, while requests are sent and two people are in a call."""

import pytest

from fixtures.judge.update_losses import UpdateSeen, losses_text
from fixtures.observe.steady.steady_requests import SteadyRequests
from fixtures.observe.steady.values import Loss, Way
from fixtures.runbook.operator_acts import Rehearsal
from fixtures.runbook.rehearsing import Note
from lab.cluster.tasks import full
from lab.compose import reading
from lab.compose.reference import REFERENCE_STACK
from lab.faults.rolling import roll
from lab.faults.service_updates import inspect
from lab.waiting import Look, NotYet, Ready, wait_for

pytestmark = pytest.mark.runbook
SERVICES = ("frontend", "signaling")
BAD = {
    "an image that no node has": ["image", "jbcalling-lab/frontend:of-another-day"],
    "a variable with which it does not start": ["env", "ICE_SERVERS", "no JSON"],
}


def image_of(rehearsal: Rehearsal, service: str) -> str:
    return str(inspect(rehearsal.lab, service)["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"])


def test_an_update_by_force(rehearsal: Rehearsal, note: Note) -> None:
    """Every replica of both services is made anew, at the same time; nothing is dropped."""
    with SteadyRequests(rehearsal.target, ways=[*Way]) as steady:
        rolled = roll(rehearsal.lab, *((service, ["force"]) for service in SERVICES))
    assert all(each.went_through for each in rolled), rolled
    note(
        "--force, both services",
        max(each.took_s for each in rolled),
        str(len(steady.dropped())),
        str(steady.seen),
    )
    assert not steady.dropped(), steady.text()


def test_without_draining_an_update_drops(rehearsal: Rehearsal, note: Note) -> None:
    """So that the criterion can turn red: replicas that end at once, while Traefik looks at the Swarm every 15 s."""
    as_elsewhere = {"TRAEFIK_REFRESH_SECONDS": "15", "TRAEFIK_THROTTLE": "2s"}
    stack = reading.for_a_lab((REFERENCE_STACK,), {"DRAIN_SECONDS": "0", **as_elsewhere})
    rehearsal.deploy(stack)
    with SteadyRequests(rehearsal.target) as steady:
        rolled = roll(rehearsal.lab, *((service, ["force"]) for service in SERVICES))
    seen = steady.seen
    took_s = max(each.took_s for each in rolled)
    note("--force, without draining", took_s, str(len(seen.dropped)), str(seen))
    update = UpdateSeen(tuple(map(full, SERVICES)), (), took_s, seen, seen.dropped)
    assert seen.counts[Loss.REQUEST], str(seen)
    assert "translation_frontend and translation_signaling were updated once, wanted none" in losses_text(
        update, rehearsal.api
    )


def test_a_new_image(rehearsal: Rehearsal, note: Note) -> None:
    """The same image by another name, which the Swarm takes for another one; nothing is dropped."""
    edits = []
    for service in SERVICES:
        there = image_of(rehearsal, service)
        new = f"{there.rpartition(':')[0]}:next"
        for node in rehearsal.lab.nodes.values():
            node.images.get(there).tag(new)
        edits.append((service, ["image", new]))
    with SteadyRequests(rehearsal.target, ways=[*Way]) as steady:
        rolled = roll(rehearsal.lab, *edits)
    assert all(each.went_through for each in rolled), rolled
    assert all(image_of(rehearsal, service).endswith(":next") for service in SERVICES)
    note(
        "a new image, both services",
        max(each.took_s for each in rolled),
        str(len(steady.dropped())),
        str(steady.seen),
    )
    assert not steady.dropped(), steady.text()


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_update_rolls_itself_back(rehearsal: Rehearsal, note: Note, bad: str) -> None:
    """Nobody does anything; the old replicas serve on, and the update counts as failed though it all runs."""
    before = image_of(rehearsal, "frontend")
    with SteadyRequests(rehearsal.target) as steady:
        (rolled,) = roll(rehearsal.lab, ("frontend", BAD[bad]))
    assert rolled.state == "rollback_completed", rolled
    assert not rolled.went_through
    assert image_of(rehearsal, "frontend") == before
    note(bad, rolled.took_s, str(len(steady.dropped())), f"{rolled.state}: {rolled.message}; {steady.seen}")
    assert not steady.dropped(), steady.text()


@pytest.mark.runbook_short
@pytest.mark.xdist_group("runbook")
def test_the_command_ends_with_0_all_the_same(rehearsal: Rehearsal, note: Note) -> None:
    """`docker service update --detach` and `docker stack deploy` do not wait: UpdateStatus must be read."""
    name = full("frontend")
    said = rehearsal.docker(
        "service", "update", "--detach", "--image", BAD["an image that no node has"][1], name
    )
    assert said.status == 0, said.text
    state = rolled_back(rehearsal)
    note(
        "docker service update --detach, a bad image",
        said.took_s,
        came_of_it=f"exit 0; and then UpdateStatus: {state}",
    )
    assert state == "rollback_completed"


def rolled_back(rehearsal: Rehearsal) -> str:
    """How the update ended that is under way: it never completes."""

    def look() -> Look[str]:
        state = rehearsal.update_of("frontend")
        return NotYet(state) if state in ("", "updating", "rollback_started", "completed") else Ready(state)

    return wait_for("the end of the update", look, deadline_s=120.0, interval_s=0.3)
