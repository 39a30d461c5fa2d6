"""Rooms, cookies, origins and certificates, at the edges of each rule."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import CallSeen, Observations, SocketSeen
from fixtures.diagnose.rules import browser_sessions, rooms, tls
from fixtures.diagnose.values import Confidence
from fixtures.observe.http.certificates import Certificate
from fixtures.observe.media.losses import MediaWay, PacketsLost
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import CallRelation
from tests.harness.samples import faults
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import NOW, PLAN, blind, call, certificate, changed, with_tasks

APART, TOGETHER = call(frames=(0, 0)), call(CallRelation.SAME)
MEET = SocketSeen("meet", False, "the second never saw {'name': 'first'}")


def seen_with(
    *calls: CallSeen, sockets: tuple[SocketSeen, ...] = (), without: tuple[str, ...] = ()
) -> Observations:
    return blind(replace(samples.sound(), calls=calls, sockets=sockets), *without)


@pytest.mark.parametrize(
    ("calls", "sockets", "named"),
    [
        ((APART, TOGETHER), (), True),
        ((APART,), (), False),
        ((TOGETHER,), (), False),
        ((TOGETHER,), (MEET,), True),
        ((TOGETHER,), (replace(MEET, well=True),), False),
        ((TOGETHER,), (replace(MEET, what="talk"),), False),
        ((replace(APART, failed_step=StepName.CONNECTED_TO_SIGNALING, frames=()), TOGETHER), (), True),
        ((replace(APART, failed_step=faults.CONNECTING, frames=()), TOGETHER), (), False),
        ((replace(APART, frames=(3, 3)), TOGETHER), (), False),
        ((replace(APART, frames=(63, 0)), TOGETHER), (), False),  # one saw the other: they met
        (
            (replace(APART, packets=(PacketsLost(MediaWay.OUT, "audio", 60, 9),)), TOGETHER),
            (),
            False,
        ),  # or was heard
        ((replace(APART, packets=(PacketsLost(MediaWay.IN, "audio", 60, 9),)), TOGETHER), (), True),
        ((APART, replace(TOGETHER, frames=(0, 2))), (), False),
        ((APART, replace(TOGETHER, failed_step=StepName.SEND_CREATED)), (), False),
        ((replace(APART, relation=CallRelation.UNKNOWN), TOGETHER), (), False),
    ],
)
@pytest.mark.parametrize("without", [(), ("state",)])
def test_rooms_that_do_not_span_replicas(
    calls: tuple[CallSeen, ...], sockets: tuple[SocketSeen, ...], named: bool, without: tuple[str, ...]
) -> None:
    """It takes peers apart on two replicas and together on one; what broke at the media is no sign of either."""
    seen = seen_with(*calls, sockets=sockets, without=without)
    slug = "rooms-not-shared" if without else "rooms-in-memory"
    rule = rooms.rooms_not_shared if without else rooms.rooms_in_memory
    other = rooms.rooms_in_memory if without else rooms.rooms_not_shared
    assert [cause.id for cause in rule(seen)] == ([slug] if named else [])
    assert list(other(seen)) == []


def test_what_speaks_for_rooms_apart() -> None:
    """The words of the call or of the meeting, plainly; where a call has none, that the peers did not meet."""
    failed = replace(APART, error="no {'a': 1}")
    (cause,) = rooms.rooms_in_memory(seen_with(failed, APART, TOGETHER, sockets=(MEET,)))
    assert cause.speaks_for == (
        "translation_redis runs, and no variable of signaling names it",
        "no {a: 1}",
        "peers on different replicas never saw each other",
        "the second never saw {name: 'first'}",
        "on the same replica the call works (31 and 33 frames)",
    )
    assert cause.confidence is Confidence.LIKELY
    assert cause.undecided.startswith("whether translation_redis runs and signaling reaches it decides")


@pytest.mark.parametrize(("value", "named"), [("memory", True), ("redis", False), ("", False)])
def test_rooms_in_memory_by_the_service_s_own_words(value: str, named: bool) -> None:
    """Its environment proves it, before anybody was apart."""
    found = list(rooms.rooms_in_memory(changed(samples.sound(), "signaling", env={"ROOM_STATE": value})))
    assert [(cause.confidence, cause.undecided) for cause in found] == (
        [(Confidence.PROVED, "")] if named else []
    )


def test_a_store_that_is_gone_is_not_memory() -> None:
    """Where the store has no running task that is the cause, with whatever shows the rooms apart."""
    seen = replace(faults.no_store(), calls=(APART, TOGETHER))
    (cause,) = rooms.redis_gone(seen)
    assert cause.speaks_for == (
        "translation_redis has no running task",
        "peers on different replicas never saw each other",
    )
    assert list(rooms.rooms_in_memory(changed(seen, "signaling", env={"ROOM_STATE": "memory"}))) == []
    assert list(rooms.redis_gone(samples.sound())) == []
    assert list(rooms.redis_gone(blind(faults.no_store(), "state"))) == []
    without = replace(PLAN, services=tuple(s for s in PLAN.services if s.name != "redis"))
    assert list(rooms.redis_gone(replace(faults.no_store(), plan=without))) == []
    ended = with_tasks(samples.sound(), "redis", lambda t: replace(t, state="failed"))
    assert len(list(rooms.redis_gone(ended))) == 1


STICKY = "traefik.http.services.signaling.loadbalancer.sticky.cookie"
WANDERED = SocketSeen("polling", False, "400", 400, requests=8, refused=5, sticky=False)


@pytest.mark.parametrize(
    ("labels", "replicas", "sockets", "confidence"),
    [
        ({}, 3, (), Confidence.POSSIBLE),
        ({}, 2, (), Confidence.POSSIBLE),
        ({}, 3, (WANDERED,), Confidence.PROVED),
        ({}, 1, (), None),
        ({}, None, (), None),
        ({}, 1, (WANDERED,), Confidence.LIKELY),
        ({STICKY: "false"}, 3, (), Confidence.POSSIBLE),
        ({STICKY: "false"}, 3, (WANDERED,), Confidence.PROVED),
        ({STICKY: "true"}, 3, (WANDERED,), None),
        ({STICKY + ".name": "true"}, 3, (), None),
        ({}, 1, (replace(WANDERED, refused=0, sticky=True),), None),
        ({}, 1, (replace(WANDERED, refused=0, sticky=None),), None),
        ({}, 1, (replace(WANDERED, refused=0),), Confidence.LIKELY),
        ({}, 1, (replace(WANDERED, sticky=True),), Confidence.LIKELY),
        ({}, 1, (replace(WANDERED, what="meet"),), None),
    ],
)
def test_sessions_that_wander(
    labels: dict[str, str],
    replicas: int | None,
    sockets: tuple[SocketSeen, ...],
    confidence: Confidence | None,
) -> None:
    """The missing label proves it where there are several replicas and sessions fail; refused polls, or no cookie, make it
    likely. Where nothing fails it is no more than possible; the options of a cookie switch it on by themselves."""
    seen = replace(changed(samples.sound(), "signaling", labels=labels, replicas=replicas), sockets=sockets)
    found = list(browser_sessions.sticky_off(seen))
    assert [cause.confidence for cause in found] == ([] if confidence is None else [confidence])
    if found and sockets:
        assert (
            found[0]
            .speaks_for[-1]
            .startswith(f"{sockets[0].refused} of 8 polls did not find their session; ")
        )


def test_a_cookie_that_was_given_or_not() -> None:
    """Whether a cookie was given is said in words, and without the Swarm polls alone show it."""
    for sticky, said in (
        (True, "a cookie was given"),
        (False, "no cookie was given"),
        (None, "whether a cookie was given is not known"),
    ):
        seen = blind(replace(samples.sound(), sockets=(replace(WANDERED, sticky=sticky),)), "state")
        (cause,) = browser_sessions.sticky_off(seen)
        assert cause.speaks_for[0] == f"5 of 8 polls did not find their session; {said}; 400"
        assert cause.confidence is Confidence.LIKELY
    assert list(browser_sessions.sticky_off(blind(samples.sound(), "state"))) == []


def origin(name: str | None, well: bool) -> SocketSeen:
    return SocketSeen("origin", well, "accepted {'a': 1}", origin=name)


@pytest.mark.parametrize(
    ("env", "sockets", "named"),
    [
        ("*", (), True),
        ("https://jbcalling.site, *", (), True),
        (PLAN.foreign_origin, (), True),
        ("https://jbcalling.site", (), False),
        ("https://jbcalling.site", (origin(PLAN.foreign_origin, False),), True),
        ("*", (origin(PLAN.foreign_origin, True),), False),
        ("*", (origin(PLAN.allowed_origins[0], True),), True),
        ("", (origin(PLAN.allowed_origins[0], False),), False),
        ("", (replace(origin(PLAN.foreign_origin, False), what="connect"),), False),
    ],
)
def test_origins_that_are_let_in(env: str, sockets: tuple[SocketSeen, ...], named: bool) -> None:
    """A foreign origin that was served proves it, and so do the service's words where none was tried."""
    seen = replace(changed(samples.sound(), "signaling", env={"ALLOWED_ORIGINS": env}), sockets=sockets)
    found = list(browser_sessions.cors_open(seen))
    assert bool(found) is named
    if found:
        assert found[0].names("origin") == (PLAN.foreign_origin,)
        assert found[0].remedy.endswith(
            f"--env-add ALLOWED_ORIGINS={','.join(PLAN.allowed_origins)} translation_signaling"
        )


def test_without_the_swarm_a_served_origin_is_enough() -> None:
    """What was let in says so by itself, in plain words."""
    seen = blind(replace(samples.sound(), sockets=(origin(PLAN.foreign_origin, False),)), "state")
    (cause,) = browser_sessions.cors_open(seen)
    assert cause.speaks_for == (f"a handshake from {PLAN.foreign_origin} was accepted: accepted {{a: 1}}",)


SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("found", "slug"),
    [
        (certificate(), None),
        (certificate(distrust="expired", not_after=NOW - SECOND), "cert-expired"),
        (certificate(distrust="odd", not_after=NOW), "cert-untrusted"),
        (certificate(distrust="early", not_before=NOW + SECOND), "cert-not-yet"),
        (certificate(distrust="odd", not_before=NOW), "cert-untrusted"),
        (certificate(distrust="x", not_before=NOW + SECOND, not_after=NOW - SECOND), "cert-expired"),
        (certificate(distrust="Hostname mismatch", not_after=NOW - SECOND), "cert-expired"),
        (certificate(distrust="hostname 'x' does not match"), "cert-wrong-name"),
        (certificate(distrust="self-signed"), "cert-untrusted"),
        (certificate(distrust=""), "cert-untrusted"),
        (certificate(not_after=NOW + timedelta(days=14)), None),
        (certificate(not_after=NOW + timedelta(days=14) - SECOND), "cert-expires-soon"),
        (certificate(not_after=NOW - timedelta(days=1)), "cert-expires-soon"),
    ],
)
def test_what_is_wrong_with_a_certificate(found: Certificate, slug: str | None) -> None:
    """One that is over is that before all else; one not yet valid next; then the name, then who signed it."""
    causes = diagnose(replace(samples.sound(), certificates=(found,))).causes
    assert [cause.id for cause in causes] == ([] if slug is None else [slug])


def test_hosts_of_one_fault_are_one_cause() -> None:
    """All hosts with the same fault are named together, those with another apart; the first gives the date."""
    bad = [certificate(host, distrust="self-signed") for host in ("a", "b")]
    gone = certificate("c", distrust="expired", not_after=NOW - SECOND)
    soon = [certificate(host, not_after=NOW + timedelta(days=2)) for host in ("e", "f")]
    seen = replace(samples.sound(), certificates=(*bad, gone, certificate("d"), *soon))
    (untrusted,) = tls.untrusted(seen)
    assert untrusted.names("host") == ("a", "b")
    assert (
        untrusted.title == "the certificate of a, b is signed by CN=lab CA, which this client does not trust"
    )
    (over,) = tls.expired(seen)
    assert (over.names("host"), over.names("not after")) == (("c",), ("2026-11-23T16:59:59Z",))
    (near,) = tls.expires_soon(seen)
    assert near.names("host") == ("e", "f")
    assert near.title == "the certificate of e, f expires in 2.0 days"
    assert near.speaks_for[0] == "e: still trusted (2.0 days left, for e)"
    assert list(tls.expired(blind(seen, "certificates"))) == []
    assert list(tls.expires_soon(blind(seen, "certificates"))) == []
    (nameless,) = tls.wrong_name(
        replace(seen, certificates=(certificate("a", distrust="hostname", names=()),))
    )
    assert nameless.title == "the certificate of a is for no name"
