"""Silence whose cause is known is not waited out by a run, and what was not waited out is listed as such."""

import time
from pathlib import Path

import pytest

from fixtures.diagnose.observations import Observations
from fixtures.plugins import diagnosing, waiting_out
from fixtures.prober.gathering import Witness
from fixtures.prober.silence import silent_cause
from tests.harness.samples import observed as samples

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[3]
DEADLINE_S = 3.0
PLUGINS = """
import pytest
from pathlib import Path

from fixtures.target.file import settings, target_of

pytest_plugins = ["fixtures.plugins.waiting_out", "fixtures.plugins.diagnosing", "fixtures.run.exit_status",
                  "fixtures.run.outcomes", "fixtures.run.session", "fixtures.run.criteria_table"]

@pytest.fixture(scope="session")
def target():
    return target_of(settings())

@pytest.fixture(autouse=True)
def _seen(target):
    pass
"""
TESTS = f"""
import asyncio
import pytest
pytestmark = [pytest.mark.lab, pytest.mark.criterion("no-504")]

async def silence(patience):
    async with patience.timeout({DEADLINE_S}) as wait:
        await asyncio.Event().wait()

def test_silent(target):
    asyncio.run(silence(target.reach.patience))

def test_silent_too(target):
    asyncio.run(silence(target.reach.patience))

def test_answered(target):
    pass
"""
CUT = samples.cut(samples.sound(), lambda a, b: b == samples.THREE)
OPEN = samples.sound()
TITLE = "overlay cut into translation03: udp/4789 is dropped"


def _ended(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, seen: Observations, *options: str
) -> tuple[str, float]:
    """What the run printed, and its seconds; the nodes are looked at after 0.2 s of silence."""

    def gathered(witness: Witness, failed: frozenset[str]) -> Observations:
        return seen

    for module in (diagnosing, waiting_out):
        monkeypatch.setattr(module, "gather", gathered)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makefile(".toml", target='domain = "example.test"\n')
    monkeypatch.setenv("TARGET", str(pytester.path / "target.toml"))
    monkeypatch.setenv("TARGET_LIMITS", "SILENCE_ASKED_AFTER_S=0.2,SILENCE_EXPLAINED_S=0.3")
    pytester.makefile(".ini", pytest=(ROOT / "pytest.ini").read_text())
    pytester.makeconftest(PLUGINS)
    pytester.makepyfile(TESTS)
    began = time.monotonic()
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)
    result.assert_outcomes(passed=1, failed=2)
    return result.stdout.str(), time.monotonic() - began


def test_silence_is_explained_while_it_lasts(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two tests of three seconds of silence end within one deadline, and the run says which cause and how many."""
    said, took_s = _ended(pytester, monkeypatch, CUT)
    assert took_s < DEADLINE_S, "at least one of the two was waited out"
    assert (
        f"provisional: {TITLE} (proved); tests no longer wait for the silence that it explains (--wait-out waits)"
        in said
    )
    listed = f"not waited out: {TITLE} (proved): 2 tests did not wait for their deadline; --wait-out waits"
    assert listed in said


def test_a_flag_waits_everything_out(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    said, took_s = _ended(pytester, monkeypatch, CUT, "--wait-out")
    assert took_s >= 2 * DEADLINE_S
    assert "not waited out" not in said


def test_silence_that_nothing_explains_is_waited_out(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, took_s = _ended(pytester, monkeypatch, OPEN)
    assert took_s >= 2 * DEADLINE_S
    assert "not waited out" not in said


@pytest.mark.parametrize(
    ("seen", "wanted"), [(CUT, "overlay-cut"), (OPEN, None), (samples.blind(CUT, "probe"), None)]
)
def test_only_a_cause_of_silence_counts(seen: Observations, wanted: str | None) -> None:
    """What can be read without a probe is no more than possible here."""
    found = silent_cause(seen)
    assert (None if found is None else found.id) == wanted
