"""The gate's first step as a pipeline calls it: what it ends with, and what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PASSED, RED, USAGE = 0, 1, 4


def gate(*arguments: str, **environment: str) -> tuple[int, str]:
    """`pytest -m static` in a process of its own; its exit status and all that it says."""
    command = [sys.executable, "-m", "pytest", "-m", "static", "-p", "no:cacheprovider", *arguments]
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TARGET", "PYTEST", "LAB_"))
    }
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_an_option_passes_under_its_own_plan() -> None:
    """Option B ends with 0 under its plan; under plan A it would not, as the checks' own tests show."""
    status, said = gate("--stack=lab/stacks/option-b.yml", TARGET_PLAN="b")
    assert status == PASSED, said
    assert "9 passed" in said


def test_the_incident_is_red_for_its_pins() -> None:
    """The incident's stack ends with 1: spread fails, file and line of the pin are named, the rest passes."""
    status, said = gate("--stack=lab/stacks/stack-hybrid.yml", "--stack=lab/stacks/incident-nov11.yml")
    assert status == RED
    assert re.search(r"^lab/stacks/incident-nov11\.yml:\d+: translation_frontend: ", said, re.M), said
    assert "1 failed, 8 passed" in said
    assert "test_static_replicas_can_spread" in said


def test_a_file_that_cannot_be_deployed_is_usage(tmp_path: Path) -> None:
    """It ends with 4 and one line of file, line and key, before anything is collected."""
    path = tmp_path / "stack.yml"
    path.write_text("services:\n  a:\n    image: x\n    deploy: {replicas: many}\n")
    status, said = gate(f"--stack={path}")
    assert status == USAGE
    (error,) = [line for line in said.splitlines() if line.startswith("ERROR")]
    assert (
        error
        == f"ERROR: {path}:4: services.a.deploy.replicas: 'many': wanted a whole number without quotes, 0 or more"
    )
    assert "collected" not in said


def ignoring(folder: Path, comment: str) -> str:
    """The incident's file with a comment above its first key."""
    stacks = ROOT / "lab" / "stacks"
    text = (stacks / "incident-nov11.yml").read_text("utf-8").replace("x-over: ", f"x-over: {stacks}/")
    path = folder / "incident.yml"
    path.write_text(f"{comment}\n{text}", "utf-8")
    return str(path)


def test_what_a_file_says_is_meant_so_passes_and_stands_in_the_table(tmp_path: Path) -> None:
    """The finding is in the row of its criterion, with the reason."""
    status, said = gate(
        f"--stack={ignoring(tmp_path, '# acceptance: ignore=replicas-confined as in November')}"
    )
    assert status == PASSED, said
    table = " ".join(re.sub(r"[│┃]", " ", said).split())
    assert "ignored: replicas-confined: translation_frontend: " in table
    assert "(as in November)" in table


def test_a_comment_without_a_reason_is_usage(tmp_path: Path) -> None:
    """One line, before anything is collected."""
    path = ignoring(tmp_path, "# acceptance: ignore=replicas-confined")
    status, said = gate(f"--stack={path}")
    assert status == USAGE
    (error,) = [line for line in said.splitlines() if line.startswith("ERROR")]
    assert error.startswith(f"ERROR: {path}:1: # acceptance: ignore=replicas-confined: gives no reason")
    assert "collected" not in said


def test_a_rule_that_is_none_is_named(tmp_path: Path) -> None:
    """A comment that is misspelt ignores nothing, and says which rule may be meant."""
    path = ignoring(tmp_path, "# acceptance: ignore=replicas-confind as in November")
    status, said = gate(f"--stack={path}")
    assert status == RED
    assert (
        f"{path}:1: ignores replicas-confind, and there is no such rule: did you mean replicas-confined?"
        in said
    )


def test_what_docker_passes_over_is_told(tmp_path: Path) -> None:
    """Keys without effect, misspelt ones that it drops, and variables that are not set, with file and line."""
    path = tmp_path / "over.yml"
    path.write_text(
        'version: "3.12"\nservices:\n  redis:\n    container_name: r\n    environment: {A: "${NOT_SET_HERE}"}\n'
        "    secrets: [{source: turn_secret, filename: x}]\n"
    )
    status, said = gate("--stack=lab/stacks/stack-hybrid.yml", f"--stack={path}")
    assert status == PASSED, said
    assert f"{path}:4: services.redis.container_name: a Swarm does nothing with it" in said
    assert f"{path}:6: services.redis.secrets.0.filename: Docker drops it: unknown key" in said
    assert f"{path}:5: services.redis.environment.A: NOT_SET_HERE is not set, and so is empty" in said


def test_a_red_file_is_told_by_place_service_and_fault_alone() -> None:
    """No value of the check's own stands in the failure: `file:line: service: what`, and nothing else."""
    status, said = gate("--stack=lab/stacks/option-b.yml")
    assert status == RED
    failures = said.partition("= FAILURES =")[2].partition("success criteria")[0].splitlines()[2:]
    lines = [line for line in failures if line.strip()]
    assert lines, said
    assert all(
        re.match(r"lab/stacks/option-b\.yml:\d+: translation_frontend: \S.* \[[a-z-]+\]$", line)
        for line in lines
    ), lines
    for trace in ("Candidate(", "FileLook(", "Severity.", "AssertionError", "<function", "E   "):
        assert trace not in said


def test_a_file_that_passes_is_a_file_that_is_ok() -> None:
    """Nothing was started, so no criterion passed: the title says it, and each verdict is of the file."""
    _, said = gate("--stack=lab/stacks/stack-hybrid.yml")
    table = said.partition("stack file only: nothing was started")[2]
    assert table, said
    verdicts = dict(re.findall(r"^[│ ] *([a-z0-9-]+) +[│ ] +(file ok|passed|not exercised) ", table, re.M))
    running = {name: verdicts.pop(name) for name in ("drift", "resources", "addresses", "browser", "update")}
    assert set(running.values()) == {"not exercised"}
    assert set(verdicts.values()) == {"file ok"}
    assert "call" in verdicts
