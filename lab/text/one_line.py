"""Errors that a person reads in one line, whatever stood in the input that they quote."""

import re

from lab.text.masking import Masker

LONGEST_WORD = 240
"""Characters of a word that are shown: a path of a few folders, not a value of ten thousand characters."""
LONGEST_LINE = 800
"""Characters of a line: six lines of a terminal, which still hold what is wrong at their start and the remedy at their end."""
_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Control characters, what changes the direction of a text or takes no room, and bytes that are no UTF-8."""
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def one_line(text: str) -> str:
    """The text in one line of at most LONGEST_LINE characters; what a terminal would obey or hide is written out."""
    shortened = _WORD.sub(lambda word: _middle_out(word[0], LONGEST_WORD), text.strip())
    return _middle_out(_HIDDEN.sub(_written_out, shortened), LONGEST_LINE)


def is_plain(text: str) -> bool:
    """Whether a terminal shows the text as it is, in one line."""
    return _HIDDEN.search(text) is None


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return _SHORT.get(found[0], f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def _middle_out(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    left_out = f"...({len(text)} characters)..."
    head = (most - len(left_out)) * 2 // 3
    return f"{text[:head]}{left_out}{text[head + len(left_out) - most :]}"


class OneLineError(Exception):
    """An error whose text is one line for a person, whatever it quotes; what looks like a secret is masked."""

    def __init__(self, text: object) -> None:
        super().__init__(one_line(Masker()(str(text))))
