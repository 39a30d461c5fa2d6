"""Mutation testing itself: what is mutated, that a trial tells killed from survived, and what is written of it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.mutants import modules, page
from tests.mutants.modules import GROUPS, Group
from tests.mutants.values import mutant

ROOT = Path(__file__).parents[3]
SOURCE = "def double(x: int) -> int:\n    return x * 2\n\n\ndef idle() -> int:\n    return 1\n"
TEST = "from code_under import double\n\n\ndef test_double() -> None:\n    assert double(3) == 6\n"
TRIALS = """
import json, sys
from pathlib import Path
from tests.mutants.modules import Subject
from tests.mutants.trial import NotGreenError, copy_of, trials, unmutated_s
from tests.mutants.values import mutant

def main(root, folder, changes, deadline_s, nearest):
    subject = Subject("code_under.py", tuple(sorted(path.name for path in root.glob("test_*.py"))), nearest)
    slots = [copy_of(root, folder / str(n)) for n in range(2)]
    try:
        unmutated_s(subject, slots)
    except NotGreenError as red:
        return str(red)
    source = (root / subject.module).read_text()
    found = [mutant(source, source.replace(was, now)) for was, now in changes]
    return {t.mutant.now: t.outcome for t in trials(subject, found, slots, deadline_s)}

print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]), float(sys.argv[4]),
                      tuple(sys.argv[5:]))))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one module and one test, known to git."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "code_under.py").write_text(SOURCE)
    (folder / "test_it.py").write_text(TEST)
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    return folder


def tried(
    project: Path,
    tmp_path: Path,
    *changes: tuple[str, str],
    deadline_s: float = 60.0,
    nearest: tuple[str, ...] = (),
) -> Any:  # noqa: ANN401 # outcomes, or what the run said
    """How each change fares, by the line that it leaves."""
    done = subprocess.run(
        [sys.executable, "-c", TRIALS, str(project), str(tmp_path / "copies"), json.dumps(changes), str(deadline_s),
         *nearest],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_trial_tells_killed_from_survived(project: Path, tmp_path: Path) -> None:
    """Noticed by a test, noticed by none, refused at import; and the project is as it was."""
    fared = tried(
        project, tmp_path, ("x * 2", "x * 3"), ("return 1", "return 7"), ("def idle", "none.such\ndef idle"),
    )  # fmt: skip
    assert fared == {
        "return x * 3": "killed", "return 7": "survived", "none.such": "killed",
    }  # fmt: skip
    assert (project / "code_under.py").read_text() == SOURCE
    assert sorted(path.name for path in project.iterdir() if path.name != ".git") == [
        "code_under.py", "pytest.ini", "test_it.py",
    ]  # fmt: skip


def test_a_trial_that_never_ends_is_ended(project: Path, tmp_path: Path) -> None:
    """With all that it started; no test passes with such a mutant either."""
    fared = tried(
        project, tmp_path, ("return x * 2", "while True: pass"), ("return x * 2", "__import__('time').sleep(99)"),
        deadline_s=2.0,
    )  # fmt: skip
    assert fared == {"while True: pass": "timed out", "__import__('time').sleep(99)": "timed out"}


def test_a_trial_on_a_busy_machine_is_not_taken_for_endless(project: Path, tmp_path: Path) -> None:
    """What has not computed for its time yet may wait."""
    waits = "return __import__('time').sleep(5) or x * 2"
    assert tried(project, tmp_path, ("return x * 2", waits), deadline_s=4.0) == {waits: "survived"}


def test_red_tests_judge_nothing(project: Path, tmp_path: Path) -> None:
    """Tests that fail without a mutant would kill every one."""
    (project / "test_it.py").write_text(TEST.replace("== 6", "== 7"))
    assert "red without a mutant (status 1)" in str(tried(project, tmp_path, ("x * 2", "x * 3")))


def test_the_nearest_tests_are_those_that_import_the_module() -> None:
    """They end most mutants, and are run first and alone; where every test file does, there is nothing to run first."""
    files = ["tests/harness/judge/test_verdicts.py", "tests/harness/judge/test_drift.py"]
    assert modules.nearest(ROOT, "fixtures/judge/verdicts.py", files) == (files[0],)
    assert modules.nearest(ROOT, "fixtures/judge/verdicts.py", ["tests/harness/judge"]) == (files[0],)
    assert modules.nearest(ROOT, "fixtures/judge/verdicts.py", files[:1]) == ()
    rules = modules.nearest(ROOT, "fixtures/judge/rules/edge_sessions.py", ["tests/harness/judge"])
    assert "tests/harness/judge/test_stack_cases.py" in rules
    assert files[0] not in rules


@pytest.mark.parametrize("nearest", [("test_it.py",), ("test_idle.py",), ()])
def test_a_mutant_is_tried_with_the_nearest_tests_and_then_with_all(
    project: Path, tmp_path: Path, nearest: tuple[str, ...]
) -> None:
    """Whichever come first, one noticed by any of them is killed."""
    (project / "test_idle.py").write_text(
        TEST.replace("double(3) == 6", "idle() == 1").replace("double", "idle")
    )
    changes = (("x * 2", "x * 3"), ("return 1", "return 7"), ("int:\n    return 1", "object:\n    return 1"))
    assert tried(project, tmp_path, *changes, nearest=nearest) == {
        "return x * 3": "killed",
        "return 7": "killed",
        "def idle() -> object:": "survived",
    }


ORDER = """
def note(name):
    with open("order.txt", "a") as file:
        print(name, file=file)
"""
TAKES = "import time\nfrom notes import note\n\n\ndef test_{0}_one():\n    note('{0} one')\n    time.sleep({1})\n\n\n"
AND_ONE_MORE = "def test_{0}_two():\n    note('{0} two')\n"


def test_the_quickest_files_come_first_in_a_trial(tmp_path: Path) -> None:
    """As noted without a mutant; within a file the order stays."""
    (tmp_path / "notes.py").write_text(ORDER)
    for name, seconds in (("a", 0.2), ("b", 0.0)):
        (tmp_path / f"test_{name}.py").write_text((TAKES + AND_ONE_MORE).format(name, seconds))
    runs = (
        "import pathlib, sys, pytest; from tests.mutants.quickest_first import QuickestFilesFirst as First; "
        + (
            "sys.exit(pytest.main(['-p', 'no:cacheprovider', '--rootdir=.', *sys.argv[2:]], "
            "plugins=[First(pathlib.Path('seconds.json'), noting=sys.argv[1] == 'noting')]))"
        )
    )
    for noting in ("noting", "then"):
        subprocess.run(
            [sys.executable, "-c", runs, noting, "test_a.py", "test_b.py"],
            cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, check=True, timeout=60,
        )  # fmt: skip
    ran = (tmp_path / "order.txt").read_text().splitlines()
    assert ran == ["a one", "a two", "b one", "b two", "b one", "b two", "a one", "a two"]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.pattern)
def test_every_group_has_modules_and_tests(group: Group) -> None:
    """A renamed module or test file does not drop out unseen."""
    assert list(ROOT.glob(group.pattern))
    found = modules.tests_of(ROOT, group)
    assert found
    assert [name for name in found if not (ROOT / name).exists()] == []
    left_out = [f"{modules.HARNESS}/{name}" for name in group.but]
    assert [name for name in left_out if not (ROOT / name).is_file()] == []
    assert not set(left_out) & set(found)


def test_modules_are_mutated_once() -> None:
    """Also where two patterns hold it, and no file without code is."""
    names = [subject.module for subject in modules.subjects(ROOT)]
    assert len(set(names)) == len(names)
    assert not [name for name in names if name.endswith("__init__.py")]
    assert "lab/waiting.py" in names


def test_a_mutant_shows_what_differs() -> None:
    """The lines before and after, and where."""
    made = mutant(SOURCE, SOURCE.replace("x * 2", "x / 2"))
    assert (made.line, made.was, made.now) == (2, "return x * 2", "return x / 2")
    assert made.diff == "- return x * 2\n+ return x / 2"


def figures(module: str, *survivors: page.Survivor) -> page.Figures:
    return page.Figures(module, of=90, mutants=40, killed=40 - len(survivors), survivors=survivors)


def test_a_run_of_one_module_keeps_the_others(tmp_path: Path) -> None:
    """Figures of earlier runs stay, those of modules that are gone do not."""
    (tmp_path / "docs").mkdir()
    page.write(tmp_path, [figures("a.py"), figures("gone.py")], ["a.py", "gone.py", "b.py"])
    page.write(tmp_path, [figures("b.py", page.Survivor(3, "x < 1", "x <= 1"))], ["a.py", "b.py"])
    assert list(page.read(tmp_path)) == ["a.py", "b.py"]
    text = (tmp_path / page.PAGE).read_text()
    assert "**79 of 80 killed**" in text
    assert "| `b.py` | 90 | 40 | 39 | 1 | 98% |" in text
    assert "gone.py" not in text


def test_a_survivor_is_shown_with_its_reason() -> None:
    """Or with the word that none is given."""
    one, two = page.Survivor(3, "x < 1", "x <= 1"), page.Survivor(9, "a", "b")
    text = page.markdown([figures("b.py", one, two)], {("b.py", "x < 1", "x <= 1"): "x is never 1."})
    assert "Line 3. x is never 1.\n```diff\n- x < 1\n+ x <= 1\n```" in text
    assert "Line 9. No reason is given yet: a test is missing." in text


def test_what_says_nothing_of_behaviour_is_left_out() -> None:
    """Types, texts for people, durations, imports; what is left is changed, and a sample is always the same one."""
    pytest.importorskip("mutmut", reason="not exercised: mutmut is not installed")
    from tests.mutants.mutations import mutants_of

    left_out = (
        'from a import b\nWAIT_S = 3\nT = TypeVar("T")\nMake = Callable[[int], "list[T]"]\nx: "int | None"\n'
        'y = cast("int", z)\nerror = Error("no lab is up")\n'
    )
    changed = [each.now for each in mutants_of(left_out, limit=None, seed="1")[0]]
    assert sorted(changed) == ["error = Error(None)", "error = None", "y = None"]
    source = "def f(a, b):\n    return a < b and a > 3 or {'key': b}\n"
    every, count = mutants_of(source, limit=None, seed="1")
    assert "return a <= b and a > 3 or {'key': b}" in [each.now for each in every]
    assert len(every) == count
    some = mutants_of(source, limit=4, seed="1")[0]
    assert some == mutants_of(source, limit=4, seed="1")[0] != mutants_of(source, limit=4, seed="2")[0]
    assert len(some) == 4


def test_every_reason_is_of_a_line_that_there_is() -> None:
    """A reason whose line has changed since, or whose module is not mutated, is taken out with it."""
    mutated = {subject.module for subject in modules.subjects(ROOT)}
    why = page.reasons(ROOT)
    assert why
    for (module, was, now), reason in why.items():
        assert module in mutated
        assert was in [line.strip() for line in (ROOT / module).read_text().splitlines()]
        assert was != now
        assert reason.endswith(".")
