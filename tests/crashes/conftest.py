"""What the trials that are part of every full run start from."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.crashes.trial import Bench

ROOT = Path(__file__).parents[2]
MakeBench = Callable[[str], Bench]


@pytest.fixture
def bench_of(tmp_path: Path) -> Iterator[MakeBench]:
    """Makes benches for bare labs, by the name of their folder: each is a user of this machine, with a state folder of
    their own. What one leaves is removed at the end."""
    with ExitStack() as stack:

        def made(name: str) -> Bench:
            bench = Bench(ROOT, tmp_path / name, bare=True)
            stack.callback(bench.clear)
            return bench

        yield made
