"""What a call's values say of themselves, and what they keep to themselves."""

from dataclasses import replace

from fixtures.observe.media.playback import Received
from fixtures.observe.media.stamp import stamped
from fixtures.observe.media.values import Candidate, Leave, LinkObservation, PeerObservation, State
from tests.harness.samples.report import call

BARE = PeerObservation("first", 7, 440.0, "u", "s", None, None, (), (), ())


def test_a_peer_that_saw_nothing_says_so() -> None:
    """Every count is none and every list empty: a call that failed at once is judged like any other."""
    assert (BARE.undecodable, BARE.painted, BARE.picture) == (0, 0, None)
    assert (BARE.tones, BARE.codecs, BARE.events, BARE.candidates, BARE.pairs) == ((), (), (), (), ())
    assert (BARE.senders, BARE.tone_windows(440.0), BARE.links_text) == (frozenset(), 0, "no transport")
    assert BARE.link("send") is None
    assert BARE.video_from(7).frames == 0


def test_what_is_long_is_not_in_a_peers_text() -> None:
    """Frames, tones, events, the picture, statistics and the answer to a leave would fill a failure's page."""
    sample = call()
    first = replace(sample.first, picture=b"PNG of a picture")
    shown = repr(first) + repr(Leave("second", 0.1, {"kept": "to itself"}))
    link = LinkObservation("send", (), None, (), {"transport": {"bytesSent": 17}})
    for text in ("Received", "ToneWindow", "PNG", "Limits(", "kept", "bytesSent"):
        assert text not in shown + repr(link)
    assert "'first'" in shown
    assert "'second'" in shown


def test_a_transport_tells_what_it_was_offered_and_went_through() -> None:
    """Each candidate, and where it was dialled if elsewhere; the states in order; what never began."""
    offered = (
        Candidate("203.0.113.2", 40003, "udp", "host", "203.0.113.2"),
        Candidate("media.test", 40004, "tcp", "relay", "192.0.2.7"),
    )
    states = (State(1.0, "ice", "checking"), State(2.0, "connection", "x"), State(3.0, "ice", "failed"))
    link = LinkObservation("recv", offered, None, states)
    assert str(link) == (
        "recv transport: ICE checking > failed; DTLS never began; offered udp 203.0.113.2:40003 host, "
        "tcp media.test:40004 relay (dialled at 192.0.2.7); pair none"
    )
    assert str(LinkObservation("send", (), None, ())) == (
        "send transport: ICE never began; DTLS never began; offered none; pair none"
    )
    both = replace(BARE, links=(link, call().first.links[0]))
    assert (both.link("recv"), both.link("send")) == (link, call().first.links[0])
    assert both.candidates == (*offered, *call().first.links[0].offered)
    assert both.pairs == (call().first.links[0].pair,)
    assert both.links_text == f"{link}; {call().first.links[0]}"


def test_each_picture_is_the_others_by_the_limits_of_the_call() -> None:
    """The first's of the second, then the second's of the first; a pause is a freeze by the call's own limit."""
    sample = call()
    pause = (*sample.first.received[:5], Received(stamped(202, 5, 5_002.0), 5_002.1))
    first = replace(sample.first, received=pause, limits=replace(sample.limits, call_freeze_s=9.0))
    of_first, of_second = replace(sample, first=first).videos
    assert (of_first.sender, of_first.frames, of_first.freezes) == (202, 6, ())
    assert (of_second.sender, of_second.frames) == (101, 42)
    strict = replace(first, limits=replace(sample.limits, call_freeze_s=0.5))
    assert len(strict.video_from(202).freezes) == 1


def test_calls_that_were_not_judged_are_told() -> None:
    """How many, and how long our own machine stood still in each; nothing where every call was."""
    assert call().void_text == ""
    assert replace(call(), void_s=(0.5, 1.25)).void_text == (
        " (2 void before: our own machine stood still for 0.50 s, 1.25 s)"
    )
