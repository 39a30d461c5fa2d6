"""A stand-in for a manager on which a prober can be deployed: it keeps the service, and its tasks end at once."""

import json
from collections.abc import Callable
from typing import Any

from tests.harness.samples import swarm_api as samples
from tests.harness.stand_ins.engine_api import RecordingEngine

Json = dict[str, Any]
ID = "prober1"
NODES = ("n1", "n2")
ADDRESS = {"n1": "10.0.1.21", "n2": "10.0.1.22"}
PORT_LABEL = "traefik.http.services.frontend.loadbalancer.server.port"


def said(node: str) -> str:
    """What the agent of one node says when all is well."""
    other = ADDRESS["n2" if node == "n1" else "n1"]
    dest = "dest 10.0.1.5 80 open HTTP/1.1 200 OK\ndestping 10.0.1.5 ok\n" if node == "n1" else ""
    return (
        f"peer {other} 100\nasked {other} 102\n{dest}tcp {other} open\nsmall {other} 200\nlarge {other} 60000\n"
        f"ping {other} ok\nsent {other} 1450\nudp {other} 100,1450\nran 100 106\ndone"
    )


def frontend() -> Json:
    service = samples.service("frontend")
    service["Spec"]["Labels"][PORT_LABEL] = "80"
    return service


class ProberEngine(RecordingEngine):
    """`deployed` is the service that has the prober's name; `state` is what its tasks are in, until another
    is created, whose tasks end at once; `fails` maps `METHOD path` to a status that is answered once what was asked is done."""

    def __init__(
        self, deployed: Json | None = None, state: str = "complete", nodes: tuple[str, ...] = NODES
    ) -> None:
        super().__init__()
        self.deployed, self.state, self.nodes = deployed, state, nodes
        self.fails: dict[str, int] = {}
        self.on_create: Callable[[], object] = lambda: None

    @property
    def writes(self) -> list[str]:
        """The requests that would change something."""
        return [each for each in self.requests if not each.startswith(("GET ", "HEAD "))]

    def answer(self, method: str, path: str, body: bytes) -> Any:  # noqa: ANN401
        found = self._answer(method, path, body)
        return self.fails.get(f"{method} {path}", found)

    def _answer(self, method: str, path: str, body: bytes) -> Any:  # noqa: ANN401
        if (method, path) == ("POST", "/services/create"):
            self.deployed, self.state = service(json.loads(body)), "complete"
            self.on_create()
            return {"ID": ID}
        if (method, path) == ("DELETE", f"/services/{ID}"):
            self.deployed = None
            return b""
        if path.endswith("/logs"):
            node = path.split("/")[2].removeprefix("p-")
            lines = [samples.LOGGED.format(second=1, text=line) for line in said(node).splitlines()]
            return b"".join(samples.frame(1, line) for line in lines)
        return self._reading().get(path, self.answers.get(path, 404))

    def _reading(self) -> Json:
        deployed = [self.deployed] if self.deployed else []
        return {
            "/nodes": [samples.node(each) for each in self.nodes],
            "/services": [samples.service("traefik"), frontend(), *deployed],
            f"/services/{ID}": self.deployed or 404,
            "/tasks": [samples.task("t1", "traefik", 1, "n1", address="10.0.1.4"),
                       samples.task("f1", "frontend", 1, "n2", address="10.0.1.5"), *self._tasks()],
            "/networks": [samples.NETWORK],
            "/networks/net1": samples.NETWORK,
        }  # fmt: skip

    def _tasks(self) -> list[Json]:
        if self.deployed is None:
            return []
        made = [samples.task(f"p-{n}", "prober", 0, n, self.state, address=ADDRESS[n]) for n in self.nodes]
        return [{**task, "ServiceID": ID} for task in made]


def service(spec: Json) -> Json:
    """As GET /services tells it."""
    return {"ID": ID, "Version": {"Index": 1}, "Spec": spec}
