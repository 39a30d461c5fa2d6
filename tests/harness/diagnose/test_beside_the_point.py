"""What is out of order and is not why something failed: no cause is proved by it, and none is named for it."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import UNKNOWN, diagnose
from fixtures.diagnose.observations import CallSeen, SocketSeen
from fixtures.diagnose.values import Confidence
from fixtures.observe.media.values import CallRelation, Candidate
from tests.harness.samples import faults, own_words, stranded
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import MEDIA_ADDRESS, NOW, ONE, attempt, call, changed, with_tasks

CALL, SOCKETS = frozenset({"call"}), frozenset({"socketio"})
APART, TOGETHER = call(frames=(0, 0)), call(CallRelation.SAME)


@pytest.mark.parametrize(
    ("detail", "named"),
    [
        ("signaling refused chat: too fast", False), ("by polling: GET /socket.io/ -> 500 (boom)", False),
        ("400: unknown session", True), ("Socket.IO to https://x by polling: not connected, not done within 3 s", True),
        ("0 signaling replicas met in 18 handshakes", True),
    ],
)  # fmt: skip
def test_no_cookie_explains_only_lost_sessions(detail: str, named: bool) -> None:
    """What else fails over a socket has another cause, though the label is missing."""
    seen = replace(faults.not_sticky(), sockets=(SocketSeen("talk", False, detail),))
    found = diagnose(seen, SOCKETS).named("sticky-off")
    assert [cause.confidence for cause in found] == ([Confidence.PROVED] if named else [])


@pytest.mark.parametrize(
    ("variable", "value", "calls", "confidence"),
    [
        ("ROOM_STATE", "memory", (), Confidence.PROVED),
        ("SOCKET_ADAPTER", "none", (), Confidence.PROVED),
        ("TRANSCODE_QUEUE", "none", (), None),
        ("CACHE_BACKEND", "memory", (APART,), None),
        ("CACHE_BACKEND", "memory", (APART, TOGETHER), Confidence.LIKELY),
    ],
)
def test_a_cache_in_memory_proves_no_rooms_in_memory(
    variable: str, value: str, calls: tuple[CallSeen, ...], confidence: Confidence | None
) -> None:
    """Only a variable of rooms says where rooms are; of another one that is no more than a hint, and no remedy."""
    seen = replace(changed(samples.sound(), "signaling", env={variable: value}), calls=calls)
    found = diagnose(seen, CALL).named("rooms-in-memory")
    assert [cause.confidence for cause in found] == ([confidence] if confidence else [])
    assert all(("--env-rm" in cause.remedy) is (confidence is Confidence.PROVED) for cause in found)


def test_one_replica_keeps_its_rooms_where_it_likes() -> None:
    """There is no other that a peer could be on."""
    seen = changed(faults.memory_only(), "signaling", replicas=1)
    assert "rooms-in-memory" not in diagnose(seen, CALL).ids


def test_an_address_besides_the_right_one_fails_no_call() -> None:
    """Every candidate is to be the media host's: that is red, and no more. Nothing is set to what it is already."""
    offered = tuple(Candidate(host, 40003, "udp", "host", host) for host in ("10.9.9.9", MEDIA_ADDRESS))
    seen = replace(samples.sound(), calls=(call(offered=offered),))
    (cause,) = diagnose(seen, frozenset({"media-host"})).explaining
    assert (cause.id, cause.names("announced")) == ("announced-besides", ("10.9.9.9",))
    assert "--env-add" not in cause.remedy
    assert diagnose(seen, CALL).explaining[0].id == UNKNOWN


@pytest.mark.parametrize("short", ["tts", "monitoring"])
def test_restarts_explain_what_the_service_has_a_part_in(short: str) -> None:
    """A page that fails is not put down to a service that it never asks."""
    how = {
        "state": "failed",
        "desired_state": "shutdown",
        "error": "task: non-zero exit (1)",
        "exit_code": 1,
        "since": NOW,
    }
    seen = with_tasks(samples.sound(), short, lambda t: t, [samples.task(short, 1, ONE, 98, **how)])
    seen = replace(seen, attempts=(attempt(500),))
    assert diagnose(seen, frozenset({"no-504"})).explaining[0].id == UNKNOWN
    assert diagnose(seen, frozenset({"healthy"})).explaining[0].id == "restarts"


def test_a_port_and_a_number_explain_what_the_service_has_a_part_in() -> None:
    """A service of no calls that is scaled, or lacks a port, fails no call and no route."""
    scaled = replace(
        changed(samples.sound(), "tts", replicas=2), lines=(samples.line("10.0.2.22", 8001, 500),)
    )
    assert diagnose(scaled, frozenset({"routing"})).explaining[0].id == UNKNOWN
    plan = samples.PLAN
    first = plan.media.ports[0]
    services = tuple(replace(each, ports=(first,)) if each.name == "tts" else each for each in plan.services)
    lacking = replace(samples.sound(), plan=replace(plan, services=services), calls=(APART,))
    assert diagnose(lacking, CALL).explaining[0].id == UNKNOWN


def test_a_variable_of_origins_is_no_handshake() -> None:
    """That a foreign origin is served is proved by serving one."""
    (cause,) = diagnose(faults.open_by_its_words()).causes
    assert cause.confidence is Confidence.LIKELY


def test_whatever_redis_answers_itself_is_its_refusal() -> None:
    """A word that no rule knows is quoted, with its code."""
    seen = stranded.store_wants_a_password()
    assert seen.dependencies is not None
    said = "10.0.1.72 -BUSY Redis is busy running a script"
    (cause,) = diagnose(replace(seen, dependencies=(replace(seen.dependencies[0], said=said),)), CALL).named(
        "redis-refuses"
    )
    assert cause.names("refusal") == ("BUSY",)
    assert any("busy running a script" in text for text in cause.speaks_for)


def test_what_the_sfu_says_stands_beside_its_silent_ports() -> None:
    """Ports that do not answer may be the SFU's own doing."""
    seen = replace(faults.media_dropped(), complaints=own_words.turn_over_quota().complaints)
    assert seen.complaints is not None
    said = replace(seen.complaints[0], service="translation_mediasoup", text="ERROR worker died")
    (cause,) = diagnose(replace(seen, complaints=(said,)), CALL).named("media-udp-dropped")
    assert str(said) in cause.speaks_for
