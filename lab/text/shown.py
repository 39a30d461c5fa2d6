"""Foreign text for a terminal: whatever would act on it, or hide in it, is made visible instead.

`shown` is for a text within a line of ours, `shown_lines` for one of several lines, `for_terminal` for what is printed.
"""

import re

_INVISIBLE = (
    r"\x00-\x1f\x7f-\x9f"  # C0, DEL, C1: escape sequences begin with one of these
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners, fillers
    r"\u200b-\u200f\u2028-\u202e\u2060-\u206f"  # zero width, line separators, overrides of direction
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"  # fillers, variation selectors, no characters
    r"\ud800-\udfff"  # halves of a pair, which no encoder takes
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # shorthand, music, tags
)
HIDDEN = re.compile(f"[{_INVISIBLE}]")
"""A character that no terminal shows, or that it obeys."""
_HIDDEN_IN_LINES = re.compile(rf"(?!\n)[{_INVISIBLE}]")
_NAMES = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_CI_COMMAND = re.compile(r"^([^\S\n]*)(?=::[\w-]+[^\n:]*::)", re.MULTILINE)
_CI_MARK = re.compile(r"##(?=(?:vso|teamcity)?\[)")


def shown(text: str) -> str:
    r"""The text in one line without a character that acts: `\n`, `\x1b`, `\u202e` stand for those that would."""
    return HIDDEN.sub(_name, text)


def shown_lines(text: str) -> str:
    """The same of a text of several lines: its lines stay lines, and a tab is a few blanks."""
    return _HIDDEN_IN_LINES.sub(_name, text.replace("\r\n", "\n").expandtabs())


def for_terminal(text: str) -> str:
    """The same; and what a CI system reads as a command in a log (`::error::`, `##[group]`) gets a backslash."""
    return _CI_MARK.sub(r"#\\#", _CI_COMMAND.sub(r"\1\\", shown_lines(text)))


def _name(found: re.Match[str]) -> str:
    code = ord(found[0])
    return _NAMES.get(found[0]) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )
