"""The page in use: failures first, contents and links, folds, and a script without which all of it can be read."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.report import build, style
from fixtures.report import page as page_module
from fixtures.report.failures import failed_criteria
from fixtures.report.folding import FACT_LONGEST, ROOM_PX, folding, fresh, shortened_fact
from fixtures.report.page import page
from fixtures.report.values import Log, Report
from tests.harness.samples import report as samples
from tests.harness.samples.pages import Page, failing

REPORTS = {
    "green": samples.report(),
    "red": samples.report(red=True),
    "twelve": failing(12),
    "forty": failing(40),
}


@pytest.fixture(params=list(REPORTS))
def report(request: pytest.FixtureRequest) -> Report:
    return REPORTS[request.param]


def test_failures_stand_first() -> None:
    """Before the table of criteria, and where nothing failed the table comes first."""
    assert Page(page(REPORTS["red"])).headings[:2] == ["failed", "criteria"]
    assert Page(page(REPORTS["green"])).headings[0] == "criteria"


def test_the_contents_name_every_section(report: Report) -> None:
    """In the order of the page, and each failed criterion with its verdict."""
    read = Page(page(report))
    named = [href.removeprefix("#") for href, _, around in read.links if "nav" in around]
    assert [each for each in named if each in read.headings] == read.headings
    failed = [f"failed-{criterion.name}" for criterion in failed_criteria(report)]
    assert [each for each in named if each.startswith("failed-")] == failed


def test_a_failed_criterion_links_to_its_failure(report: Report) -> None:
    """In the table; one that passed links to what was measured of it."""
    read = Page(page(report))
    rows = {text: href for href, text, around in read.links if "tbody" in around}
    failed = {criterion.name for criterion in failed_criteria(report)}
    tried = {row.name for row in report.criteria if row.tests}
    assert rows == {name: f"#failed-{name}" if name in failed else f"#{name}" for name in tried}
    assert all("failed" in read.places[f"failed-{name}"][1]["class"].split() for name in failed)


def test_each_failure_leads_to_the_next() -> None:
    """By a link, for those without a script too; the last leads to the first."""
    links = re.findall(r'<a class="next" href="#([^"]+)">', page(REPORTS["red"]))
    assert links == ["failed-spread", "failed-routing", "failed-no-504"]


def test_fact_and_cause_of_every_failure_show(report: Report) -> None:
    """Whatever is folded: of no failure does a reader have to open anything to learn what and why."""
    shown = "\n".join(Page(page(report)).shown)
    for criterion in failed_criteria(report):
        for failure in criterion.failures:
            assert failure.facts[0].text in shown
            assert all(each.cause.title in shown for each in failure.explanations)


def test_what_is_folded_can_be_read_without_the_script(report: Report) -> None:
    """All texts stand in the page; nothing is hidden but by folds, and no button stands there that does nothing."""
    text = page(report)
    read = Page(text)
    texts = "\n".join([*read.shown, *read.folded])
    for criterion in failed_criteria(report):
        for each in (each for failure in criterion.failures for each in failure.explanations):
            for part in (*each.cause.speaks_for, *each.cause.against, each.cause.command, each.cause.remedy):
                assert part in texts
    body = text[text.index("<body>") : text.index("<script>")]
    assert not re.search(r"<button|\shidden[\s>=]|<noscript|<template", body)
    assert 'id="tools"></div>' in body
    allowed = (".narrow", ".wide", "[hidden]", ".contents ul ul", ".contents, button",
               "summary.head::-webkit-details-marker")  # fmt: skip
    css = style.stylesheet()
    hidden = [selector.strip() for selector in re.findall(r"([^{}]+)\{ display: none", css)]
    assert [each for each in hidden if each.splitlines()[-1].strip() not in allowed] == []


def test_a_green_page_is_short() -> None:
    """No log, no command and no table of measurements is open; the lines that show are few of those there are."""
    read = Page(page(REPORTS["green"]))
    assert not any("python -m" in text for text in read.shown)
    assert any("python -m" in text for text in read.folded)
    assert len(read.shown) < 200 < len(read.folded)


@pytest.mark.parametrize("groups", [1, 2, 3, 5, 8, 10, 12, 16, 25, 40])
@pytest.mark.parametrize("each", [1, 9])
def test_all_failures_show_within_two_screens(groups: int, each: int) -> None:
    """By the estimate of heights: either every failure has its place there, or a list comes first, a line for each."""
    report = failing(groups, each)
    failed = failed_criteria(report)
    fits = not folding(report, failed).index
    index = re.search(r'<ol class="card index">(.*?)</ol>', page(report), re.S)
    assert fits == (index is None)
    if index is not None:
        assert index[1].count("<li>") == groups
    assert fits == (groups <= 10)


def test_the_more_failures_the_shorter_their_headings() -> None:
    """Three facts of a failure, then one, then one of one line; a list comes first only where that is not enough."""
    long = "a fact of some length that goes on for two lines and says {group} and {number} " * 2
    reports = [failing(groups, 9, text=long) for groups in (1, 5, 8, 9, 12)]
    found = [folding(each, failed_criteria(each)) for each in reports]
    assert [(each.facts, each.longest, each.index) for each in found] == [
        (3, 200, False), (3, 200, False), (1, 200, False), (1, 100, False), (3, 200, True),
    ]  # fmt: skip


def test_commands_open_before_evidence() -> None:
    """What can be done about every failure goes before what is known of the first one; what was shown is not repeated."""
    few, some, many = (folding(each, failed_criteria(each)) for each in (failing(2), failing(5), failing(10)))
    assert few.by_hand == few.evidence == {("no-504", 0), ("spread", 0)}
    assert len(some.by_hand) == 5 > len(some.evidence)
    assert len(many.by_hand) < 10
    assert not many.evidence
    red = failed_criteria(REPORTS["red"])
    assert [bool(fresh(criterion.failures[0])) for criterion in red] == [True, False, False]
    assert page(REPORTS["red"]).count("<summary>By hand</summary>") == 1
    assert ROOM_PX < 1800


def test_a_long_fact_is_shortened_and_stands_whole_below() -> None:
    """As a heading a fact has an end; as it was reported it is whole."""
    fact = "one long story " * 90
    text = page(failing(1, text=fact.strip()))
    heads = re.findall(r'<p class="fact">(.*?)</p>', text)
    assert [len(head) <= FACT_LONGEST and head.endswith("…") for head in heads] == [True]
    assert fact.strip() in text
    assert shortened_fact("nothing came; by hand: curl -i https://x.test") == "nothing came"
    assert shortened_fact(" by hand: curl") == " by hand: curl"


def test_a_failure_without_a_cause_has_commands_too() -> None:
    """Those of its criterion; of a test of no criterion the test itself."""
    bare = replace(samples.ends(red=True)[0], causes=())
    other = replace(bare, criterion="", nodeid="tests/harness/test_tone.py::test_pitch")
    text = page(build.build(samples.facts(True), [bare, other], samples.pieces(True)))
    cards = text[text.index('id="failed-no-504"') : text.index('<h2 id="criteria">')].split("<article")
    assert "curl -sSI" in cards[0]
    assert "python -m pytest tests/harness/test_tone.py" in cards[1]


def test_logs_of_one_service_are_told_apart() -> None:
    """Several of the same source are numbered in the links of a failure."""
    logs = [
        build.Piece(
            build.LOG, str(n), 50.0 + n, Log("signaling", f"while test_every_request_is_answered {n}", ("x",))
        )
        for n in range(2)
    ]
    report = build.build(samples.facts(True), samples.ends(True), [*samples.pieces(), *logs])
    assert [source for _, source in failed_criteria(report)[0].logs] == ["signaling", "signaling (2)"]


def test_the_script_makes_no_markup_and_asks_for_nothing() -> None:
    """It reads texts that the page has, sets texts of its own, and cannot end its element early."""
    code = style.script()
    sinks = (
        "innerHTML", "outerHTML", "insertAdjacent", "document.write", "DOMParser", "Range(", "createContextualFragment",
        "eval", "Function(", "import", "fetch", "XMLHttp", "WebSocket", "EventSource", "sendBeacon", "postMessage",
        "localStorage", "cookie", "window.open", "location.", ".src", ".href", "srcdoc", "</", "<!--", "http",
    )  # fmt: skip
    assert [sink for sink in sinks if sink in code] == []
    assert ".textContent" in code
    made = re.findall(r"createElement\((.*?)\)", code)
    assert set(made) == {'"button"', '"div"'}


def test_no_verdict_s_sign_is_cut_off() -> None:
    """The strokes of each sign, with their width, lie within the box that is drawn, and no rule makes it smaller."""
    pieces = page_module.environment().get_template("pieces.html.j2").module
    for verdict in ("passed", "failed", "not exercised"):
        drawn = str(pieces.sign(verdict))  # type: ignore[attr-defined]
        box = float(re.search(r'viewBox="0 0 (\S+) \1"', drawn)[1])  # type: ignore[index]
        width = float(re.search(r'stroke-width="([\d.]+)"', drawn)[1])  # type: ignore[index]
        for x, y in corners(re.search(r' d="([^"]+)"', drawn)[1]):  # type: ignore[index]
            assert width / 2 < min(x, y), verdict
            assert max(x, y) < box - width / 2, verdict
    rule = re.search(r"^\.sign \{(.*?)\}", style.stylesheet(), re.M)
    assert rule is not None
    assert {"flex: none", "max-width: none", "overflow: visible"} <= set(map(str.strip, rule[1].split(";")))


def corners(path: str) -> list[tuple[float, float]]:
    """The points that a path of M, m, l, L, h goes through."""
    x = y = 0.0
    found = []
    for letter, numbers in re.findall(r"([MmLlh])([^MmLlh]*)", path):
        values = [float(each) for each in re.findall(r"-?\d*\.?\d+", numbers)]
        pairs = (
            [(value, 0.0) for value in values]
            if letter == "h"
            else list(zip(values[::2], values[1::2], strict=True))
        )
        for place, (dx, dy) in enumerate(pairs):
            absolute = letter == "L" or letter == "M"
            x, y = (dx, dy) if absolute else (x + dx, y + dy)
            letter = "L" if letter == "M" and place == 0 else letter
            found.append((x, y))
    return found


PAIRS = (
    ("ink", "ground"), ("ink", "card"), ("ink", "code"), ("soft", "ground"), ("soft", "card"), ("link", "ground"),
    ("link", "card"), ("card", "link"), ("ok", "ok-wash"), ("bad", "bad-wash"), ("not", "not-wash"), ("bad", "card"),
)  # fmt: skip
"""Text and what it stands on."""


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "on"), PAIRS)
def test_texts_can_be_read_in_both_schemes(scheme: int, text: str, on: str) -> None:
    """Every text stands out from its ground by 4.5 to 1, as WCAG 2 asks for (1.4.3, level AA)."""
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", style.stylesheet().split(":root {")[1 + scheme]))
    lighter, darker = sorted((luminance(colours[text]), luminance(colours[on])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_files_of_the_page_are_where_the_package_is() -> None:
    """Stylesheet, script and templates are read from beside the module that uses them."""
    room = Path(page_module.__file__).parent
    assert {style.STYLESHEET.parent, style.SCRIPT.parent} == {room}
