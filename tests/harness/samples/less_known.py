"""Observations that show a fault less well: by the log or by calls alone, without a probe or the Swarm."""

from dataclasses import replace

from fixtures.diagnose.observations import Observations, SocketSeen
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import CallRelation
from tests.harness.samples import faults
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import BACKEND, LABELS, THREE, attempt, blind, call, changed, line, lines


def dialled_elsewhere() -> Observations:
    """Traefik dials addresses of a network that it is not on, and no label says so."""
    dead = tuple(line(f"10.0.1.{n}", 8001, 504, 30_001.0, "signaling@swarm") for n in (22, 23))
    return replace(samples.sound(), lines=dead, attempts=(attempt(504, host="api.jbcalling.site", s=30.0),))


def told_a_network_that_is_not() -> Observations:
    seen = changed(
        samples.sound(), "signaling", labels={**LABELS["signaling"], "traefik.docker.network": "other"}
    )
    return replace(seen, lines=(line("10.0.2.22", 8001, 504, 30_001.0),), attempts=(attempt(504),))


def refused_by_the_log() -> Observations:
    seen = lines(samples.sound(), lambda t: (502, 1.0) if t.service.endswith("frontend") else (200, 4.0))
    return replace(blind(seen, "probe"), attempts=(attempt(502),))


def stalled_by_the_log() -> Observations:
    return blind(faults.stalled(), "probe")


def an_unknown_address_stalls() -> Observations:
    return replace(blind(samples.sound(), "probe"), lines=(line("10.0.2.99", 80, 499, 40_000.0),))


def no_label() -> Observations:
    seen = samples.sound()
    assert seen.state is not None
    nodes = tuple(replace(n, labels={}) if n.hostname == THREE else n for n in seen.state.nodes)
    return replace(seen, state=replace(seen.state, nodes=nodes))


def apart_by_the_calls() -> Observations:
    return replace(samples.sound(), calls=(call(frames=(0, 0)), call(CallRelation.SAME)))


def wandering() -> Observations:
    polled = SocketSeen("polling", False, "400", 400, requests=8, refused=5, sticky=False)
    return replace(blind(samples.sound(), "state"), sockets=(polled,))


def let_in() -> Observations:
    origin = SocketSeen("origin", False, "accepted", origin="https://foreign.example")
    return replace(blind(samples.sound(), "state"), sockets=(origin,))


def announced_by_the_candidates() -> Observations:
    seen = changed(faults.announced(), "mediasoup", env={})
    return replace(seen, media_address=None)


def moved_and_unconstrained() -> Observations:
    return changed(faults.moved(), "mediasoup", constraints=())


def pinned_to_nothing() -> Observations:
    return samples.with_tasks(
        faults.pinned(), "frontend", lambda t: replace(t, addresses={BACKEND: "10.0.1.9"}, state="failed")
    )


def everything_red() -> Observations:
    """Requests, calls, sockets, addresses: of all that is red something, and no rule for it."""
    return replace(
        samples.sound(),
        attempts=(attempt(500), replace(attempt(200), body_head=b"odd\n words")),
        lines=(line("10.0.2.12", 80, 500, 7.0), replace(line("x", 1, 503), server_url=None)),
        calls=(
            call(frames=(0, 0)),
            call(CallRelation.RELAY, failed_step=StepName.SEND_CREATED, error="no {'code': 4}"),
        ),
        sockets=(SocketSeen("talk", False, "error {'message': 'no'}"),),
    )
