"""The observations that were recorded under each fault in a lab, read once for all tests."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fixtures.diagnose import recorded
from fixtures.diagnose.observations import Observations

FOLDER = Path(__file__).parents[1] / "recorded" / "faults"
RECORDED = tuple(sorted(file.name.partition(".")[0] for file in FOLDER.iterdir()))
"""The faults that there is a recording of."""


@cache
def recording(fault: str) -> Mapping[str, Observations]:
    """Criterion -> what was observed when it failed."""
    return recorded.unpack(FOLDER / f"{fault}.json.xz")
