"""`python -m lab` called within a test: its exit status, its one line of error, and the engine that it finds."""

import pytest

from lab.__main__ import main
from lab.host import engine


def serve(fake: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every command find `fake` in place of an engine."""
    monkeypatch.setattr(engine, "connect", lambda: fake)


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said on stderr, which must be one line and nothing on stdout."""
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1, said.err
    return said.err


def ended(argv: list[str]) -> int:
    """The exit status, whichever way the command line gives it."""
    try:
        return main(argv)
    except SystemExit as end:
        return int(end.code or 0)
