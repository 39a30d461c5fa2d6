"""Drafts of the stacks that come with the suite judge them, unedited, as the shipped plans do, but for what they mark."""

from pathlib import Path

import pytest

from fixtures.draft.drafting import Draft, draft
from fixtures.draft.material import of_files
from fixtures.rehearse import binary
from fixtures.run.file_verdict import FileVerdict, judge_files
from fixtures.target.plan import PLANS, load_plan
from lab.compose.reference import STACKS
from tests.harness.draft.drafts import marked, plan_of

NAMED = {
    "stack-hybrid": "option-a", "option-b": "option-b", "option-c": "option-c", "incident-nov11": "option-a",
}  # fmt: skip
"""Stack -> the plan that judges it, where the two are not called alike."""
OTHERS = {
    file.stem: file.stem.removeprefix("stack-")
    for file in sorted(STACKS.glob("stack-*.yml"))
    if (PLANS / f"{file.stem.removeprefix('stack-')}.toml").exists()
}
SHIPPED = {**NAMED, **OTHERS}
MARKED_BY = {
    "replicas-confined": ("node", "constraints", "min_nodes", "replicas"),
    "media-not-pinned": ("node", "constraints"), "pin-wrong": ("node", "constraints"),
}  # fmt: skip
"""A rule that a draft may judge otherwise -> the keys of the service, one of which must be marked for that."""


@pytest.fixture(autouse=True)
def _with_traefik() -> None:
    try:
        binary.found(f"traefik:v{binary.PINNED}", lambda _: None)
    except binary.NoBinaryError as error:
        pytest.skip(f"not exercised: {error}")


def drafted(stack: str) -> Draft:
    return draft(of_files([STACKS / f"{stack}.yml"], None, lambda _: None))


def judged(stack: str, plan: Path) -> FileVerdict:
    return judge_files([STACKS / f"{stack}.yml"], str(plan), lambda _: None)


def found(verdict: FileVerdict) -> set[tuple[str, str]]:
    return {(each.rule.id, each.subject) for each in verdict.findings}


@pytest.mark.parametrize(("stack", "plan"), SHIPPED.items(), ids=SHIPPED.keys())
def test_a_draft_judges_as_the_shipped_plan_does(stack: str, plan: str, tmp_path: Path) -> None:
    """What one of the two finds and the other does not stands beside a mark of the draft."""
    made, file = drafted(stack), tmp_path / "drafted.toml"
    file.write_text(made.text, "utf-8")
    by_draft, by_plan = judged(stack, file), judged(stack, PLANS / f"{plan}.toml")
    assert by_draft.look.rehearsal is not None, "Traefik was not asked"
    assert by_draft.not_exercised.keys() <= by_plan.not_exercised.keys()
    unmarked = [
        f"{rule} of {subject}"
        for rule, subject in found(by_draft) ^ found(by_plan)
        if not any(
            marked(made, f"services.{subject.removeprefix('translation_')}.{key}")
            for key in MARKED_BY.get(rule, ())
        )
    ]
    assert unmarked == []


def test_the_pins_of_the_incident_are_asked_about(tmp_path: Path) -> None:
    """The shipped plan calls them wrong; a draft cannot know, and asks beside the pin whether it is meant."""
    made = drafted("incident-nov11")
    assert found(judged("incident-nov11", PLANS / "option-a.toml")) >= {
        ("replicas-confined", "translation_frontend"), ("replicas-confined", "translation_signaling"),
    }  # fmt: skip
    for service in ("frontend", "signaling"):
        assert "go down with it" in marked(made, f"services.{service}.node")
        assert "is that meant?" in marked(made, f"services.{service}.min_nodes")
    assert plan_of(made, tmp_path).service("frontend").node == "translation03"


@pytest.mark.parametrize(("stack", "plan"), SHIPPED.items(), ids=SHIPPED.keys())
def test_a_draft_has_the_parts_and_hosts_of_the_shipped_plan(stack: str, plan: str, tmp_path: Path) -> None:
    """Who is Traefik, signaling, the SFU and the TURN server; every public host with its path and its service."""
    made = drafted(stack)
    ours, theirs = plan_of(made, tmp_path), load_plan(PLANS / f"{plan}.toml")
    parts = (
        "edge_service",
        "signaling_service",
        "media_service",
        "turn_port",
        "relay_ports",
        "stack",
        "allowed_origins",
        "protocol",
        "turn_user",
    )
    assert [getattr(ours, each) for each in parts] == [getattr(theirs, each) for each in parts]
    mine, shipped = (
        {(h.name, h.kind, h.path, plan_.service_of(h)) for h in plan_.web_hosts} for plan_ in (ours, theirs)
    )
    assert mine == shipped
    if [h.name for h in ours.hosts_of("media")] != [h.name for h in theirs.hosts_of("media")]:
        assert "ask: under which name do clients reach the node" in marked(made, "hosts.name")
    assert {(n.instance, n.role) for n in ours.nodes} == {(n.instance, n.role) for n in theirs.nodes}
    for service in theirs.services:
        same = ours.service(service.name)
        assert (set(same.ports), set(same.networks), same.replicas) == (
            set(service.ports), set(service.networks), service.replicas,
        )  # fmt: skip


def test_a_draft_of_the_gateway_speaks_its_words(tmp_path: Path) -> None:
    """One service is signaling and SFU, and the TURN server has a fixed user: without either a sound lab is red."""
    made = drafted("stack-gateway")
    ours = plan_of(made, tmp_path)
    assert (ours.protocol, ours.turn_user) == ("gateway", "jbcalling")
    assert "which words does it speak?" in marked(made, "signaling.protocol")
    assert {h.methods for h in ours.hosts if h.kind == "api"} == {("GET",)}
