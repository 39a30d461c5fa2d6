"""Media of which a share is lost: which way it begins, and when our own machine may have lost it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.diagnose.engine import Confidence, diagnose
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules.media_loss import media_loss
from fixtures.observe.media.losses import MediaWay, PacketsLost, losses_of
from fixtures.observe.media.values import CallRelation, LinkObservation
from tests.harness.samples import faults
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import call

IN, OUT = MediaWay.IN.value, MediaWay.OUT.value


@pytest.mark.parametrize(
    ("make", "ways"),
    [
        (faults.media_lossy, (IN,)),
        (lambda: faults.media_lossy(in_audio=0), (OUT,)),
        (lambda: faults.media_lossy(in_audio=0, out_video=24), (OUT,)),
        (lambda: faults.media_lossy(out_video=24), (IN, OUT)),
        (lambda: faults.media_lossy(in_audio=4, out_audio=8), ()),
        (samples.sound, ()),
    ],
)
def test_where_it_begins(make: Callable[[], Observations], ways: tuple[str, ...]) -> None:
    """Sound that is missed on the way out only because it was lost on the way in does not count twice."""
    found = list(media_loss(make()))
    assert [cause.names("way") for cause in found] == ([ways] if ways else [])
    assert all(cause.confidence is Confidence.PROVED for cause in found)


@pytest.mark.parametrize(
    ("in_audio", "stall_s", "confidence"),
    [(47, 1.0, Confidence.PROVED), (0, 0.25, Confidence.PROVED), (0, 0.26, Confidence.LIKELY)],
)
def test_our_own_machine_may_have_lost_it(in_audio: int, stall_s: float, confidence: Confidence) -> None:
    """What we did not take in time we count as lost; what the SFU misses of ours it does not."""
    (cause,) = media_loss(faults.media_lossy(in_audio=in_audio, stall_s=stall_s))
    assert cause.confidence is confidence
    assert bool(cause.undecided) is (confidence is Confidence.LIKELY)


def test_only_the_relay_s_way() -> None:
    """Where direct calls lose nothing it is the relay's way; where they do, it is not."""
    packets = (PacketsLost(MediaWay.IN, "audio", 200, 30),)
    relayed, direct = call(CallRelation.RELAY, packets=packets), call(packets=(replace(packets[0], lost=0),))
    seen = replace(samples.sound(), calls=(relayed, direct))
    (cause,) = media_loss(seen)
    assert cause.title == "media of calls is lost on the way of the relay: 15% into the SFU"
    (both,) = media_loss(replace(seen, calls=(relayed, replace(direct, packets=packets))))
    assert both.title == "media of calls is lost: 15% into the SFU"


def test_a_call_that_stuck_beside_it_is_no_cause_of_its_own() -> None:
    """A call whose checks were all lost by chance is not put down to ports that drop everything."""
    seen = faults.media_lossy()
    stuck = call(selected=(), failed_step=faults.CONNECTING, ice=("checking",), frames=())
    found = diagnose(replace(seen, calls=(*(seen.calls or ()), stuck)), frozenset({"call"}))
    assert found.ids == ("media-loss",)


@pytest.mark.parametrize(
    ("packets", "lost", "named"),
    [(29, 9, False), (30, 4, False), (30, 5, True), (200, 5, False), (200, 6, True)],
)
def test_of_few_packets_nothing_is_said(packets: int, lost: int, named: bool) -> None:
    """Thirty packets, five of them lost, three in a hundred."""
    seen = replace(
        samples.sound(), calls=(call(packets=(PacketsLost(MediaWay.IN, "audio", packets, lost),)),)
    )
    assert bool(list(media_loss(seen))) is named


def test_what_a_transport_counted() -> None:
    """The SFU's reports are of the way in, our own counts of the way out; more that came than was sent is no loss."""
    stats = {
        "a": {"type": "remote-inbound-rtp", "kind": "audio", "packetsReceived": 90, "packetsLost": 10},
        "b": {"type": "inbound-rtp", "kind": "audio", "packetsReceived": 50, "packetsLost": -2},
        "c": {"type": "inbound-rtp", "kind": "audio", "packetsReceived": 40, "packetsLost": 3},
        "d": {"type": "outbound-rtp", "kind": "video", "packetsSent": 10},
        "e": {"type": "inbound-rtp", "kind": "video", "packetsReceived": "many", "packetsLost": 1},
        "f": {"type": "remote-inbound-rtp", "kind": "video", "packetsReceived": -1, "packetsLost": 5},
    }
    link = LinkObservation("send", (), None, (), stats)
    assert losses_of([link]) == (
        PacketsLost(MediaWay.IN, "audio", 100, 10),
        PacketsLost(MediaWay.OUT, "audio", 93, 3),
    )
    assert str(losses_of([link])[0]) == "10 of 100 audio packets (10%) lost into the SFU"
    assert PacketsLost(MediaWay.IN, "audio", 0, 0).share == 0.0
