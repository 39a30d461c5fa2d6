"""What a lab changed in a stack file, as it is kept beside the lab."""

import pytest

from lab.adapt import changes
from lab.adapt.changes import Change, Kind


def test_what_is_written_is_read_again() -> None:
    """Kind and text of each, in order, whatever stands in the text."""
    made = (Change(Kind.ENCRYPTION, "network a: b: c"), Change(Kind.ADDRESS, "sfu: IP 1 -> 2"))
    assert changes.read(changes.written(made)) == made
    assert changes.read("") == ()


def test_a_line_of_no_known_kind_is_an_error() -> None:
    """It is of another version of the lab: a change that nobody understands is not passed over."""
    with pytest.raises(ValueError, match="vip -> dnsrr"):
        changes.read("vip -> dnsrr\n")
