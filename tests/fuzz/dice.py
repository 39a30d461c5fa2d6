"""Where the choices of a mutation come from: hypothesis, which makes a failing input small, or a seed, which is fast."""

import random
from typing import Protocol, TypeVar

T = TypeVar("T")


class Dice(Protocol):
    """A source of whole numbers."""

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1."""


class Seeded:
    """The same numbers for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def below(self, limit: int) -> int:
        return self._random.randrange(limit)


def one_of(dice: Dice, options: list[T]) -> T:
    """One of the options."""
    return options[dice.below(len(options))]
