"""Foreign text on a terminal: what would act on it, or hide in it, stands there in writing."""

import io
import unicodedata

import pytest
from rich.progress import TextColumn
from rich.table import Table
from rich.text import Text

from lab.host.progress import Reporter
from lab.text.screen import plain_console
from lab.text.shown import HIDDEN, for_terminal, shown, shown_lines

HOSTILE = "a\x1b[31m\x1b]8;;http://x.test\x07b\x9b2J\x7f\x00\r\u202ec\u2066d\u200be\u2028f\u2029g\ufeffh\ud800i\U000e0041j"
"""Escape sequences, a link, C1, DEL, NUL, overrides of direction, zero width, line separators, a lone half, a tag."""
MARKUP = "[jbcalling.site] [red]x[/red] [/] [link=http://x.test]y[/link] :smile: [bold"


def test_every_character_that_acts_or_hides_is_known() -> None:
    """All of Unicode's control, format, separator and surrogate characters; no letter, mark or sign of a language."""
    categories = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    # These have a shape of their own: signs of number in Arabic, Syriac, Kaithi and hieroglyphs' brackets.
    visible = {
        *range(0x600, 0x606),
        0x6DD,
        0x70F,
        0x890,
        0x891,
        0x8E2,
        0x110BD,
        0x110CD,
        *range(0x13430, 0x13440),
    }
    hidden = {code for code in range(0x110000) if unicodedata.category(chr(code)) in categories} - visible
    assert [hex(code) for code in sorted(hidden) if not HIDDEN.search(chr(code))] == []
    for text in ("Größe", "日本語", "कखग", "e\u0301", "🙂", "a b", "→", "Ж", "שלום", "\u00a0"):
        assert shown(text) == text


def test_a_text_in_a_line_stays_one_line() -> None:
    """Whatever is in it; what it held can be read."""
    assert shown("a\nb\r\n\tc") == r"a\nb\r\n\tc"
    assert not HIDDEN.search(shown(HOSTILE))
    assert shown("\x1b[2J \u202e \U000e0041 \ud800") == r"\x1b[2J \u202e \U000e0041 \ud800"
    shown(HOSTILE).encode("utf-8")


def test_lines_stay_lines() -> None:
    """In a text of several; a tab is blanks, and a carriage return alone, which would overwrite a line, is shown."""
    assert shown_lines("a\r\nb\nc\rd\n\te") == "a\nb\nc\\rd\n        e"
    assert for_terminal("::error::x\n  ::set-output name=a::b\n::1 is an address\na ::error::b") == (
        "\\::error::x\n  \\::set-output name=a::b\n::1 is an address\na ::error::b"
    )
    assert for_terminal("a ##[error]b ##vso[task] ## c") == r"a #\#[error]b #\#vso[task] ## c"


def test_what_is_shown_is_shown_again_alike() -> None:
    """Texts pass several hands on their way to a terminal."""
    for text in (HOSTILE, "::error::x", "##[group]", MARKUP):
        assert for_terminal(for_terminal(text)) == for_terminal(text)
        assert for_terminal(shown(text)) == for_terminal(for_terminal(shown(text)))


@pytest.mark.parametrize("colours", [True, False])
def test_the_console_obeys_nothing(colours: bool) -> None:
    """In a string, a Text, a table's cell, title and head: markup, emoji names and control characters stand as text."""
    out = io.StringIO()
    console = plain_console(file=out, width=400, force_terminal=colours, no_color=not colours)
    table = Table(MARKUP, "b", title=MARKUP)
    table.add_row(MARKUP, Text(HOSTILE, style="red"))
    table.add_row(HOSTILE, Text(MARKUP))
    for each in (MARKUP, HOSTILE, Text(HOSTILE), Text(MARKUP), table):
        console.print(each, soft_wrap=isinstance(each, str))
    written = out.getvalue()
    assert written.count(MARKUP) == 6
    assert written.count(r"a\x1b[31m\x1b]8;;http://x.test") == 4
    assert r"\u202ec" in written
    assert "\x1b]8" not in written
    assert ("\x1b[31m" in written) is colours  # our own
    assert not HIDDEN.search(written.replace("\n", "").replace("\x1b", ""))
    written.encode("utf-8")


def test_progress_obeys_nothing() -> None:
    """The news of a step comes from an engine or a build, and is shown as it stands."""
    out = io.StringIO()
    reporter = Reporter(plain_console(file=out, width=200))
    with reporter.step(MARKUP):
        reporter.say(HOSTILE)
    assert MARKUP in out.getvalue()
    assert not HIDDEN.search(out.getvalue().replace("\n", ""))
    assert TextColumn("", markup=False).markup is False


def test_a_long_text_is_made_visible_in_linear_time() -> None:
    """Blank lines, colons and brackets by the hundred thousand: each sign is looked at once or twice."""
    for piece in ("\n ", "::a", " ##[", "\x1b["):
        assert len(for_terminal(piece * 200_000)) >= 200_000
