"""Commands by hand in a lab: the node that is entered to ask the Swarm."""

import shlex
from dataclasses import replace

import pytest

from fixtures.judge.hands import Hands
from fixtures.target.reach import Reach
from fixtures.target.values import Target
from tests.harness.samples.sound_cluster import PLAN


@pytest.mark.parametrize(
    ("roles", "asked"),
    [("mww", "translation01"), ("wmm", "translation02"), ("wwm", "translation03"), ("www", "translation01")],
)
def test_docker_is_asked_in_the_first_manager(roles: str, asked: str) -> None:
    """A plan that tells of no manager leaves the first node, which says itself that it is none."""
    nodes = tuple(
        replace(node, role="manager" if role == "m" else "worker")
        for node, role in zip(PLAN.nodes, roles, strict=True)
    )
    hands = Hands(Target("calls", Reach(), replace(PLAN, nodes=nodes), is_lab=True), lab="mine")
    assert shlex.split(hands.docker("node", "ls")) == [
        "python", "-m", "lab", "exec", "--name", "mine", asked, "--", "docker", "node", "ls",
    ]  # fmt: skip
