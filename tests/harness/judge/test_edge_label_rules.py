"""Rules on labels as our own code reads them, for a machine that has no Traefik: what each finds, and at which key."""

import re
from typing import Any

import pytest

from fixtures.judge.file_rules import Asks, FileLook, Severity
from fixtures.judge.rules import EVERY
from tests.harness.samples.changed_stack import sound, told, with_services

RULE = "traefik.http.routers.frontend.rule"
PORT = "traefik.http.services.frontend.loadbalancer.server.port"
COOKIE = "traefik.http.services.signaling.loadbalancer.sticky.cookie"


def labelled(service: str, **changed: str | None) -> FileLook:
    """The sound stack with labels of one service changed; `dots` of a key are written as they are."""
    (found,) = (each for each in sound().candidate.services if each.name == f"translation_{service}")
    labels = {**found.labels, **changed}
    return with_services(**{service: {"labels": {k: v for k, v in labels.items() if v is not None}}})


@pytest.mark.parametrize(
    ("rule", "service", "changed", "texts"),
    [
        ("label-host", "frontend", {"traefik.enable": "false"},
         [f"{host}: the rule for it is frontend's, which lacks traefik.enable=true @ services"
          for host in ("jbcalling.site", "www.jbcalling.site")]),
        ("label-router", "frontend", {PORT: "http"},
         ["frontend: the port of load balancer frontend is 'http', which is none @ frontend.deploy.labels"]),
        ("label-sticky", "signaling", {COOKIE: "false"},
         ["signaling: 3 replicas and no sticky cookie: polling sessions move between them and break"
          " @ signaling.deploy.labels"]),
        ("label-network", "frontend", {"traefik.swarm.network": "frontend"},
         ["frontend: Traefik is told the network 'frontend', which is called 'frontend' in the Swarm: Traefik takes any "
             "network instead"
          " @ frontend.deploy.labels"]),
    ],
)  # fmt: skip
def test_a_label_is_told_of_where_it_stands(
    rule: str, service: str, changed: dict[str, Any], texts: list[str]
) -> None:
    """Under `deploy.labels` of its service."""
    assert told(rule, labelled(service, **changed)) == texts


def test_the_old_form_of_labels_is_noted() -> None:
    """At the labels of its service, and in no other place."""
    look = labelled("frontend", **{"traefik.docker.lbswarm": "true"})
    assert told("label-deprecated", look) == [
        "frontend: has labels traefik.docker.* @ frontend.deploy.labels"
    ]
    assert EVERY["label-deprecated"].severity is Severity.NOTE


def test_our_own_reading_stands_back_where_traefik_was_asked() -> None:
    """It is the word of the program itself that counts; what it does not say of networks is read here always."""
    asks = {rule: each.asks for rule, each in EVERY.items() if rule.startswith("label-")}
    assert asks == {
        "label-host": Asks.LABELS, "label-router": Asks.LABELS, "label-sticky": Asks.LABELS, "label-network": Asks.FILE,
        "label-deprecated": Asks.FILE,
    }  # fmt: skip


def test_a_source_that_is_an_address_can_be_opened_as_it_stands() -> None:
    """Hosts and paths of documentation have small letters, and nothing beside them."""
    addresses = {
        rule: each.source for rule, each in EVERY.items() if "/" in each.source and " " not in each.source
    }
    assert addresses["label-deprecated"] == "doc.traefik.io/traefik/migrate/v2-to-v3-details"
    for rule, source in addresses.items():
        assert re.fullmatch(
            r"(?:doc\.traefik\.io|docs\.docker\.com|github\.com|moby|tiangolo)/[\w./#-]+", source
        ), rule
        assert source == source.lower(), rule
