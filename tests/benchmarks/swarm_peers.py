"""Swarm APIs that lie or never end, and what the suite says of each: name -> a function that meets the peer."""

from collections.abc import Callable, Mapping
from functools import partial

from fixtures.limits import Limits
from fixtures.observe.swarm.access import open_swarm
from fixtures.observe.swarm.state import SwarmError
from fixtures.target.values import SwarmApi
from tests.harness.samples.hostile_swarm import LOGS, PEERS
from tests.harness.stand_ins.hostile_engine import Peer, hostile_engine

SHORT = Limits(swarm_call_deadline_s=3.0, swarm_log_deadline_s=3.0)
"""Nobody measures longer for a deadline of ten seconds: that it holds is seen in three."""


def _meet(peers: Mapping[str, Peer], log: bool) -> str:
    with hostile_engine(peers) as engine:
        try:
            with open_swarm(SwarmApi(engine.url, limits=SHORT)) as swarm:
                if log:
                    return f"{len(swarm.service_log('web'))} lines"
                return f"{len(swarm.observe().tasks)} tasks"
        except SwarmError as error:
            return str(error)


CASES: dict[str, Callable[[], str]] = {
    **{f"swarm: {name}": partial(_meet, peers, False) for name, peers in PEERS.items()},
    **{
        f"swarm log: {name}": partial(_meet, {"/services/web/logs": peer}, True)
        for name, peer in LOGS.items()
    },
}
