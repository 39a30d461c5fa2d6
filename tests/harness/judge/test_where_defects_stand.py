"""Where each defect of a stack file stands: the very key, by which an operator finds the line."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.judge.candidate import candidate
from fixtures.judge.file_rules import Found, from_violations
from fixtures.judge.placement import Violation, edge_log_of
from lab.compose import reading, reference
from tests.harness.judge.test_rules import CHECKS, DEFECTS, PLAN, Document
from tests.harness.samples.changed_stack import sound

PLACES = {
    "constraint": ["tts.deploy.placement.constraints", "tts.deploy"],
    "too few": ["frontend.deploy.placement.constraints", "frontend.deploy"],
    "replicas": ["frontend.deploy.replicas"],
    "per node": ["frontend.deploy.placement.constraints", "frontend.deploy"],
    "port more": ["frontend.ports"],
    "ingress": ["mediasoup.ports"],
    "clash": [
        "monitoring.ports",
        "monitoring.deploy.update_config.order",
        "monitoring.deploy.rollback_config.order",
    ],
    "little memory": ["signaling.deploy.resources.limits.memory"],
    "full node": ["signaling.deploy.resources"],
    "deadlock": ["mediasoup.deploy.update_config.order"],
    "all at once": ["frontend.deploy.update_config.order"],
    "loopback": ["mediasoup.environment"],
    "other ports": ["mediasoup.environment"],
    "disabled": ["frontend.deploy.labels"],
    "other host": [""],
    "two hosts": ["frontend.deploy.labels"],
    "port text": ["frontend.deploy.labels"],
    "port": ["signaling.deploy.labels"],
    "entrypoint": ["frontend.deploy.labels"],
    "no tls": ["frontend.deploy.labels"],
    "link": ["frontend.deploy.labels"],
    "ambiguous": ["frontend.deploy.labels"],
    "mixed": ["frontend.deploy.labels"],
    "short name": ["frontend.deploy.labels"],
    "wrong network": ["signaling.deploy.labels"],
    "no network": ["signaling.deploy.labels"],
    "not sticky": ["signaling.deploy.labels"],
    "open": ["signaling.environment.ALLOWED_ORIGINS"],
    "closed": ["signaling.environment.ALLOWED_ORIGINS"],
}
"""By the names of the defects, below `services`; empty where no service is to blame."""


@pytest.mark.parametrize(("name", "fault"), [each[:2] for each in DEFECTS], ids=[each[0] for each in DEFECTS])
def test_a_defect_is_found_where_it_stands(name: str, fault: Document, tmp_path: Path) -> None:
    """Each key is one that the file has: a line can be told of it."""
    path = tmp_path / "fault.yml"
    path.write_text(yaml.safe_dump({"version": "3.12", **fault}))
    document: Any = reading.read([reference.REFERENCE_STACK, path], reference.environment()).document
    found = candidate(document, PLAN.stack, lambda *key: "\n".join(map(str, key)))
    keys = [violation.command.split("\n") for check in CHECKS for violation in check(found, PLAN)]
    assert list(dict.fromkeys(".".join(key[1:]) for key in keys)) == PLACES[name]
    for key in keys:
        assert key[0] == "services"
        place = document
        for part in key:
            place = place[part]


def test_every_defect_has_its_place() -> None:
    """Also one that is added."""
    assert list(PLACES) == [each[0] for each in DEFECTS]


def test_a_violation_of_a_service_that_is_not_there_stands_at_the_services() -> None:
    """Of one that is there at the key of the check; the line is the check's own."""
    gone, there = (
        Violation("translation_gone", "is gone", "f:3"),
        Violation("translation_tts", "is odd", "f:9"),
    )
    assert list(from_violations(sound(), [gone, there], "ports", 0)) == [
        Found("translation_gone", "is gone", ("services",), where="f:3"),
        Found("translation_tts", "is odd", ("services", "tts", "ports", 0), where="f:9"),
    ]


def test_what_the_edge_logged_of_an_address_is_asked_for_word_by_word() -> None:
    """An address is a text there and no pattern: its dots would match anything."""
    assert str(edge_log_of("translation_traefik", "10.0.1.7:80")) == (
        "docker service logs translation_traefik | grep -F -e 10.0.1.7:80"
    )
