"""What the tests of a run hand over: each kind kept as it was seen, a failure that is raised again only once."""

from dataclasses import replace

import pytest

from fixtures.diagnose.observations import CallSeen, ServedSeen, SocketSeen, TurnSeen
from fixtures.diagnose.recorder import Recorder
from fixtures.diagnose.whole_run import Handed, Sighting, observed_by_all
from fixtures.judge.drift import Drift
from fixtures.judge.page_config import Kind, PageFault
from fixtures.observe.browser.values import BrowserError, Step, StepError
from fixtures.observe.http.names import NameSeen, Source
from fixtures.observe.media.peer_error import PeerError
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import CallRelation, Candidate, LinkObservation, SelectedPair, State
from fixtures.observe.signaling.dialling import Exchange, Sticky
from fixtures.observe.signaling.errors import AckTimeoutError, ConnectError, HandshakeStatusError
from fixtures.observe.signaling.polling import PollingSession
from fixtures.observe.turn.values import TurnError, TurnRefusedError
from tests.harness.samples import observed as samples
from tests.harness.samples import report

OFFERED = Candidate("172.28.1.12", 40003, "udp", "host", "172.28.1.12")
PAIR = SelectedPair("172.28.1.1", 5000, "host", "172.28.1.12", 40003, "host", "udp")
SENDING = LinkObservation(
    "send",
    (OFFERED,),
    PAIR,
    (State(1.0, "ice", "checking"), State(1.5, "dtls", "new"), State(2.0, "ice", "completed")),
)
RECEIVING = LinkObservation("recv", (replace(OFFERED, port=40004),), None, (State(3.0, "ice", "failed"),))
ASKED = Exchange(0.0, 0.1, "GET", "/socket.io/", 200)
REFUSED = TurnRefusedError("refused", 401, "Unauthorized", challenged=True)


def test_nothing_handed_over_is_nothing_seen() -> None:
    """Each kind is None until something of it was handed over; no drift is an observation all the same."""
    recorder = Recorder()
    assert recorder.seen_attempts is None
    assert recorder.seen_lines is None
    assert recorder.seen_calls is None
    assert recorder.seen_sockets is None
    assert recorder.seen_turns is None
    assert recorder.seen_served is None
    assert recorder.seen_drifts is None
    recorder.drifts(())
    assert recorder.seen_drifts == ()


def test_what_was_seen_is_kept_in_order() -> None:
    """Requests, lines of the log and drifts are kept in the order in which they were handed over."""
    recorder = Recorder()
    one, other = samples.attempt(), samples.attempt(504)
    recorder.attempts([one])
    recorder.attempts([other, one])
    line = samples.line("10.0.2.2", 80)
    recorder.lines([line])
    recorder.lines([line])
    drifts = [Drift("redis", "replicas", "1", str(n)) for n in (2, 3)]
    recorder.drifts(drifts[:1])
    recorder.drifts(drifts[1:])
    assert recorder.seen_attempts == (one, other, one)
    assert recorder.seen_lines == (line, line)
    assert recorder.seen_drifts == tuple(drifts)


def test_a_failed_call_is_kept_as_far_as_it_came() -> None:
    """Its step and words, what was offered and selected on both links, and the ICE states alone, in order."""
    recorder = Recorder()
    recorder.call_failed(
        PeerError(StepName.SEND_CREATED, "not within 10 s", (SENDING, RECEIVING)), CallRelation.ACROSS
    )
    assert recorder.seen_calls == (
        CallSeen(
            CallRelation.ACROSS, StepName.SEND_CREATED, "not within 10 s", (OFFERED, replace(OFFERED, port=40004)),
            (("172.28.1.12", 40003),), ("checking", "completed", "failed"), (),
        ),
    )  # fmt: skip


def test_a_call_that_came_about_has_its_frames() -> None:
    """A call of two peers is one call, with the links of both and the frames that each decoded."""
    call = report.call()
    recorder = Recorder()
    recorder.call(call, CallRelation.SAME)
    recorder.call(call)
    same, unknown = recorder.seen_calls or ()
    links = [link for peer in call.peers for link in peer.links]
    assert (same.relation, unknown.relation, same.failed_step, same.error) == ("same", "", None, "")
    assert same.frames == tuple(video.frames for video in call.videos)
    assert same.offered == tuple(one for link in links for one in link.offered)
    assert len(same.selected) == sum(link.pair is not None for link in links)


def test_a_failure_that_is_raised_again_is_one() -> None:
    """Of one error raised for several tests one is kept, however it is handed over; of two equal ones both are."""
    stuck = PeerError(StepName.SEND_CREATED, "no")
    lost, refused = (
        AckTimeoutError("no answer"),
        TurnRefusedError("refused", 401, "Unauthorized", challenged=True),
    )
    recorder = Recorder()
    for _ in range(2):
        recorder.call_failed(stuck, CallRelation.ACROSS)
        for error in (stuck, lost, refused):
            recorder.error(error)
    assert [
        len(each or ()) for each in (recorder.seen_calls, recorder.seen_sockets, recorder.seen_turns)
    ] == [1, 1, 1]
    recorder.error(AckTimeoutError("no answer"))
    recorder.error(PeerError(StepName.SEND_CREATED, "no"))
    assert [call.relation for call in recorder.seen_calls or ()] == ["across", ""]
    assert len(recorder.seen_sockets or ()) == 2


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (ConnectError("refused"), SocketSeen("connect", False, "refused")),
        (HandshakeStatusError("no welcome", ASKED, 404), SocketSeen("connect", False, "no welcome", 404)),
        (AckTimeoutError("no answer"), SocketSeen("talk", False, "no answer")),
        (REFUSED, TurnSeen("allocate", False, 401, "refused")),
        (TurnError("silent"), TurnSeen("allocate", False, None, "silent")),
        (ValueError("of the test itself"), None),
    ],
)
def test_what_a_test_ended_with(error: BaseException, kept: SocketSeen | TurnSeen | None) -> None:
    """Errors of signaling and of the relay are kept with their status or code; others say nothing of the target."""
    recorder = Recorder()
    recorder.error(error)
    found = (*(recorder.seen_sockets or ()), *(recorder.seen_turns or ()))
    assert found == (() if kept is None else (kept,))
    assert recorder.seen_calls is None


def test_a_relay_that_was_not_given_is_no_call() -> None:
    """A call that failed since the relay refused it is kept as what the relay said."""
    failed = PeerError(StepName.RELAY_ALLOCATED, "no")
    failed.__cause__ = REFUSED
    recorder = Recorder()
    recorder.call_failed(failed, CallRelation.RELAY)
    assert recorder.seen_turns == (TurnSeen("allocate", False, 401, "refused"),)
    assert recorder.seen_calls is None


def test_what_pages_tell_and_where_names_lead() -> None:
    """A page at which nothing is wrong was looked at; names are kept in order."""
    recorder = Recorder()
    assert (recorder.seen_pages, recorder.seen_names) == (None, None)
    nothing_wrong = Recorder()
    nothing_wrong.pages(())
    assert nothing_wrong.seen_pages == ()
    fault = PageFault("https://a.example/env.js", Kind.SECRET, "KEY", "is a secret")
    recorder.pages([fault])
    assert recorder.seen_pages == (fault,)
    here, there = (NameSeen("a.example", f"192.0.2.{n}", Source.DNS, True, "200") for n in (1, 2))
    recorder.names([here])
    recorder.names([there])
    assert recorder.seen_names == (here, there)


def test_what_was_tried_over_sockets() -> None:
    """A try is kept as it was handed over, a polled session with the first of its refusals."""
    lost = replace(ASKED, status=400)
    late = replace(ASKED, status=503)
    recorder = Recorder()
    recorder.socket("origin", False, "accepted", origin="https://foreign.example")
    recorder.socket("meet", True)
    recorder.polled(PollingSession("sid", None, ASKED, (ASKED, lost, late, late)))
    recorder.polled(PollingSession("sid", Sticky("replica", "a"), ASKED, (ASKED,)))
    recorder.turn("relay", False, None, "nothing came")
    recorder.turn("allocate", True, 200)
    assert recorder.seen_sockets == (
        SocketSeen("origin", False, "accepted", origin="https://foreign.example"),
        SocketSeen("meet", True),
        SocketSeen("polling", False, f"{lost}; {late}", 400, None, 4, 3, False),
        SocketSeen("polling", True, "", None, None, 1, 0, True),
    )
    assert recorder.seen_turns == (
        TurnSeen("relay", False, None, "nothing came"),
        TurnSeen("allocate", True, 200, ""),
    )


def test_what_each_replica_served_reaches_the_end_of_the_run() -> None:
    """Of every process that asked, in the order in which it was handed over; a diagnosis is drawn from all of it."""
    first, second = (ServedSeen("https://a/", address, ("200",)) for address in ("10.0.2.2", "10.0.2.3"))
    recorder, other = Recorder(), Recorder()
    recorder.served([first])
    other.served(iter([second]))
    assert recorder.seen_served == (first,)
    sighting = Sighting("no-504", "t", 1.0, samples.sound())
    seen = observed_by_all("no-504", [sighting], [Handed.of(recorder), Handed.of(other)])
    assert seen.served == (first, second)


def test_a_browser_that_could_not_be_driven_is_kept_once_without_a_step() -> None:
    """It is no step of a person: nothing is said of the page by it."""
    recorder = Recorder()
    error = BrowserError("the browser did not answer in time")
    for _ in range(2):
        recorder.page_failed(error)
    recorder.page_failed(StepError(Step.OPENED, "nothing came"))
    first, second = recorder.seen_browser or ()
    assert (first.failed_step, first.error) == ("", str(error))
    assert second.failed_step == Step.OPENED
