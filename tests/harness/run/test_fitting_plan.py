"""Which plan judges is said at the start, and where the file was made for another one."""

from pathlib import Path

import pytest

from fixtures.commands.static import main
from fixtures.run.fitting_plan import hint, named_option
from fixtures.target.plan import load_plan, options
from lab.compose import reading
from tests.harness.run.test_static_gate import PASSED, RED, USAGE, gate

STACKS = Path("lab/stacks")


@pytest.mark.parametrize(
    ("files", "letter"),
    [
        (["a/option-b.yml"], "b"),
        (["stack.yml", "Plan_C.yaml"], "c"),
        (["optional.yml"], ""),
        (["option-z.yml"], ""),
        (["option-a.yml", "option-b.yml"], "b"),
        (["option-b/stack.yml"], ""),
    ],
)
def test_the_name_of_a_file(files: list[str], letter: str) -> None:
    """`option-b` in a file's own name, of those that there are; the last file is laid over the others."""
    assert named_option(map(Path, files), options()) == letter


def test_name_and_content(tmp_path: Path) -> None:
    """Option B under plan A: its name and what it says; under another name its content alone; by its own plan nothing."""
    stack = reading.for_a_lab([STACKS / "option-b.yml"])
    said = hint(stack, load_plan("a"))
    assert said == "the file's name says plan B, and so does its content: --plan b judges the file by plan B"
    assert hint(stack, load_plan("b")) == ""
    text = (STACKS / "option-b.yml").read_text().replace("x-over: ", f"x-over: {STACKS.resolve()}/")
    (tmp_path / "stack.yml").write_text(text)
    other = hint(reading.for_a_lab([tmp_path / "stack.yml"]), load_plan("a"))
    assert other == "the file fits plan B, which finds no error in it: --plan b judges the file by plan B"
    assert hint(reading.for_a_lab([STACKS / "stack-hybrid.yml"]), load_plan("a")) == ""


def test_the_command_says_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    """Where it finds errors by another plan; by its own there is nothing to say."""
    assert main([str(STACKS / "option-b.yml"), "--no-traefik"]) == 1
    assert (
        "says plan B, and so does its content: --plan b judges the file by plan B" in capsys.readouterr().err
    )
    assert main([str(STACKS / "option-b.yml"), "--no-traefik", "--plan", "b"]) == 0
    assert "judges the file by" not in capsys.readouterr().err


def test_a_run_says_by_which_plan_it_judges() -> None:
    """At the start, with the hint; `--plan b` judges by that plan, and a plan that there is not is refused."""
    status, said = gate("--stack=lab/stacks/option-b.yml")
    start = said.partition("collected")[0]
    assert status == RED
    assert "judged by plan A (the default): lab/stacks/stack-hybrid.yml, lab/stacks/option-b.yml" in start
    assert "--plan b judges the file by plan B" in start
    status, said = gate("--stack=lab/stacks/option-b.yml", "--plan", "b", TARGET_PLAN="a")
    assert status == PASSED, said
    assert "judged by plan B (--plan): lab/stacks/stack-hybrid.yml, lab/stacks/option-b.yml" in said
    assert "judges the file by" not in said
    status, said = gate("--plan", "z")
    assert status == USAGE
    assert (
        "--plan: plan z: there is no such plan; give one of a, b, c, gateway, or the path of a TOML file"
        in said
    )
