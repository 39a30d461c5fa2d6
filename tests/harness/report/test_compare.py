"""What changed between two runs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.commands.comparison import main
from fixtures.report.compare import Change, ReportError, compare, read_report, worse
from fixtures.report.plain import plain
from tests.harness.samples import report as samples


def _json(red: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(plain(samples.report(red))))
    return found


def _written(folder: Path, name: str, content: object) -> str:
    (folder / name).write_text(json.dumps(content))
    return str(folder / name)


def test_the_same_run_twice() -> None:
    """Nothing differs from itself."""
    assert compare(_json(), _json()) == ()


def test_verdicts_placement_and_times() -> None:
    """The incident against a sound run: what got worse, where the replicas went, which times changed."""
    changes = compare(_json(), _json(red=True))
    worsened = [change.subject for change in changes if change.worse]
    assert worsened == ["no-504", "spread", "routing"]
    placed = next(change for change in changes if change.what == "placement" and "frontend" in change.subject)
    assert placed.after == "translation03 3"
    assert Change("run", "exit status", "0", "1") in changes
    assert not worse(compare(_json(red=True), _json()))


def test_images_and_slower_answers() -> None:
    """A new image and a notable change of a median are shown; a small one is not."""
    before, after = _json(), _json()
    after["images"][0]["image"] = "jbcalling-lab/coturn:new"
    host, other = (group for group in after["requests"][:2])
    host["p50_ms"], other["p50_ms"] = host["p50_ms"] + 40, other["p50_ms"] + 1
    found = {(change.what, change.subject) for change in compare(before, after)}
    assert found == {("image", after["images"][0]["service"]), ("time", f"{host['label']} p50")}


def test_a_test_that_was_lost_within_a_green_criterion() -> None:
    """One test of a criterion may get worse while the criterion still passes."""
    before, after = _json(), _json()
    for report, verdict in ((before, "passed"), (after, "not exercised")):
        again = {
            **report["criteria"][0]["tests"][0],
            "nodeid": "tests/test_no_504.py::test_more",
            "verdict": verdict,
        }
        report["criteria"][0]["tests"].append(again)
    assert compare(before, after) == (
        Change("test", "tests/test_no_504.py::test_more", "passed", "not exercised", worse=True),
    )


def test_the_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 when no verdict got worse, 1 when one did."""
    green, red = _written(tmp_path, "g.json", _json()), _written(tmp_path, "r.json", _json(red=True))
    assert main([green, green]) == 0
    assert "nothing of note changed" in capsys.readouterr().out
    assert main([green, red]) == 1
    out = capsys.readouterr().out
    assert "failed (worse)" in out
    assert main([red, green]) == 0


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "No such file"),
        ("{", "is not JSON"),
        ("[]", "is no report"),
        ('{"schema": "swarm-acceptance-report", "schema_version": 99}', "schema version 99"),
        ('{"schema": "swarm-acceptance-report", "schema_version": 2}', "damaged"),
    ],
)
def test_what_is_no_report(
    text: str | None, why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bad input is one line and exit status 2."""
    bad, good = tmp_path / "bad.json", _written(tmp_path, "good.json", _json())
    if text is not None:
        bad.write_text(text)
    assert main([str(bad), good]) == 2
    found = capsys.readouterr().err
    assert why in found
    assert found.count("\n") == 1


def test_a_report_of_the_first_version(tmp_path: Path) -> None:
    """In version 1 causes were ids; verdicts, times and placement compare all the same."""
    old = {**_json(), "schema_version": 1}
    for row in old["criteria"]:
        for end in row["tests"]:
            end["causes"] = ["pins"]
            del end["not_observed"]
    before = read_report(Path(_written(tmp_path, "old.json", old)))
    changes = compare(before, _json(red=True))
    assert [change.subject for change in changes if change.worse] == ["no-504", "spread", "routing"]
    assert compare(before, _json()) == ()


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are refused like any other file that is no report."""
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReportError, match="is not JSON"):
        read_report(tmp_path / "bytes")


def test_runs_without_a_swarm(tmp_path: Path) -> None:
    """Two runs that saw no topology and made no call can be compared."""
    report = replace(samples.report(), topology=None, calls=(), requests=(), images=())
    found = json.loads(json.dumps(plain(report)))
    assert compare(found, found) == ()
    assert [c.what for c in compare(found, _json()) if c.worse] == []


def _shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    main(arguments)
    return capsys.readouterr().out.splitlines()


def test_the_first_line_says_it_and_the_worse_come_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What got worse and better is counted before any table, and stands above all else in it."""
    before, after = _json(), _json(red=True)
    before["criteria"][0]["verdict"] = "failed"  # no-504 stays so
    before["criteria"][-1]["verdict"], after["criteria"][-1]["verdict"] = "failed", "passed"
    after["images"][0]["image"] = "jbcalling-lab/coturn:new"
    lines = _shown(capsys, _written(tmp_path, "b.json", before), _written(tmp_path, "a.json", after))
    assert lines[0] == "2 criteria worse, 1 better; images, placement, tests differ"
    rows = [line.split("│")[0].strip() for line in lines[3:] if "│" in line]
    marked = ["(worse)" in line for line in lines[3:] if "│" in line]
    assert marked == sorted(marked, reverse=True)
    assert rows[0] == "verdict"
    assert sum(marked) >= 2


def test_what_is_said_where_no_verdict_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No criterion is worse, and what differs is named all the same."""
    after = _json()
    after["images"][0]["image"] = "jbcalling-lab/coturn:new"
    lines = _shown(capsys, _written(tmp_path, "b.json", _json()), _written(tmp_path, "a.json", after))
    assert lines[0] == "no criterion worse, none better; images differ"


def test_folders_are_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--report DIR` wrote a folder; its report.json is what is meant. A folder without one is refused in one line."""
    for name, red in (("before", False), ("after", True)):
        (tmp_path / name).mkdir()
        _written(tmp_path / name, "report.json", _json(red))
    assert main([str(tmp_path / "before"), str(tmp_path / "after")]) == 1
    assert "criteria worse" in capsys.readouterr().out
    assert main([str(tmp_path), str(tmp_path / "after")]) == 2
    assert capsys.readouterr().err.startswith(f"compare: {tmp_path / 'report.json'}: ")


def test_the_end_of_a_long_name_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Images and tests differ in their ends: the registry and the folders may go, the tag and the name may not."""
    before, after = _json(), _json()
    start = "registry.example.org/a/very/long/path/of/folders/that/nobody/reads/for/it/is/the/same/everywhere"
    before["images"][0]["image"], after["images"][0]["image"] = (
        f"{start}/coturn:4.6.2",
        f"{start}/coturn:4.7.0",
    )
    lines = _shown(capsys, _written(tmp_path, "b.json", before), _written(tmp_path, "a.json", after))
    (row,) = [line for line in lines if line.strip().startswith("image")]
    assert "/coturn:4.6.2" in row
    assert "/coturn:4.7.0" in row
    assert "…" in row


def test_times_beyond_the_noise_are_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Slower and faster are said; what two runs on one machine differ by is not shown at all."""
    before, after = _json(), _json()
    for place, by in ((0, 40.0), (1, 1.0)):
        after["requests"][place]["p50_ms"] = before["requests"][place]["p50_ms"] + by
    files = _written(tmp_path, "b.json", before), _written(tmp_path, "a.json", after)
    (row,) = [line for line in _shown(capsys, *files) if line.strip().startswith("time")]
    assert row.rstrip().endswith("(slower)")
    (row,) = [line for line in _shown(capsys, *files[::-1]) if line.strip().startswith("time")]
    assert row.rstrip().endswith("(faster)")
