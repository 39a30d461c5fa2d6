"""A lab of three nodes that is only data: a Swarm's services and tasks, and commands that are answered by a function."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from lab.cluster.handle import Lab
from lab.waiting import Look, NotYet, Ready
from tests.harness.stand_ins.fake_engine import api_error

Json = dict[str, Any]
ADDRESSES = {"translation01": "172.28.0.11", "translation02": "172.28.0.12", "translation03": "172.28.0.13"}
DOMAIN = "jbcalling.site"
FRONTEND = "translation_frontend"
Answer = Callable[[str, list[str]], tuple[int, str]]
"""What a command in a container, or in a node, ends with: its exit status and what it said."""
TWO = "translation02"
NODE = f"jbcalling-paper-{TWO}"
"""The container of that node of the lab `paper`."""


def task(service: str, node: str, number: int, **over: Any) -> Json:  # noqa: ANN401
    """A running task of `translation_SERVICE` at 10.0.1.NUMBER on the frontend's network."""
    attached = {"Network": {"Spec": {"Name": FRONTEND}}, "Addresses": [f"10.0.1.{number}/24"]}
    status = {
        "State": "running", "Timestamp": "2025-11-11T11:11:11.5Z",
        "ContainerStatus": {"ContainerID": f"c-{service}-{number}"},
    }  # fmt: skip
    return {
        "ID": f"t-{service}-{number}", "ServiceID": f"id-{service}", "NodeID": f"id-{node}", "DesiredState": "running",
        "Status": status, "NetworksAttachments": [attached], "Spec": {"ContainerSpec": {}}, **over,
    }  # fmt: skip


def service(name: str, replicas: int = 1, **over: Any) -> Json:  # noqa: ANN401
    template: Json = {"ContainerSpec": {}, "Placement": {}}
    mode = {"Replicated": {"Replicas": replicas}}
    spec = {"Name": f"translation_{name}", "Labels": {}, "Mode": mode, "TaskTemplate": template, **over}
    return {"ID": f"id-{name}", "Version": {"Index": 7}, "Spec": spec}


@dataclass
class FakeSwarm:
    """An engine's API as faults use it: the Swarm's objects, and commands; `done` holds what was changed, in order."""

    answer: Answer = lambda container, command: (0, "")
    services_: dict[str, Json] = field(default_factory=dict)
    tasks_: list[Json] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=lambda: dict.fromkeys(ADDRESSES, "ready"))
    secrets_: dict[str, Json] = field(default_factory=dict)
    networks_: dict[str, Json] = field(default_factory=dict)
    containers: dict[str, Json] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    done: list[Any] = field(default_factory=list)
    commands: list[tuple[str, list[str]]] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    ended: dict[str, int] = field(default_factory=dict)
    in_use: bool = False
    base_url: str = "tcp://node"

    def nodes(self) -> list[Json]:
        return [
            {
                "ID": f"id-{name}", "Description": {"Hostname": name}, "Status": {"State": state},
                "Spec": {"Role": "worker", "Labels": {"instance": name}},
            }
            for name, state in self.states.items()
        ]  # fmt: skip

    def services(self, *, filters: Json) -> list[Json]:
        return list(self.services_.values())

    def tasks(self, *, filters: Json) -> list[Json]:
        wanted = str(filters.get("service", "")).removeprefix("translation_")
        return [each for each in self.tasks_ if not wanted or each["ServiceID"] == f"id-{wanted}"]

    def get(self, path: str) -> Any:  # noqa: ANN401
        name = path.rpartition("/")[2].removeprefix("translation_")
        found = self.services_.get(name)
        return (
            _Response(404, {"message": f"service {name} not found"})
            if found is None
            else _Response(200, found)
        )

    def post(self, path: str, *, params: Json, json: Json) -> Any:  # noqa: ANN401
        found = next(each for each in self.services_.values() if f"/{each['ID']}/" in path)
        if params["version"] != found["Version"]["Index"]:
            return _Response(500, {"message": "update out of sequence"})
        self.done.append(copy.deepcopy(json))
        found["Spec"], found["Version"] = copy.deepcopy(json), {"Index": params["version"] + 1}
        found.setdefault("UpdateStatus", {"State": "completed"})
        return _Response(200, {})

    def secrets(self, *, filters: Json) -> list[Json]:
        if "label" in filters:
            key, _, value = filters["label"].partition("=")
            return [each for each in self.secrets_.values() if each["Labels"].get(key) == value]
        return [each for name, each in self.secrets_.items() if filters["name"] in name]

    def create_secret(self, name: str, data: bytes, *, labels: Json) -> None:
        self.secrets_[name] = {"ID": f"id-{name}", "Spec": {"Name": name}, "Labels": labels, "data": data}

    def remove_secret(self, identity: str) -> None:
        self.secrets_ = {name: each for name, each in self.secrets_.items() if each["ID"] != identity}

    def networks(self, *, names: list[str]) -> list[Json]:
        return [each for name, each in self.networks_.items() if name in names]

    def create_network(self, name: str, **options: Any) -> None:  # noqa: ANN401
        self.networks_[name] = {"Id": f"id-{name}", **options}

    def remove_network(self, identity: str) -> None:
        if self.in_use:
            raise api_error(400, f"network {identity} is in use by task x")
        self.networks_ = {name: each for name, each in self.networks_.items() if each["Id"] != identity}

    def inspect_container(self, name: str) -> Json:
        return {"State": {"Running": name not in self.stopped}, **self.containers.get(name, {})}

    def kill(self, name: str) -> None:
        self.stopped.add(name)
        self.done.append(f"kill {name}")

    def start(self, name: str) -> None:
        self.stopped.discard(name)
        self.done.append(f"start {name}")

    def stop(self, name: str, *, timeout: int) -> None:
        self.done.append(f"stop {name} after {timeout} s")

    def exec_create(self, container: str, command: list[str], *, user: str = "") -> Json:
        self.commands.append((container, command))
        self.users.append(user)
        return {"Id": str(len(self.commands) - 1)}

    def exec_start(self, number: str, **_: object) -> bytes:
        self.ended[number], output = self.answer(*self.commands[int(number)])
        return output.encode()

    def exec_inspect(self, number: str) -> Json:
        return {"ExitCode": self.ended[number]}


@dataclass
class _Response:
    status_code: int
    value: Json

    @property
    def ok(self) -> bool:
        return self.status_code < 400

    def json(self) -> Json:
        return copy.deepcopy(self.value)


def fake_lab(swarm: FakeSwarm, folder: Path = Path("/nowhere"), name: str = "paper") -> Lab:
    """The lab on top of it: host and every node answer as this one engine."""
    node = SimpleNamespace(api=swarm, version=lambda: {"ApiVersion": "1.45"}, ping=lambda: True)
    hosts = dict.fromkeys((DOMAIN, f"api.{DOMAIN}", f"traefik.{DOMAIN}"), "127.0.0.1")
    state = SimpleNamespace(addresses=ADDRESSES, manager="translation01", hosts=hosts, name=name)
    lab = SimpleNamespace(
        name=name, state=state, host=node, nodes=dict.fromkeys(ADDRESSES, node), manager=node,
        container=lambda each: f"jbcalling-{name}-{each}", ca_file=folder / "ca.pem", secret=lambda which: which,
    )  # fmt: skip
    return cast(Lab, lab)


def spread(*services_: str) -> FakeSwarm:
    """A sound Swarm: a replica of each of these services on every node, and Traefik on the manager."""
    swarm = FakeSwarm(services_={"traefik": service("traefik")}, tasks_=[task("traefik", "translation01", 9)])
    for tens, name in enumerate(services_, 1):
        swarm.services_[name] = service(name, len(ADDRESSES))
        swarm.tasks_ += [task(name, node, tens * 10 + at) for at, node in enumerate(ADDRESSES, 1)]
    return swarm


def words(look: Look[str]) -> str:
    """What a look says, with how it stands."""
    assert isinstance(look, Ready | NotYet)
    return f"ready: {look.value}" if isinstance(look, Ready) else f"not yet: {look.seen}"
