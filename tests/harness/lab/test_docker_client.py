"""The docker client that reads stack files: which one is asked, how, and what its answer comes to."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.compose import docker_config
from lab.compose.docker_config import Refusal

Install = Callable[[str], str]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a script in as the only docker on the PATH, and gives its path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    docker_config.client.cache_clear()

    def put(script: str) -> str:
        program = folder / "docker"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return str(program)

    yield put
    docker_config.client.cache_clear()


@pytest.mark.parametrize(
    ("version", "asked"),
    [
        ("Docker version 25.0.0, build 0", True), ("Docker version 28.2.2, build 0", True),
        ("Docker version 24.9.9, build 0", False), ("podman 5", False),
    ],
)  # fmt: skip
def test_only_a_client_that_is_new_enough_is_asked(install: Install, version: str, asked: bool) -> None:
    """Its version is asked as such, and of nothing else it is told anything."""
    program = install(f'[ "$*" = --version ] && [ -z "$HOME" ] && echo "{version}"')
    assert docker_config.client() == (program if asked else None)


def test_without_a_client_none_is_asked(install: Install) -> None:
    """There is none on the PATH."""
    assert docker_config.client() is None


def test_the_files_are_read_in_order_under_their_variables(install: Install) -> None:
    """Each behind an option of its own, with the variables of the stack and none of this process."""
    program = install('echo "services: {a: {image: \\"$A $HOME $*\\"}}"')
    found = docker_config.read(program, [Path("one file.yml"), Path("/two.yml")], {"A": "x"})
    assert found == {"services": {"a": {"image": "x  stack config -c one file.yml -c /two.yml"}}}


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("echo 'unknown command: docker stack' >&2; exit 1", None),
        ("echo \"docker: 'stack' is not a docker command\" >&2; exit 1", None),
        ("echo 'services.a Additional property' >&2; exit 1", Refusal("services.a Additional property")),
        ("printf ' one\\nlevel=warning x\\ntwo \\n' >&2; exit 3", Refusal("one two")),
        ("printf 'a\\377b' >&2; exit 1", Refusal("a\ufffdb")),
        ("echo text", None), ("echo '[a, b]'", None), ("true", None),
    ],
)  # fmt: skip
def test_what_the_client_says_is_a_stack_a_refusal_or_nothing(
    install: Install, script: str, found: Refusal | None
) -> None:
    """A client that has no such command, or prints no stack, leaves it to our own reading."""
    assert docker_config.read(install(script), [Path("a.yml")], {}) == found


def test_a_client_that_does_not_work_leaves_it_to_us(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that hangs, and one that cannot be started."""
    monkeypatch.setattr(docker_config, "DEADLINE_S", 0.2)
    assert docker_config.read(install("while :; do :; done"), [Path("a.yml")], {}) is None
    assert docker_config.read("/no/such/docker", [Path("a.yml")], {}) is None


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("services.a.cap_add must be unique", ("services", "a", "cap_add")),
        ("networks.my-net.driver_1 x services.b", ("networks", "my-net", "driver_1")),
        ("* error decoding 'Services.a.ports'", ()), ("services is wrong", ()), ("no such thing", ()),
    ],
)  # fmt: skip
def test_a_refusal_speaks_of_a_key(words: str, path: tuple[str, ...]) -> None:
    """The first that it names as the file has it; a name of Docker's own code is none."""
    assert Refusal(words).path == path
