"""`--report DIR`: what a real pytest run writes, however it ends."""

import signal
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

import fixtures
from fixtures.run.watching import WATCHED
from lab.waiting import NotYet, Ready, wait_for
from tests.harness.stand_ins.reporting_run import TESTS, Ended

ROOT = Path(fixtures.__file__).parents[1]


@pytest.fixture
def ended(tmp_path: Path) -> Ended:
    return Ended(tmp_path)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_green_run(ended: Ended, workers: tuple[str, ...]) -> None:
    """All files are there and agree, with one process as with two workers."""
    output = ended.run(*workers)
    assert ended.status == 0, output
    assert sorted(path.name for path in ended.report.iterdir()) == [
        "report.html",
        "report.json",
        "report.xml",
        "summary.md",
    ]
    run, first = ended.json["run"], ended.json["criteria"][0]["tests"][0]
    assert (run["verdict"], run["tests"], run["passed"], run["workers"]) == (
        "passed",
        3,
        3,
        2 if workers else 0,
    )
    assert (first["claim"], first["measured"]) == ("It answers.", ["30 requests: 30x 200"])
    tables = {rows["title"]: rows["rows"] for rows in ended.json["tables"]}
    assert tables == {
        "seen today": [["sky", "clear"]],
        "What the lab changed in the stack file": [["vip -> dnsrr"]],
    }
    assert f"report: {ended.report / 'report.html'}" in output
    assert "generated xml file" not in output
    assert ended.ends_in_junit == dict.fromkeys(("test_answers", "test_spread[a]", "test_call"), "passed")


def test_pytests_own_xml_is_left_alone(ended: Ended) -> None:
    """`--junitxml` beside `--report` writes what it always does, and both are there."""
    own = ended.folder / "own.xml"
    output = ended.run("--junitxml", str(own))
    assert f"generated xml file: {own}" in output
    assert [case.get("name") for case in Xml.parse(own).getroot().iter("testcase")] == list(
        ended.ends_in_junit
    )


def test_a_red_run(ended: Ended) -> None:
    """The failure is shown as its author wrote it, with its cause and its place; GitHub gets an annotation."""
    step = ended.folder / "step.md"
    step.write_text("before\n")
    output = ended.run(MODE="fail", GITHUB_STEP_SUMMARY=str(step), GITHUB_ACTIONS="true")
    end = next(row for row in ended.json["criteria"] if row["name"] == "spread")["tests"][0]
    assert (end["verdict"], [cause["id"] for cause in end["causes"]], end["file"]) == (
        "failed", ["pins"], "test_it.py",
    )  # fmt: skip
    assert end["text"] == "runs on one node\n  see: docker service ps"
    assert 'assert host == "b"' in TESTS.splitlines()[end["line"] - 1]
    assert "Failed: spread" in (ended.report / "report.html").read_text()
    assert step.read_text().startswith("before\n## Failed: spread")
    annotated = [line for line in output.splitlines() if line.startswith("::error ")]
    assert len(annotated) == 1
    assert annotated[0].startswith(f"::error file=test_it.py,line={end['line']},")
    assert annotated[0].endswith("::runs on one node%0Acause: pinned (proved)%0A  see: docker service ps")
    case = next(case for case in ended.cases if case.get("name") == "test_spread[a]")
    properties = [(one.get("name"), one.get("value")) for one in case.iter("property")]
    assert properties == [("criterion", "spread"), ("cause", "pins")]
    assert (case.get("file"), case.find("failure") is not None) == ("test_it.py", True)


def test_a_crashed_worker(ended: Ended) -> None:
    """A worker that dies is a failure of the criterion whose test it ran, and the report says it."""
    ended.run("-n", "2", MODE="crash")
    assert ended.verdict("spread") == "failed"
    assert "crashed" in [trouble["kind"] for trouble in ended.json["run"]["troubles"]]
    assert "crashed" in (ended.report / "report.html").read_text()
    assert ended.ends_in_junit["test_spread[a]"] == "error"
    assert ended.ends_in_junit["crashed"] == "error"


def test_a_run_that_is_interrupted(ended: Ended) -> None:
    """Ctrl-C leaves a report that says so, with what had passed and what was not run."""
    waiting = ended.folder / "waiting"
    process = ended.start(MODE="wait", WAITING=str(waiting))
    wait_for(
        "the test to begin", lambda: Ready(None) if waiting.exists() else NotYet("not yet"), deadline_s=60
    )
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    run = ended.json["run"]
    assert (run["verdict"], run["passed"], run["not_run"], run["exit_status"]) == ("incomplete", 1, 2, 2)
    assert [trouble["kind"] for trouble in run["troubles"]] == ["interrupted"]
    assert ended.verdict("call") == "not exercised"
    assert ended.ends_in_junit == {
        "test_answers": "passed", "test_spread[a]": "skipped", "test_call": "skipped", "interrupted": "error",
    }  # fmt: skip


def test_a_run_without_a_lab(ended: Ended) -> None:
    """Where the lab could not be built the report has the reason and the exit status."""
    ended.run(MODE="exit")
    run = ended.json["run"]
    assert (ended.status, run["exit_status"], run["verdict"]) == (11, 11, "incomplete")
    assert run["troubles"] == [{"kind": "ended early", "text": "the lab could not be built: no space"}]
    assert ended.ends_in_junit["test_spread[a]"] == "skipped"
    assert ended.ends_in_junit["ended early"] == "error"


def test_a_test_file_that_cannot_be_imported(ended: Ended) -> None:
    """A collection error is in the report."""
    (ended.folder / "test_it.py").write_text("import nothing_of_that_name")
    ended.run()
    assert ended.json["run"]["troubles"][0]["kind"] == "collection"
    assert "nothing_of_that_name" in ended.json["run"]["troubles"][0]["text"]
    assert ended.ends_in_junit == {"test_it": "error", "interrupted": "error"}


def test_a_folder_that_cannot_be_made(ended: Ended) -> None:
    """One line that names it, and the exit status of wrong usage, before any test runs."""
    ended.report.write_text("")
    assert f"ERROR: --report {ended.report}" in ended.run()
    assert ended.status == 4


def test_every_watched_fixture_exists() -> None:
    """The fixtures that are watched for evidence are fixtures of ours: one renamed would silently leave the report."""
    sources = "\n".join(path.read_text() for path in (ROOT / "fixtures").rglob("*.py"))
    for name in [*WATCHED, "observed"]:
        assert f"\ndef {name}(" in sources, name


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_the_metrics_of_a_run(tmp_path: Path, workers: tuple[str, ...]) -> None:
    """`--openmetrics FILE` without `--report`: the verdicts are there, of all workers, also of a run that failed."""
    ended, file = Ended(tmp_path), tmp_path / "acceptance.prom"
    ended.reporting = False
    output = ended.run("--openmetrics", str(file), *workers, MODE="fail")
    assert ended.status == 1, output
    text = file.read_text()
    assert 'acceptance_criterion_verdict{criterion="spread",verdict="failed"} 1\n' in text
    assert 'acceptance_criterion_verdict{criterion="no-504",verdict="passed"} 1\n' in text
    assert 'acceptance_run_verdict{verdict="failed"} 1\n' in text
    assert text.endswith("\n# EOF\n")
    assert f"metrics: {file}" in output
    assert not ended.report.exists()


def test_metrics_that_nobody_would_read_are_refused_before_the_run(ended: Ended, tmp_path: Path) -> None:
    """A folder that is not there ends the run before it begins, in a line."""
    output = ended.run("--openmetrics", str(tmp_path / "absent" / "a.prom"))
    assert ended.status == 4
    assert "--openmetrics" in output
    assert "there is no folder" in output
