"""A cut that is seen through connections that were there before it, and through new ones: one waits, the other is given up."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import Confidence, diagnose
from fixtures.diagnose.facts import dialled
from fixtures.diagnose.observations import Observations
from fixtures.observe.http.attempts import Failure, Phase
from tests.harness.diagnose.test_overlay import timed_out
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import THREE, attempt, blind, lines


def _one_waits(seen: Observations, ms: float, waited_s: float) -> Observations:
    """The node's page was dialled on connections that were there before the cut: it is waited for, and 499 logged after
    `ms`. Our own request waited `waited_s` at the edge, of the 3 s that its deadline has with the connection and TLS."""
    page = [
        t for t in (seen.state.tasks if seen.state else ()) if t.node == THREE and "frontend" in t.service
    ]
    kept = [
        replace(line, status=499, duration_ms=ms)
        if line.server_address in page[0].addresses.values()
        else line
        for line in seen.lines or ()
    ]
    waiting = replace(
        attempt(None, failure=Failure.NO_FIRST_BYTE, s=3.0), phases={Phase.SENT: 3.0 - waited_s}
    )
    limits = replace(seen.limits, edge_deadline_s=3.0)
    return replace(seen, lines=tuple(kept), attempts=(*(seen.attempts or ()), waiting), limits=limits)


@pytest.mark.parametrize(
    ("ms", "waited_s", "hung", "confidence"),
    [
        (2_100.0, 2.2, True, Confidence.LIKELY),
        (1_900.0, 2.2, False, Confidence.POSSIBLE),
        (2_900.0, 3.0, True, Confidence.LIKELY),
        (2_650.0, 3.0, False, Confidence.POSSIBLE),
        (999.0, 0.1, False, Confidence.POSSIBLE),
        (1_000.0, 0.1, True, Confidence.LIKELY),
    ],
)
def test_connections_kept_and_new_tell_of_one_cut(
    ms: float, waited_s: float, hung: bool, confidence: Confidence
) -> None:
    """A request that waits on a kept connection hung as soon as one of ours waited as long; broken off earlier it says
    nothing, and takes nothing from what the others there say."""
    seen = _one_waits(blind(timed_out(samples.sound(), THREE), "probe"), ms, waited_s)
    page = next(d for d in dialled(seen) if d.node == THREE and d.service == "translation_frontend")
    assert (page.hung, page.answered, page.mute) == (3 if hung else 0, 0, hung)
    found = diagnose(seen)
    assert found.ids == ("overlay-cut",)
    assert found.causes[0].confidence is confidence


def test_what_waited_for_no_first_byte_says_nothing_of_a_slow_body() -> None:
    """A page that arrived whole was answered, however short our own patience was; and what was cut short is no patience."""
    seen = _one_waits(lines(samples.sound(), lambda t: (200, 2_500.0)), 2_500.0, 1.2)
    whole = [d for d in dialled(seen) if d.node != THREE]
    assert [(d.answered, d.hung) for d in whole] == [(3, 0)] * 4
    cut = [replace(a, cut_short=True) for a in seen.attempts or ()]
    page = [d for d in dialled(replace(seen, attempts=tuple(cut))) if d.node == THREE]
    assert {d.hung for d in page} == {0}


def test_a_refusal_among_timeouts_hides_no_cut() -> None:
    """Once gossip dropped the node, dials end at once: “no route to host”, which Traefik answers with 502."""
    seen = blind(timed_out(samples.sound(), THREE), "probe")
    every = list(seen.lines or ())
    first = next(number for number, line in enumerate(every) if line.status == 504)
    every[first] = replace(every[first], status=502)
    assert diagnose(replace(seen, lines=tuple(every))).ids == ("overlay-cut",)
