"""What could be asked of an engine: ways to change it, ways around a guard that looks only once, and plain reads."""

import json
from collections.abc import Callable

from fixtures.observe.swarm.engine_client import EngineClient

Call = Callable[[EngineClient], bytes]
V = "/v1.45"


def call(method: str, target: str, sent: object = None) -> Call:
    """One call, read to its end."""
    body = None if sent is None else json.dumps(sent).encode()

    def ask(client: EngineClient) -> bytes:
        with client.asked(method, target, deadline_s=2, bytes_max=10_000, body=body) as answer:
            return answer.body()

    return ask


WRITES = {
    "create": call("POST", f"{V}/services/create", {"TaskTemplate": {"ContainerSpec": {"Image": "x"}}}),
    "update": call("POST", f"{V}/services/media/update?version=1", {"Name": "media"}),
    "remove": call("DELETE", f"{V}/services/media"),
    "leave": call("POST", f"{V}/swarm/leave?force=1"),
    "exec": call("POST", f"{V}/containers/c1/exec", {"Cmd": ["sh"]}),
    "attach": call("POST", f"{V}/containers/c1/attach?stream=1"),
    "kill": call("POST", f"{V}/containers/c1/kill"),
    "node": call("DELETE", f"{V}/nodes/n1"),
    "put": call("PUT", f"{V}/containers/c1/archive?path=/"),
    "without a version": call("POST", "/services/create"),
    "options": call("OPTIONS", f"{V}/nodes"),
    "a method in small letters": call("post", f"{V}/services/create"),
    "get in small letters": call("get", f"{V}/nodes"),
    "two requests in a method": call("GET /nodes HTTP/1.1\r\n\r\nPOST", f"{V}/services/create"),
    "a read with a body": call("GET", f"{V}/nodes", {"a": 1}),
}
NOT_READS = {
    "attach by websocket": "/containers/c1/attach/ws",
    "attach, escaped": "/containers/X%2Fattach%2Fws",
    "attach, escaped twice": "/containers/X%252Fattach%252Fws",
    "attach in capitals": "/CONTAINERS/c1/ATTACH/WS",
    "exec": "/exec/e1/start",
    "upwards": "/nodes/../containers/c1/attach/ws",
    "upwards, escaped": "/nodes/%2e%2e/containers/c1/attach/ws",
    "upwards, all escaped": "/nodes/%2e%2e%2fcontainers%2fc1%2fattach%2fws",
    "two dots": "/nodes/..",
    "one dot": "/nodes/.",
    "an empty name": "/services//logs",
    "a trailing slash": "/nodes/",
    "double slash": "//nodes",
    "a slash in a name": "/services/a%2Fb",
    "a line in a name": "/nodes/n1%0d%0aX-A:%20b",
    "a bare line": "/nodes/n1\r\nX-A: b",
    "a newline at the end": "/nodes\n",
    "a null": "/nodes/%00",
    "a backslash": "/nodes\\..\\containers",
    "a fragment": "/nodes#/attach",
    "parameters": "/nodes;x=1",
    "letters beyond ASCII": "/nodes/ｎ１",
    "digits beyond ASCII": "/v１.45/nodes",
    "a secret": "/secrets",
    "a config": "/configs",
    "unlock key": "/swarm/unlockkey",
    "all of the files of a container": "/containers/c1/export",
    "an image": "/images/x/get",
    "events": "/events",
    "another's host": "http://evil.test/nodes",
    "a log that is followed": "/services/media/logs?follow=1&stdout=1",
    "followed, escaped": "/services/media/logs?%66ollow=1",
    "followed, without a value": "/tasks/t1/logs?stdout=1&follow",
    "followed behind a semicolon": "/tasks/t1/logs?stdout=1;follow=1",
    "another query": "/nodes?upgrade=tcp",
}
READS = (
    "/version", "/nodes", "/nodes/n1", "/services", "/services/translation_media-1.x", "/services/s1/logs?stdout=1&tail=all",
    "/tasks", "/tasks/t1", "/tasks/t1/logs?since=0&details=1&timestamps=1&stderr=1", "/networks?filters=%7B%7D", "/networks/net1",
    "/%6eodes",
)  # fmt: skip
