"""What the lab's nodes are asked: their containers, and from inside them whether what they ask for answers."""

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import docker.errors
import pytest

from fixtures.diagnose.dependencies import DependencySeen
from fixtures.prober import inside_nodes
from fixtures.prober.inside_nodes import ASK, WORDS, containers_of, dependencies_of
from tests.harness.samples import stranded

LABELS = {"com.docker.swarm.task.id": "t1", "com.docker.swarm.service.name": "translation_signaling"}


class Engine:
    """A node's engine with these containers by id: how each is, and whether it was killed for memory."""

    def __init__(self, **states: tuple[str, bool]) -> None:
        self.states, self.asked = states, list[str]()

    def containers(self, *, filters: Any, all: bool = False) -> list[Any]:  # noqa: ANN401
        assert filters["label"] == ["com.docker.swarm.task.id"]
        wanted = self.states.items() if all else [(k, v) for k, v in self.states.items() if v[0] == "running"]
        return [
            {"Id": id_, "State": state, "Created": at, "Labels": LABELS}
            for at, (id_, (state, _)) in enumerate(wanted)
        ]

    def inspect_container(self, id_: str) -> Any:  # noqa: ANN401
        if id_ == "gone":
            raise docker.errors.NotFound("gone")
        state, killed = self.states[id_]
        return {"Id": id_, "Config": {"Labels": LABELS}, "State": {"Status": state, "OOMKilled": killed}}

    def stats(self, id_: str, *, stream: bool, one_shot: bool) -> Any:  # noqa: ANN401
        assert (stream, one_shot) == (False, True)
        self.asked.append(id_)
        return {"memory_stats": {"max_usage": 77}}


class Dead(Engine):
    """One that does not answer."""

    def containers(self, *, filters: Any, all: bool = False) -> list[Any]:  # noqa: ANN401
        raise docker.errors.DockerException("no answer")


def lab_of(**engines: Engine) -> Any:  # noqa: ANN401
    nodes = {name: SimpleNamespace(api=engine) for name, engine in engines.items()}
    return cast(Any, SimpleNamespace(nodes=nodes, state=SimpleNamespace(addresses=dict.fromkeys(nodes, ""))))


def test_every_node_s_containers_are_read() -> None:
    """A node that does not answer has none, one that is gone meanwhile is left out, and a peak is read where it matters."""
    killed = Engine(c1=("running", False), gone=("running", False), c2=("exited", True))
    well = Engine(c3=("running", False))
    found = containers_of(lab_of(one=killed, two=Dead(), three=well))
    assert [(each.id, each.oom_killed, each.memory_peak) for each in found] == [
        ("c1", False, 77), ("c2", True, None), ("c3", False, None),
    ]  # fmt: skip
    assert (killed.asked, well.asked) == (["c1"], [])


def test_only_the_newest_ended_are_looked_at() -> None:
    """A Swarm keeps many."""
    ended = {f"e{number}": ("exited", False) for number in range(40)}
    found = containers_of(lab_of(one=Engine(**ended)))
    assert len(found) == inside_nodes.ENDED_MOST
    assert found[0].id == "e39"


def test_each_container_asks_for_what_its_service_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the word of the protocol; what is said comes back with the node, and nothing where nobody could be asked."""
    commands: list[list[str]] = []

    def in_task(lab: object, task: Any, command: list[str]) -> tuple[int, str]:  # noqa: ANN401
        commands.append(command)
        return (126, "") if task.node == "two" else (0, "mute 10.0.1.7\n")

    monkeypatch.setattr("lab.cluster.tasks.in_task", in_task)
    state = stranded.told_of("redis://redis:6379").state
    assert state is not None
    engines = {"one": Engine(c1=("running", False)), "two": Engine(c2=("running", False)), "three": Dead()}
    assert dependencies_of(lab_of(**engines), state) == (
        DependencySeen(
            "translation_signaling", "REDIS_URL", "redis", "redis", 6379, "one", "mute", "10.0.1.7"
        ),
    )
    assert [each[3:] for each in commands] == [["redis", "6379", WORDS["redis"]]] * 2


@contextmanager
def answering(said: bytes | None) -> Iterator[int]:
    """A port that accepts one connection, and says this or nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        gate = threading.Event()

        def serve() -> None:
            link, _ = server.accept()
            with link:
                if said is not None:
                    assert link.recv(20) == b"PING\r\n"
                    link.sendall(said)
                gate.wait(10)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        gate.set()


def asked(host: str, port: int, word: str) -> str:
    command = [shutil.which("perl") or "perl", "-e", ASK, host, str(port), word]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()


def test_the_script_tells_an_answer_from_silence() -> None:
    """Run by a real perl: answered, accepted and mute, refused, a name that there is not."""
    with answering(b"+PONG\r\n") as port:
        assert asked("127.0.0.1", port, WORDS["redis"]) == "answers 127.0.0.1 +PONG"
    with answering(None) as port:
        assert asked("127.0.0.1", port, WORDS["redis"]) == "mute 127.0.0.1"
    with answering(None) as port:
        assert asked("127.0.0.1", port, "") == "open 127.0.0.1"
    assert asked("127.0.0.1", port, "").startswith("refused 127.0.0.1")
    assert asked("no such name", 80, "") == "unresolved"
