"""The prober of a real cluster, on a lab that is addressed as one."""

from collections.abc import Callable

import pytest

from fixtures.observe.swarm.state import SwarmState
from fixtures.prober.service import NAME
from fixtures.sabotage.foreign import Foreign
from fixtures.sabotage.inner_run import Broken

pytestmark = [pytest.mark.sabotage, pytest.mark.sabotage_short]
NODE = "translation03"


def deployed(state: SwarmState) -> set[tuple[str, int]]:
    """Every service with its version, which any write to it counts up, and every network."""
    return {(s.name, s.version) for s in state.services} | {(n.name, 0) for n in state.networks}


def words(text: str) -> str:
    """Without the columns of a table."""
    return " ".join(text.split())


def test_a_deployed_prober_names_the_cut(
    broken: Callable[..., Broken], as_foreign: Callable[[str], Foreign]
) -> None:
    """With a prober a cut into a node is proved and placed; nothing of it is left, and without one nothing is written."""
    with broken("overlay-cut", node=NODE) as lab:
        cluster = as_foreign(lab)
        before = deployed(cluster.state())
        plain = cluster.diagnose()
        untouched = deployed(cluster.state())
        probed = cluster.diagnose("--deploy-prober", cluster.image)
        after = cluster.state()
    assert untouched == before, "a diagnosis without the option changed the cluster"
    assert plain.returncode == 1, plain.stdout
    assert f"translation01 -> {NODE} all 2 destinations affected" in words(plain.stdout), plain.stdout
    assert "--deploy-prober IMAGE" in plain.stdout, plain.stdout
    assert probed.returncode == 1, probed.stdout
    assert f"proved: overlay cut into {NODE}: udp/4789 is dropped [overlay-cut]" in probed.stdout, (
        probed.stdout
    )
    assert f"{NAME} removed" in probed.stdout, probed.stdout
    assert deployed(after) == before, "the prober left something behind"
    assert after.tasks_of(NAME) == ()
