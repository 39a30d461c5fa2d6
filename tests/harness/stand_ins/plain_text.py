"""What counts as code in a text that an operator reads."""

import re

LIKE_CODE = re.compile(
    r"\w\(\w*=|\w+Error\b|<[\w.]+ (object|at)|[(\[{]'\w+',|\{'|\['|\('|, \)|\bNone\b|\bTrue\b|\bFalse\b|\bErrno\b"
)
"""A call with named values, a class of errors, an object's address, a tuple, list or dict with texts, or a constant."""


def plain(error: object) -> str:
    """The text of an error, once it is plain."""
    text = str(error)
    assert text
    found = LIKE_CODE.search(text)
    assert found is None, f"{found[0]} in: {text}"
    return text
