"""docs/your-system.md holds, in both languages: each command is taken from the page and run, on a small system and its Swarm."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.door.__main__ import opened
from fixtures.judge.criteria import CRITERIA
from fixtures.target.plan import load_plan
from fixtures.target.plan_file import check_plan
from fixtures.target.toml_file import read_toml
from tests.harness.samples import swarm_api as samples
from tests.harness.stand_ins.engine_api import recording_engine

ROOT = Path(__file__).parents[3]
PAGES = {name: (ROOT / "docs" / name).read_text("utf-8") for name in ("your-system.md", "your-system.vi.md")}
SAMPLE = ROOT / "tests" / "harness" / "samples" / "page_and_api" / "stack.yml"


def blocks(page: str) -> dict[str, str]:
    return dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```", page, re.MULTILINE | re.DOTALL))


def commands(block: str) -> list[list[str]]:
    """The words of each line, without its comment."""
    return [shlex.split(line, comments=True) for line in block.splitlines()]


def rows(page: str) -> list[list[str]]:
    """The words in code of every row of its tables, cell by cell: what no language changes."""
    lines = [line for line in page.splitlines() if line.startswith("| ")]
    return [re.findall(r"`([^`]+)`", cell) for line in lines for cell in line.strip("| ").split(" | ")]


def test_both_languages_say_the_same() -> None:
    """The same commands in the same order, tables of the same rows with the same names in them, links to the same pages."""
    english, vietnamese = PAGES.values()
    of_both = [
        {name: commands(text) for name, text in blocks(page).items()} for page in (english, vietnamese)
    ]
    assert of_both[0] == of_both[1]
    assert list(of_both[0]) == ["draft", "check", "cluster", "my-cluster.toml", "smoke", "gate"]
    assert [sorted(each) for each in rows(english)] == [sorted(each) for each in rows(vietnamese)]
    assert len(re.findall(r"^## ", english, re.MULTILINE)) == len(
        re.findall(r"^## ", vietnamese, re.MULTILINE)
    )
    ours = [set(re.findall(r"\]\(([\w./-]+)\)", page)) - set(PAGES) for page in (english, vietnamese)]
    assert ours[0] == ours[1]


def test_the_table_of_parts_is_as_the_registry_has_it() -> None:
    """What is not exercised without a part, by the criteria's own subjects."""
    found = {
        cells[0]: set(re.findall(r"`([\w-]+)`", cells[1]))
        for line in PAGES["your-system.md"].splitlines()
        if len(cells := line.strip("| ").split(" | ")) == 3 and cells[0].startswith("`")
    }
    keys = {
        "`media_service`": "(media_service)",
        "`signaling_service`": "(signaling_service)",
        "`[turn]`": "([turn])",
    }
    for head, key in keys.items():
        (said,) = (names for cell, names in found.items() if cell.startswith(head))
        assert said == {name for name, each in CRITERIA.items() if any(key in part for part in each.subjects)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a newcomer has: a stack file."""
    shutil.copy(SAMPLE, tmp_path / "stack.yml")
    return tmp_path


@pytest.fixture
def swarm() -> Iterator[str]:
    """The address of a Swarm that runs one service."""
    answers = {
        "/nodes": [samples.node("n1"), samples.node("n2")],
        "/services": [samples.service("frontend", 2)], "/tasks": [], "/networks": [],
    }  # fmt: skip
    with recording_engine(answers) as engine:
        yield engine.url


def run(words: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """As `./accept` runs it, once its arguments have passed the door."""
    assert words[0] == "./accept"
    opened(words[1:], folder)
    own = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "DOCKER", "LAB_", "PYTEST"))}
    return subprocess.run(
        [sys.executable, "-m", "fixtures", *words[1:]], cwd=folder, env={**own, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_a_stack_file_gets_its_verdict(page: str, folder: Path) -> None:
    """From nothing but the file: a draft, a green verdict, and a check that everything matches."""
    for name in ("draft", "check"):
        for words in commands(blocks(page)[name]):
            done = run(words, folder)
            assert done.returncode == 0, (words, done.stdout, done.stderr)
    assert "everything in it matches; 10 guesses" in done.stdout
    assert load_plan(folder / "plan.toml").edge_service == "proxy"
    static = commands(blocks(page)["draft"])[1]
    (folder / "stack.yml").write_text(
        SAMPLE.read_text().replace("traefik.http.routers.site.rule", "traefik.x")
    )
    red = run(static, folder)
    assert (red.returncode, "\nRED: " in red.stdout) == (1, True), red.stdout


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_a_cluster_is_drafted_and_described(page: str, folder: Path, swarm: str) -> None:
    """The draft of a Swarm is the plan of the target that the page describes; its commands fit."""
    export, draft = commands(blocks(page)["cluster"])
    assert export == ["export", "DOCKER_HOST=ssh://user@manager"]
    done = run(draft, folder, DOCKER_HOST=swarm)
    assert done.returncode == 0, done.stderr
    (folder / "my-cluster.toml").write_text(blocks(page)["my-cluster.toml"], "utf-8")
    show, smoke, diagnose = commands(blocks(page)["smoke"])
    shown = run(show, folder)
    assert shown.returncode == 0, (shown.stdout, shown.stderr)
    assert "my-cluster" in shown.stdout
    for words in (smoke, diagnose):
        assert opened(words[1:], folder).startswith(f"mode={words[1]}\n")
    check_plan(read_toml(folder / "cluster.toml"), folder / "cluster.toml")


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_the_gate_is_called_rightly(page: str, folder: Path) -> None:
    """Its arguments pass the door; what it does is the lab's own matter."""
    ((_, *words),) = commands(blocks(page)["gate"])
    assert opened(words, folder).startswith("mode=gate\n")


def test_what_the_page_shows_of_a_draft_is_what_a_draft_says(folder: Path) -> None:
    """The example is the sample's own."""
    done = run(commands(blocks(PAGES["your-system.md"])["draft"])[0], folder)
    assert done.returncode == 0
    for page in PAGES.values():
        (example,) = re.findall(r"^```toml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        assert [line for line in example.splitlines() if line not in (folder / "plan.toml").read_text()] == []
