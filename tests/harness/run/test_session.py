"""One run on several workers: end-of-run tests come last and wait, and all share a folder and an owner."""

import os
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
ROOT = Path(__file__).parents[3]
QUIET = ("-p", "no:cacheprovider")
CONFTEST = "pytest_plugins = ['fixtures.run.session']\n"
ENDS_S = 120
"""Two workers start in 2 s, in 20 on a machine that is busy; a run that hangs fails here."""
INI = (ROOT / "pytest.ini").read_text()


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder for a run of its own, in which our plugins can be imported."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    pytester.makefile(".ini", pytest=INI)
    pytester.makeconftest(CONFTEST)
    return pytester


def test_end_of_run_tests_come_last(run: pytest.Pytester) -> None:
    """Whatever module they stand in; the others keep their order."""
    body = "import pytest\n@pytest.mark.end_of_run\ndef test_last(): pass\ndef test_early(): pass\n"
    run.makepyfile(test_a=body, test_b=body)
    collected = run.runpytest(*QUIET, "--collect-only", "-q").outlines[:4]
    assert collected == [
        "test_a.py::test_early", "test_b.py::test_early", "test_a.py::test_last", "test_b.py::test_last",
    ]  # fmt: skip


WAITS = """
import pathlib, pytest
from lab.waiting import Ready, NotYet, wait_for
MARKS = pathlib.Path(__file__).parent

@pytest.fixture(scope="session")
def broken():
    raise OSError("a session fixture that fails")

def test_broken(broken): pass
def test_skipped(): pytest.skip("not here")
def test_quick(): pass

def test_slow():
    (MARKS / "begun").touch()
    wait_for("the last test to have begun waiting", lambda: Ready(0) if (MARKS / "waiting").exists() else NotYet(""),
             deadline_s=20)
    (MARKS / "slow-ended").touch()

@pytest.fixture
def seen():
    return (MARKS / "slow-ended").exists()

@pytest.mark.end_of_run
@pytest.mark.parametrize("n", range(2))
def test_last(n, seen):
    assert seen, "it ran before the others had ended"
"""
WATCHED = f"""
{CONFTEST}
import pathlib
from fixtures.run import session as run

real = run.wait_for
def watched(*args, **kwargs):
    (pathlib.Path(__file__).parent / "waiting").touch()
    return real(*args, **kwargs)
run.wait_for = watched
"""


def test_the_end_waits_for_other_workers(run: pytest.Pytester) -> None:
    """Also for a test that is under way elsewhere, and not for one that failed in a session fixture or was skipped.

    test_slow ends only once a last test waits, on the other worker, so that one waits for it or the run fails;
    a test that were never counted as ended would hold the last ones for ten minutes.
    """
    run.makepyfile(WAITS)
    run.makeconftest(WATCHED)
    result = run.runpytest_subprocess(*QUIET, "-n", "2", timeout=ENDS_S)
    result.assert_outcomes(passed=4, errors=1, skipped=1)


CRASH = """
import os, pytest

@pytest.mark.xdist_group("dying")
def test_crash(): os._exit(3)

@pytest.mark.xdist_group("dying")
def test_never(): pass

def test_quick(): pass

@pytest.mark.end_of_run
@pytest.mark.parametrize("n", range(2))
def test_last(n): pass
"""


def test_the_end_does_not_wait_for_a_dead_worker(run: pytest.Pytester) -> None:
    """A test that takes its worker down, as a codec can, fails the run in seconds: what was left is reported."""
    run.makepyfile(CRASH)
    result = run.runpytest_subprocess(*QUIET, "-n", "2", timeout=ENDS_S)
    result.stdout.re_match_lines([r".*will not come: their worker died in .*::test_crash"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_alone_nothing_is_waited_for(run: pytest.Pytester) -> None:
    """Without workers the order is enough: tests that were deselected or failed hold nobody."""
    run.makepyfile(
        "import pytest\n@pytest.mark.end_of_run\ndef test_last(): pass\ndef test_early(): assert False\n"
    )
    run.runpytest(*QUIET).assert_outcomes(passed=1, failed=1)


SHARED = """
import os, pytest
from fixtures.run.session import exclusive, is_worker, owner_pid

@pytest.mark.parametrize("n", range(8))
def test_it(n, run_folder, pytestconfig, worker_id):
    with exclusive(run_folder / "counter.lock"):
        counter = run_folder / "counter"
        counter.write_text(str(int(counter.read_text() if counter.exists() else 0) + 1))
    assert is_worker(pytestconfig)
    assert owner_pid(pytestconfig) == os.getppid() or owner_pid(pytestconfig) != os.getpid()
    (run_folder / f"owner-{owner_pid(pytestconfig)}-{worker_id}").touch()

@pytest.mark.end_of_run
def test_all_shared_one_folder(run_folder):
    assert (run_folder / "counter").read_text() == "8"
    owners = {path.name.split("-")[1] for path in run_folder.glob("owner-*")}
    assert len(owners) == 1
"""


def test_workers_share_a_folder_and_an_owner(run: pytest.Pytester) -> None:
    """All workers see the same folder, one at a time under its locks, and name the controller as the run's owner."""
    run.makepyfile(SHARED)
    run.runpytest_subprocess(*QUIET, "-n", "2", timeout=ENDS_S).assert_outcomes(passed=9)


def test_alone_the_run_is_its_own_owner(run: pytest.Pytester) -> None:
    """Without xdist the process that runs the tests owns the run."""
    run.makepyfile(
        "import os\nfrom fixtures.run.session import is_worker, owner_pid\n"
        "def test_it(pytestconfig):\n"
        f"    assert owner_pid(pytestconfig) == os.getpid() == {os.getpid()}\n"
        "    assert not is_worker(pytestconfig)\n"
    )
    run.runpytest(*QUIET, "-n", "0").assert_outcomes(passed=1)


GROUPED = """
import os, pytest
@pytest.mark.xdist_group("calls")
@pytest.mark.parametrize("n", range(6))
def test_grouped(n, run_folder): (run_folder / f"pid-{os.getpid()}").touch()

def test_free(run_folder): pass

@pytest.mark.end_of_run
def test_on_one_worker(run_folder): assert len(list(run_folder.glob("pid-*"))) == 1
"""


def test_a_group_stays_on_one_worker(run: pytest.Pytester) -> None:
    """`-n 2` alone is enough for tests that share what they observed."""
    run.makepyfile(GROUPED)
    run.runpytest_subprocess(*QUIET, "-n", "2", timeout=ENDS_S).assert_outcomes(passed=8)
