"""The observations that were recorded under each fault in a lab, read once for all tests."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from fixtures.diagnose import recorded
from fixtures.diagnose.observations import Observations

FOLDER = Path(__file__).parents[1] / "recorded" / "faults"
RECORDED = tuple(sorted(file.name.partition(".")[0] for file in FOLDER.iterdir()))
"""The faults that there is a recording of."""


@cache
def recording(fault: str) -> Mapping[str, Observations]:
    """Criterion -> what was observed when it failed."""
    return recorded.unpack(FOLDER / f"{fault}.json.xz")


def unless_recorded(fault: str, needs: str) -> pytest.MarkDecorator:
    """For a test that replays a recording: skipped where there is none, since no kernel at hand had what the fault needs."""
    return pytest.mark.skipif(
        bool(needs) and fault not in RECORDED,
        reason=f"not exercised: never recorded, for want of a kernel with {needs}",
    )
