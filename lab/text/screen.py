"""What is printed for a person: the one console, which obeys no markup and no control character in what it prints."""

from collections.abc import Iterable
from typing import IO

from rich.console import (
    Console,
    ConsoleOptions,
    HighlighterType,
    JustifyMethod,
    OverflowMethod,
    RenderableType,
)
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from lab.text.shown import for_terminal


class _PlainConsole(Console):
    """Whatever foreign text is printed, as a string, in a table's cell or as a Text, stays text.

    Styles are given as values (`Text(..., style=...)`, `style=`): `[red]` in a text is shown as it stands.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich does it, with each piece of text made visible."""
        for segment in super().render(renderable, options):
            text = for_terminal(segment.text) if not segment.control else segment.text
            yield segment if text == segment.text else Segment(text, segment.style, segment.control)

    def render_str(
        self,
        text: str,
        *,
        style: str | Style = "",
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        emoji: bool | None = None,
        markup: bool | None = None,
        highlight: bool | None = None,
        highlighter: HighlighterType | None = None,
    ) -> Text:
        """A string as it stands; made visible before it is measured, so that columns hold."""
        return super().render_str(
            for_terminal(text), style=style, justify=justify, overflow=overflow, emoji=False, markup=False,
            highlight=False,
        )  # fmt: skip


def plain_console(
    *,
    file: IO[str] | None = None,
    width: int | None = None,
    force_terminal: bool | None = None,
    no_color: bool | None = None,
    record: bool = False,
) -> Console:
    """The console that everything is printed with; the arguments are rich's."""
    return _PlainConsole(
        file=file, width=width, force_terminal=force_terminal, no_color=no_color, record=record,
        markup=False, emoji=False, highlight=False,
    )  # fmt: skip
