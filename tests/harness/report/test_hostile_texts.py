"""Foreign texts in what a run leaves behind: shown in the page, the JUnit XML, the step summary and the annotations."""

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from fixtures.commands import comparison
from fixtures.report import build
from fixtures.report.files import files_of
from fixtures.report.junit import completed
from fixtures.report.markdown import annotations
from fixtures.report.values import Report, TestEnd, Trouble
from lab.text.masking import Masker
from lab.text.shown import HIDDEN
from tests.harness.samples import junit as pytests
from tests.harness.samples import report as samples

ACTS = "a\x1b[31m\x1b]8;;http://x.test\x07b\x9b2J\x00\ud800\ufffe\u202ec\u200bd\u2028e"
MARKDOWN = r"| \| cell `code` \`x` <img src=x onerror=alert(1)> <!-- c --> [t](http://x.test) ![i](x) **b** ~~s~~ $m$ # h"


def hostile_report() -> tuple[Report, tuple[TestEnd, ...], str]:
    """A red run whose failure texts, measurements and troubles act wherever they are obeyed."""
    text = f"{ACTS} {MARKDOWN}\n::error::injected\n# heading\n- item"
    ends = tuple(
        replace(end, why=text, text=text, detail=text, captured=text, measured=(text,))
        for end in samples.ends(red=True)
    )
    report = build.build(samples.facts(True, (Trouble("crashed", text),)), ends, ())
    return report, ends, completed(pytests.written(ends), report, Masker())


def test_no_file_of_a_report_holds_what_acts() -> None:
    """Every file can be written as UTF-8, and holds no control, format or half a character."""
    report, _, junit = hostile_report()
    for name, content in files_of(report, junit).items():
        content.encode("utf-8")
        assert [line for line in content.split("\n") if HIDDEN.search(line.replace("\t", ""))] == [], name
        plain = html.unescape(json.loads(f'"{_first_json(content)}"') if name == "report.json" else content)
        assert r"\x1b" in plain, name


def _first_json(content: str) -> str:
    found = re.search(r'"((?:[^"\\]|\\.)*x1b(?:[^"\\]|\\.)*)"', content)
    assert found is not None
    return found[1]


def test_the_junit_is_xml_with_the_words_in_it() -> None:
    """What XML cannot hold is shown; the rest is as it came."""
    _, _, junit = hostile_report()
    root = Xml.fromstring(junit)
    texts = [failure.text or "" for failure in root.iter("failure")]
    # pytest's own writer says #x1B for what XML cannot hold.
    assert any(
        r"a#x1B[31m#x1B]8;;http://x.test#x07b\x9b2J#x00#xD800#xFFFE\u202ec\u200bd\u2028e" in text
        for text in texts
    )
    assert any(MARKDOWN in text for text in texts)


def test_the_summary_s_tables_hold() -> None:
    """No text ends a cell, begins a heading or a list, and no tag, link or code is left to a renderer."""
    report, _, junit = hostile_report()
    summary = files_of(report, junit)["summary.md"]
    rows = [line for line in summary.splitlines() if line.startswith("| ")]
    assert len(rows) > 3
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows} == {4}
    outside = "\n".join(line for line in summary.splitlines() if not line.startswith("    "))
    for sign in ("<img", "[t](", "![i]", " `code`", "**b**", "~~s~~", "$m$"):
        assert sign not in outside, sign
    assert not re.search(r"^(?:#(?! ?#)|- item|# heading|::error)", outside, re.MULTILINE)


def test_an_annotation_is_one_command() -> None:
    """A failure's text cannot end its line and begin a command of its own."""
    report, _, _ = hostile_report()
    for line in annotations(report):
        assert line.startswith("::error ")
        assert "\n" not in line
        assert not HIDDEN.search(line)


def test_compare_swallows_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name in brackets is text, as in the id of a test; so is everything else that a report holds."""
    before = json.loads(files_of(samples.report(), "")["report.json"])
    after = json.loads(json.dumps(before))
    test = before["criteria"][0]["tests"][0]
    after["criteria"][0]["tests"][0] = {**test, "verdict": "failed"}
    for report in (before, after):
        report["criteria"][0]["tests"][0]["nodeid"] = (
            "test_no_504.py::test_x[jbcalling.site][red]a[/red]\u202e\x1b[2J"
        )
    for name, report in (("a", before), ("b", after)):
        (tmp_path / name).write_text(json.dumps(report))
    assert comparison.main([str(tmp_path / "a"), str(tmp_path / "b")]) == 1
    said = capsys.readouterr().out
    assert r"test_x[jbcalling.site][red]a[/red]\u202e\x1b[2J" in said
    assert not HIDDEN.search(said.replace("\n", ""))


def test_an_input_that_cannot_be_used_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the file, in one line, whatever its name holds."""
    assert comparison.main([f"{tmp_path}/a\n\x1b[31m::b", "b"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert r"a\n\x1b[31m::b" in said
