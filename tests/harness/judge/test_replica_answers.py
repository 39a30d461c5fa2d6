"""Whether replicas answer alike: who is the odd one, and what proves nothing."""

import pytest

from fixtures.judge.replica_answers import Answers, odd_ones


@pytest.mark.parametrize(
    ("answers", "odd"),
    [
        ({}, {}),
        ({"a": ("x",)}, {}),
        ({"a": ("x",), "b": ("x",), "c": ("x",)}, {}),
        ({"a": ("x",), "b": ("y",), "c": ("x",)}, {"b": "y"}),
        ({"a": ("y",), "b": ("y",), "c": ("x",), "d": ("x",), "e": ("x",)}, {"a": "y", "b": "y"}),
        # Two that differ: which is the odd one is a toss, that they differ is none.
        ({"a": ("x",), "b": ("y",)}, {"a": "x"}),
        # A page with the time, or the name of who serves it, in it.
        ({"a": ("x", "y"), "b": ("y", "z"), "c": ("x",)}, {}),
        ({"a": ("x",), "b": ("y",), "c": ("z",)}, {}),
        ({"a": ("x", "z"), "b": ("y",), "c": ("y",)}, {}),
    ],
)
def test_the_odd_one_is_the_one_that_most_are_not(answers: Answers, odd: dict[str, str]) -> None:
    """The minority, of replicas that each answer the same every time."""
    assert odd_ones(answers) == odd
