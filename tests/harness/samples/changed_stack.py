"""The reference stack with single values changed, as the rules of a stack file look at it, and what they say of it."""

import copy
import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from fixtures.judge.file_rules import FileLook, Found
from fixtures.judge.rules import EVERY
from fixtures.observe.swarm.state import Service
from fixtures.rehearse.startup import Option
from fixtures.run.file_look import look_at
from lab.compose import reading, reference
from tests.stack_cases.judging import PLAN

Fields = Mapping[str, Any]


@functools.cache
def sound() -> FileLook:
    """The reference stack, without Traefik's word."""
    stack = reading.read([reference.REFERENCE_STACK], reference.environment())
    return look_at(stack, PLAN, lambda _: None, ask_traefik=False)


def with_services(**changed: Fields) -> FileLook:
    """The sound look with fields of services changed, each service given by its short name."""

    def made(service: Service) -> Service:
        return replace(service, **changed.get(service.name.removeprefix("translation_"), {}))

    candidate = sound().candidate
    return replace(
        sound(), candidate=replace(candidate, services=tuple(made(each) for each in candidate.services))
    )


def with_env(service: str, **env: str) -> FileLook:
    """The sound look with variables of one service added."""
    (found,) = (each for each in sound().candidate.services if each.name == f"translation_{service}")
    return with_services(**{service: {"env": {**found.env, **env}}})


def with_options(**options: str) -> FileLook:
    """The sound look with options of Traefik added; `__` stands for a dot."""
    startup = sound().startup
    assert startup is not None
    more = tuple(Option(key.replace("__", "."), value, ()) for key, value in options.items())
    return replace(sound(), startup=replace(startup, options=(*startup.options, *more)))


def with_document(value: object, *key: str) -> FileLook:
    """The sound look with one value of the document changed."""
    document = copy.deepcopy(dict(sound().document))
    *way, last = key
    place: Any = document
    for each in way:
        place = place.setdefault(each, {})
    place[last] = value
    return replace(sound(), document=document)


def shown(found: Iterable[Found]) -> list[str]:
    """Findings as subject, text and key, without the name of the stack and without what stands above all keys."""
    texts = (f"{each.subject}: {each.text} @ {'.'.join(map(str, each.key))}" for each in found)
    return [text.replace("translation_", "").replace("@ services.", "@ ") for text in texts]


def told(rule: str, look: FileLook) -> list[str]:
    """What one rule finds."""
    return shown(EVERY[rule].check(look))
