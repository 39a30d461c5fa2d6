"""Traefik's servers as its API lists them, and effects that are looked for in the very lab that has the fault."""

from collections.abc import Callable
from typing import Any

import pytest

from lab.cluster.handle import Lab
from lab.faults import edge, effects, fault
from lab.probe import health
from tests.harness.stand_ins.fake_lab import FakeSwarm, fake_lab, words


def listing(*urls: str) -> dict[str, Any]:
    return {"servers": [{"url": url} for url in urls]}


def only_of(wanted: Lab, answer: object) -> Callable[[Lab], Any]:
    """A look that answers for this lab, and is never taken at another."""

    def look(lab: Lab) -> object:
        assert lab is wanted
        return answer

    return look


def test_a_server_is_its_address_and_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without scheme and slashes; a service that Traefik does not have, or has without servers, has none."""
    lab = fake_lab(FakeSwarm())
    said = {"frontend": listing("http://10.0.1.11:80/", "https://10.0.1.12:80"), "api": {}}
    monkeypatch.setattr(edge, "services", only_of(lab, said))
    assert edge.servers(lab, "frontend") == {"10.0.1.11:80", "10.0.1.12:80"}
    assert edge.servers(lab, "api") == set()
    assert edge.servers(lab, "signaling") == set()


@pytest.mark.parametrize(
    ("effect", "place", "look", "answer", "seen"),
    [
        (effects.limited, edge, "pages", ["https://x/ answered 429"], "ready: https://x/ answered 429"),
        (effects.not_sticky, edge, "services", {"signaling": {"sticky": {"cookie": {}}}},
         "not yet: Traefik still sets the cookie"),
        (effects.not_sticky, edge, "services", {}, "ready: Traefik sets no cookie"),
        (effects.check_failed, health, "checks", [], "not yet: every task's health check passes"),
    ],
)  # fmt: skip
def test_an_effect_is_looked_for_in_its_own_lab(
    effect: fault.Effect, place: object, look: str, answer: object, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several labs may stand on one machine."""
    lab = fake_lab(FakeSwarm())
    monkeypatch.setattr(place, look, only_of(lab, answer))
    assert words(effect(lab)) == seen
