"""Nothing of a candidate is changed in silence: whatever differs belongs to something that a line of the changes names."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.adapt.fitting import Facts, fitted
from lab.compose import reading
from lab.compose.reading import Stack
from lab.compose.reference import STACKS, SUPPLIED

SAMPLE = Path(__file__).parents[1] / "stacks" / "as-written.yml"
ENCRYPTED = {
    "services": {
        "web": {
            "image": "nginx", "networks": ["front", "back"], "ports": ["80:80"],
            "volumes": ["/srv/data:/data", "there:/there"],
            "deploy": {"update_config": {"order": "start-first"}, "rollback_config": {"order": "start-first"}},
        },
        "sfu": {"image": "sfu", "environment": {"ANNOUNCED_IP": "10.1.2.3"}, "networks": {"back": {"aliases": ["b"]}}},
    },
    "networks": {
        "front": {"driver_opts": {"encrypted": "false"}},
        "back": {"driver": "overlay", "driver_opts": {"encrypted": "", "com.docker.network.driver.mtu": "1410"}},
        "theirs": {"external": True},
    },
    "volumes": {"there": {"driver": "nfs", "driver_opts": {"share": "nas:/there"}}},
}  # fmt: skip


def stacks() -> Iterator[tuple[str, Path | None]]:
    """The lab's own, one with much to change, and an encrypted one."""
    yield from ((file.name, file) for file in sorted(STACKS.glob("*.yml")))
    yield SAMPLE.name, SAMPLE
    yield "encrypted", None


def flat(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:  # noqa: ANN401
    """Every value of a document by its path; lists as one."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from flat(each, (*path, str(key)))
    else:
        yield path, json.dumps(value, sort_keys=True, default=str)


def differing(stack: Stack, document: Any) -> set[tuple[str, str]]:  # noqa: ANN401
    """Section and name of what is not as it was written; what the lab adds under names of its own aside."""
    before, after = dict(flat(stack.document)), dict(flat(document))
    paths = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    return {(p[0], p[1]) for p in paths if len(p) > 1 and not p[1].startswith(("lab_", "lab/"))}


@pytest.mark.parametrize(("name", "file"), list(stacks()))
def test_whatever_differs_is_named(name: str, file: Path | None, tmp_path: Path) -> None:
    """On a kernel that lacks everything, and a host that is small: services, networks, volumes, secrets, configs."""
    if file is None:
        file = tmp_path / "stack.yml"
        file.write_text(yaml.safe_dump(ENCRYPTED))
    stack = reading.for_a_lab((file,))
    facts = Facts({}, "172.28.0.12", 1 << 30, 1, supplied=SUPPLIED, health_interval_s=1.0)
    made = fitted(stack, facts)
    found = differing(stack, made.document)
    said = "\n".join(map(str, made.changes))
    silent = {each for each in found if not re.search(rf"(?<![\w-]){re.escape(each[1])}(?![\w-])", said)}
    assert not silent, f"changed in silence: {sorted(silent)}; said: {said}"
    assert found or not made.changes, f"{name}: changes are said, and nothing differs: {said}"
    networks = stack.document["networks"].items()
    encrypted = {key for key, network in networks if "encrypted" in (network.get("driver_opts") or {})}
    lines = [str(each) for each in made.changes if "the overlay is plain" in str(each)]
    assert sorted(re.findall(r"^network (\S+):", "\n".join(lines), re.MULTILINE)) == sorted(encrypted)
