"""What the diagnosis may not do: guess, name a cause of something else, or hide what nobody looked at."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import EXPLAINS, UNKNOWN, diagnose
from fixtures.diagnose.observations import Observations, TurnSeen
from fixtures.judge.drift import Drift
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import CallRelation
from tests.harness.diagnose.test_engine import CASES
from tests.harness.samples import faults
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import PLAN, THREE, attempt, call, probed


@pytest.mark.parametrize(
    ("make", "criterion", "told"),
    [
        (faults.server_error, "no-504", "500"),
        (faults.wrong_words, "no-504", "6 directions"),
        (faults.wrong_words, "no-504", "begins 'down for maintenance'"),
        (faults.frozen_picture, "call", "resume consumer of video"),
        (faults.reset_midway, "no-504", "protocol"),
    ],
)
def test_the_unknown_is_called_unknown(make: faults.Make, criterion: str, told: str) -> None:
    """A failure that no rule covers is called unknown, and what was observed of it is listed."""
    found = diagnose(make(), frozenset({criterion}))
    assert found.ids == (UNKNOWN,)
    assert criterion in found.causes[0].names("criterion")
    assert any(told in text for text in found.causes[0].speaks_for), found.causes[0].speaks_for


def test_a_cause_of_something_else_does_not_explain() -> None:
    """Pins explain the spread alone: requests that fail on a sound network stay unknown, and come first."""
    found = diagnose(replace(faults.pinned(), attempts=(attempt(500),)), frozenset({"no-504"}))
    assert found.ids == (UNKNOWN, "pins")


def test_a_cut_does_not_explain_media_that_sticks() -> None:
    """A call that came through signaling and stuck in ICE is not put down to an overlay that media never takes."""
    stuck = call(CallRelation.RELAY, selected=(), failed_step=faults.CONNECTING, ice=("checking",), frames=())
    seen = samples.cut(replace(samples.sound(), calls=(call(), stuck)), lambda a, b: b == THREE)
    found = diagnose(seen, frozenset({"turn"}))
    assert found.ids == (UNKNOWN, "overlay-cut")
    early = replace(stuck, failed_step=StepName.CONNECTED_TO_SIGNALING, offered=())
    assert diagnose(replace(seen, calls=(early,)), frozenset({"turn"})).ids == ("overlay-cut",)


def test_a_broken_page_does_not_explain_a_call() -> None:
    """What is wrong with the page's replicas alone is not why a call fails; with signaling's it is."""
    failed = replace(
        call(frames=(0, 0)), failed_step=StepName.CONNECTED_TO_SIGNALING, offered=(), selected=()
    )
    page = replace(faults.wrong_port(), calls=(failed,))
    assert diagnose(page, frozenset({"call"})).ids == (UNKNOWN, "wrong-port")
    api = replace(faults.wrong_label(), calls=(failed,))
    assert diagnose(api, frozenset({"call"})).ids == ("wrong-network",)


def test_a_relay_that_passes_is_not_closed() -> None:
    """A relayed call that fails while the relay passes datagrams both ways is not put down to its ports."""
    stuck = call(CallRelation.RELAY, selected=(), failed_step=faults.CONNECTING, ice=("checking",), frames=())
    turns = (TurnSeen("allocate", True), TurnSeen("relay", True))
    found = diagnose(replace(samples.sound(), calls=(call(), stuck), turns=turns), frozenset({"turn"}))
    assert found.ids == (UNKNOWN,)


def test_what_was_not_observed_is_said() -> None:
    """An observation that was not made is listed with its reason, and nothing is concluded from its absence."""
    seen = replace(
        samples.sound(), probe=None, calls=None, missing={"probe": "no lab", "calls": "no call was made"}
    )
    found = diagnose(seen)
    assert found.causes == ()
    assert found.not_seen == ("probe (no lab)", "calls (no call was made)")


def test_nothing_observed_is_unknown() -> None:
    """With nothing but a failed criterion the diagnosis is unknown, and says all that was not observed."""
    found = diagnose(Observations(PLAN), frozenset({"routing"}))
    assert found.ids == (UNKNOWN,)
    assert len(found.not_seen) == 8


def test_every_rule_says_what_it_explains() -> None:
    """Each cause of the table above is in the list of what causes explain, and that list holds no other."""
    overlay = {"overlay-cut", "tcp-blocked", "mtu-black-hole", "fdb-row-missing", "gossip-split"}
    rest = {"replica-refuses", "restarts", "cert-not-yet", "cert-expires-soon"}
    assert {slug for slug, *_ in CASES} | overlay | rest == set(EXPLAINS)


def test_the_text_is_for_an_operator() -> None:
    """The text begins with the diagnosis, then for, against, the command and the remedy; the rest by title."""
    seen = replace(probed(faults.pinned()), drifts=(Drift("translation_redis", "replicas", "1", "2"),))
    text = diagnose(samples.cut(seen, lambda a, b: b == THREE)).text(limit=1)
    assert text.startswith(f"diagnosis: overlay cut into {THREE}: udp/4789 is dropped (proved)\n  for:")
    for part in (
        "\n  against: the Swarm says Ready",
        "\n  by hand: on translation03: tcpdump",
        "\n  remedy:  open udp/4789",
    ):
        assert part in text
    assert "\n  also proved: pins: translation_frontend is constrained" in text
    assert text.count("translation_frontend is constrained") == 1
    assert text.count("by hand:") == 1
