"""Which nodes a lab has, and which names it may bear."""

import pytest

from lab.errors import InputError
from lab.host.topology import MAX_NODES, checked_name, topology


def test_the_default_is_the_designs_three_nodes() -> None:
    """translation01 manages, 02 and 03 work, each labelled with its own name."""
    nodes = topology().nodes
    assert [node.name for node in nodes] == ["translation01", "translation02", "translation03"]
    assert [node.manager for node in nodes] == [True, False, False]
    assert [dict(node.labels) for node in nodes] == [{"instance": node.name} for node in nodes]


@pytest.mark.parametrize("count", [1, 5, MAX_NODES])
def test_another_count_is_the_same_data(count: int) -> None:
    """Any allowed count gives that many nodes, all with addresses of their own, one manager."""
    made = topology(count)
    assert len({node.host for node in made.nodes}) == count
    assert [node for node in made.nodes if node.manager] == [made.manager]


@pytest.mark.parametrize("count", [0, -1, MAX_NODES + 1])
def test_a_count_out_of_range_is_refused(count: int) -> None:
    """The refusal repeats what was given and says what is allowed."""
    with pytest.raises(InputError, match=rf"--nodes {count}: a lab has 1 to {MAX_NODES} nodes"):
        topology(count)


@pytest.mark.parametrize("name", ["default", "run-4711", "a"])
def test_a_name_that_containers_can_bear_passes(name: str) -> None:
    """Lower-case letters, digits and hyphens make a name."""
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "../up", "/etc", "A", "a b", "-a", "x" * 32, "cache", "a\n"])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    """A name becomes a folder's path and part of container names; nothing that would stray is let through."""
    with pytest.raises(InputError, match="lab name"):
        checked_name(name)
