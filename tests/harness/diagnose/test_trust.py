"""What the diagnosis may not do: guess, name a cause of something else, or hide what nobody looked at."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import UNKNOWN, diagnose
from fixtures.diagnose.observations import Observations, SocketSeen, TurnSeen
from fixtures.diagnose.rules import CAUSES
from fixtures.diagnose.symptoms import symptoms
from fixtures.judge.drift import Drift
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import CallRelation
from tests.harness.diagnose.test_engine import CASES
from tests.harness.samples import faults
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import PLAN, THREE, attempt, call, probed


@pytest.mark.parametrize(
    ("make", "criterion", "clue"),
    [
        (faults.server_error, "no-504", "500"),
        (faults.wrong_words, "no-504", "6 directions"),
        (faults.wrong_words, "no-504", "begins “down for maintenance”"),
        (faults.frozen_picture, "call", "resume consumer of video"),
        (faults.reset_midway, "no-504", "protocol"),
    ],
)
def test_the_unknown_is_called_unknown(make: faults.Make, criterion: str, clue: str) -> None:
    """A failure that no rule covers is called unknown, and what was observed of it is listed."""
    found = diagnose(make(), frozenset({criterion}))
    assert found.ids == (UNKNOWN,)
    assert criterion in found.causes[0].names("criterion")
    assert any(clue in text for text in found.causes[0].speaks_for), found.causes[0].speaks_for


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


def test_every_cause_has_a_sample() -> None:
    """Each known cause is drawn from a sample of the table of causes, and that table holds no other."""
    assert {slug for slug, *_ in CASES} == set(CAUSES)


def test_the_text_is_for_an_operator() -> None:
    """The text begins with the diagnosis, then for, against, the command and the remedy; the rest by title."""
    seen = replace(probed(faults.pinned()), drifts=(Drift("translation_redis", "replicas", "1", "2"),))
    text = diagnose(samples.cut(seen, lambda a, b: b == THREE)).text(limit=1)
    assert text.startswith(f"diagnosis: overlay cut into {THREE}: udp/4789 is dropped (proved)\n  for:")
    for part in (
        "\n  against: the Swarm says Ready",
        "\n  by hand: tcpdump -ni any udp port 4789   # on translation03",
        "\n  remedy:  open udp/4789",
    ):
        assert part in text
    assert "\n  also proved: pins: translation_frontend is constrained" in text
    assert text.count("translation_frontend is constrained") == 1
    assert text.count("by hand:") == 1


@pytest.mark.parametrize(
    ("status", "server", "text"),
    [
        (499, None, None),
        (
            500,
            "http://10.0.2.2:80",
            "500 from translation_traefik.1 on translation01 after 7 ms for / at http://10.0.2.2:80",
        ),
        (
            501,
            "http://10.0.2.2:80",
            "501 from translation_traefik.1 on translation01 after 7 ms for / at http://10.0.2.2:80",
        ),
        (503, None, "503 from Traefik itself after 7 ms for /"),
        (502, None, None),
        (504, None, None),
        (None, None, None),
    ],
)
def test_a_plain_500_turns_routing_red(status: int | None, server: str | None, text: str | None) -> None:
    """The log's errors begin with 500 itself; 502 and 504 are recognised by the address that was dialled."""
    line = replace(samples.line("10.0.2.2", 80, 200, 7.0), status=status, server_url=server)
    found = symptoms(replace(samples.sound(), lines=(line,)))
    assert found == ({} if text is None else {"routing": (text,)})


def test_each_symptom_is_told_of_its_criterion() -> None:
    """Requests, dialled addresses, calls, sockets and the relay turn each their own criterion red, in words."""
    seen = replace(
        samples.sound(),
        attempts=(
            attempt(502, host="b"),
            attempt(504, host="a"),
            attempt(),
            replace(attempt(500, host="b"), error="odd"),
            replace(attempt(500, host="b"), error="even"),
        ),
        lines=(samples.line("10.0.2.2", 80, 504, 30_000.0),),
        calls=(
            call(),
            call(CallRelation.RELAY, failed_step=StepName.SEND_CREATED, error="no " * 200),
            call(CallRelation.SAME, frames=(0, 3)),
        ),
        sockets=(SocketSeen("connect", True, "fine"), SocketSeen("talk", False, "error {'message': 'no'}")),
        turns=(TurnSeen("allocate", True, None, "fine"), TurnSeen("relay", False, None, "nothing comes in")),
    )
    assert symptoms(seen) == {
        "no-504": (
            "a: 1 requests: 1x 504; p50 10 ms, slowest 10 ms; largest body 612 B: the answers arrived whole",
            "b: 3 requests: 2x 500, 1x 502; p50 10 ms, slowest 10 ms; largest body 612 B: even; odd",
        ),
        "routing": ("http://10.0.2.2:80 (translation_traefik.1 on translation01): 1x 504, longest 30.0 s",),
        "turn": (f"a call relay: {StepName.SEND_CREATED}: {'no ' * 100}", "relay: nothing comes in"),
        "call": ("a call same: no frames",),
        "socketio": ("talk: error {message: 'no'}",),
    }


@pytest.mark.parametrize(
    ("criterion", "relation", "in_ice"),
    [
        ("turn", "relay", True), ("turn", "across", False), ("call", "across", True), ("call", "same", True),
        ("call", "", True), ("call", "relay", False), ("media-host", "across", False), ("media-host", "same", True),
        ("media-host", "", False), ("socketio", "across", False),
    ],
)  # fmt: skip
def test_which_calls_a_criterion_is_judged_by(criterion: str, relation: str, in_ice: bool) -> None:
    """A criterion whose own calls all stuck in ICE is not put down to the overlay; one stuck earlier, it may be."""
    stuck = call(CallRelation(relation), selected=(), failed_step=faults.CONNECTING, frames=())
    seen = samples.cut(replace(samples.sound(), calls=(call(), stuck)), lambda a, b: b == THREE)
    explained = diagnose(seen, frozenset({criterion})).ids[0] == "overlay-cut"
    assert explained is not in_ice
    early = replace(
        seen, calls=(stuck, replace(stuck, failed_step=StepName.CONNECTED_TO_SIGNALING, offered=()))
    )
    assert diagnose(early, frozenset({criterion})).ids[0] == "overlay-cut"
