"""What a run of pytest refuses before it begins, and a Python without the packages."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from fixtures.run.usage import markers
from lab import exits
from lab.text.environment import PACKAGES, remedy
from tests.harness.run.test_static_gate import ROOT, USAGE, gate

BLOCKED = (
    "import sys\n"
    "from importlib.machinery import PathFinder\n"
    "missing, *words = sys.argv[1:]\n"
    "found = PathFinder.find_spec\n"
    "PathFinder.find_spec = classmethod(lambda cls, name, *more: None if name == missing else found(name, *more))\n"
)

SOME = "tests/test_static.py"
"""Enough to be collected: all that there is takes ten seconds of processor."""


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("-m", "smoek"), {}, "-m smoek: no marker is called smoek (--markers lists them): did you mean smoke?"),
        (("-m", "lab and not sabotge"), {}, "no marker is called sabotge (--markers lists them): did you mean sabotage?"),
        (("--images", "regstry"), {}, "--images does nothing here: static checks start nothing"),
        (("--keep-lab",), {}, "--keep-lab does nothing here: static checks start nothing"),
        (("-m", "smoke", "--images=registry"), {"TARGET": "production"}, "--images does nothing here: the target is no lab"),
        ((), {"TARGET": "prodution"}, "there are lab, example-lab, production; did you mean production"),
    ],
)  # fmt: skip
def test_what_does_nothing_is_refused(
    arguments: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    """With the nearest name, in one line, and pytest's own status for usage."""
    status, text = gate("-n", "0", "--collect-only", "-q", SOME, *arguments, **environment)
    assert status == USAGE, text
    assert said in text


@pytest.mark.parametrize(
    "expression", ["criterion(name='call')", "not (lab or needs_lab)", "static and not smoke"]
)
def test_what_pytest_takes_is_taken(expression: str) -> None:
    """Arguments of markers, brackets and words are no markers."""
    assert set(markers(expression)) <= {"criterion", "lab", "needs_lab", "static", "smoke"}
    assert gate("-n", "0", "--collect-only", "-q", SOME, "-m", expression)[0] in (0, exits.NO_TESTS)


def without(package: str, code: str, *words: str) -> tuple[int, str]:
    """A Python in which a package is not to be found."""
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED + code, package, *words],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout == ""
    return done.returncode, done.stderr


PYTEST = "import pytest; sys.exit(pytest.main(['-q', '-n', '0', '-p', 'no:cacheprovider', *words]))"
LAB = "from lab.__main__ import main; sys.exit(main(['status']))"
SUITE = "from fixtures.__main__ import main; sys.exit(main(['target', 'show']))"


@pytest.mark.parametrize(
    ("program", "code", "package"),
    [("acceptance suite", PYTEST, "rich"), ("acceptance suite", PYTEST, "yaml"),
     ("lab", LAB, "docker"), ("fixtures", SUITE, "rich")],
    ids=["pytest", "pytest and yaml", "lab", "fixtures"],
)  # fmt: skip
def test_a_python_without_the_packages_says_which_environment_has_them(
    program: str, code: str, package: str
) -> None:
    """One line, and the status of what cannot be set up; no traceback."""
    status, said = without(package, code)
    assert (status, said.count("\n")) == (exits.NO_LAB, 1), said
    assert said == f"{program}: {sys.executable} has no package {package}: {remedy()}\n"


def test_the_way_to_an_environment(tmp_path: Path) -> None:
    """The one that is there is activated; where there is none it is made."""
    assert remedy(tmp_path) == "there is no environment yet: ./accept makes one (./accept --help)"
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").touch()
    assert remedy(tmp_path).endswith(".venv/bin/activate")


def test_every_requirement_of_suite_and_lab_is_looked_for() -> None:
    """As requirements.in has them, but those that a lab alone needs."""
    needed = (ROOT / "requirements.in").read_text().partition("# the suite's own tests")[0]
    pinned = {each.lower() for each in re.findall(r"^([\w-]+)==", needed, re.M)} - {
        "pytest",
        "docker",
        "testcontainers",
        "trustme",
    }
    of = packages_distributions()
    assert {dist.lower() for name in PACKAGES for dist in of[name] if dist.lower() in pinned} == pinned
