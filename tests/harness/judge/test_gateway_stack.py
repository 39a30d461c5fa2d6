"""The stack with a gateway, judged by its own plan, and what defects of its kind are told."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from fixtures.judge.file_rules import FileLook, Severity, findings, without_subject
from fixtures.judge.rules import EVERY
from fixtures.run.file_look import look_at
from fixtures.run.fitting_plan import hint
from fixtures.target.plan import load_plan
from lab.compose import reading
from lab.compose.reading import Stack
from lab.compose.reference import REFERENCE_STACK, STACKS

PLAN = load_plan("gateway")
STACK = reading.for_a_lab((STACKS / "stack-gateway.yml",))


def looked(stack: Stack = STACK) -> FileLook:
    return look_at(stack, PLAN, lambda _: None, ask_traefik=False)


def errors(stack: Stack = STACK) -> list[tuple[str, str]]:
    """Rule and text of each error, without Traefik's word."""
    found = findings(EVERY, looked(stack))
    return [(each.rule.id, each.text) for each in found if each.severity is Severity.ERROR]


def changed(service: str, **over: Any) -> Stack:  # noqa: ANN401 - whatever a stack file holds
    document = copy.deepcopy(STACK.document)
    document["services"][service] = {**document["services"][service], **over}
    return replace(STACK, document=document)


def test_it_is_sound() -> None:
    """Every criterion of a file has its subject in it, and none is red."""
    assert errors() == []
    judged = {rule.criterion for rule in EVERY.values()}
    assert {name: reason for name in judged if (reason := without_subject(looked(), name))} == {}


def test_which_plan_it_is_made_for_is_said() -> None:
    """By its content, for its name says none; and the reference stack is told nothing of the kind."""
    said = hint(STACK, load_plan("a"))
    assert said == (
        "the file fits plan gateway, which finds no error in it: --plan gateway judges the file by plan gateway"
    )
    assert hint(reading.for_a_lab((REFERENCE_STACK,)), load_plan("a")) == ""


ENVIRONMENT = STACK.document["services"]["gateway"]["environment"]
DEPLOY = STACK.document["services"]["gateway"]["deploy"]


@pytest.mark.parametrize(
    ("over", "rule", "said"),
    [
        ({"ports": STACK.document["services"]["gateway"]["ports"][:10]}, "media-ports-published", "40010"),
        ({"environment": {**ENVIRONMENT, "ANNOUNCED_IP": ""}}, "announced-wrong", "announces no address"),
        ({"environment": {**ENVIRONMENT, "RTC_MAX_PORT": "40029"}}, "announced-wrong", "40000-40029"),
        ({"environment": {**ENVIRONMENT, "CORS_ORIGIN": "*"}}, "origin-refused", "CORS_ORIGIN=*"),
        ({"environment": {**ENVIRONMENT, "REDIS_HOST": "redis_gateway"}}, "address-unknown", "redis_gateway"),
        ({"deploy": {**DEPLOY, "placement": {}}}, "media-not-pinned", "translation01"),
        ({"deploy": {**DEPLOY, "replicas": 2}}, "media-not-pinned", "2 replicas"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_its_defects_are_told(over: dict[str, Any], rule: str, said: str) -> None:
    """Each by its own rule, with what is wrong."""
    found = errors(changed("gateway", **over))
    assert any(said in text for name, text in found if name == rule), found
