"""Observations of services that do not run or do nothing: tasks that wait, nodes without a label, stores that hang."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fixtures.diagnose.complaints import ComplaintSeen
from fixtures.diagnose.dependencies import DependencySeen
from fixtures.diagnose.observations import Observations, ServedSeen, TurnSeen
from fixtures.judge.drift import Drift
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import Candidate
from fixtures.observe.swarm.containers import ContainerSeen
from fixtures.observe.swarm.state import Node, Task, UpdateStatus
from fixtures.target.planned import Port
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import MEDIA_ADDRESS, NOW, ONE, THREE, TWO, call, changed, with_tasks

NO_NODE = "no suitable node ({})"


def waiting(
    short: str, error: str, *, state: str = "pending", node: str | None = None, slot: int = 1
) -> Observations:
    """One replica of a service waits, and says why."""
    seen = with_tasks(samples.sound(), short, lambda t: None if t.slot == slot else t)
    over = {"state": state, "error": error, "addresses": {}, "since": NOW - timedelta(seconds=20)}
    return with_tasks(
        seen, short, lambda t: t, [samples.task(short, slot, node, 99, desired_state="running", **over)]
    )


def port_taken() -> Observations:
    seen = waiting(
        "monitoring",
        NO_NODE.format(
            "host-mode port already in use on 1 node; scheduling constraints not satisfied on 2 nodes"
        ),
    )
    return changed(seen, "monitoring", ports=(Port(9090, 443, "tcp", "host"),))


def no_room() -> Observations:
    return waiting(
        "tts",
        NO_NODE.format("insufficient resources on 1 node; scheduling constraints not satisfied on 2 nodes"),
    )


def max_per_node() -> Observations:
    seen = waiting(
        "frontend",
        NO_NODE.format("max replicas per node limit exceed; scheduling constraints not satisfied on 1 node"),
        slot=3,
    )
    return changed(seen, "frontend", max_replicas=1)


def image_missing() -> Observations:
    return waiting("tts", "No such image: jbcalling-lab/tts:latest", state="rejected", node=THREE)


def disk_full() -> Observations:
    error = "failed to create shim task: mkdir /var/lib/docker/overlay2/x: no space left on device"
    return waiting("tts", error, state="rejected", node=THREE)


def odd_error() -> Observations:
    return waiting(
        "tts",
        'invalid mount config for type "bind": bind source path does not exist: /srv/voices',
        state="rejected",
        node=THREE,
    )


def placed_nowhere() -> Observations:
    seen = waiting("tts", NO_NODE.format("scheduling constraints not satisfied on 3 nodes"))
    return changed(seen, "tts", constraints=("node.labels.instance == translation04",))


def nodes(change: Callable[[Node], Node], seen: Observations | None = None) -> Observations:
    """The same with each node changed."""
    found = samples.sound() if seen is None else seen
    assert found.state is not None
    return replace(found, state=replace(found.state, nodes=tuple(map(change, found.state.nodes))))


def label_gone(hostname: str = TWO) -> Observations:
    seen = waiting("mediasoup", NO_NODE.format("scheduling constraints not satisfied on 3 nodes"))
    return nodes(lambda n: replace(n, labels={}, hostname=hostname) if n.hostname == TWO else n, seen)


def closed(availability: str = "drain") -> Observations:
    words = NO_NODE.format(
        "1 node not available for new tasks; scheduling constraints not satisfied on 2 nodes"
    )
    return nodes(
        lambda n: replace(n, availability=availability) if n.hostname == THREE else n, waiting("tts", words)
    )


def scaled(count: int = 5) -> Observations:
    more = [samples.task("frontend", slot, ONE, 80 + slot) for slot in range(4, count + 1)]
    seen = with_tasks(changed(samples.sound(), "frontend", replicas=count), "frontend", lambda t: t, more)
    return replace(seen, drifts=(Drift("translation_frontend", "replicas", "3", str(count)),))


TASK = "q1w2e3r4t5y6u7i8o9p0asdfg"


def halted(state: str = "paused", done: bool = False, **over: Any) -> Observations:  # noqa: ANN401
    """An update that the Swarm gave up on since one task failed."""
    message = f"update paused due to failure or early termination of task {TASK}"
    status = UpdateStatus(
        state, message, NOW - timedelta(minutes=3), NOW - timedelta(minutes=2) if done else None
    )
    failed = {"state": "failed", "desired_state": "shutdown", "error": "task: non-zero exit (1)", "exit_code": 1,
              "since": NOW - timedelta(seconds=30), **over}  # fmt: skip
    ended = replace(samples.task("frontend", 1, ONE, 98, **failed), id=TASK)
    seen = with_tasks(
        changed(samples.sound(), "frontend", update_status=status), "frontend", lambda t: t, [ended]
    )
    return replace(seen, drifts=(Drift("translation_frontend", "entrypoint", "nothing", "false"),))


def rolled_back(ended: bool = False) -> Observations:
    return halted("rollback_completed", ended)


def container(short: str, node: str, **over: Any) -> ContainerSeen:  # noqa: ANN401
    return ContainerSeen(**{
        "task": f"task-{short}", "service": f"translation_{short}", "node_id": f"id-{node}", "id": f"c0ffee{short}",
        "image_id": f"sha256:{short}", "status": "running", "oom_killed": False, "exit_code": 0, **over,
    })  # fmt: skip


def starved() -> Observations:
    """One replica of signaling killed for memory, and another in its place."""
    limit = 30 * 2**20
    seen = with_tasks(
        changed(samples.sound(), "signaling", memory_limit=limit),
        "signaling",
        lambda t: t,
        [_ended("signaling")],
    )
    killed = container(
        "signaling", ONE, task="gone", status="exited", oom_killed=True, exit_code=137, memory_limit=limit
    )
    return replace(seen, containers=(killed, container("signaling", ONE, memory_peak=29 * 2**20)))


def _ended(short: str, **over: Any) -> Task:  # noqa: ANN401
    how = {"state": "failed", "desired_state": "shutdown", "error": "task: non-zero exit (137)", "exit_code": 137,
           "since": NOW - timedelta(seconds=9), **over}  # fmt: skip
    return replace(samples.task(short, 1, ONE, 97, **how), id="gone")


def unread_137() -> Observations:
    """The same where no node's engine was asked: the limit is less than planned, a replica lacks, the last exit was 137."""
    seen = with_tasks(starved(), "signaling", lambda t: None if t.slot == 1 and t.id != "gone" else t)
    return replace(seen, containers=None)


STORE = DependencySeen("translation_signaling", "REDIS_URL", "redis", "redis", 6379, ONE)


def told_of(value: str, variable: str = "REDIS_URL") -> Observations:
    return changed(
        samples.sound(), "signaling", env={variable: value, "ALLOWED_ORIGINS": "https://jbcalling.site"}
    )


def misnamed() -> Observations:
    seen = told_of("redis://redis_gateway:6379")
    drift = Drift(
        "translation_signaling",
        "environment REDIS_URL",
        "'redis://redis:6379'",
        "'redis://redis_gateway:6379'",
    )
    looked = replace(STORE, host="redis_gateway", how="unresolved")
    return replace(seen, drifts=(drift,), dependencies=(looked,))


def store_mute() -> Observations:
    return replace(
        told_of("redis://redis:6379"), dependencies=(replace(STORE, how="mute", said="10.0.1.72"),)
    )


def turn_mute() -> Observations:
    turns = (
        TurnSeen("allocate", False, None, "not answered"),
        TurnSeen("listens", False, None, "accepts, never answers"),
    )
    return replace(samples.sound(), turns=turns)


def turn_ahead() -> Observations:
    turns = (
        TurnSeen("allocate", False, 401, "401 Unauthorized"),
        TurnSeen("window", True, None, "2 h is taken"),
    )
    return replace(samples.sound(), turns=turns)


def record_stale() -> Observations:
    offered = (Candidate(MEDIA_ADDRESS, 40003, "udp", "host", MEDIA_ADDRESS),)
    return replace(samples.sound(), media_address="172.28.1.13", calls=(call(offered=offered),))


def one_differs() -> Observations:
    """The third replica of the page serves another file than the first two."""
    seen = samples.sound()
    assert seen.state is not None
    at = [
        (t.slot, t.addresses[samples.FRONTEND])
        for t in seen.state.tasks
        if t.service == "translation_frontend"
    ]
    return replace(
        seen,
        served=tuple(
            ServedSeen(
                "https://jbcalling.site/",
                address,
                ("200, 90 B, sha256 b" if slot == 3 else "200, 612 B, sha256 a",),
            )
            for slot, address in at
        ),
        containers=(container("frontend", THREE),),
    )


def store_refuses(text: str = "error: You can't write against a read only replica.") -> Observations:
    return replace(samples.sound(), complaints=(ComplaintSeen("translation_signaling", text, 7),))


def store_wants_a_password() -> Observations:
    seen = told_of("redis://redis:6379")
    said = "10.0.1.72 -NOAUTH Authentication required."
    return replace(seen, dependencies=(replace(STORE, how="answers", said=said),))


def on_its_way(state: str = "preparing") -> Observations:
    """Right after a deploy: the third page has a node, says nothing, and has answered no request."""
    return waiting("frontend", "", state=state, node=THREE, slot=3)


def none_up_yet(short: str = "mediasoup") -> Observations:
    """The only task of a service is being prepared, and a call fails meanwhile."""
    seen = waiting(short, "", state="preparing", node=TWO)
    failed = call(
        failed_step=StepName.SEND_CREATED, error="not answered within 5 s", offered=(), selected=(), frames=()
    )
    return replace(seen, calls=(failed,))


def nothing_of(short: str = "coturn") -> Observations:
    seen = with_tasks(changed(samples.sound(), short, replicas=0), short, lambda t: None)
    return replace(seen, drifts=(Drift(f"translation_{short}", "replicas", "1", "0"),))


def turn_dropped() -> Observations:
    turns = (
        TurnSeen("allocate", False, None, "an allocation was not answered within 5 s"),
        TurnSeen("reached", False, None, "3478/tcp takes no connection within 5 s, nor does UDP answer"),
    )
    return replace(samples.sound(), turns=turns, containers=(container("coturn", TWO, health="healthy"),))


ONLY = "label traefik.http.routers.signaling.middlewares"


def allowed_only() -> Observations:
    """Somebody gave the API a list of addresses that may call it, and no rule knows that."""
    drift = Drift("translation_signaling", ONLY, "nothing", "only")
    failed = call(failed_step=StepName.CONNECTED_TO_SIGNALING, error="GET /socket.io/ -> 401")
    return replace(samples.sound(), drifts=(drift,), calls=(failed,))


def unheard() -> Observations:
    """A node that runs, and whose word does not reach the manager."""
    said = "heartbeat failure"
    seen = nodes(lambda n: replace(n, state="down", message=said) if n.hostname == THREE else n)
    return samples.probed(seen)
