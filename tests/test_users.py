"""The lab's images as they run: their programs have no more rights than they need."""

from typing import TYPE_CHECKING

import pytest

from fixtures.run.criteria_table import not_exercised
from lab.build import image_builds
from lab.cluster.tasks import in_task, placed
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
    for task in placed(lab):
        image = lab.nodes[task.node].api.inspect_container(task.container)["Config"]["Image"]
        ours = image_builds.REFERENCE.match(image)
        assert ours is not None, f"{task.service} runs {image}"
        status, ids = in_task(lab, task, ["sh", "-c", IDS])
        assert status == 0, f"{task.service}: {ids}"
        is_root = "0" in ids.split()
        seen.add(ours["name"])
        if is_root != (ours["name"] in AS_ROOT):
            wrong.append(f"{task.service} on {task.node}: {image} runs as {ids.splitlines()}")
    assert wrong == []
    assert {"traefik", "frontend", "signaling", "mediasoup", "coturn", "redis", "prometheus"} <= seen
