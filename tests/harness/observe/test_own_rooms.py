"""Names of rooms: a gateway takes some names for base64, and would put two of ours into another room."""

import base64
from collections.abc import Callable

import pytest

from fixtures.observe.signaling.own_rooms import is_taken_decoded, room_name


@pytest.mark.parametrize("text", ["my_room", "a_b", "_", "x" * 30 + "_", "é_"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_name_in_base64_is_known(text: str, encode: Callable[[bytes], bytes]) -> None:
    """With and without its padding: Node's Buffer reads both."""
    name = encode(text.encode()).decode()
    assert is_taken_decoded(name)
    assert is_taken_decoded(name.rstrip("="))


def test_other_names_are_not() -> None:
    """A base64 of a text without an underscore, and one letter over, which is no byte."""
    assert not is_taken_decoded(base64.b64encode(b"my-room").decode())
    assert not is_taken_decoded("abcde")


def test_our_names_are_taken_as_they_are() -> None:
    """Of any that could be made, a twentieth would not be."""
    names = {room_name() for _ in range(500)}
    assert len(names) == 500
    assert all(name.startswith("acceptance-") for name in names)
    assert not any(map(is_taken_decoded, names))
