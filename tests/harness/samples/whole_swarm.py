"""What a small Swarm answers to every list that a backup asks for, with secrets in every place that one can stand in."""

import base64
import copy
from typing import Any

from tests.harness.samples import swarm_api

Json = dict[str, Any]
SECRETS = ("hunter2abc", "s3cretWord", "fromLabel99", "inConfig77", "behindOption5")
"""Each stands once in the answers, in a place of its own."""
_CONFIG = "users:\n  admin: yes\npassword: inConfig77\n"


def answers() -> dict[str, Any]:
    """By path, fresh each time."""
    frontend = swarm_api.service("frontend", 3, constraints=["node.labels.instance == translation03"])
    signaling = swarm_api.service("signaling", 3)
    container = signaling["Spec"]["TaskTemplate"]["ContainerSpec"]
    container["Env"] = ["DB_PASSWORD=hunter2abc", "REDIS_URL=redis://user:s3cretWord@redis:6379", "LOG=info"]
    container["Args"] = ["serve", "--auth-token", "behindOption5", "--port", "80"]
    container["Configs"] = [{"ConfigID": "c1", "ConfigName": "translation_tls", "File": {"Name": "/tls.yml"}}]
    container["Secrets"] = [{"SecretID": "s1", "SecretName": "translation_turn", "File": {"Name": "turn"}}]
    signaling["Spec"]["Labels"]["api.token"] = "fromLabel99"
    config = {"Name": "translation_tls", "Labels": {}, "Data": base64.b64encode(_CONFIG.encode()).decode()}
    secret = {"Name": "translation_turn", "Labels": {"com.docker.stack.namespace": "translation"}}
    return copy.deepcopy({
        "/nodes": [swarm_api.node(each) for each in ("n1", "n2", "n3")],
        "/services": [frontend, signaling],
        "/networks": [swarm_api.NETWORK],
        "/configs": [{"ID": "c1", "Version": {"Index": 7}, "Spec": config}],
        "/secrets": [{"ID": "s1", "Version": {"Index": 8}, "Spec": secret}],
    })  # fmt: skip


def spec_of(found: dict[str, Any], service: str) -> Json:
    """The specification of a service in the answers."""
    (spec,) = (
        each["Spec"] for each in found["/services"] if each["Spec"]["Name"] == f"translation_{service}"
    )
    return spec  # type: ignore[no-any-return]
