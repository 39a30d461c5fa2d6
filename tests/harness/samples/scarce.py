"""Observations of a cluster in which something is scarce, and no task suffers from it yet."""

from dataclasses import replace

from fixtures.diagnose.observations import Observations
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import changed


def nearly_exhausted() -> Observations:
    """Every task has an address, and none is left for the one that an update starts first."""
    seen = samples.sound()
    assert seen.state is not None
    home = replace(
        seen.state.networks[0], subnets=("10.0.2.0/28",)
    )  # 13: seven tasks, three nodes, one service
    seen = replace(seen, state=replace(seen.state, networks=(home, *seen.state.networks[1:])))
    return changed(
        seen, "frontend", endpoint_mode="vip", update_config={"Order": "start-first", "Parallelism": 0}
    )


def less_memory() -> Observations:
    """The file says so too: nothing drifted, and nothing was killed yet."""
    return changed(samples.sound(), "signaling", memory_limit=2**28)
