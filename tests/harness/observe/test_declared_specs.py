"""The services that we read from a file are those that `docker stack deploy` asks a Swarm for: its requests are kept.

The Swarm is made up on loopback. What a real one fills in (one replica, ids) is filled in here.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.judge.drift import drifts
from fixtures.observe.swarm import parse
from fixtures.observe.swarm.declared import network_names, services_of
from fixtures.observe.swarm.state import Network, SwarmState
from lab.compose import docker_config, reading, reference, refusals
from lab.compose.reference import STACKS
from lab.errors import InputError
from tests.harness.samples.compose_forms import FILES, OBJECTS, SERVICES, VARIABLES, one, stack_of
from tests.harness.stand_ins.docker_client import Client
from tests.harness.stand_ins.made_up_manager import MadeUpManager, made_up_manager

PROGRAM = docker_config.client()
pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="not exercised: no docker client of version 25 or later on the PATH"
)
STACK = "st"
AT_ONCE = 4
Write = Callable[[str, str], Path]


@pytest.fixture
def manager() -> Iterator[MadeUpManager]:
    with made_up_manager() as found:
        yield found


@pytest.fixture
def client() -> Client:
    return Client(PROGRAM or "", VARIABLES)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a stack file of that name beside the env files."""
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(text.encode())

    def written(name: str, text: str) -> Path:
        path = tmp_path / f"{name}.yml"
        path.write_text(text)
        return path

    return written


def as_a_swarm_shows(sent: Mapping[str, Any]) -> dict[str, Any]:
    """A service that was asked for, as `GET /services` answers."""
    one_of_each = {"Replicated": {"Replicas": 1}, "ReplicatedJob": {"MaxConcurrent": 1}}
    mode = {kind: {**one_of_each.get(kind, {}), **counts} for kind, counts in sent["Mode"].items()}
    return {"ID": sent["Name"], "Spec": {**sent, "Mode": mode}}


def state_of(manager: MadeUpManager) -> SwarmState:
    services = tuple(parse.service(as_a_swarm_shows(each)) for each in manager.created.get("services", ()))
    names = {name for service in services for name in service.networks}
    networks = tuple(
        Network(name, name, "overlay", (), None, encrypted=False, peers=())
        for name in sorted(names - {"host"})
    )
    return SwarmState(datetime.now(UTC), (), services, (), networks)


def deployable(write: Write) -> list[str]:
    """The forms of services that our reader takes and does not refuse to deploy."""
    found = []
    for form in SERVICES:
        try:
            reading.read([write("form", f"services:\n{one(form)}{OBJECTS}")], VARIABLES)
        except InputError:
            continue
        found.append(form)
    return found


def test_every_form_is_asked_for_as_we_read_it(write: Write, client: Client, manager: MadeUpManager) -> None:
    """Docker's client sends what we read, field by field, and refuses nothing that we deploy."""
    forms = deployable(write)
    assert len(forms) > 280
    path = write("all", stack_of(forms))
    assert client.deploy(manager, [path], STACK) is None
    document = reading.as_written([path], VARIABLES).document
    found = drifts(services_of(document, STACK), state_of(manager), STACK)
    assert not found, "\n".join(map(str, found))
    used = {
        name
        for service in document["services"].values()
        for name in service.get("networks") or {"default": None}
    }
    names = {name for key, name in network_names(document, STACK).items() if key in used}
    assert {each["Name"] for each in manager.created["networks"]} == names


@pytest.mark.parametrize("file", ["stack-hybrid.yml", "option-b.yml", "option-c.yml"])
def test_our_own_stacks_are_asked_for_as_we_read_them(
    file: str, client: Client, manager: MadeUpManager, tmp_path: Path
) -> None:
    """The reference stack and the other options, what lacks beside them made up."""
    shutil.copytree(STACKS, tmp_path, dirs_exist_ok=True)
    known = {**VARIABLES, **reference.environment()}
    stack = reading.as_written([tmp_path / file], known)
    for section in ("configs", "secrets"):
        for entry in (stack.document.get(section) or {}).values():
            beside = tmp_path / entry.get("file", file)
            beside.parent.mkdir(exist_ok=True)
            beside.touch()
    assert replace(client, environment=known).deploy(manager, stack.files, STACK) is None
    found = drifts(services_of(stack.document, STACK), state_of(manager), STACK)
    assert not found, "\n".join(map(str, found))
    assert len(manager.created["services"]) == len(stack.document["services"]) > 4


def of_the_client(write: Write) -> list[str]:
    """The forms that can be read, and that we say the client refuses to deploy."""
    found = []
    for form in SERVICES:
        try:
            stack = reading.as_written([write("form", f"services:\n{one(form)}{OBJECTS}")], VARIABLES)
        except InputError:
            continue
        if list(refusals.by_the_client(stack.document)):
            found.append(form)
    return found


def test_what_we_say_the_client_refuses_it_refuses(
    write: Write, client: Client, manager: MadeUpManager
) -> None:
    """One form each; what only the engine refuses the made-up Swarm takes."""
    forms = of_the_client(write)
    assert len(forms) > 10
    paths = [write(f"r{number}", f"services:\n{one(form)}{OBJECTS}") for number, form in enumerate(forms)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda path: client.deploy(manager, [path], STACK), paths))
    assert [form for form, answer in zip(forms, answers, strict=True) if answer is None] == []


def test_what_only_the_engine_refuses_the_client_sends(
    write: Write, client: Client, manager: MadeUpManager
) -> None:
    """So the two lists of refusals stand in the right modules."""
    every = set(deployable(write)) | set(of_the_client(write))
    forms = []
    for form in SERVICES:
        try:
            reading.as_written([write("form", f"services:\n{one(form)}{OBJECTS}")], VARIABLES)
        except InputError:
            continue
        if form not in every:
            forms.append(form)
    assert len(forms) > 10
    assert client.deploy(manager, [write("all", stack_of(forms))], STACK) is None
