"""Rules that hold a stack file against the plan: of which service each speaks, at which key, and of which it is silent."""

from typing import Any

import pytest

from fixtures.judge.rules import EVERY
from fixtures.target.planned import Port
from tests.harness.samples.changed_stack import told, with_services

SPREAD, MEDIA, OTHERS = (
    ("frontend", "signaling"),
    "mediasoup",
    ("coturn", "redis", "monitoring", "translation", "tts"),
)
PLANS_OWN = (
    "replicas-confined", "mode-global", "media-not-pinned", "media-ports-published", "service-missing", "pin-wrong",
    "ports-published", "edge-ports-published", "ports-clash", "memory-short", "update-stuck", "networks-lacking",
    "announced-wrong",
)  # fmt: skip
NOWHERE: dict[str, Any] = {"constraints": ("node.role == nobody",)}


def speaking(service: str, **fields: Any) -> dict[str, list[str]]:  # noqa: ANN401 - any field of a service
    """What each of these rules finds where one service is changed; those that find nothing are left out."""
    look = with_services(**{service: fields})
    return {rule: found for rule in PLANS_OWN if (found := told(rule, look))}


@pytest.mark.parametrize("service", [*SPREAD, MEDIA, "traefik", *OTHERS])
def test_the_placement_of_a_service_is_of_one_rule(service: str) -> None:
    """The spread ones', the SFU's, or that of all others; whichever it is, it stands at `deploy`."""
    (rule,) = speaking(service, **NOWHERE)
    assert rule == (
        "replicas-confined" if service in SPREAD else "media-not-pinned" if service == MEDIA else "pin-wrong"
    )
    for text in told(rule, with_services(**{service: NOWHERE})):
        assert text.startswith(f"{service}: ")
        assert text.endswith(f" @ {service}.deploy")


@pytest.mark.parametrize("service", [*SPREAD, MEDIA, "traefik", *OTHERS])
def test_a_service_that_is_gone_is_told_of_once(service: str) -> None:
    """By the rule on what is missing; of Traefik also that nobody answers."""
    found = speaking(service, name="translation_other")
    assert [text.partition(";")[0] for text in found.pop("service-missing")] == [
        f"{service}: is not in the stack"
    ]
    assert found == (
        {"edge-ports-published": ["traefik: is not in the stack: nothing answers @ services"]}
        if service == "traefik"
        else {}
    )


@pytest.mark.parametrize("service", ["traefik", MEDIA, "monitoring", "coturn"])
def test_the_published_ports_of_a_service_are_of_one_rule(service: str) -> None:
    """The edge's and the SFU's belong to criteria of their own."""
    rules = {"traefik": "edge-ports-published", MEDIA: "media-ports-published"}
    found = speaking(service, ports=(Port(7, 7, "tcp", "ingress"),))
    (text, *more) = found.pop(rules.get(service, "ports-published"))
    assert text.startswith(f"{service}: ")
    assert text.endswith(f" @ {service}.ports")
    assert {each.rpartition(" @ ")[2] for each in more} <= {f"{service}.ports"}
    assert found == {}


def test_a_service_in_global_mode_has_a_number_by_chance() -> None:
    """Only one that the plan spreads."""
    text = "frontend: mode global: one on each node, plan A has 3 @ frontend.deploy.mode"
    assert speaking("frontend", replicas=None) == {"mode-global": [text]}
    assert "mode-global" not in speaking("monitoring", replicas=None)
    assert EVERY["mode-global"].severity == "note"


@pytest.mark.parametrize(
    ("service", "fields", "rule", "text"),
    [
        ("signaling", {"networks": ("translation_frontend",)}, "networks-lacking",
         "signaling: is not on the network backend, so services on that network cannot reach it @ signaling.networks"),
        ("signaling", {"memory_limit": 1 << 20}, "memory-short", " @ signaling.deploy.resources"),
        ("frontend", {"update_config": {"Parallelism": 0, "Order": "stop-first"}},
         "update-stuck", " @ frontend.deploy.update_config"),
        (MEDIA, {"env": {"ANNOUNCED_IP": ""}}, "announced-wrong", " @ mediasoup.environment"),
        ("monitoring", {"ports": (Port(80, 80, "tcp", "host"),), "replicas": None}, "ports-clash", " @ monitoring.ports"),
    ],
)  # fmt: skip
def test_each_fault_stands_at_the_key_of_its_rule(
    service: str, fields: dict[str, Any], rule: str, text: str
) -> None:
    """Where an operator mends it."""
    found = speaking(service, **fields)[rule]
    assert found
    for each in found:
        assert each.endswith(text)
