"""Whose domain a stack file's hosts lie under: the shell's where the file is judged alone, the lab's in a lab."""

from pathlib import Path

import pytest

from fixtures.draft.drafting import draft
from fixtures.draft.material import of_files
from fixtures.run.file_verdict import judge_files
from fixtures.run.lab_hosts import hosts_elsewhere
from fixtures.target.plan import load_plan
from lab.compose import reading
from tests.harness.draft.drafts import plan_of
from tests.harness.run.test_static_gate import USAGE, gate

SHOP = """
services:
  web:
    image: nginx
    deploy:
      labels:
        traefik.http.routers.web.rule: Host(`{host}`)
        traefik.http.services.web.loadbalancer.server.port: "80"
"""
SHOP_PLAN = """
option = "shop"
stack = "shop"
[[hosts]]
name = "{host}"
kind = "page"
[services.web]
"""


def shop(folder: Path, host: str, planned: str) -> tuple[Path, Path]:
    stack, plan = folder / "stack.yml", folder / "shop.toml"
    stack.write_text(SHOP.format(host=host), "utf-8")
    plan.write_text(SHOP_PLAN.format(host=planned), "utf-8")
    return stack, plan


@pytest.mark.parametrize(
    ("host", "planned", "refused"),
    [
        ("shop.example", "shop.example", True),
        ("${DOMAIN}", "shop.example", False),
        ("www.jbcalling.site", "www.jbcalling.site", False),
        ("elsewhere.example", "shop.example", False),
    ],
)
def test_hosts_that_a_lab_cannot_ask_for_are_named(
    host: str, planned: str, refused: bool, tmp_path: Path
) -> None:
    """A rule that takes the domain from DOMAIN moves with it; a host that no rule takes may stand in a file of Traefik's."""
    stack, plan = shop(tmp_path, host, planned)
    said = hosts_elsewhere(reading.for_a_lab([stack]), load_plan(plan), "jbcalling.site")
    assert bool(said) == refused
    if refused:
        wanted = "its rules take shop.example, and the lab's hosts lie under jbcalling.site: write ${DOMAIN}"
        assert said.startswith(f"{stack}: {wanted}")


def test_a_gate_on_another_domain_s_hosts_ends_before_a_node_starts(tmp_path: Path) -> None:
    """One line, exit status 4, and nothing collected; the file alone is judged all the same."""
    stack, plan = shop(tmp_path, "shop.example", "shop.example")
    status, said = gate("-m", "lab", f"--stack={stack}", TARGET_PLAN=str(plan))
    assert status == USAGE, said
    (error,) = [line for line in said.splitlines() if line.startswith("ERROR")]
    assert "its rules take shop.example, and the lab's hosts lie under jbcalling.site" in error
    assert "collected" not in said
    assert "the lab's hosts" not in gate(f"--stack={stack}", TARGET_PLAN=str(plan))[1]


def test_the_shell_s_domain_holds_where_a_file_is_judged_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a deploy takes it; the lab's own stands for it only where it is not set, and always in a lab."""
    stack, plan = shop(tmp_path, "${DOMAIN}", "shop.example")
    monkeypatch.setenv("DOMAIN", "shop.example")
    assert "Host(`shop.example`)" in str(reading.by_itself([stack]).document)
    assert "Host(`jbcalling.site`)" in str(reading.for_a_lab([stack]).document)
    assert [h.name for h in plan_of(draft(of_files([stack], None, lambda _: None)), tmp_path).hosts] == [
        "shop.example"
    ]
    assert (
        judge_files([stack], str(plan), lambda _: None).look.candidate.services[0].labels[RULE]
        == "Host(`shop.example`)"
    )
    monkeypatch.delenv("DOMAIN")
    assert "Host(`jbcalling.site`)" in str(reading.by_itself([stack]).document)


RULE = "traefik.http.routers.web.rule"
