"""The plugin: a red criterion begins with its diagnosis, and neither verdict nor failure is ever changed by it."""

from pathlib import Path

import pytest

from fixtures.diagnose.engine import UNKNOWN
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.recorder import RELAY_STEP, Recorder
from fixtures.observe.media.peer import PeerError
from fixtures.observe.signaling.polling import PollingSession
from fixtures.observe.signaling.wire import Exchange, Sticky
from fixtures.observe.turn.values import TurnRefusedError
from fixtures.prober.gathering import Witness, gather
from fixtures.target.reach import Reach
from fixtures.target.values import Target, TargetError
from tests.harness.samples import observed as samples

pytest_plugins = ["pytester"]
CONFTEST = """
import pytest
from dataclasses import replace
from fixtures.plugins import diagnosing
from tests.harness.samples import observed as samples

pytest_plugins = ["fixtures.plugins.diagnosing"]
SEEN = {seen}

def _gather(witness, failed):
    if SEEN is None:
        raise OSError("the moon is down\\nby all accounts")
    return SEEN

diagnosing.gather = _gather

def pytest_configure(config):
    for mark in ("lab", "smoke", "static", "criterion(name)"):
        config.addinivalue_line("markers", mark)

def pytest_collection_modifyitems(items):
    for item in items:
        item.user_properties += [("criterion", m.args[0]) for m in item.iter_markers("criterion")]

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
CUT = "samples.cut(samples.sound(), lambda a, b: b == samples.THREE)"


def run(pytester: pytest.Pytester, seen: str) -> dict[str, pytest.TestReport]:
    """The reports, by test, of a run in which these observations are gathered; None for a gathering that fails."""
    pytester.makeconftest(CONFTEST.format(seen=seen))
    pytester.makepyfile(TESTS)
    reports: dict[str, pytest.TestReport] = {}

    class Keep:
        def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
            if report.when == "call" or report.failed:
                reports[report.nodeid.rpartition("::")[2]] = report

    pytester.inline_run("-p", "no:cacheprovider", plugins=[Keep()])
    return reports


def test_a_red_criterion_begins_with_the_diagnosis(pytester: pytest.Pytester) -> None:
    """The failure's text and its first line begin with the cause; what failed follows, and the cause is a property."""
    reports = run(pytester, CUT)
    red = reports["test_red"]
    assert red.longreprtext.startswith("diagnosis: overlay cut into translation03")
    assert "nine requests failed" in red.longreprtext
    assert red.longrepr.reprcrash.message.startswith("diagnosis: overlay cut")  # type: ignore[union-attr]
    assert [value for name, value in red.user_properties if name == "cause"] == ["overlay-cut"]


def test_green_stays_green_and_a_file_is_no_target(pytester: pytest.Pytester) -> None:
    """A test that passes, and one that judges a file, are left alone."""
    reports = run(pytester, CUT)
    assert reports["test_green"].passed
    for name in ("test_green", "test_of_a_file"):
        assert "cause" not in dict(reports[name].user_properties), name
    assert "diagnosis" not in reports["test_of_a_file"].longreprtext.splitlines()[0]


def test_a_failed_set_up_is_diagnosed_too(pytester: pytest.Pytester) -> None:
    """What fails before the test itself begins with the diagnosis as well."""
    reports = run(pytester, CUT)
    broken = reports["test_no_set_up"]
    assert broken.longreprtext.startswith("diagnosis: overlay cut into translation03")
    assert "absent" in broken.longreprtext


def test_a_diagnosis_that_fails_says_so_in_one_line(pytester: pytest.Pytester) -> None:
    """When diagnosing itself fails, that is one line, and the failure stands whole below it."""
    reports = run(pytester, "None")
    first, _, rest = reports["test_red"].longreprtext.partition("\n")
    assert first == "diagnosis: none could be made: OSError: the moon is down by all accounts"
    assert "nine requests failed" in rest
    assert "cause" not in dict(reports["test_red"].user_properties)


def test_an_unexplained_failure_is_unknown(pytester: pytest.Pytester) -> None:
    """With a sound target a red criterion is called unknown."""
    reports = run(pytester, "samples.sound()")
    assert reports["test_red"].longreprtext.startswith(
        "diagnosis: unknown: no rule explains why no-504 failed"
    )
    assert dict(reports["test_red"].user_properties)["cause"] == UNKNOWN


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
    stuck = PeerError("send transport: ICE and DTLS connected", "no")
    recorder.call_failed(stuck, "across")
    recorder.error(stuck)  # raised again for each test that needs the call
    exchange = Exchange(0.0, 0.1, "GET", "/socket.io/", 400)
    recorder.polled(PollingSession("sid", Sticky("a", "b"), exchange, (exchange, exchange)))
    recorder.error(TurnRefusedError("refused", 401, "Unauthorized", challenged=True))
    refused = PeerError(RELAY_STEP, "no")
    refused.__cause__ = TurnRefusedError("refused", 401, "Unauthorized", challenged=True)
    recorder.call_failed(refused, "relay")
    assert [call.failed_step for call in recorder.seen_calls or ()] == [
        "send transport: ICE and DTLS connected"
    ]
    assert [(s.refused, s.requests, s.sticky) for s in recorder.seen_sockets or ()] == [(2, 2, True)]
    assert [(t.what, t.code) for t in recorder.seen_turns or ()] == [("allocate", 401)] * 2
