"""A plan that leaves parts out: it loads, nothing is found of the parts, and what needs them is not exercised and says so."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.judge.criteria import CRITERIA
from fixtures.judge.hands import Hands
from fixtures.judge.placement import node_violations
from fixtures.run.file_verdict import judge_files
from fixtures.target.plan import PlanError, load_plan
from fixtures.target.planned import Plan
from fixtures.target.reach import Reach
from fixtures.target.values import Target, TargetError
from tests.harness.samples import observed

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "tests" / "harness" / "samples" / "page_and_api"
WHOLE = load_plan("a")
SMALL = load_plan(SAMPLE / "plan.toml")
WITHOUT = {"call", "media-host", "socketio", "mediasoup-pinned", "turn"}
"""The criteria that have no subject in a system of a page and an API."""


def test_each_criterion_says_which_parts_it_is_about() -> None:
    """Without an SFU, Socket.IO and TURN those about them have no subject, with the reason; the whole plan lacks nothing."""
    assert {name for name, each in CRITERIA.items() if SMALL.lacks(each.subjects)} == WITHOUT
    assert {name for name, each in CRITERIA.items() if WHOLE.lacks(each.subjects)} == set()
    assert SMALL.lacks(CRITERIA["call"].subjects) == (
        "the plan of plan.toml names no Socket.IO service (signaling_service) and no SFU (media_service)"
    )


def test_what_is_left_out_is_nobody() -> None:
    """No stack has a service of that name, no host leads to it, and the media host has no address."""
    for part in (SMALL.media, SMALL.signaling):
        assert part not in SMALL.services
        assert (part.replicas, part.ports, part.node) == (0, (), None)
    assert (SMALL.turn_services, SMALL.turn_port, SMALL.allowed_origins) == ((), None, ())
    assert [SMALL.service_of(host) for host in SMALL.hosts] == ["translation_site", "translation_api"]
    with pytest.raises(TargetError, match=r"the plan of plan\.toml names no media host"):
        _ = Target("t", Reach(), SMALL).media_address


def test_every_routed_service_is_asked() -> None:
    """By one host each, the page first; only what a host leads to must be reached through the edge."""
    assert [host.name for host in WHOLE.asked_hosts] == ["jbcalling.site", "api.jbcalling.site"]
    assert [each.name for each in WHOLE.served_services] == ["frontend", "signaling"]
    assert [host.name for host in SMALL.asked_hosts] == ["jbcalling.site", "api.jbcalling.site"]


def text_of(plan: Path = SAMPLE / "plan.toml") -> str:
    return plan.read_text("utf-8")


def load(text: str, folder: Path) -> Plan:
    file = folder / "plan.toml"
    file.write_text(text, "utf-8")
    return load_plan(file)


def test_a_service_with_replicas_that_no_host_leads_to_is_not_asked_of(tmp_path: Path) -> None:
    """A worker behind a queue gets no request through the edge."""
    plan = load(f"{text_of()}\n[services.worker]\nreplicas = 3\n", tmp_path)
    assert [each.name for each in plan.spread_services] == ["site", "api", "worker"]
    assert [each.name for each in plan.served_services] == ["site", "api"]


@pytest.mark.parametrize(
    ("add", "said"),
    [
        ('signaling_service = "api"', "signaling: is missing: add it with the foreign_origin"),
        ('media_service = "api"', 'hosts: none is of kind "media", which media_service needs'),
        ('edge_service = "nobody"', "edge_service = .*is no service of this plan"),
    ],
)
def test_a_part_is_left_out_whole_or_not_at_all(add: str, said: str, tmp_path: Path) -> None:
    """What a part is judged by must be there with it; the line says what to add."""
    text = text_of().replace('edge_service = "proxy"\n', "") if "edge" in add else text_of()
    with pytest.raises(PlanError, match=said):
        load(f"{add}\n{text}", tmp_path)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[signaling]\nforeign_origin = "https://foreign.example"\n', r"signaling_service: is missing: \[signaling\] is about"),
        ('[turn]\nport = 3478\nrelay_ports = "49152-49160"\n', r'none is of kind "media", which \[turn\] needs'),
    ],
)  # fmt: skip
def test_a_table_without_its_part_is_refused(table: str, said: str, tmp_path: Path) -> None:
    """It would be read by nobody."""
    with pytest.raises(PlanError, match=said):
        load(f"{text_of()}\n{table}", tmp_path)


def test_the_file_alone_is_judged_by_the_parts_that_are_there() -> None:
    """The small stack has no error, and each criterion without a subject stands among those that were not exercised."""
    verdict = judge_files(
        [SAMPLE / "stack.yml"], str(SAMPLE / "plan.toml"), lambda _: None, ask_traefik=False
    )
    assert [str(each) for each in verdict.errors] == []
    assert set(verdict.not_exercised) == WITHOUT


def test_a_fault_of_the_small_stack_is_found(tmp_path: Path) -> None:
    """So that the test above can fail: the API's port, the page's replicas."""
    text = (
        (SAMPLE / "stack.yml")
        .read_text()
        .replace("replicas: 2", "replicas: 1", 1)
        .replace('port: "8005"', 'port: "x"')
    )
    file = tmp_path / "stack.yml"
    file.write_text(text)
    verdict = judge_files([file], str(SAMPLE / "plan.toml"), lambda _: None, ask_traefik=False)
    assert {(each.rule.id, each.subject) for each in verdict.errors} >= {
        ("replicas-confined", "translation_site"), ("label-router", "translation_api"),
    }  # fmt: skip


def test_without_traefik_in_the_stack_its_routes_are_not_judged(tmp_path: Path) -> None:
    """Where Traefik belongs to another stack the plan leaves edge_service out."""
    plan = tmp_path / "plan.toml"
    text = text_of().replace('edge_service = "proxy"\n', "")
    head, _, rest = text.partition("[services.proxy]")
    plan.write_text(f"{head}[services.site]{rest.partition('[services.site]')[2]}", "utf-8")
    verdict = judge_files([SAMPLE / "stack.yml"], str(plan), lambda _: None)
    assert set(verdict.not_exercised) == WITHOUT | {"no-504", "routing"}
    assert "Traefik (edge_service)" in verdict.not_exercised["no-504"]


def test_a_run_skips_them_before_it_asks_for_anything() -> None:
    """pytest says the reason in the row, ends with 0, and requires nothing of them."""
    own = {key: value for key, value in os.environ.items() if not key.startswith(("TARGET", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "static", "--stack", SAMPLE / "stack.yml", "--plan", SAMPLE / "plan.toml"],
        cwd=ROOT, env={**own, "COLUMNS": "200"}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "4 passed, 5 skipped" in done.stdout
    for name in WITHOUT:
        (row,) = (line for line in done.stdout.splitlines() if line.startswith(f"│ {name} "))
        assert "not exercised: the plan of plan.toml names no " in row


def test_no_command_by_hand_is_about_what_is_not_there() -> None:
    """A criterion without a subject has none; the others name services and hosts of this plan alone."""
    hands = Hands(Target("t", Reach(), SMALL))
    lines = {name: [str(each.line) for each in CRITERIA[name].commands(hands)] for name in CRITERIA}
    assert {name for name, given in lines.items() if not given} == WITHOUT
    assert [line for given in lines.values() for line in given if "(no " in line] == []


def test_nodes_may_be_called_by_their_host_names(tmp_path: Path) -> None:
    """A Swarm whose nodes carry no label `instance` has all nodes of such a plan."""
    text = "".join(
        f'[[nodes]]\ninstance = "translation0{n}"\nrole = "{"manager" if n == 1 else "worker"}"\nnamed_by = "hostname"\n'
        for n in (1, 2, 3)
    )
    state = observed.sound().state
    assert state is not None
    bare = replace(state, nodes=tuple(replace(each, labels={}) for each in state.nodes))
    assert node_violations(bare, WHOLE) != ()
    assert node_violations(bare, load(f"{text_of()}\n{text}", tmp_path)) == ()
    other = text.replace("translation03", "elsewhere")
    (found,) = node_violations(bare, load(f"{text_of()}\n{other}", tmp_path))
    assert str(found).startswith("elsewhere: is no node of the Swarm")


def test_labels_of_a_node_meet_constraints(tmp_path: Path) -> None:
    """Those that the plan gives it, and no others."""
    stack = tmp_path / "stack.yml"
    stack.write_text(
        "services:\n  ai: {image: x, deploy: {placement: {constraints: [node.labels.gpu == true]}}}\n"
    )
    node = '[[nodes]]\ninstance = "one"\nrole = "manager"\n'
    head = (
        'option = "x"\nstack = "s"\n[services.ai]\nconstraints = ["node.labels.gpu == true"]\nnode = "one"\n'
    )

    def rules(labels: str) -> set[str]:
        plan = tmp_path / "plan.toml"
        plan.write_text(f"{head}{node}{labels}")
        return {each.rule.id for each in judge_files([stack], str(plan), lambda _: None).errors}

    assert rules('labels = { gpu = "true" }\n') == set()
    assert rules('labels = { gpu = "false" }\n') == {"pin-wrong"}
