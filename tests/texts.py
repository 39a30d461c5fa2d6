"""Failure texts for an operator: what is wrong, as somebody reads it who has no Python before him."""

from collections.abc import Iterable


def one_per_line(wrong: Iterable[object]) -> str:
    """A line for each thing that is wrong, the first of which stands in the table; empty when nothing is."""
    return "\n".join(str(each) for each in wrong)


def listed(values: Iterable[object]) -> str:
    """Values in one line; `none` where there are none."""
    return "; ".join(str(each) for each in values) or "none"
