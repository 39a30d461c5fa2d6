"""`-q` and `-v` behind a command: what is left to say."""

import argparse
import json
from pathlib import Path

import pytest

from fixtures.__main__ import main
from fixtures.report.plain import plain
from lab.faults.catalogue import FAULTS
from lab.host.progress import Reporter
from lab.text.screen import plain_console
from lab.tools import fault_lines
from lab.tools.host_commands import reporter_of
from tests.harness.samples import report


def test_a_comparison_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first line alone; the status is the same."""
    for name, red in (("before", False), ("after", True)):
        (tmp_path / name).write_text(json.dumps(plain(report.report(red))))
    argv = ["compare", str(tmp_path / "before"), str(tmp_path / "after")]
    assert main(argv) == main([*argv, "-q"]) == 1
    loud, _, quiet = capsys.readouterr().out.rpartition("3 criteria worse")
    assert quiet.count("\n") == 1
    assert loud.count("\n") > 3


def test_a_target_that_is_well_in_no_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a check finds wrong would be said; nothing is."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("TARGET", raising=False)
    assert main(["target", "show", "-q"]) == 0
    assert capsys.readouterr().out == ""


def test_a_file_with_its_errors_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No notes, no counts; a file without an error is not spoken of."""
    file = tmp_path / "stack.yml"
    reference = "lab/stacks/stack-hybrid.yml"
    assert main(["static", "-q", "--no-traefik", "--plan", "a", reference]) == 0
    assert capsys.readouterr().out == ""
    file.write_text((Path(reference).read_text()).replace("replicas: 3", "replicas: 1", 1))
    assert main(["static", "-q", "--no-traefik", "--plan", "a", str(file)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert [line for line in lines if ": error " not in line and not line.startswith("    remedy: ")] == []


def test_a_document_has_no_quieter_form(capsys: pytest.CaptureFixture[str]) -> None:
    """An option that does nothing is refused."""
    with pytest.raises(SystemExit) as end:
        main(["compare", "-q", "-o", "json", "a", "b"])
    assert end.value.code == 2
    assert capsys.readouterr().err == (
        "compare: -q does nothing here: -o json writes a document, whole (see python -m fixtures compare --help)\n"
    )


def test_steps_are_silent_or_tell_all(capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe: nothing with -q, every piece of news with -v, and without either what a step took."""
    for quiet, verbose, expected in ((True, False, 0), (False, False, 1), (False, True, 3)):
        reporter = reporter_of(argparse.Namespace(quiet=quiet, verbose=verbose))
        with reporter.step("building") as step:
            step.update("one")
            step.update("two")
        assert capsys.readouterr().err.count("building") == expected


def test_a_quiet_reporter_draws_nothing_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Not even the line that spins."""
    reporter = Reporter(plain_console(force_terminal=True), quiet=True)
    with reporter.step("building") as step:
        step.update("one")
    assert capsys.readouterr() == ("", "")
    assert "building" in reporter.seconds


def test_faults_that_are_injected_alone() -> None:
    """Without a lab there is none."""
    assert list(fault_lines.listed(None, only_injected=True)) == []
    assert len(list(fault_lines.listed(None))) == len(FAULTS)
