"""When a command is killed, and how: drawn from a seed, spread over the time that the command takes."""

import random
import signal
from collections.abc import Sequence
from dataclasses import dataclass

SIGNALS = (signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM)
"""Drawn from: three in five are a `kill -9`, which no code of ours can meet; Ctrl-C and a cancelled CI job are met."""
BEYOND = 1.05
"""Of the measured duration: the last moments fall after the end, where a command is about to return or has."""


@dataclass(frozen=True)
class Kill:
    """One signal to a command's whole process group, after a share of the time that it takes."""

    number: int
    share: float
    how: signal.Signals


def planned(kills: int, seed: str, signals: Sequence[signal.Signals] = SIGNALS) -> list[Kill]:
    """`kills` moments, one in each equal part of the duration, in random order; the same seed draws the same."""
    draw = random.Random(seed)
    part = BEYOND / kills
    shares = [part * (number + draw.random()) for number in range(kills)]
    draw.shuffle(shares)
    return [Kill(number, share, draw.choice(signals)) for number, share in enumerate(shares, start=1)]
