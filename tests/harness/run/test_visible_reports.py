"""What a test's failure, skip and captured output hold is shown on the terminal and in the CI log, never obeyed."""

import subprocess
import sys
from pathlib import Path

import pytest

from lab.text.shown import HIDDEN

ROOT = Path(__file__).parents[3]
TESTS = r"""
import pytest

def test_fails():
    print("\x1b[31mcaptured\n::error::captured\n##[group]captured")
    assert False, "words \x1b]8;;http://x.test\x07link \u202e \x9b2J\n::error::in words"

def test_is_skipped():
    pytest.skip("reason \x1b[31m")

def test_raises():
    raise ValueError("\x1b[2J\u2028 zero\u200bwidth")

@pytest.mark.parametrize("broken", ["x"], ids=["\x1b[31mid"])
def test_of_an_id(broken):
    assert not broken, "\x07"
"""


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "1")])
def test_a_run_s_output_holds_nothing_that_acts(workers: tuple[str, ...], tmp_path: Path) -> None:
    """No escape sequence, override of direction or CI command of a failure text reaches the output; its words do."""
    (tmp_path / "test_hostile.py").write_text(TESTS)
    (tmp_path / "conftest.py").write_text("")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "fixtures.run.visible_reports", "-p", "no:cacheprovider", "-rA",
         "--color=no", "-c", "/dev/null", "--rootdir", str(tmp_path), *workers, str(tmp_path)],
        cwd=ROOT, env={"PATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    # pytest shows the lines of the test itself, which hold escapes in writing and no control character.
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert [line for line in ran.stdout.split("\n") if HIDDEN.search(line)] == []
    for words in (
        r"\x1b[31mcaptured",
        r"words \x1b]8;;http://x.test\x07link \u202e \x9b2J",
        r"reason \x1b[31m",
        r"\x1b[2J\u2028 zero\u200bwidth",
    ):
        assert words in ran.stdout
    lines = [line.lstrip() for line in ran.stdout.split("\n")]
    assert [line for line in lines if line.startswith("::") or "##[" in line] == []
    assert r"\::error::captured" in lines
