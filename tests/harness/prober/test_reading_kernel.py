"""Reading a kernel's counters, on lines recorded on a node of a lab."""

import pytest

from lab.probe.reading_kernel import kernel_of
from lab.probe.values import Kernel

SAID = """\
conntrack 40 262144
stat entries  clashres found new invalid ignore delete chainlength insert insert_failed drop early_drop icmp_error
stat 00000028  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000002 00000010 00000000
stat 00000028  00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001 00000000 00000000
policies 4
states 0
end
"""


def test_counters_are_read() -> None:
    """Both processors' drops are summed, in hexadecimal."""
    assert kernel_of("n", 0, SAID) == Kernel("n", 40, 262144, 19, 4, 0)


@pytest.mark.parametrize(
    ("without", "lacks"),
    [
        ("conntrack", {"connections", "most"}),
        ("stat", {"dropped"}),
        ("policies", {"policies"}),
        ("states", {"states"}),
    ],
)
def test_what_cannot_be_read_is_none(without: str, lacks: set[str]) -> None:
    """A kernel that lacks one of them still says the others."""
    lines = [line for line in SAID.splitlines() if line.split()[0] != without]
    found = vars(kernel_of("n", 0, "\n".join(lines)))
    assert {name for name, value in found.items() if value is None} == lacks


@pytest.mark.parametrize(
    ("output", "why"), [("", "status 124: nothing came"), ("conntrack 1 2\n", "status 124: conntrack 1 2")]
)
def test_an_answer_that_broke_off_says_nothing(output: str, why: str) -> None:
    """Without its last word nothing of it is believed."""
    assert kernel_of("n", 124, output) == Kernel("n", why=why)


@pytest.mark.parametrize("words", ["conntrack", "conntrack 40", "conntrack 40 262144 7"])
def test_half_a_line_is_no_number_more(words: str) -> None:
    """A missing file leaves its number out of the line."""
    found = kernel_of("n", 0, f"{words}\nend\n")
    assert (found.connections, found.most) == ((40, 262144) if "7" in words else (None, None))
