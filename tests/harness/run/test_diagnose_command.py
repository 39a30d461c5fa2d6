"""`python -m fixtures diagnose` for a person: bad input is one line and exit status 2; limits are in force."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.commands import live_diagnosis
from fixtures.commands.diagnosis import main

ROOT = Path(__file__).parents[3]
FILE = 'domain = "example.test"\n'


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No target of this shell holds, and the handlers that main() sets go with the test."""
    for name in [n for n in os.environ if n.startswith(("TARGET", "DOCKER_"))]:
        monkeypatch.delenv(name)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def ended(argv: list[str]) -> int:
    try:
        return main(argv)
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.parametrize(
    ("argv", "target", "message"),
    [
        (["--deploy-prober", "debian:trixie-slim"], "lab", "the lab's nodes are entered without it"),
        (["--deploy-prober", "two words"], "file", "is no image's name"),
        (["--deploy-prober", "--privileged"], "file", "expected one argument"),
        (["--deploy-prober"], "file", "expected one argument"),
        (["--deploy-prober", "debian:trixie-slim"], "file", "needs the Swarm API"),
        (["--deploy"], "file", "expected one argument"),
        (["extra"], "file", "unrecognized arguments"),
        ([], "nowhere", "no such target and no such file"),
    ],
)
def test_bad_input_is_one_line(
    argv: list[str], target: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Nothing is asked of any target: one line on stderr, status 2."""
    (tmp_path / "t.toml").write_text(FILE)
    monkeypatch.setenv("TARGET", str(tmp_path / "t.toml") if target == "file" else target)
    assert ended(argv) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert message in said.err


def test_a_limit_that_is_none_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What TARGET_LIMITS gets wrong is said as a pytest run says it."""
    monkeypatch.setenv("TARGET_LIMITS", "edge_deadlin_s=3")
    assert ended([]) == 2
    assert "did you mean edge_deadline_s?" in capsys.readouterr().err


def test_limits_are_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks the edge is handed the overridden deadline with the target."""
    (tmp_path / "t.toml").write_text(FILE)
    monkeypatch.setenv("TARGET", str(tmp_path / "t.toml"))
    monkeypatch.setenv("TARGET_LIMITS", "EDGE_DEADLINE_S=7")
    target = live_diagnosis._witness("default").target
    assert target is not None
    assert target.reach.limits.edge_deadline_s == 7


def test_help_says_that_it_writes(capsys: pytest.CaptureFixture[str]) -> None:
    """A person who asks for the prober is told what it does and which image will do."""
    assert ended(["--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "THIS WRITES to the target" in said
    assert "debian:trixie-slim" in said
