"""A stack file is read once and by us: a docker client that writes down its calls is asked nothing."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.adapt import render
from lab.cluster import lifecycle, stack_deploy
from lab.cluster.authority import Authority
from lab.cluster.deployment import chosen_images, stack_images
from lab.cluster.handle import Wanted
from lab.compose import docker_config, reading, yaml_file
from lab.compose.reference import REFERENCE_STACK, STACKS

ROOT = Path(__file__).parents[3]
READING = "stack config"
CLIENT = """#!/bin/sh
echo "$1 $2" >> {calls}
case $1 in --version) echo 'Docker version 28.2.2, build 0' ;; *) cat {printed} ;; esac
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """What the first docker on the PATH was asked; it takes any stack for one of a single Redis."""
    written, printed = tmp_path / "calls", tmp_path / "printed.yml"
    printed.write_text("services: {redis: {image: jbcalling-lab/redis}}\n")
    program = tmp_path / "docker"
    program.write_text(CLIENT.format(calls=written, printed=printed))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    docker_config.client.cache_clear()
    yield lambda: written.read_text().splitlines() if written.exists() else []
    docker_config.client.cache_clear()


def test_no_verdict_asks_the_client(calls: Callable[[], list[str]]) -> None:
    """One process of the gate's first step is red by what we read, where a client would have said another thing."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TARGET", "PYTEST", "LAB_"))
    }
    command = [sys.executable, "-m", "pytest", "-m", "static", "-p", "no:cacheprovider", "-n", "0"]
    done = subprocess.run(
        [*command, f"--stack={STACKS / 'option-b.yml'}"],
        cwd=ROOT, env=kept, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert re.search(r"tests/test_static.py [Fs]+", done.stdout), done.stdout + done.stderr
    assert calls() == []


def test_the_client_at_hand_answers_to_be_compared(calls: Callable[[], list[str]], tmp_path: Path) -> None:
    """A test may ask it, and then it is asked once."""
    path = tmp_path / "stack.yml"
    path.write_text("services: {other: {image: x}}\n")
    document = reading.read([path], {}, docker_config.client()).document
    assert list(document["services"]) == ["redis"]
    assert [call.strip() for call in calls()] == ["--version", READING]


def test_images_fingerprint_and_deploy_take_what_was_read(
    calls: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the value on, nothing opens the file again: neither the client nor our own reader."""
    opened: list[Path] = []
    read = yaml_file.read

    def noting(path: Path) -> yaml_file.Source:
        opened.append(path)
        return read(path)

    monkeypatch.setattr(yaml_file, "read", noting)
    stack = reading.for_a_lab((REFERENCE_STACK,))
    wanted = Wanted(stack=stack)
    assert "redis" in stack_images(wanted)
    chosen_images(wanted)
    assert lifecycle.fingerprint(wanted, [], {}) == lifecycle.fingerprint(Wanted(stack=stack), [], {})
    supplied = frozenset(stack_deploy.credentials(Authority.fresh()).files)
    facts = render.Facts({}, "172.28.0.12", host_memory=64 << 30, host_cpus=8, supplied=supplied)
    assert list(render.render(stack, facts).document["services"]) == list(stack.document["services"])
    assert calls() == []
    assert opened == [REFERENCE_STACK]


def test_another_stack_is_another_lab(tmp_path: Path) -> None:
    """A lab is used again for the same stack only: a changed value or a variable's makes another."""
    path = tmp_path / "stack.yml"
    path.write_text("services: {redis: {image: jbcalling-lab/redis, environment: {A: '${A}'}}}\n")

    def print_of(**variables: str) -> str:
        return lifecycle.fingerprint(Wanted(stack=reading.read((path,), variables)), [], {})

    first = print_of(A="1")
    assert print_of(A="1") == first
    assert len({first, print_of(A="2"), lifecycle.fingerprint(Wanted(), [], {})}) == 3
