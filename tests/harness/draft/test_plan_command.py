"""`python -m fixtures plan draft|check`: what it writes and says, how it ends, and that a Swarm is only read."""

import os
from pathlib import Path

import pytest

from fixtures.__main__ import main
from fixtures.commands import json_answers
from fixtures.target import flags
from fixtures.target.plan import load_plan
from lab.compose.reference import REFERENCE_STACK
from tests.harness.samples import swarm_api as samples
from tests.harness.stand_ins.engine_api import recording_engine
from tests.harness.stand_ins.json_places import full

PAGE_AND_API = Path(__file__).parents[1] / "samples" / "page_and_api"
Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith(("TARGET", "DOCKER_"))]:
        monkeypatch.delenv(name)
    for name in ("TARGET", "TARGET_SWARM_API"):
        monkeypatch.setenv(name, "")  # so that what the options set is undone
        monkeypatch.delenv(name)
    monkeypatch.setattr(flags, "_given", {})


def test_a_draft_is_written_and_checked(tmp_path: Path, capsys: Captured) -> None:
    """It goes into the file that is named, what is marked is counted, and `check` finds that all of it matches."""
    out = tmp_path / "plan.toml"
    assert main(["plan", "draft", str(REFERENCE_STACK), "--no-traefik", "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert (said.out, f"plan: written to {out}\n" in said.err) == ("", True)
    assert load_plan(out).edge_service == "traefik"
    assert main(["plan", "check", str(out), "--against", str(REFERENCE_STACK), "--no-traefik"]) == 0
    shown = capsys.readouterr().out
    assert "everything in it matches" in shown
    assert f"{out.read_text().count('guess: ')} guesses and" in shown
    assert f"{out.read_text().count('guess: ')} guesses and" in said.err


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path, capsys: Captured) -> None:
    """A person may have worked on it."""
    out = tmp_path / "plan.toml"
    out.write_text("mine")
    assert main(["plan", "draft", str(REFERENCE_STACK), "--no-traefik", "--out", str(out)]) == 2
    assert out.read_text() == "mine"
    assert "is there already, and is not overwritten" in capsys.readouterr().err


def test_without_a_file_the_draft_is_printed(capsys: Captured) -> None:
    """stdout has the plan alone, so that it can be piped."""
    assert main(["plan", "draft", str(PAGE_AND_API / "stack.yml"), "--no-traefik", "--stack", "shop"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("# Drafted from stack.yml: ")
    assert '\nstack = "shop"\n' in shown.out
    assert "judge by it with --plan FILE" in shown.err


WRONG = {
    "neither": (["draft"], "draft: give a stack file, or --from-swarm: one of the two"),
    "both": (["draft", "x.yml", "--from-swarm"], "draft: give a stack file, or --from-swarm: one of the two"),
    "no such file": (["draft", "nowhere.yml"], "nowhere.yml: cannot be read: No such file or directory"),
    "no such folder": (["draft", str(REFERENCE_STACK), "--no-traefik", "--out", "/nowhere/plan.toml"], "cannot be written"),
    "no plan": (["check", "nowhere.toml"], "nowhere.toml: cannot be read"),
    "no option": (["check", "z"], "there is no such plan"),
    "no stack": (["check", "a", "--against", "nowhere.yml"], "nowhere.yml: cannot be read"),
    "nobody listens": (
        ["draft", "--from-swarm", "--target", "production", "--target-swarm-api", "unix:///nowhere.sock"], "nowhere.sock",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("argv", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_used_is_one_line(
    argv: list[str], said: str, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With status 2 and nothing on stdout."""
    for name in ("TARGET", "TARGET_SWARM_API"):
        monkeypatch.setenv(name, "")  # so that what the options set is undone
        monkeypatch.delenv(name)
    assert main(["plan", *argv]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("plan: ")
    assert (shown.err.count("\n"), said in shown.err) == (1, True), shown.err


def test_what_nothing_matches_is_named(tmp_path: Path, capsys: Captured) -> None:
    """Each key in a line, status 1; as JSON the same, and quietly only these."""
    argv = ["plan", "check", "a", "--against", str(PAGE_AND_API / "stack.yml"), "--no-traefik"]
    assert main([*argv, "-o", "json"]) == 1
    found = full(capsys.readouterr().out, json_answers.PLAN)
    assert {"place": "services.redis", "said": "no service of stack.yml is called so"} in found["unmatched"]
    assert found["not_in_plan"] == ["service proxy", "service site", "service api"]
    assert main([*argv, "-q"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines == [f"{each['place']}: {each['said']}" for each in found["unmatched"]]
    assert main(argv) == 1
    assert f"plan A: {len(lines)} keys match nothing" in capsys.readouterr().out


def test_a_swarm_is_only_read(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """Through the handle that DOCKER_HOST names, nothing but GET is sent."""
    answers = {
        "/nodes": [samples.node("n1"), samples.node("n2")],
        "/services": [samples.service("frontend", 2)], "/tasks": [], "/networks": [],
    }  # fmt: skip
    with recording_engine(answers) as engine:
        monkeypatch.setenv("DOCKER_HOST", f"http://127.0.0.1:{engine.server_address[1]}")
        assert main(["plan", "draft", "--from-swarm"]) == 0
        assert {each.partition(" ")[0] for each in engine.requests} == {"GET"}
    shown = capsys.readouterr().out
    assert 'instance = "translation02"\nrole = "worker"' in shown
    assert "[services.frontend]\nreplicas = 2\n" in shown
