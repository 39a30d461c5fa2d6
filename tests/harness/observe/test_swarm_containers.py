"""A task's container as its engine tells of it."""

import pytest

from fixtures.observe.swarm.containers import ContainerSeen, container, peak_of
from fixtures.observe.swarm.state import SwarmError

LABELS = {
    "com.docker.swarm.task.id": "t1", "com.docker.swarm.service.name": "x_web", "com.docker.swarm.node.id": "n1",
}  # fmt: skip
WHOLE = {
    "Id": "c1", "Image": "sha256:aa", "Config": {"Labels": LABELS}, "HostConfig": {"Memory": 31457280},
    "State": {
        "Status": "running", "OOMKilled": True, "ExitCode": 137, "Error": "why",
        "Health": {"Status": "unhealthy", "FailingStreak": 3, "Log": [{"Output": "a"}, {"Output": " no\n answer "}]},
    },
}  # fmt: skip


def test_a_container_is_read_whole() -> None:
    """Whose it is, what it is made of, how it ended, and what its health check said last."""
    assert container(WHOLE) == ContainerSeen(
        "t1",
        "x_web",
        "n1",
        "c1",
        "sha256:aa",
        "running",
        True,
        137,
        "why",
        31457280,
        None,
        "unhealthy",
        3,
        "no answer",
    )
    assert container({"Id": "c"}) == ContainerSeen("", "", "", "c", "", "unknown", False, None)
    with pytest.raises(SwarmError, match="the engine: Id is"):
        container({})


@pytest.mark.parametrize(
    ("stats", "peak"),
    [
        ({"memory_stats": {"max_usage": 9, "usage": 5}}, 9),
        ({"memory_stats": {"usage": 5}}, 5),
        ({"memory_stats": {}}, None),
        ({}, None),
    ],
)
def test_the_peak_is_read_where_it_is_kept(stats: object, peak: int | None) -> None:
    """A cgroup of the first version keeps it; of one of the second what is used now is the most that is known."""
    assert peak_of(stats) == peak
