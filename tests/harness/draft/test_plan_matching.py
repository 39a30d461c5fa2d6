"""`plan check`: what of a plan nothing matches, by itself and against a stack file; every such key is named, and no other."""

from pathlib import Path

import pytest

from fixtures.draft.material import of_files
from fixtures.draft.plan_matching import against, by_itself, not_in_plan
from fixtures.target.plan import PLANS, load_plan
from fixtures.target.planned import Plan
from lab.compose.reference import REFERENCE_STACK

BASE = (PLANS / "option-a.toml").read_text("utf-8")
REFERENCE = of_files([REFERENCE_STACK], "translation", lambda _: None, ask_traefik=False)


def changed(folder: Path, old: str, new: str) -> Plan:
    assert old in BASE
    file = folder / "plan.toml"
    file.write_text(BASE.replace(old, new, 1), "utf-8")
    return load_plan(file)


def test_the_shipped_plan_matches_its_stack() -> None:
    """Nothing is called unmatched of it, and nothing of the stack is missing in it."""
    plan = load_plan("a")
    assert [*by_itself(plan), *against(plan, REFERENCE)] == []
    assert not_in_plan(plan, REFERENCE) == ()


BY_ITSELF = {
    "turn": ("port = 3478", "port = 3479", "turn.port: no service of the plan publishes 3479"),
    "constraint": (
        'constraints = ["node.labels.instance == translation03"]', 'constraints = ["node.labels.disk == ssd"]',
        "services.tts.constraints: no node of the plan meets node.labels.disk == ssd",
    ),
    "origin": (
        '"https://www.jbcalling.site"]', '"https://elsewhere.example"]',
        "signaling.allowed_origins: https://elsewhere.example is no host of the plan",
    ),
    "network": ("[turn]", '[network_names]\npublic = "other"\n\n[turn]', "network_names.public: no service of the plan is on"),
    "nodes": (
        "replicas = 3\nmin_nodes = 2", "replicas = 9\nmin_nodes = 9",
        "services.frontend.min_nodes: wants 9 nodes, and the plan has 3",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), BY_ITSELF.values(), ids=BY_ITSELF.keys())
def test_what_the_plan_itself_does_not_match(old: str, new: str, said: str, tmp_path: Path) -> None:
    """One key, named with what was looked for."""
    (found,) = by_itself(changed(tmp_path, old, new))
    assert str(found).startswith(said)


AGAINST = {
    "service": ("[services.tts]", "[services.speech]", "services.speech: no service of stack-hybrid.yml is called so"),
    "replicas": ("replicas = 3", "replicas = 4", "services.frontend.replicas: 4, and stack-hybrid.yml has 3"),
    "image": ('image = "prometheus"', 'image = "grafana"', "services.monitoring.image: grafana, and the image is prometheus"),
    "pin": (
        'constraints = ["node.labels.instance == translation03"]', 'constraints = ["node.labels.instance==translation02"]',
        "services.tts.constraints: the service has none of them (it has node.labels.instance == translation03)",
    ),
    "port": ('published = "80"', 'published = "8080"', "services.traefik.ports: 8080->80/tcp host is not published"),
    "network": (
        'networks = ["frontend", "backend"]', 'networks = ["frontend", "media"]',
        "services.signaling.networks: the service is not on media",
    ),
    "host": (
        '"api.jbcalling.site"', '"ws.jbcalling.site"', "hosts ws.jbcalling.site/health: no router of Traefik's takes this host",
    ),
    "led elsewhere": (
        'kind = "page"\nservice = "frontend"', 'kind = "page"\nservice = "tts"',
        "hosts jbcalling.site/: it is led to translation_frontend, and the plan has translation_tts",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), AGAINST.values(), ids=AGAINST.keys())
def test_what_the_stack_does_not_match(old: str, new: str, said: str, tmp_path: Path) -> None:
    """One key, named with what the stack has instead."""
    (found,) = against(changed(tmp_path, old, new), REFERENCE)
    assert str(found).startswith(said)


def test_a_path_that_no_router_takes(tmp_path: Path) -> None:
    """The host is taken, and not there."""
    file = tmp_path / "stack.yml"
    file.write_text(
        "services:\n  signaling:\n    image: x\n    deploy:\n      labels:\n"
        "        traefik.http.routers.a.rule: Host(`api.jbcalling.site`) && PathPrefix(`/socket.io`)\n"
    )
    found = map(str, against(load_plan("a"), of_files([file], "translation", lambda _: None)))
    assert "hosts api.jbcalling.site/health: routers take /socket.io of this host, and not this path" in found


def test_what_the_plan_does_not_name(tmp_path: Path) -> None:
    """Services and hosts of the stack of which nothing is judged."""
    text = BASE.replace("[services.tts]", "[services.speech]", 1).replace(
        "www.jbcalling.site", "web.jbcalling.site"
    )
    file = tmp_path / "plan.toml"
    file.write_text(text, "utf-8")
    assert not_in_plan(load_plan(file), REFERENCE) == ("service tts", "host www.jbcalling.site")
