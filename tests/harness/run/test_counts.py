"""The counts that end `./accept test`."""

from pathlib import Path

import pytest

from fixtures.commands.counts import counts, main

REPORT = """<testsuites><testsuite>
<testcase name="a"/><testcase name="b"><properties/></testcase>
<testcase name="c"><failure/></testcase><testcase name="d"><error/></testcase>
<testcase name="e"><skipped/></testcase>
</testsuite></testsuites>"""


def test_each_end_is_counted_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Failures and errors fail; what was skipped was not exercised, and is not passed."""
    report, other = tmp_path / "lab.xml", tmp_path / "harness.xml"
    report.write_text(REPORT)
    other.write_text(REPORT)
    assert counts(report) == {"passed": 2, "failed": 2, "not exercised": 1}
    assert main([str(report), str(other)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "4 passed, 4 failed, 2 skipped"
