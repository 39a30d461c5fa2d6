"""What a person meant who misspelt a name."""

import difflib
from collections.abc import Iterable

LIKE = 0.65
"""How much two names share: less, and another option is offered for a word that is none."""
MOST = 12
"""Names that are listed where none is near; more hide the rest of the line."""


def meant(name: str, known: Iterable[str]) -> str:
    """`did you mean x?` where a known name resembles it, else nothing."""
    names = list(known)
    found = difflib.get_close_matches(name.lower(), [each.lower() for each in names], n=1, cutoff=LIKE)
    return f"did you mean {next(each for each in names if each.lower() == found[0])}?" if found else ""


def hint(name: str, known: Iterable[str], *, most: int = MOST) -> str:
    """The names that there are, the first `most`, and behind them what was meant where one is near."""
    names = list(known)
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return "; ".join(filter(None, (f"there are {', '.join(names[:most])}{rest}", meant(name, names))))


def appended(text: str, name: str, known: Iterable[str]) -> str:
    """`text`, with what was meant behind a colon where there is such a name."""
    return f"{text}: {near}" if (near := meant(name, known)) else text
