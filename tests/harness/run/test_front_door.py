"""`./accept` before anything is set up: help, typos, what is refused, and what is handed on whole."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.door import pages
from fixtures.door.checking import joined
from fixtures.door.commands import COMMANDS
from fixtures.run import option_names
from lab import exits
from tests.harness.stand_ins.bare_host import ROOT, BareHost


@pytest.fixture
def host(tmp_path: Path) -> BareHost:
    return BareHost(tmp_path)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_help(name: str, host: BareHost) -> None:
    """On stdout, with status 0, nothing set up: options described, examples, statuses, what is installed and written."""
    assert host.accept(name, "--help") == []
    assert (host.status, host.said, host.ready) == (0, "", False)
    assert host.printed.startswith(f"usage: ./accept {name}")
    for part in ("\nset-up:\n", "writes: ", "\nexamples:\n", f"./accept {name}", "\nexit statuses:\n  0 "):
        assert part in host.printed
    assert ("installs, where it is missing: " in host.printed) is bool(COMMANDS[name].installs)
    undescribed = [
        line for line in host.printed.splitlines() if line.startswith("  --") and line == line.split("  ")[0]
    ]
    assert undescribed == []


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["help"], ["-q", "--help"]])
def test_the_overview_names_every_command(argv: list[str], host: BareHost) -> None:
    """On stdout; a bare `./accept` says the same on stderr, as wrong usage."""
    assert host.accept(*argv) == []
    assert (host.status, host.said) == (0, "")
    assert [name for name in COMMANDS if f"\n  {name} " not in host.printed] == []
    assert host.accept() == []
    assert (host.status, host.printed) == (exits.USAGE, "")
    assert "./accept COMMAND --help says more" in host.said


def test_the_version_is_the_projects(host: BareHost) -> None:
    """One line."""
    host.accept("--version")
    assert (host.status, host.printed) == (0, f"accept {pages.version()}\n")


REFUSED = [
    (["statc"], "unknown command statc: did you mean static?"),
    (["frobnicate"], "unknown command frobnicate: ./accept --help lists them"),
    (["--versoin"], "unknown option --versoin: did you mean --version?"),
    (["lab", "-m", "smoke"], "-m smoke: lab has its own markers (lab): did you mean ./accept smoke?"),
    (["lab", "-xm", "lab"], "-m lab: lab has its own markers"),
    (["test", "-mstatic"], "-m static: test has its own markers (of each part): did you mean ./accept static?"),
    (["lab", "--reprot", "x"], "unknown option --reprot: did you mean --report?"),
    (["lab", "--report"], "--report needs a value"),
    (["lab", "-Z"], "unknown option -Z"),
    (["lab", "--images", "regstry"], "--images regstry: did you mean registry? use reference, registry"),
    (["lab", "--images=refrence"], "--images refrence: did you mean reference?"),
    (["lab", "tests/test_cal.py"], "tests/test_cal.py: there is no such test file: did you mean tests/test_call.py?"),
    (["lab", "--matrix", "x"], "--matrix does nothing here: only sabotage writes a matrix"),
    (["lab", "--require", "no504"], "--require no504: no criterion is called no504: there are all, "),
    (["lab", "--require=call,no504"], "did you mean no-504?"),
    (["lab", "--plan", "d"], "--plan d: there are a, b, c, gateway, or the path of a TOML file"),
    (["lab", "--target", "production"], "--target does nothing here: a lab is judged here: ./accept smoke"),
    (["smoke"], "smoke: no target is named: ./accept smoke --target production; ./accept lab judges a lab"),
    (["smoke", "--target=lab"], "smoke: no target is named"),
    (["smoke", "--target", "prodction"], "--target prodction: no such target and no such file; there are lab, "),
    (["smoke", "--target-domian", "x"], "unknown option --target-domian: did you mean --target-domain?"),
    (["diagnose", "--target", "prodction"], "did you mean production"),
    (["target", "show", "--target", "no/such.toml"], "--target no/such.toml: no such target and no such file"),
    (["status", "-o", "jsn"], "did you mean json?"),
    (["compare", "-q", "-o", "json", "a", "b"], "-q does nothing here: -o json writes a document, whole"),
    (["logs", "web", "--folow"], "did you mean --follow?"),
    (["smoke", "--target", "production", "--images", "registry"], "--images does nothing here: smoke starts no lab"),
    (["smoke", "--inside"], "--inside does nothing here: smoke starts no lab"),
    (["test", "--inside"], "--inside does nothing here: only lab and gate run inside a container"),
    (["gate"], "no stack file: ./accept gate path/to/stack.yml"),
    (["gate", "acept"], "acept: there is no such file: did you mean accept?"),
    (["static", "no-such.yml"], "no-such.yml: there is no such file"),
    (["static", "--eahc", "x"], "unrecognized arguments: --eahc: did you mean --each?"),
    (["static", "--format", "jsn", "x"], "did you mean json?"),
    (["up", "--nodes", "99"], "--nodes 99: a lab has 1 to 9 nodes"),
    (["up", "--nodse", "3"], "unrecognized arguments: --nodse 3: did you mean --nodes?"),
    (["down", "--name", "Bad Name"], "lab name 'Bad Name'"),
    (["exec", "translation01"], "exec: no command"),
    (["fault", "injct", "x"], "did you mean inject?"),
    (["fault", "inject"], "fault inject: which fault?"),
    (["compare", "a.json"], "the following arguments are required: after"),
    (["target", "shwo"], "did you mean show?"),
    (["plan", "drft"], "did you mean draft?"),
    (["plan", "draft", "no/such.yml"], "no/such.yml: there is no such file"),
    (["plan", "check", "a", "--against", "no/such.yml"], "no/such.yml: there is no such file"),
    (["plan", "check"], "the following arguments are required: FILE"),
    (["plan", "draft", "--from-swram"], "did you mean --from-swarm?"),
    (["plan", "draft", "--from-swarm", "--target", "prodction"], "did you mean production"),
    (["mutants", "--sampel", "3"], "did you mean --sample?"),
    (["completion", "tcsh"], "invalid choice: 'tcsh'"),
]  # fmt: skip


@pytest.mark.parametrize(("argv", "said"), REFUSED, ids=[" ".join(argv) for argv, _ in REFUSED])
def test_what_cannot_be_meant_is_refused_before_any_set_up(
    argv: list[str], said: str, host: BareHost
) -> None:
    """One line with the nearest name, 4 of what judges and else 2; no environment is made for it."""
    status = COMMANDS[argv[0]].usage if argv[0] in COMMANDS else exits.USAGE
    host.called_from = host.folder
    assert host.accept(*argv) == []
    assert (host.status, host.printed, host.ready) == (status, "", False)
    assert host.said.startswith("accept: ")
    assert said in host.said
    assert host.said.count("\n") == 1


@pytest.mark.parametrize(
    "argv",
    [["-k", "call and not 'slow'"], ["-xvn2"], ["--report=a b"], ["--tb", "short"], ["-q", "tests/test_call.py::x[a b]"],
     ["-o", "a=b"], ["--stack", "x.yml"], ["--images", "frontend=x/y:1"], ["-k", "-m"], [""], ["-k", "$(touch bad)`x`\n'"]],
)  # fmt: skip
def test_what_pytest_takes_reaches_it_whole(argv: list[str], host: BareHost) -> None:
    """Word by word, whatever a shell would make of it; a value that stands apart is put to its option."""
    calls = host.accept("lab", *argv)
    assert host.status == 0, host.said
    heard = "\n".join(calls).partition("word -m\nword lab\n")[2]
    assert heard == "\n".join(f"word {each}" for each in joined(argv))
    assert not (host.folder / "bad").exists()


def test_a_gate_is_a_lab_with_the_file(host: BareHost) -> None:
    """Named from where it was called; several are laid over each other; `--stack` does as well."""
    host.called_from = host.folder / "elsewhere"
    host.called_from.mkdir()
    for name in ("base.yml", "more.yml"):
        (host.called_from / name).touch()
    calls = host.accept("gate", "base.yml", "more.yml", "-x")
    stacks = [f"word --stack={host.called_from / name}" for name in ("base.yml", "more.yml")]
    assert calls[-5:] == ["word -m", "word lab", *stacks, "word -x"]
    assert host.accept("gate", "--stack=any.yml")[-1] == "word --stack=any.yml"
    assert (
        host.accept("gate", "base.yml", "--inside")[-1] == f"python -m lab inside -- -m lab {stacks[0][5:]}"
    )


def test_smoke_wants_a_target_and_no_engine(host: BareHost) -> None:
    """Without TARGET the lab would be judged in its name."""
    host.engine.unlink()
    host.accept("smoke")
    assert host.status == exits.USAGE_OF_A_JUDGE
    assert "smoke: no target is named: ./accept smoke --target production" in host.said
    assert host.accept("smoke", "-x", TARGET="production")[-3:] == ["word -m", "word smoke", "word -x"]
    named = host.accept("smoke", "--target", "production", "-x")
    assert named[-4:] == ["word -m", "word smoke", "word --target=production", "word -x"]
    host.called_from = host.folder / "elsewhere"
    host.called_from.mkdir()
    (host.called_from / "own.toml").touch()
    whole = f"word --target={host.called_from / 'own.toml'}"
    assert host.accept("smoke", "--target", "own.toml", "--", "tests/test_call.py")[-3:] == [
        whole,
        "word --",
        "word tests/test_call.py",
    ]
    assert host.accept("smoke", TARGET="own.toml")[-1] == whole


@pytest.mark.parametrize(
    ("argv", "package"),
    [(["diagnose", "--call"], "fixtures"), (["target", "show"], "fixtures"), (["up", "--nodes", "5"], "lab"),
     (["logs", "web", "--tail", "5"], "lab"), (["fault", "list"], "lab"), (["status", "--all"], "lab"),
     (["exec", "translation01", "--", "ls", "--help"], "lab"), (["exec", "translation01", "ls", "-h"], "lab"),
     (["images", "--check"], "lab"), (["check"], "lab"), (["prune"], "lab")],
)  # fmt: skip
def test_commands_of_the_lab_and_the_suite_are_passed_on(
    argv: list[str], package: str, host: BareHost
) -> None:
    """As `python -m lab` and `python -m fixtures` take them; the last call is theirs."""
    assert host.accept(*argv)[-1] == f"python -P -m {package} {' '.join(argv)}"
    assert host.status == 0


NO_INSTALL = [
    ("making a virtual environment", {}),
    ("building the lab's images", {"IMAGES_MISSING": "1"}),
    ("starting the Docker engine", {"USER_ID": "0"}),
]


@pytest.mark.parametrize(("what", "variables"), NO_INSTALL, ids=["venv", "images", "engine"])
def test_no_install_says_what_would_be_and_stops(
    what: str, variables: dict[str, str], host: BareHost
) -> None:
    """Before each thing that would be installed, built or started; without it the same is said, and done."""
    if "virtual" not in what:
        host.accept("lab")
    if "engine" in what:
        if not Path("/etc/debian_version").exists():
            pytest.skip("not exercised: an engine is started on Debian only")
        host.engine.unlink()
        host.install("apt-get", "dockerd", "systemctl")
    for argv in (["--no-install", "lab"], ["lab", "--no-install"]):
        calls = host.accept(*argv, **variables)
        assert host.status == exits.NO_LAB
        assert host.said.startswith(f"accept: --no-install: stopped before {what}")
        assert [
            each
            for each in calls
            if "venv" in each or "pytest" in each or "apt-get" in each or each == "dockerd"
        ] == []
    host.accept("lab", **variables)
    assert f"accept: {what}" in host.said


def test_quiet_says_nothing_of_the_set_up(host: BareHost) -> None:
    """Before the command and behind it; but what is wrong is said all the same."""
    for argv, last in (
        (["-q", "lab"], "word lab"),
        (["lab", "-xq"], "word -xq"),
        (["up", "-q"], "python -P -m lab up -q"),
    ):
        shutil.rmtree(host.folder / ".venv", ignore_errors=True)
        assert host.accept(*argv)[-1] == last
        assert (host.status, host.said) == (0, "")
    assert (
        host.accept("-q", "lab", PIP="1", USER_ID="5", IMAGES_MISSING="1", IMAGES="1")[-1]
        == "python -m lab images"
    )
    assert host.status == exits.NO_LAB


def test_what_is_installed_never_reaches_stdout(host: BareHost) -> None:
    """There a program reads the answer of `-o json`, also where it is the first command of all."""
    assert host.accept("-v", "status", "-o", "json")[-1] == "python -P -m lab status -o json"
    assert (host.status, host.printed) == (0, "")
    assert "Installing collected packages" in host.said
    assert host.accept("-v", "mutants", "--list")[-1] == "python -m tests.mutants --list"
    assert host.printed == ""


def test_verbose_lets_pip_speak(host: BareHost) -> None:
    """`-v` is pip's own, in place of `-q`."""
    pip = next(call for call in host.accept("-v", "lab") if "-m pip" in call)
    assert " -v --require-hashes" in pip


def test_the_door_needs_no_package() -> None:
    """With the standard library alone, each command's help is there and arguments are checked."""
    code = (
        "import sys; from fixtures.door.__main__ import main; from fixtures.door.commands import COMMANDS\n"
        "assert all(main(['/', name, '--help']) == 0 for name in COMMANDS)\n"
        "assert main(['/', 'lab', '-x']) == 100\n"
        "sys.exit('site-packages' in ' '.join(getattr(m, '__file__', None) or '' for m in sys.modules.values()))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_pytests_options_are_those_that_it_has(request: pytest.FixtureRequest) -> None:
    """The file that arguments are checked by is renewed by `python -m fixtures.run.option_names`."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "PYTEST", "LAB_"))}
    code = (
        "from _pytest.config import _prepareconfig; from fixtures.run import option_names as o\n"
        "print(o.written(o.every(_prepareconfig(['-n', '0']))), end='')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == option_names.FILE.read_text()


def test_developers_options_stand_apart(host: BareHost) -> None:
    """In a group of their own, at the end of the options; a target's are listed where a target is judged."""
    host.accept("lab", "--help")
    options, _, rest = host.printed.partition("\nfor developers of the suite:\n")
    for name in ("--outcomes", "--observations"):
        assert (f"  {name} " in options, f"  {name} " in rest) == (False, True)
    assert "--report DIR" in options
    assert "--target-domain" not in host.printed
    host.accept("smoke", "--help")
    options, _, rest = host.printed.partition(
        "\nthe target (each option is a variable too: docs/settings.md):\n"
    )
    assert "  --target NAME|FILE" in rest
    assert "  --target-domain DOMAIN" in rest
    assert "--target" not in options.replace("--target production", "").replace("--target names", "")
