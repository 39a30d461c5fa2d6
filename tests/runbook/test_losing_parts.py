"""Losing parts: what stays up, what is back after how many seconds, and what the Swarm does not do by itself."""

import time

import pytest

from fixtures.observe.steady.values import Way
from fixtures.run.criteria_table import not_exercised
from fixtures.runbook import losing
from fixtures.runbook.losing import Endured, endured
from fixtures.runbook.operator_acts import Rehearsal, forced
from fixtures.runbook.rehearsing import Note

pytestmark = pytest.mark.runbook
EDGE, MEDIA, OTHER = "translation01", "translation02", "translation03"


def limit(rehearsal: Rehearsal, loss: str) -> int:
    """Within how many seconds the plan wants users to be served again."""
    plan = rehearsal.target.plan
    found = dict(plan.recovery).get(loss)
    if found is None:
        not_exercised(f"{plan.called} states no recovery.{loss}")
    return found


def judged(note: Note, what: str, seen: Endured, most_s: int, more: str = "") -> None:
    """The step on record, and served again within the plan's seconds."""
    took_s = seen.back_after_s()
    lost = f"{sum(seen.seen.counts.values())}"
    note(what, took_s, dropped=lost, came_of_it=f"limit {most_s} s; {seen}{more}")
    assert took_s <= most_s, f"{what}: served again after {took_s:.1f} s, the plan wants {most_s}\n{seen}"


@pytest.mark.parametrize("service", ["frontend", "signaling"])
def test_a_killed_replica(rehearsal: Rehearsal, note: Note, service: str) -> None:
    """The others serve on; the Swarm starts another in its place."""
    most_s = limit(rehearsal, "replica_killed")
    before = rehearsal.tasks().of(service)
    seen = endured(rehearsal.target, lambda: losing.kill_task(rehearsal, service, OTHER))
    after = rehearsal.tasks().of(service)
    assert len(after) == len(before) == 3
    assert len(after - before) == 1
    judged(note, f"a replica of {service} killed", seen, most_s, "; the Swarm started another")


def test_a_worker_without_media_stopped(rehearsal: Rehearsal, note: Note) -> None:
    """Page, signaling and calls go on without translation03; back, it stays empty until somebody spreads the replicas."""
    most_s = limit(rehearsal, "node_stopped")
    with losing.brought_back(rehearsal, OTHER):
        seen = endured(rehearsal.target, lambda: losing.stop_node(rehearsal, OTHER))
        assert losing.call_works(rehearsal.target) == ""
        assert not rehearsal.tasks().homes("tts"), "tts is pinned to the node that is gone, and runs"
        more = "; a call works; tts, which is pinned there, waits for its node"
        judged(note, f"{OTHER} stopped", seen, most_s, more)

    began = time.monotonic()
    losing.replaced(rehearsal, "tts", frozenset(), 1)
    homes = {service: rehearsal.tasks().homes(service) for service in ("frontend", "signaling")}
    assert all(OTHER not in found for found in homes.values()), f"the Swarm moved replicas back: {homes}"
    note(
        f"{OTHER} is back", time.monotonic() - began,
        came_of_it="tts runs again; no replica of frontend and signaling has moved back: docker service update --force",
    )  # fmt: skip
    said = forced(rehearsal)
    assert [each.status for each in said] == [0, 0], said
    homes = {service: rehearsal.tasks().homes(service) for service in ("frontend", "signaling")}
    assert all(OTHER in found for found in homes.values()), f"not spread again: {homes}"
    note(
        "docker service update --force, both services", sum(each.took_s for each in said),
        came_of_it=rehearsal.tasks().where(("frontend", "signaling")),
    )  # fmt: skip


def test_the_media_node_stopped(rehearsal: Rehearsal, note: Note) -> None:
    """Without translation02 there is no call, and everything else; once it is back, a call works again."""
    most_s, back_s = limit(rehearsal, "node_stopped"), limit(rehearsal, "media_node_back")
    with losing.brought_back(rehearsal, MEDIA):
        seen = endured(rehearsal.target, lambda: losing.stop_node(rehearsal, MEDIA), joins=False)
        tries = losing.no_call(rehearsal.target, 2)
        assert all(tries), "a call works without the node that mediasoup is pinned to"
        judged(note, f"{MEDIA} stopped", seen, most_s, f"; no call: {tries[0][:120]}")
        began = time.monotonic()
        losing.start_node(rehearsal, MEDIA)
    took_s = losing.call_again_after_s(rehearsal.target, began)
    note(f"{MEDIA} is back", took_s, came_of_it=f"a call works again; limit {back_s} s, from its start on")
    assert took_s <= back_s, f"a call works {took_s:.1f} s after {MEDIA} was started, the plan wants {back_s}"


def test_redis_restarted(rehearsal: Rehearsal, note: Note) -> None:
    """The page does not notice; who is in a room stays there, and rooms can be joined again soon."""
    most_s = limit(rehearsal, "redis_restarted")
    seen = endured(rehearsal.target, lambda: losing.kill_task(rehearsal, "redis", EDGE))
    assert not [each for each in seen.seen.dropped if each.way in (Way.FRESH, Way.KEPT)], str(seen)
    assert losing.call_works(rehearsal.target) == ""
    judged(note, "Redis killed, and started again by the Swarm", seen, most_s, "; a call works")


def test_traefik_restarted(rehearsal: Rehearsal, note: Note) -> None:
    """There is one, so for the time of its start nobody is served; a call goes on."""
    most_s = limit(rehearsal, "edge_restarted")
    seen = endured(rehearsal.target, lambda: losing.kill_task(rehearsal, "traefik", EDGE))
    assert seen.seen.counts, "nothing was lost without Traefik: it was not killed"
    assert losing.call_works(rehearsal.target) == ""
    judged(note, "Traefik killed, and started again by the Swarm", seen, most_s)


def test_mediasoup_restarted(rehearsal: Rehearsal, note: Note) -> None:
    """Calls drop; page and signaling go on; a call works again soon."""
    most_s = limit(rehearsal, "sfu_restarted")
    moments: list[float] = []
    again: list[float] = []

    def lose() -> None:
        moments.append(time.monotonic())
        losing.kill_task(rehearsal, "mediasoup", MEDIA)
        again.append(losing.call_again_after_s(rehearsal.target, moments[0]))

    seen = endured(rehearsal.target, lose, joins=False)
    assert not seen.seen.dropped, str(seen)
    note(
        "mediasoup killed, and started again by the Swarm",
        again[0],
        came_of_it=f"limit {most_s} s until a call works; {seen}",
    )
    assert again[0] <= most_s, f"a call works after {again[0]:.1f} s, the plan wants {most_s}"


def test_the_manager_restarted(rehearsal: Rehearsal, note: Note) -> None:
    """The only manager is Traefik's node too: nobody is served until it is back; then all is, and the tasks are kept."""
    most_s = limit(rehearsal, "manager_restarted")

    def lose() -> None:
        losing.stop_node(rehearsal, EDGE)
        losing.start_node(rehearsal, EDGE)

    with losing.brought_back(rehearsal, EDGE):
        seen = endured(rehearsal.target, lose)
    assert seen.seen.counts, "nothing was lost without the manager's node: it was not stopped"
    assert losing.call_works(rehearsal.target) == ""
    judged(note, f"{EDGE}, the manager, stopped and started", seen, most_s, "; a call works")
