"""Each setting of a target is an option, a variable and a key: the option goes before the variable, and that before the file."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.__main__ import main
from fixtures.target import flags
from fixtures.target.file import settings
from fixtures.target.settings import KEYS
from lab import exits

ROOT = Path(__file__).parents[3]
SECRET = "qx7-not-for-a-log"


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """No target of this shell, and what a test takes goes with it."""
    for name in [n for n in os.environ if n.startswith(("TARGET", "DOCKER_"))]:
        monkeypatch.delenv(name)
    for name in (flags.CHOICE, *flags.VARIABLES):  # so that it is put back
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(flags, "_given", {})
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    yield
    for name in (flags.CHOICE, *flags.VARIABLES):
        os.environ.pop(name, None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "t.toml"
    path.write_text('domain = "file.test"\nplan = "c"\n[turn]\nsecret_env = "OF_FILE"\n')
    return path


def test_every_key_has_its_option() -> None:
    """In the order of the keys; the option is called as the variable; no two are called alike."""
    assert tuple(key.variable for key in KEYS) == flags.VARIABLES
    names = [name for each in (flags.CHOICE, *flags.VARIABLES) for name in flags.names_of(each)]
    assert len(names) == len(set(names))
    assert {"--target", "--plan", "--target-plan", "--target-swarm-api"} <= set(names)


def test_option_before_variable_before_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each value says where it came from; an empty option leaves nothing of the variable."""
    monkeypatch.setenv("TARGET_DOMAIN", "variable.test")
    monkeypatch.setenv("TARGET_PLAN", "b")
    monkeypatch.setenv("TARGET_STACK", "s")
    flags.take({"TARGET": str(file)})
    found = settings()
    assert (found["domain"].value, found["domain"].origin) == ("variable.test", "TARGET_DOMAIN")
    flags.take({"TARGET_DOMAIN": "option.test", "TARGET_PLAN": "", "TARGET_TURN_SECRET_FILE": "/s"})
    found = settings()
    assert (found["domain"].value, found["domain"].origin) == ("option.test", "--target-domain")
    assert (found["plan"].value, found["plan"].origin) == ("c", f"{file}:2")
    assert (found["stack"].value, found["stack"].origin) == ("s", "TARGET_STACK")
    assert "turn.secret_env" not in found  # the option says the same thing in the other way
    assert settings({"TARGET_DOMAIN": "x.test"})["domain"].origin == "TARGET_DOMAIN"


def test_show_says_which_option(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The origin of what holds, and what would override it; wherever the option stands."""
    assert main(["target", "show", "--target", str(file), "--target-domain=option.test", "--plan", "b"]) == 0
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in capsys.readouterr().out.splitlines()]
    assert ["domain", "option.test", "--target-domain", "--target-domain, TARGET_DOMAIN"] in rows
    assert ["plan", "b", "--plan", "--plan, TARGET_PLAN"] in rows


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["--target", "prodction"], "target: --target prodction: no such target and no such file; there are lab, "),
        (["--target-resolve", "a"], "target: --target-resolve=a: wanted NAME:VALUE,NAME:VALUE: "),
        (["--target-domain", "two words"], "target: --target-domain: domain: two words is no host's name"),
        (["--plan", "d"], "target: --plan: plan d: "),
        (["--target-domian", "x"], "target: unrecognized arguments: --target-domian x: did you mean --target-domain?"),
        (["--target"], "target: argument --target: expected one argument"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_one_line(argv: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It names the option, as it was given."""
    try:
        status = main(["target", "show", *argv])
    except SystemExit as end:
        status = int(end.code or 0)
    found = capsys.readouterr()
    assert (status, found.out, found.err.count("\n")) == (exits.USAGE, "", 1)
    assert found.err.startswith(said)


def test_a_secret_that_an_option_leads_to_is_masked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where the option is cut short, as argparse allows."""
    (tmp_path / "kept").write_text(SECRET)
    path = f"--target-turn-secret-f={tmp_path / 'kept'}"
    assert main(["target", "show", path, "--target-name", f"made by {SECRET}"]) == 0
    found = capsys.readouterr().out
    assert SECRET not in found
    assert "target made by ***" in found


def pytest_run(folder: Path, *argv: str, **variables: str) -> subprocess.CompletedProcess[str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "PYTEST", "LAB_", "DOCKER_"))}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "smoke", "--collect-only", "-q", *argv, "tests"],
        cwd=ROOT, env={**own, **variables}, text=True, check=False, capture_output=True,
    )  # fmt: skip


@pytest.mark.parametrize("workers", ["0", "1"])
def test_pytest_takes_them(workers: str, file: Path) -> None:
    """`--target` and the others reach the tests that are collected; a typing slip is one line and wrong usage."""
    found = pytest_run(
        file.parent, "-n", workers, f"--target={file}", "--target-domain=o.test", TARGET_DOMAIN="v.test"
    )
    if workers == "0":
        assert "[api.o.test]" in found.stdout, found.stdout + found.stderr
        assert "v.test" not in found.stdout
    assert found.returncode == 0
    wrong = pytest_run(file.parent, "-n", workers, "--target", "prodction")
    assert wrong.returncode == exits.USAGE_OF_A_JUDGE
    assert (
        "--target prodction: no such target and no such file; there are lab, example-lab, production"
        in wrong.stderr
    )
