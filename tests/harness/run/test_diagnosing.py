"""A red criterion has its diagnosis in everything that ends a run; the failure itself is shown as it was raised."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from fixtures.diagnose.observations import Observations
from fixtures.diagnose.recorder import Recorder
from fixtures.diagnose.symptoms import UNKNOWN
from fixtures.observe.media.peer_error import PeerError
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import CallRelation
from fixtures.observe.signaling.dialling import Exchange, Sticky
from fixtures.observe.signaling.polling import PollingSession
from fixtures.observe.turn.values import TurnRefusedError
from fixtures.plugins import diagnosing
from fixtures.prober.gathering import Witness, gather
from fixtures.run import outcomes
from fixtures.target.reach import Reach
from fixtures.target.values import Target, TargetError
from tests.harness.run.test_criteria_table import rows
from tests.harness.samples import observed as samples

pytest_plugins = ["pytester"]
read = TypeAdapter(Observations).validate_json
ROOT = Path(__file__).parents[3]
ENDS_S = 120
"""Two workers start in 2 s, in 20 on a machine that is busy; a run that hangs fails here."""
PLUGINS = """
import pytest

pytest_plugins = ["fixtures.plugins.diagnosing", "fixtures.run.exit_status", "fixtures.run.last_line", "fixtures.run.outcomes",
                  "fixtures.run.session", "fixtures.run.criteria_table"]

@pytest.fixture(scope="session")
def target():
    return "a target"
"""
TESTS = """
import pytest
pytestmark = [pytest.mark.lab, pytest.mark.criterion("no-504")]

def test_red(target):
    assert 1 == 2, "nine requests failed"

def test_green(target):
    pass

def test_no_set_up(target, request):
    request.getfixturevalue("absent")

@pytest.mark.static
def test_of_a_file(target):
    assert not "a label"
"""
CUT = samples.cut(samples.sound(), lambda a, b: b == samples.THREE)
OPTIONS = ("-p", "no:cacheprovider", "--outcomes=o.json", "--observations=seen")
TITLE = "overlay cut into translation03: udp/4789 is dropped"


class Ended:
    """A run in which these observations are gathered; None for a gathering that fails."""

    def __init__(self, pytester: pytest.Pytester, seen: Observations | None, tests: str = TESTS) -> None:
        def gathered(witness: Witness, failed: frozenset[str]) -> Observations:
            if seen is None:
                raise OSError("the moon is down\nby all accounts")
            return seen

        pytester.makefile(".ini", pytest=(ROOT / "pytest.ini").read_text())
        pytester.makeconftest(PLUGINS)
        pytester.makepyfile(tests)
        self.folder = pytester.path
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(diagnosing, "gather", gathered)
            self.result = pytester.runpytest_inprocess(*OPTIONS)
        self.text = self.result.stdout.str()
        self.said = outcomes.read(self.folder / "o.json")

    def causes(self, test: str) -> list[str]:
        """The ids of the causes of one test."""
        (found,) = [each for each in self.said.whole if each["test"] == test]
        return [cause["id"] for cause in found["causes"]]

    def section(self) -> str:
        """What the terminal says under the title `diagnosis`."""
        return self.text.partition("= diagnosis =")[2].partition("success criteria")[0]


@pytest.fixture(autouse=True)
def _importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)


def test_the_fact_stands_before_the_cause(pytester: pytest.Pytester) -> None:
    """The failure is as it was raised; below the failures stand the facts, then cause, evidence and command by hand."""
    ended = Ended(pytester, CUT)
    failures, _, after = ended.text.partition("= diagnosis =")
    assert "AssertionError: nine requests failed" in failures
    assert TITLE not in failures
    fact, cause = "no-504 failed: test_red: nine requests failed", f"  cause: {TITLE} (proved)"
    assert after.index(fact) < after.index(cause) < after.index("    for: ") < after.index("    by hand: ")
    assert ended.section().count(TITLE) == 1, "one cause of two failures stands there once"


def test_table_outcomes_and_exit_say_the_same(pytester: pytest.Pytester) -> None:
    """Row, JSON, exit line and what was written of the observations agree on the cause."""
    ended = Ended(pytester, CUT)
    assert rows(ended.result)["no-504"] == ("failed", "test_red: nine requests failed (and 2 more)")
    assert f"cause: {TITLE} (proved)" in ended.text.partition("success criteria")[2]
    assert ended.causes("test_red") == ended.causes("test_no_set_up") == ["overlay-cut"]
    line = next(line for line in ended.text.splitlines() if line.startswith("RED "))
    assert f"no-504 · cause {TITLE} (proved)" in line
    seen = read((ended.folder / "seen" / "no-504.json").read_text())
    assert seen.probe is not None
    assert [cause.title for cause in ended.said.causes] == [TITLE]


def test_green_stays_green_and_a_file_is_no_target(pytester: pytest.Pytester) -> None:
    """A test that passes, and one that judges a file, have no cause."""
    ended = Ended(pytester, CUT)
    assert {each.test: str(each.verdict) for each in ended.said.outcomes} == {
        "test_red": "failed", "test_green": "passed", "test_no_set_up": "failed", "test_of_a_file": "failed",
    }  # fmt: skip
    assert ended.causes("test_green") == ended.causes("test_of_a_file") == []


def test_a_diagnosis_that_fails_says_so_in_one_line(pytester: pytest.Pytester) -> None:
    """When nothing can be looked at, that is one line beside the failure, which stands whole."""
    ended = Ended(pytester, None)
    why = "no diagnosis could be drawn: OSError: the moon is down by all accounts"
    assert "AssertionError: nine requests failed" in ended.text
    assert [line for line in ended.section().splitlines() if "moon" in line] == [f"  {why}"]
    assert why in ended.text.partition("success criteria")[2]
    assert ended.causes("test_red") == []
    assert ended.result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_rule_that_breaks_hides_no_failure(pytester: pytest.Pytester) -> None:
    """Observations on which the diagnosis itself breaks are the same: one line, and the failure stands."""
    ended = Ended(pytester, replace(samples.sound(), state="no state at all"))  # type: ignore[arg-type]
    assert "no diagnosis could be drawn: AttributeError" in ended.section()
    assert "no-504 failed: test_red: nine requests failed" in ended.section()
    assert ended.result.ret == pytest.ExitCode.TESTS_FAILED


def test_an_unexplained_failure_is_unknown(pytester: pytest.Pytester) -> None:
    """With a sound target a red criterion is called unknown."""
    ended = Ended(pytester, samples.sound())
    assert ended.causes("test_red") == [UNKNOWN]
    assert "cause: unknown: no rule explains why no-504 failed (possible)" in ended.section()


def test_a_cause_stands_only_with_what_it_explains(pytester: pytest.Pytester) -> None:
    """A cut overlay explains no wrong placement: it is listed besides, and the failure has no known cause."""
    ended = Ended(pytester, CUT, tests=TESTS.replace("no-504", "spread"))
    assert ended.causes("test_red") == [UNKNOWN]
    assert [cause.id for cause in ended.said.besides] == ["overlay-cut"]
    assert f"also found, but it explains none of these failures: {TITLE} (proved)" in ended.section()


ROOMS = """
from dataclasses import replace
from fixtures.plugins import diagnosing
from tests.harness.samples import observed as samples, report

def _gather(witness, failed):
    seen = witness.recorder
    return replace(samples.sound(), attempts=seen.seen_attempts, calls=seen.seen_calls, sockets=seen.seen_sockets)

diagnosing.gather = _gather

@pytest.fixture(scope="session")
def call_across():
    return report.call(frames=0)

@pytest.fixture(scope="session")
def call_together():
    return report.call(frames=42)
"""
ROOMS_TESTS = """
import pytest
pytestmark = [pytest.mark.lab]

@pytest.mark.criterion("call")
@pytest.mark.xdist_group("calls")
def test_across(target, call_across):
    assert call_across.videos[0].frames, "0 frames, wanted 30 or more"

@pytest.mark.criterion("call")
@pytest.mark.xdist_group("sockets")
def test_together(target, call_together):
    assert call_together.videos[0].frames

@pytest.mark.criterion("socketio")
@pytest.mark.xdist_group("sockets")
def test_events_cross_replicas(target, observed):
    observed.socket("meet", False, "who joined on one replica was not announced on the other")
    assert False, "user-joined did not come"
"""


@pytest.mark.parametrize("workers", [("-n", "0"), ("-n", "2")], ids=["alone", "with xdist"])
def test_the_diagnosis_is_drawn_from_the_whole_run(
    pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    """A call fails before anything speaks for its cause; what is observed later, on any worker, explains it as well."""
    pytester.makefile(".ini", pytest=(ROOT / "pytest.ini").read_text())
    pytester.makeconftest(PLUGINS + ROOMS)
    pytester.makepyfile(ROOMS_TESTS)
    result = pytester.runpytest_subprocess(*OPTIONS, *workers, timeout=ENDS_S)
    found = {each["test"]: each for each in json.loads((pytester.path / "o.json").read_text())["outcomes"]}
    for test in ("test_across", "test_events_cross_replicas"):
        assert [cause["id"] for cause in found[test]["causes"]] == ["rooms-in-memory"], result.stdout.str()
    table = result.stdout.str().partition("success criteria")[2]
    assert "unknown" not in table
    assert table.count("cause: rooms do not span replicas: each replica keeps its own in memory") == 2, table
    for criterion in ("call", "socketio"):
        seen = read((pytester.path / "seen" / f"{criterion}.json").read_text())
        assert {call.relation for call in seen.calls or ()} == {CallRelation.ACROSS, CallRelation.SAME}
        assert [each.what for each in seen.sockets or ()] == ["meet"]


def test_gathering_survives_what_cannot_be_observed(tmp_path: Path) -> None:
    """Looks that fail are missing with their reason, and the others are there."""
    reach = Reach({host.name: "127.0.0.1" for host in samples.PLAN.hosts})
    unreachable = Target("nowhere", reach, samples.PLAN)
    seen = gather(Witness(tmp_path, target=unreachable), frozenset({"no-504"}))
    assert isinstance(seen, Observations)
    assert seen.state is None
    assert seen.missing["state"] == "no Swarm API"
    assert "CertificateError" in seen.missing["certificates"]
    assert seen.media_address == "127.0.0.1"


def test_without_a_target_there_is_nothing_to_gather() -> None:
    """No target is an error of its own, not an empty observation."""
    with pytest.raises(TargetError, match="no target"):
        gather(Witness(), frozenset())


def test_the_recorder_keeps_what_was_handed_over() -> None:
    """A failed call keeps its step, a wandering session its refusals, a refused relay its code; else nothing is there."""
    recorder = Recorder()
    assert (recorder.seen_attempts, recorder.seen_calls, recorder.seen_turns, recorder.seen_drifts) == (
        None,
    ) * 4
    stuck = PeerError(StepName.SEND_CONNECTED, "no")
    recorder.call_failed(stuck, CallRelation.ACROSS)
    recorder.error(stuck)  # raised again for each test that needs the call
    exchange = Exchange(0.0, 0.1, "GET", "/socket.io/", 400)
    recorder.polled(PollingSession("sid", Sticky("a", "b"), exchange, (exchange, exchange)))
    recorder.error(TurnRefusedError("refused", 401, "Unauthorized", challenged=True))
    refused = PeerError(StepName.RELAY_ALLOCATED, "no")
    refused.__cause__ = TurnRefusedError("refused", 401, "Unauthorized", challenged=True)
    recorder.call_failed(refused, CallRelation.RELAY)
    assert [call.failed_step for call in recorder.seen_calls or ()] == [StepName.SEND_CONNECTED]
    assert [(s.refused, s.requests, s.sticky) for s in recorder.seen_sockets or ()] == [(2, 2, True)]
    assert [(t.what, t.code) for t in recorder.seen_turns or ()] == [("allocate", 401)] * 2
