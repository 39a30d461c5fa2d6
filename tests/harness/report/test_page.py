"""The page: whole, offline, and closed to whatever a run hands over."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from fixtures.diagnose.values import Cause, Confidence
from fixtures.report import build
from fixtures.report import page as page_module
from fixtures.report.page import environment, page
from fixtures.report.plots import delay_plot, frames_plot, request_strips
from fixtures.report.svg import linear_scale, log_scale, ms, tag
from fixtures.report.topology import topology_picture
from fixtures.report.values import Log, Report, Trouble
from tests.harness.samples import report as samples


def digest(text: str) -> str:
    """A text as a policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


VOID = {"meta", "img", "br", "link", "input", "hr"}
HOSTILE = "</pre><script>alert(1)</script>\"' onload=x <img src=http://evil.example/x>"


class Seen(HTMLParser):
    """What a browser would find: elements in order, ids, addresses, and whether all is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.names: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def values(self, name: str) -> list[str]:
        return [value for _, key, value in self.attributes if key == name]


@pytest.fixture(params=["green", "red", "cut short", "nothing"])
def report(request: pytest.FixtureRequest) -> Report:
    if request.param == "nothing":
        return build.build(samples.facts(troubles=(Trouble("ended early", "no lab"),)), (), ())
    troubles = (Trouble("interrupted", "by hand"),) if request.param == "cut short" else ()
    return samples.report(request.param != "green", troubles)


def test_the_page_is_whole(report: Report) -> None:
    """Every element is closed, every id is there once, and every link within the page leads somewhere."""
    seen = Seen(page(report))
    ids = seen.values("id")
    assert seen.open == []
    assert len(ids) == len(set(ids))
    assert {href.removeprefix("#") for href in seen.values("href")} <= set(ids)


def test_the_page_asks_for_nothing(report: Report) -> None:
    """No address of anything outside, and a policy that allows only the style and the script in it."""
    text = page(report)
    seen = Seen(text)
    assert not {"link", "iframe", "object", "base", "form"} & set(seen.names)
    assert seen.names.count("script") == 1
    assert not [name for tag, name, _ in seen.attributes if tag == "script"]
    assert all(value.startswith("data:image/png;base64,") for value in seen.values("src"))
    assert all(value.startswith("#") for value in seen.values("href"))
    assert not [name for _, name, _ in seen.attributes if name == "style" or name.startswith("on")]
    style, script = (re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S) for tag in ("style", "script"))
    assert len(style) == len(script) == 1
    assert seen.values("content")[0] == (
        f"default-src 'none'; img-src data:; style-src '{digest(style[0])}'; script-src '{digest(script[0])}'; "
        "require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'; form-action 'none'"
    )
    assert "url(" not in style[0]
    assert "@import" not in style[0]


def test_what_a_run_hands_over_is_only_text() -> None:
    """Markup in a failure, a log, a name or a trouble is shown, not obeyed."""
    end = samples.ends(red=True)[0]
    hostile: dict[str, Any] = dict.fromkeys(("nodeid", "why", "text", "claim"), HOSTILE)
    cause = Cause(
        HOSTILE,
        HOSTILE,
        Confidence.PROVED,
        ((HOSTILE, HOSTILE),),
        (HOSTILE,) * 9,
        (HOSTILE,),
        HOSTILE,
        HOSTILE,
        HOSTILE,
    )
    ends = [
        replace(
            end, **hostile, causes=(cause,), measured=(HOSTILE,), not_observed=(HOSTILE,), captured=HOSTILE
        )
    ]
    pieces = [
        *samples.pieces(),
        build.Piece(build.LOG, "", 50.0, Log(HOSTILE, HOSTILE, (HOSTILE,))),
        build.Piece(HOSTILE, HOSTILE, 50.0, {HOSTILE: [HOSTILE]}),
    ]
    text = page(build.build(samples.facts(True, (Trouble(HOSTILE, HOSTILE),)), ends, pieces))
    seen = Seen(text)
    assert seen.names.count("script") == 1
    assert text.count("<script") == 1
    assert text.rindex("alert(1)") < text.index("<script")
    assert not [value for value in seen.values("src") if "evil" in value]
    assert not seen.values("onload")


def test_only_our_own_markup_goes_unescaped() -> None:
    """One function vouches for markup, and no template switches escaping off; what is undefined is an error."""
    room = Path(page_module.__file__).parent
    vouches = [
        path.name for path in room.rglob("*.py") for _ in re.findall(r"\bMarkup\(", path.read_text("utf-8"))
    ]
    assert vouches == ["figures.py"]
    for template in room.rglob("*.j2"):
        assert not re.search(r"\|\s*safe|autoescape|style=", template.read_text("utf-8")), template.name
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()


def test_a_diagnosis_is_laid_out() -> None:
    """The fact, then each cause with its confidence, then the evidence, then a command of its own and the remedy."""
    text = page(samples.report(red=True))
    card = text[text.index('<h2 id="failed">') :]
    order = [
        '<p class="fact">10 of 30 requests to jbcalling.site failed',
        '<h4>the overlay is cut to translation03 <span class="confidence proved">proved</span>',
        '<h4>a constraint pins frontend to translation03 <span class="confidence likely">likely</span>',
        "<summary>Evidence</summary>",
        "<li>every connect from translation01",
        "Speaks against it",
        "<li>translation02 reaches",
        "03:12:40.001Z GET",
        "the failure as it was reported",
        "<summary>By hand</summary>",
        '<pre class="command" tabindex="0">python -m lab exec --name acceptance translation01 -- ping',
        "open UDP 4789 between the nodes",
    ]
    places = [card.index(each) for each in order]
    assert places == sorted(places)


def test_a_diagnosis_is_shown_once() -> None:
    """Tests of a criterion that failed for the same causes share them; another criterion points to them."""
    end = samples.ends(red=True)[0]
    hosts = [replace(end, nodeid=f"{end.nodeid}{n}", text=f"host {n} failed") for n in range(3)]
    other = replace(
        end, criterion="routing", nodeid="tests/test_routing.py::test_x", causes=(samples.CUT_OFF,)
    )
    text = page(build.build(samples.facts(True), [*hosts, other], ()))
    assert text.count("<li>every connect from translation01") == 1
    assert text.count("<h4>the overlay is cut") == 2
    assert 'The same cause as <a href="#cause-1">above</a>' in text
    assert [f"host {n} failed</p>" in text for n in range(3)] == [True] * 3


def test_more_than_six_observations_are_folded() -> None:
    """The first six say it; the rest is there for who asks."""
    cause = replace(samples.PINNED, speaks_for=tuple(f"seen {n}" for n in range(9)))
    end = replace(samples.ends(red=True)[0], causes=(cause,))
    text = page(build.build(samples.facts(True), [end], ()))
    assert "3 more like these" in text
    assert "<li>seen 8</li>" in text


def test_the_log_of_a_failure_is_linked() -> None:
    """From the failure to the logs that were kept for it."""
    text = page(samples.report(red=True))
    assert "log of translation_traefik</a>" in text
    assert 'id="log-1"' in text


def test_a_reader_who_sees_no_picture_is_told() -> None:
    """Every drawing and photograph has words, tables have headers, and the language is given."""
    seen = Seen(page(samples.report()))
    drawings = seen.names.count("svg") - seen.values("aria-hidden").count("true")
    assert seen.values("role").count("img") == drawings > 0
    assert all(seen.values("alt"))
    assert len(seen.values("alt")) == seen.names.count("img") == 4
    assert "th" in seen.names
    assert seen.values("lang") == ["en"]


def test_the_page_shows_what_was_measured() -> None:
    """Criteria, versions, images with digest, ICE pairs, commands and log lines are on it."""
    text = page(samples.report(red=True))
    for wanted in (
        "no-504",
        "26.1.5",
        "3.7.1",
        "sha256:3f3f",
        "172.28.0.12:40003",
        "python -m lab exec",
        "30001ms",
    ):
        assert wanted in text, wanted


def test_failed_requests_are_crosses() -> None:
    """A failure has its own shape, and the words beside the picture count it."""
    red = [group for group in samples.report(red=True).requests if group.label == "jbcalling.site"]
    drawn = request_strips(red, 600, "by host")
    assert (drawn.count('class="bad cross"'), drawn.count('class="good dot"')) == (10, 20)
    assert "30 requests, half within 21 ms, 10 failed" in drawn
    assert "translation" not in request_strips([], 600, "nothing")


def test_the_topology_marks_who_was_not_reached() -> None:
    """Each replica that only failed is crossed out and its line broken, in one column as in three."""
    topology = samples.report(red=True).topology
    assert topology is not None
    for columns in (1, 3):
        drawn = topology_picture(topology, 1080 / (4 - columns), columns)
        assert drawn.count('class="branch bad"') == 4
        assert drawn.count('class="branch good"') == 2
        assert 'class="bus some"' in drawn
        assert "frontend.2 answered 0, 20 errors" in drawn


def test_a_call_without_a_frame_can_be_drawn() -> None:
    """Nothing received is a picture too, and says so."""
    piece = build.Piece(build.CALL, "across", 9.0, samples.call(frames=0))
    call = build.build(samples.facts(), (), [piece]).calls[0]
    assert "first: nothing" in delay_plot(call, 400)
    assert "first received 0" in frames_plot(call, 400)


def test_scales() -> None:
    """Values land between the ends; ticks are round and within."""
    log, line = log_scale([3.0, 30_001.0], 0.0, 100.0), linear_scale([7.0], 100.0, 0.0)
    assert log.ticks() == (1.0, 10.0, 100.0, 1000.0, 10_000.0, 100_000.0)
    assert log(1.0) == 0.0
    assert log(10.0) == pytest.approx(20.0)
    assert line(0.0) == 100.0
    assert line.ticks() == (0.0, 2.0, 4.0, 6.0)
    assert log_scale([], 0.0, 1.0)(5.0) <= 1.0
    assert [ms(value) for value in (0.5, 12.4, 30_001.0, 1500.0)] == ["0.5 ms", "12 ms", "30 s", "1.5 s"]


def test_attributes_are_escaped() -> None:
    """No value ends its attribute early."""
    assert tag("g", aria_label='"><script>') == '<g aria-label="&quot;&gt;&lt;script&gt;"/>'
