"""Masking takes time in proportion to its input, whatever stands in it."""

import time

import pytest

from lab.text.masking import Masker
from tests.benchmarks.masking import ADVERSARIAL, text_of

SMALL, LARGE = 32_000, 128_000
SLOWEST_S_PER_MB = 40.0
"""Of a processor; the dearest text takes 5 s for a MB on an idle machine, and a quadratic one took 700."""


def seconds(masker: Masker, text: str) -> float:
    """Of the processor, the better of two: others use the machine too."""
    best = float("inf")
    for _ in range(2):
        began = time.process_time()
        masker(text)
        best = min(best, time.process_time() - began)
    return best


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_time_grows_with_the_length_and_no_faster(name: str) -> None:
    """Four times the text takes about four times the time, and never a multiple of that."""
    masker = Masker(["a-known-secret", "another-known-one"])
    small = seconds(masker, text_of(ADVERSARIAL[name], SMALL))
    large = seconds(masker, text_of(ADVERSARIAL[name], LARGE))
    assert large < SLOWEST_S_PER_MB * LARGE / 1e6
    assert large < max(small, 0.005) * 4 * 2.5, (
        f"{small:.3f} s for {SMALL}, {large:.3f} s for {LARGE} characters"
    )
