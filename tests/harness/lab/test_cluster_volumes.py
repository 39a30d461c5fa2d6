"""The keys of a cluster volume: each that Docker knows is taken, and a wrong value is refused with what is wanted."""

from typing import Any

import pytest

from lab.compose import schema
from tests.harness.lab.test_compose_forms import LIST, MAPPING, TEXT

CLUSTER_SPEC: dict[str, Any] = {
    "group": "g",
    "availability": "active",
    "access_mode": {
        "scope": "single", "sharing": "none", "block_volume": {}, "mount_volume": {"fs_type": "ext4", "mount_flags": ["ro"]},
    },
    "accessibility_requirements": {"requisite": [{"segments": {"a": "b"}}], "preferred": [{"segments": ["a=b"]}]},
    "capacity_range": {"required_bytes": "1G", "limit_bytes": "2G"},
    "secrets": [{"key": "a", "secret": "b"}],
}  # fmt: skip


def _wrong_volume(spec: dict[str, Any]) -> list[str]:
    volume = {"services": {}, "volumes": {"v": {"x-cluster-spec": spec}}}
    return [f"{'.'.join(map(str, at[3:]))}: {why}" for at, why in schema.faults(volume)]


def test_every_key_of_a_cluster_volume() -> None:
    """Any other is Docker's to refuse; one of these with a wrong value is ours."""
    assert _wrong_volume(CLUSTER_SPEC) == []


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("accessibility_requirements", 5, MAPPING),
        ("capacity_range", 5, MAPPING),
        ("access_mode", 5, MAPPING),
        ("group", 5, TEXT),
        ("availability", 5, TEXT),
        ("secrets", 5, LIST),
    ],
)
def test_a_wrong_value_in_a_cluster_volume(key: str, value: object, said: str) -> None:
    """The key's path, and what is wanted."""
    assert _wrong_volume({**CLUSTER_SPEC, key: value}) == [f"{key}: 5: {said}"]
