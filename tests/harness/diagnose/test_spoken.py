"""A plan that names another protocol than the server speaks is told as that, once a room was joined by other words."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import SpokenSeen
from fixtures.diagnose.recorder import Recorder
from fixtures.diagnose.spoken import tried, worth_asking
from fixtures.diagnose.values import Confidence
from fixtures.observe.signaling.dialling import Dial
from fixtures.observe.signaling.errors import (
    AckTimeoutError,
    ConnectError,
    SignalingError,
)
from fixtures.target.protocol import Protocol
from fixtures.target.reach import Reach
from fixtures.target.variants import DESIGN, GATEWAY
from tests.harness.samples import observed as samples
from tests.harness.stand_ins.gateway_server import Gateway
from tests.harness.stand_ins.sfu_stub import Handler
from tests.harness.stand_ins.signaling_server import PATIENT, signaling_server

BRIEF = replace(PATIENT, socket_ack_deadline_s=0.3, socket_event_deadline_s=0.3)


async def never(sid: str, *payload: object) -> None:
    await asyncio.Event().wait()


GATEWAY_ALONE: Mapping[str, Handler] = {**Gateway().handlers, "join_room": never}


def asked(folder: Path, words: Protocol, handlers: Mapping[str, Handler]) -> tuple[SpokenSeen, ...]:
    async def scenario() -> tuple[SpokenSeen, ...]:
        async with signaling_server(folder, dict(handlers), limits=BRIEF) as served:
            return await tried(replace(served.dial, protocol=words))

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("planned", "handlers", "speaks", "named"),
    [(DESIGN, GATEWAY_ALONE, "gateway", "design"), (GATEWAY, {}, "design", "gateway")],
)
def test_the_words_that_are_answered_are_named(
    tmp_path: Path, planned: Protocol, handlers: Mapping[str, Handler], speaks: str, named: str
) -> None:
    """Either way round: a real server, a room of our own, and the plan's words without an answer."""
    spoken = asked(tmp_path, planned, handlers)
    assert [(each.variant, each.planned, each.joined) for each in spoken] == [
        (named, True, False),
        (speaks, False, True),
    ]
    found = diagnose(replace(samples.sound(), spoken=spoken), frozenset({"call"}))
    cause = next(each for each in found.explaining if each.id == "protocol-differs")
    assert cause.confidence is Confidence.PROVED
    assert cause.title == f"signaling speaks the protocol “{speaks}”, and the plan says “{named}”"
    assert cause.remedy.startswith(f'write protocol = "{speaks}" under [signaling] in the plan')


def test_a_server_that_speaks_as_planned_is_asked_once(tmp_path: Path) -> None:
    """Then nothing else is tried, and no cause is drawn."""
    spoken = asked(tmp_path, DESIGN, {})
    assert [(each.variant, each.joined) for each in spoken] == [("design", True)]
    assert (
        "protocol-differs" not in diagnose(replace(samples.sound(), spoken=spoken), frozenset({"call"})).ids
    )


def test_a_server_that_answers_nothing_speaks_no_other_protocol(tmp_path: Path) -> None:
    """A store that stands still answers no words at all: that is another cause's."""
    spoken = asked(tmp_path, DESIGN, {"join_room": never, "join-room": never})
    assert [each.joined for each in spoken] == [False, False]
    assert (
        "protocol-differs" not in diagnose(replace(samples.sound(), spoken=spoken), frozenset({"call"})).ids
    )


def test_no_connection_tells_nothing_of_words() -> None:
    """Where none comes about, the look ends with the reason."""
    dial = Dial(Reach({"api.test": "127.0.0.1"}, limits=BRIEF), "api.test", port=9)
    with pytest.raises(ConnectError):
        asyncio.run(tried(dial))


@pytest.mark.parametrize(
    ("error", "worth"),
    [
        (AckTimeoutError("join_room was not acknowledged"), True),
        (ConnectError("no connection"), False),
        (None, False),
    ],
)
def test_it_is_asked_only_after_an_answer_was_missed(error: SignalingError | None, worth: bool) -> None:
    """A refused handshake, or no failure at all, gives no reason to join rooms by other words."""
    recorder = Recorder()
    if error is not None:
        recorder.error(error)
    assert worth_asking(recorder) is worth
