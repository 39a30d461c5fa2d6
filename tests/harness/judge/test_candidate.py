"""A stack that is to be deployed, as a value: what it has of a planned service, and what it lacks."""

from dataclasses import replace

from fixtures.judge.candidate import Candidate, homes, may_run
from tests.harness.samples.sound_cluster import PLAN, service

MEDIA = PLAN.media


def of(*names: str) -> Candidate:
    services = tuple(service(PLAN.service(name)) for name in names)
    return Candidate("translation", services, {}, lambda *key: "/".join(map(str, key)))


def test_what_the_stack_lacks_has_no_variables() -> None:
    """And is none of its services."""
    with_media, without = of("signaling", MEDIA.name), of("signaling")
    assert with_media.service(MEDIA) == service(MEDIA)
    assert with_media.env_of(MEDIA) == service(MEDIA).env != {}
    assert without.service(MEDIA) is None
    assert without.env_of(MEDIA) == {}


def test_a_key_of_a_service_is_found_by_its_full_name() -> None:
    """The file has it under the short one."""
    assert (
        of("signaling").at("translation_signaling", "deploy", "labels") == "services/signaling/deploy/labels"
    )


def test_each_constraint_must_be_met() -> None:
    """What no plan knows, such as the platform, the id or the engine's labels, is taken for met, with == and with !=."""
    unknown = (
        "node.platform.arch == x86_64",
        "engine.labels.disk != ssd",
        "node.id == abc",
        "node.id != abc",
    )
    free = replace(service(PLAN.signaling), constraints=unknown)
    assert homes(free, PLAN) == PLAN.nodes
    held = replace(free, constraints=(*unknown, "node.role == worker"))
    workers = tuple(node for node in PLAN.nodes if node.role == "worker")
    assert homes(held, PLAN) == workers
    assert 0 < len(workers) < len(PLAN.nodes)
    assert not may_run(
        replace(free, constraints=("node.role == worker", "node.role == manager")), PLAN.nodes[0]
    )
    assert not may_run(replace(free, constraints=("node.idle == yes",)), PLAN.nodes[0])
