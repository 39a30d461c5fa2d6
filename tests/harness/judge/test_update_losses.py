"""What an operator reads of an update that dropped something."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fixtures.judge.update_losses import UpdateSeen, likely, losses_text
from fixtures.observe.steady.values import UNNAMED, Dropped, Loss, Seen, Way
from fixtures.target.values import SwarmApi

AT = datetime(2026, 11, 28, 3, 12, 40, tzinfo=UTC)
SERVICES = ("translation_frontend", "translation_signaling")


def lost(
    loss: Loss = Loss.REQUEST, way: Way = Way.FRESH, reason: str = "answered 502, wanted 200"
) -> Dropped:
    return Dropped(AT, way, loss, "jbcalling.site", "the task at 10.0.1.9", reason, 0.003)


def update(*dropped: Dropped) -> UpdateSeen:
    sent = Counter({Way.FRESH: 400, Way.WEBSOCKET: 200})
    return UpdateSeen(SERVICES, (), 41.2, Seen(AT, sent, dropped), dropped)


def test_an_update_that_dropped_nothing_has_nothing_to_say() -> None:
    """The text is what the test fails with."""
    assert losses_text(update(), None) == ""


def test_a_text_says_what_when_where_why_and_how_to_look() -> None:
    """How much was lost in what, since when; each loss with its replica; the cause, and the command that shows the tasks."""
    broken = lost(Loss.SOCKET, Way.WEBSOCKET, "no goodbye")
    lines = losses_text(update(lost(), lost(), broken), SwarmApi("tcp://10.1.1.1:2376")).splitlines()
    names = " ".join(SERVICES)
    assert lines[0] == (
        "2 dropped requests, 1 broken socket while translation_frontend and translation_signaling were updated once, "
        "wanted none; from 03:12:40Z on, for 41 s"
    )
    assert lines[1:4] == [f"  {each}" for each in (lost(), lost(), broken)]
    assert lines[4] == "  lost: fresh connections 2 of 400, websocket 1 of 200"
    assert lines[5].startswith(
        "  likely: the old replica ended before the edge knew, which asks the Swarm every"
    )
    assert (
        lines[6] == f"  by hand, which task ended when: docker --host tcp://10.1.1.1:2376 service ps {names}"
    )
    assert len(lines) == 7


NOBODY = replace(lost(reason="answered 503, wanted 200"), replica=UNNAMED)


@pytest.mark.parametrize(
    ("dropped", "said"),
    [
        ((NOBODY,), "no replica was healthy"),
        ((replace(NOBODY, reason="answered 404, wanted 200"),), "no replica was healthy"),
        ((lost(),), "ended before the edge knew"),
        ((lost(reason="answered 503, wanted 200"),), "ended before the edge knew"),
        ((lost(reason="not answered within 5 s"),), "ended before the edge knew"),
        ((lost(reason="answered 500, wanted 200"),), "None"),
        ((lost(reason="answered 404, wanted 200"),), "None"),
        ((lost(Loss.SOCKET, Way.WEBSOCKET, "x"),), "without a goodbye"),
        ((lost(Loss.FREEZE, Way.CALL, "x"),), "was freed before they were back"),
        ((lost(Loss.REQUEST, Way.POLLING, "x"),), "ended before the edge knew"),
        ((lost(Loss.SOCKET, Way.WEBSOCKET, "x"), lost()), "ended before the edge knew"),
        ((lost(), NOBODY), "no replica was healthy"),
    ],
)  # fmt: skip
def test_the_cause_is_told_by_what_was_lost(dropped: tuple[Dropped, ...], said: str) -> None:
    """HTTP first: where that is dropped, sockets are as well. What a replica itself answered tells of no end of it."""
    assert said in str(likely(dropped))


def test_a_loss_that_tells_nothing_is_said_to() -> None:
    """No cause is made up."""
    assert "likely: nothing of this tells why;" in losses_text(
        update(lost(reason="answered 500, wanted 200")), None
    )
