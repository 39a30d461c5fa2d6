"""The gateway as somebody else's system: `TARGET=production TARGET_PLAN=gateway`, with the addresses of a lab."""

from collections.abc import Callable

import pytest

from fixtures.sabotage.breakable import labs_of
from fixtures.sabotage.foreign import Smoked

pytestmark = [pytest.mark.sabotage, pytest.mark.sabotage_short, pytest.mark.xdist_group("gateway")]
PROVED = "no-504,spread,routing,call,media-host,socketio,mediasoup-pinned,healthy,turn"


def test_a_smoke_run_is_green_by_one_line(pytestconfig: pytest.Config, smoked: Callable[..., Smoked]) -> None:
    """Its own hosts, words, relay and ports come with the plan; no name is looked up outside."""
    run = smoked(labs_of(pytestconfig).of("gateway").lab.name, "gateway", "--require", PROVED)
    assert run.elsewhere == (), run.shown
    assert run.returncode == 0, run.said
    assert "signaling has one replica: no call crosses from one to another" in run.said
    assert "not exercised: IPv6 at 2001:db8::2" in run.said
