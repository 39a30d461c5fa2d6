"""Failure texts for an operator: each thing that is wrong, with the command that shows it by hand."""

from collections.abc import Iterable


def told(wrong: Iterable[object]) -> str:
    """One line each, the first of which stands in the table; empty when nothing is wrong."""
    return "\n".join(str(each) for each in wrong)
