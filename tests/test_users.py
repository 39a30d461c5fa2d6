"""The lab's images as they run: their programs have no more rights than they need."""

from typing import TYPE_CHECKING

import pytest

from fixtures.run.criteria_table import not_exercised
from tests.harness.samples.as_root import AS_ROOT

if TYPE_CHECKING:
    from lab.cluster.handle import Lab

IDS = "sed -n 's/^[UG]id:[[:space:]]*//p' /proc/1/status"
"""Prints two lines: the first process's real, effective, saved and file system user, and the same of its group."""


@pytest.mark.needs_lab
def test_programs_run_as_users_without_rights(
    pytestconfig: pytest.Config, request: pytest.FixtureRequest
) -> None:
    """The first process of each task is root's only where the image is listed with its reason."""
    if pytestconfig.getoption("--stack"):
        not_exercised("it is about our own images; a candidate's are its own business")
    lab: Lab = request.getfixturevalue("lab")
    wrong, seen = [], set()
    for node, engine in lab.nodes.items():
        for container in engine.containers.list():
            image = str(container.attrs["Config"]["Image"])
            name = image.rpartition("/")[2].partition(":")[0]
            status, output = container.exec_run(["sh", "-c", IDS], user="root")
            assert isinstance(output, bytes)  # as it is not asked for as a stream
            ids = output.decode().split()
            assert status == 0, f"{container.name}: {' '.join(ids)}"
            seen.add(name)
            if ("0" in ids) != (name in AS_ROOT):
                wrong.append(f"{container.name} on {node}: {image} runs as {' '.join(ids)}")
    assert wrong == []
    assert {"traefik", "frontend", "signaling", "mediasoup", "coturn", "redis", "prometheus"} <= seen
