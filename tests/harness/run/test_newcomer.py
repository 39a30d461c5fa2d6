"""A new operator at the front door: `./accept` on a terminal, from the first --help to the last line of a run."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.door.commands import COMMANDS
from fixtures.report.plain import plain
from lab import exits
from tests.harness.samples import report
from tests.harness.stand_ins.bare_host import ROOT, BareHost
from tests.harness.stand_ins.terminal import Shown, on_a_terminal

REFERENCE = ROOT / "lab" / "stacks" / "stack-hybrid.yml"


class Newcomer:
    """Somebody with the repository and an environment that is made already, in a folder of their own files."""

    def __init__(self, folder: Path) -> None:
        (folder / "repository").mkdir()
        self.host = BareHost(folder / "repository")
        self.files = folder / "mine"
        self.files.mkdir()
        self.host.called_from = self.files
        self.host.accept("static", "--explain", "all")  # makes the environment, with a stand-in for Python
        (python := self.host.folder / ".venv" / "bin" / "python").unlink()
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        python.chmod(0o755)
        kept = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPYCACHEPREFIX")
        self.env = {name: os.environ[name] for name in kept if name in os.environ}
        self.env |= {"XDG_STATE_HOME": str(folder / "state")}

    def accept(self, *argv: str, columns: int = 100, **variables: str) -> Shown:
        """On a terminal of that width."""
        command = [str(self.host.folder / "accept"), *argv]
        return on_a_terminal(command, {**self.env, **variables}, self.files, columns)

    def piped(self, *argv: str, **variables: str) -> str:
        """What comes out of a pipe."""
        command = [str(self.host.folder / "accept"), *argv]
        return subprocess.run(
            command,
            cwd=self.files,
            env={**self.env, **variables},
            capture_output=True,
            text=True,
            check=False,
        ).stdout


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    made = Newcomer(tmp_path_factory.mktemp("newcomer"))
    text = REFERENCE.read_text()
    (made.files / "good.yml").write_text(text)
    (made.files / "bad.yml").write_text(text.replace("replicas: 3", "replicas: 1", 1))
    (made.files / "slip.yml").write_text(text.replace("replicas: 3", "replics: 3", 1))
    for name, red in (("monday", False), ("today", True)):
        (made.files / name).mkdir()
        (made.files / name / "report.json").write_text(json.dumps(plain(report.report(red))))
    return made


def test_the_first_look(newcomer: Newcomer) -> None:
    """--help names every command, fits the screen's width, and has no colours; a slip names what was meant."""
    first = newcomer.accept("--help", columns=120)
    assert (first.status, first.is_coloured) == (0, False)
    assert [name for name in COMMANDS if not any(line.startswith(f"  {name} ") for line in first.lines)] == []
    assert max(map(len, first.lines)) <= 120
    slip = newcomer.accept("statc", "good.yml")
    assert (slip.status, slip.lines) == (exits.USAGE, ["accept: unknown command statc: did you mean static?"])


def test_a_file_is_judged(newcomer: Newcomer) -> None:
    """A good one and a bad one: the verdict is the last line, the status says the same, and files are named from here."""
    good = newcomer.accept("static", "good.yml", "--plan", "a", "--no-traefik")
    assert (good.status, good.lines[-1].startswith("file ok: 0 errors")) == (0, True), good.lines
    bad = newcomer.accept("static", "bad.yml", "--plan", "a", "--no-traefik")
    assert (bad.status, bad.lines[-1].startswith("RED: ")) == (1, True), bad.lines
    assert any(line.startswith("bad.yml:") and ": error " in line for line in bad.lines)
    slip = newcomer.accept("static", "slip.yml", "--no-traefik")
    assert slip.status == exits.USAGE_OF_A_JUDGE
    assert "did you mean replicas?" in " ".join(slip.lines)
    assert "Traceback" not in slip.raw


@pytest.mark.parametrize(
    ("argv", "status", "said"),
    [
        (["lab", "-m", "smok"], 4, "accept: -m smok: lab has its own markers (lab)"),
        (["lab", "-m", "smoke"], 4, "did you mean ./accept smoke?"),
        (["gate"], 4, "accept: no stack file: ./accept gate path/to/stack.yml"),
        (["gate", "god.yml"], 4, "accept: god.yml: there is no such file: did you mean good.yml?"),
        (["smoke"], 4, "accept: smoke: no target is named: ./accept smoke --target production"),
        (["smoke", "--target", "prodction"], 4, "did you mean production"),
        (["lab", "--images", "regstry"], 4, "did you mean registry?"),
        (["compare", "monday", "tody"], 2, "did you mean today?"),
        (["target", "show", "--target", "exmple-lab"], 2, "did you mean example-lab"),
        (["status", "-o", "jsn"], 2, "did you mean json?"),
    ],
)  # fmt: skip
def test_slips_end_at_the_door(argv: list[str], status: int, said: str, newcomer: Newcomer) -> None:
    """One line that says what was meant, whatever its length on this screen; no traceback and no set-up."""
    shown = newcomer.accept(*argv, columns=400)
    assert (shown.status, len(shown.lines)) == (status, 1), shown.lines
    assert said in shown.lines[0]


def test_two_reports_are_compared(newcomer: Newcomer) -> None:
    """What got worse is said first; colours on a terminal only, and not where NO_COLOR is set."""
    shown = newcomer.accept("compare", "monday", "today")
    assert (shown.status, shown.is_coloured) == (1, True)
    assert shown.lines[0].startswith("3 criteria worse, none better")
    piped = newcomer.piped("compare", "monday", "today")
    assert piped.startswith("3 criteria worse, none better")
    assert "\x1b" not in piped
    assert "\x1b[31" not in newcomer.accept("compare", "monday", "today", NO_COLOR="1").raw
    found = json.loads(newcomer.piped("compare", "monday", "today", "-o", "json"))
    assert (found["document"], found["worse"]) == ("compare", True)


@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_is_as_wide_as_the_screen(columns: int, newcomer: Newcomer) -> None:
    """By the terminal's own width, and by COLUMNS, which goes before it and holds in a pipe too."""
    widths = [
        max(map(len, newcomer.accept("compare", "monday", "today", columns=columns).lines)),
        max(map(len, newcomer.accept("compare", "monday", "today", columns=200, COLUMNS=str(columns)).lines)),
        max(len(line.rstrip()) for line in newcomer.piped("compare", "monday", "today", COLUMNS=str(columns)).splitlines()),
    ]  # fmt: skip
    assert max(widths) <= columns


def test_the_shell_completes(newcomer: Newcomer) -> None:
    """The script is all that is printed, and bash takes it."""
    script = newcomer.files / "completion"
    script.write_text(newcomer.piped("completion", "bash"))
    completes = 'source "$1"; COMP_WORDS=(./accept smoke --targ); COMP_CWORD=2; _accept; printf "%s\\n" "${COMPREPLY[@]}"'
    found = subprocess.run(
        ["bash", "-c", completes, "bash", script], capture_output=True, text=True, check=True
    )
    assert found.stderr == ""
    assert {"--target", "--target-domain"} <= set(found.stdout.split())


def test_a_run_ends_with_its_verdict() -> None:
    """On a terminal the last line is in colour, in a pipe it is not; verdict first, exit status last."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-m",
        "static",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "--plan",
        "a",
    ]
    env = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "PYTEST", "LAB_", "NO_COLOR"))}
    files = [f"--stack={REFERENCE}", f"--stack={REFERENCE.with_name('incident-nov11.yml')}"]
    bad = on_a_terminal([*command, *files], env, ROOT, 100)
    assert bad.status == 1
    assert bad.lines[-1].startswith("RED spread · "), bad.lines[-5:]
    assert bad.lines[-1].endswith(" · exit 1")
    assert "\x1b[" in bad.raw.rstrip().rpartition("\n")[2]
    piped = subprocess.run(
        [*command, files[0]], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    ).stdout
    last = piped.splitlines()[-1]
    assert last.startswith("GREEN file ok by "), piped[-2000:]
    assert last.endswith(" · exit 0")
    assert "\x1b" not in piped
