"""`./accept` hands pytest each value with its option: a file named apart would be taken for one to collect."""

import pytest

from fixtures.door.checking import joined


@pytest.mark.parametrize(
    ("words", "put"),
    [
        (["--target", "/etc/own.toml", "-x"], ["--target=/etc/own.toml", "-x"]),
        (["--report", "--evidence", "-n", "2"], ["--report=--evidence", "-n", "2"]),
        (["-xk", "--report", "--browser", "tests/a.py"], ["-xk", "--report", "--browser", "tests/a.py"]),
        (["-n2", "--report=a", "--inside"], ["-n2", "--report=a", "--inside"]),
        (["-q", "--", "--report", "a"], ["-q", "--", "--report", "a"]),
    ],
)
def test_a_value_stands_with_its_option(words: list[str], put: list[str]) -> None:
    """Else pytest takes a file outside of the project for what it is to collect, and knows none of our options there."""
    assert joined(words) == put
