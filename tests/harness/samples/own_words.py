"""Observations in which somebody says in words of his own what is wrong: a server, the Swarm, Traefik, a health check."""

from dataclasses import replace
from datetime import timedelta

from fixtures.diagnose.complaints import ComplaintSeen
from fixtures.diagnose.observations import Observations, TurnSeen
from fixtures.diagnose.values import Confidence
from fixtures.observe.http.traefik_api import EdgeConfiguration
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import Candidate
from tests.harness.samples import edge_faults, faults, stranded
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import MEDIA_ADDRESS, NOW, THREE, attempt, call, changed, line, with_tasks

QUOTA = "TURN at media.jbcalling.site:3478/udp refused an allocation: 486 Allocation Quota Reached"
PUBLIC, INSIDE = "203.0.113.9", "10.0.1.9"


def turn_over_quota() -> Observations:
    said = ComplaintSeen("translation_coturn", "session 1: user <acceptance>: quota exceeded")
    return replace(samples.sound(), turns=(TurnSeen("allocate", False, 486, QUOTA),), complaints=(said,))


def turn_relays_inside() -> Observations:
    turns = (
        TurnSeen("allocate", True, None, f"TURN at media.jbcalling.site:3478/udp relays at {INSIDE}:49160"),
        TurnSeen("relay", False, None, "nothing comes in and out at port 49160"),
    )
    seen = samples.changed(samples.sound(), "mediasoup", env={"ANNOUNCED_IP": PUBLIC})
    return replace(seen, media_address=PUBLIC, turns=turns, calls=())


NO_PROGRAM = 'OCI runtime exec failed: exec: "curl": executable file not found in $PATH'


def check_broken(short: str = "tts", said: str = NO_PROGRAM, node: str = THREE) -> Observations:
    """A replica that the Swarm stopped since its health check failed, with what that said."""
    error = "task: non-zero exit (137): dockerexec: unhealthy container"
    seen = stranded.waiting(short, error, state="failed", node=node)
    assert seen.state is not None
    (task,) = (each for each in seen.state.tasks if each.error)
    checked = stranded.container(
        short, node, task=task.id, status="exited", health="unhealthy", streak=3, health_said=said
    )
    return replace(seen, containers=(checked,))


def long_starting(since_s: int = 300, said: str = "") -> Observations:
    """A replica that starts and does not get healthy."""
    seen = stranded.waiting("tts", "", state="starting", node=THREE)
    assert seen.state is not None
    since = NOW - timedelta(seconds=since_s)
    seen = with_tasks(seen, "tts", lambda t: replace(t, since=since) if t.state == "starting" else t)
    assert seen.state is not None
    (task,) = (each for each in seen.state.tasks if each.state == "starting")
    checked = stranded.container("tts", THREE, task=task.id, health="starting", streak=2, health_said=said)
    return replace(seen, containers=(checked,) if said else None)


LEADERLESS = (
    "SwarmError: GET /tasks: 503: The swarm does not have a leader. It's possible that too few managers are online. "
    "Make sure more than half of the managers are online."
)


def leaderless() -> Observations:
    return replace(samples.sound(), at_start=samples.sound().state, state=None, missing={"state": LEADERLESS})


def not_deployed(*short: str) -> Observations:
    """Services that the Swarm does not have, signaling where none is named."""
    seen, gone = samples.sound(), {f"translation_{each}" for each in short or ("signaling",)}
    assert seen.state is not None
    services = tuple(each for each in seen.state.services if each.name not in gone)
    tasks = tuple(each for each in seen.state.tasks if each.service not in gone)
    return replace(seen, state=replace(seen.state, services=services, tasks=tasks))


def given_up(attempts: int = 3, condition: str = "any", **over: object) -> Observations:
    """The only task ended an hour ago, and none is to come."""
    how = {
        "state": "failed",
        "desired_state": "shutdown",
        "error": "task: non-zero exit (1)",
        "exit_code": 1,
        **over,
    }
    policy = {"Condition": condition, "MaxAttempts": attempts}
    seen = changed(samples.sound(), "tts", restart_policy=policy)
    return with_tasks(seen, "tts", lambda t: replace(t, **how))  # type: ignore[arg-type]


PROVIDER = (
    '2026-11-23T16:59:00Z ERR Provider error, retrying in 3.1s error="Error response from daemon: This node is not a swarm '
    'manager." providerName=swarm'
)


def page_answered(status: int, *, by_edge: bool = True, body: bytes = b"", **headers: str) -> Observations:
    """The page's host is answered so each time, by Traefik itself or by the page's first replica."""
    seen = edge_faults.sound_edge()
    bad = replace(attempt(status), body_head=body, headers=headers)
    dialled = line("10.0.2.12", 80, status)
    own = replace(dialled, server_url=None, server_address=None) if by_edge else dialled
    others = tuple(each for each in seen.attempts or () if each.host != bad.host)
    kept = tuple(each for each in seen.lines or () if each.router != "frontend@swarm")
    return replace(seen, attempts=(*others, bad, bad), lines=(*kept, own, own))


def turned_away(status: int = 403) -> Observations:
    seen = page_answered(status, body=b"Forbidden")
    assert seen.state is not None
    labels = {
        **next(each.labels for each in seen.state.services if each.name == "translation_frontend"),
        "traefik.http.routers.frontend.middlewares": "office@swarm",
        "traefik.http.middlewares.office.ipallowlist.sourcerange": "192.0.2.0/24",
    }
    return changed(seen, "frontend", labels=labels)


def edge_is_blind() -> Observations:
    seen = page_answered(404)
    bare = tuple(replace(each, router=None) if each.status == 404 else each for each in seen.lines or ())
    return replace(seen, lines=bare, edge_config=EdgeConfiguration(()), edge_log=(PROVIDER,))


NO_PORT = "send transport: created on the SFU: signaling refused create_transport: no more available ports [transport:udp]"
NO_NAME = "Error: getaddrinfo ENOTFOUND sfu.internal"


def failed_call(
    error: str, *complaints: ComplaintSeen, step: StepName = StepName.SEND_CREATED
) -> Observations:
    failed = call(failed_step=step, error=error, offered=(), selected=(), frames=())
    return replace(samples.sound(), calls=(failed,), complaints=complaints)


def no_port_left() -> Observations:
    return failed_call(NO_PORT)


def name_unknown(text: str = NO_NAME) -> Observations:
    return failed_call(
        "not within 10 s", ComplaintSeen("translation_signaling", text, 3), step=StepName.DEVICE_LOADED
    )


def announced_twice() -> Observations:
    offered = tuple(Candidate(host, 40003, "udp", "host", host) for host in (INSIDE, MEDIA_ADDRESS))
    return replace(samples.sound(), calls=(call(offered=offered),))


def maintenance() -> Observations:
    return page_answered(503, by_edge=False, body=b"back soon")


OWN_WORDS: list[tuple[str, faults.Make, dict[str, str], Confidence]] = [
    ("turn-refuses", turn_over_quota, {"refusal": "486"}, Confidence.PROVED),
    (
        "edge-answers",
        turned_away,
        {"middleware": "office@swarm (ipallowlist)", "status": "403"},
        Confidence.PROVED,
    ),
    ("edge-blind", edge_is_blind, {"host": "jbcalling.site"}, Confidence.PROVED),
    ("signaling-refuses", no_port_left, {"event": "create_transport"}, Confidence.LIKELY),
    (
        "dependency-failed",
        name_unknown,
        {"service": "translation_signaling", "name": "sfu.internal"},
        Confidence.LIKELY,
    ),
    ("announced-besides", announced_twice, {"announced": INSIDE}, Confidence.PROVED),
    ("program-answers", maintenance, {"service": "translation_frontend", "status": "503"}, Confidence.LIKELY),
    ("check-fails", check_broken, {"service": "translation_tts", "node": THREE}, Confidence.PROVED),
    ("no-quorum", leaderless, {"swarm": "no leader"}, Confidence.PROVED),
    ("service-missing", not_deployed, {"service": "translation_signaling"}, Confidence.PROVED),
    (
        "not-restarted",
        given_up,
        {"service": "translation_tts", "policy": "max_attempts 3"},
        Confidence.PROVED,
    ),
    ("turn-relay-address", turn_relays_inside, {"address": INSIDE}, Confidence.PROVED),
]
