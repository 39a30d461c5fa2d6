"""`python -m fixtures static`: its exit statuses, its one-line refusals, and what it must not need."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from fixtures.commands import arguments, static
from fixtures.judge.rules import EVERY
from lab.compose import reference

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "stack-files.md"
REFERENCE = str(reference.REFERENCE_STACK)
INCIDENT = str(ROOT / "lab" / "stacks" / "incident-nov11.yml")
SOUND = ["--plan", "a", "--no-traefik", REFERENCE]
OK, FOUND, UNUSABLE = 0, 1, 4

Captured = pytest.CaptureFixture[str]


def run(*arguments: str) -> int:
    try:
        return static.main(arguments)
    except SystemExit as left:  # argparse's way
        return int(left.code or 0)


def incident(folder: Path, comment: str) -> str:
    """The incident's file with a comment above its first key, laid over the reference stack where that stands."""
    text = Path(INCIDENT).read_text("utf-8").replace("x-over: ", f"x-over: {Path(REFERENCE).parent}/")
    path = folder / "incident.yml"
    path.write_text(f"{comment}\n{text}", "utf-8")
    return str(path)


def test_a_sound_file_ends_with_0(capsys: Captured) -> None:
    """Its last line says so, and that nothing was started."""
    assert run(*SOUND) == OK
    said = capsys.readouterr()
    assert said.out.splitlines()[-1].startswith("file ok: 0 errors, ")
    assert said.err == ""


def test_a_red_file_ends_with_1(capsys: Captured) -> None:
    """Each finding with file and line, in the form of the linters."""
    assert run(*SOUND, INCIDENT) == FOUND
    lines = capsys.readouterr().out.splitlines()
    assert re.match(r"lab/stacks/incident-nov11\.yml:\d+: error replicas-confined: ", _from_root(lines[0]))
    assert lines[-1].startswith("RED: ")


def _from_root(line: str) -> str:
    return line.removeprefix(f"{ROOT}/")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "static: no stack file: give one, as in ./accept static stack.yml"),
        (["--format", "xml", REFERENCE], "static: argument --format/-o: invalid choice: 'xml'"),
        (
            ["--frobnicate"],
            "static: unrecognized arguments: --frobnicate (see python -m fixtures static --help)",
        ),
        (
            ["--plan", "zz", REFERENCE],
            "zz: cannot be read: No such file or directory; give the path of a TOML file",
        ),
        (["/no/such.yml"], "stack file /no/such.yml: cannot be read: No such file or directory"),
        (
            ["--explain", "host-unansered"],
            "static: --explain host-unansered: no such rule: did you mean host-unanswered?",
        ),
        (["--explain", "zzz"], "static: --explain zzz: no such rule: --explain all lists them"),
        (["--explain", ""], "no such rule"),
        (["--explain", "a\x1b[31m\nb"], r"--explain a\x1b[31m\nb: no such rule"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_4(arguments: list[str], said: str, capsys: Captured) -> None:
    """On stderr, with nothing on stdout that a program might take for a verdict."""
    assert run(*arguments) == UNUSABLE
    shown = capsys.readouterr()
    assert said in shown.err
    assert (shown.err.count("\n"), shown.out) == (1, "")


def test_a_file_that_no_swarm_takes_is_one_line_and_4(tmp_path: Path, capsys: Captured) -> None:
    """File, line and key; for GitHub also as an error of its own."""
    path = tmp_path / "stack.yml"
    path.write_text("services:\n  a:\n    image: x\n    deploy: {replicas: many}\n")
    line = f"{path}:4: services.a.deploy.replicas: 'many': wanted a whole number without quotes, 0 or more"
    assert run(str(path)) == UNUSABLE
    assert capsys.readouterr() == ("", f"{line}\n")
    assert run("--format", "github", str(path)) == UNUSABLE
    assert capsys.readouterr().out == f"::error::{line}\n"


def test_each_judges_every_file_by_itself(tmp_path: Path, capsys: Captured) -> None:
    """One that cannot be used does not hide what is wrong with the others, and is what the status tells."""
    missing = str(tmp_path / "none.yml")
    assert run("--each", *SOUND, INCIDENT) == FOUND
    ends = [line for line in capsys.readouterr().out.splitlines() if "nothing was started" in line]
    assert [": RED: " in line for line in ends] == [False, True]
    assert run("--each", *SOUND, missing, INCIDENT) == UNUSABLE
    shown = capsys.readouterr()
    assert (shown.out.count("nothing was started"), shown.err.count("\n")) == (2, 1)
    assert missing in shown.err


def test_a_rule_is_explained(capsys: Captured) -> None:
    """What, why, remedy, source; `all` has a line for each; notes that no rule makes are explained too."""
    assert run("--explain", "host-unanswered") == OK
    said = capsys.readouterr().out
    rule = EVERY["host-unanswered"]
    assert said.startswith("host-unanswered (error of no-504)\n")
    assert [each for each in (rule.what, rule.why, rule.remedy, rule.source) if each not in said] == []
    assert run("--explain", "all") == OK
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(EVERY)
    assert run("--explain", "unused-ignore") == OK
    assert capsys.readouterr().out.startswith("unused-ignore (note)\n\nA comment that ")


def test_what_is_meant_so_is_listed_and_makes_nothing_red(tmp_path: Path, capsys: Captured) -> None:
    """A comment in one of several files holds for that file."""
    path = incident(tmp_path, "# acceptance: ignore=replicas-confined, label-deprecated as in November")
    assert run(*SOUND, path) == OK
    lines = capsys.readouterr().out.splitlines()
    ignored = [line for line in lines if f": ignored {'replicas-confined'}: " in line]
    assert len(ignored) > 1
    assert all(line.startswith(path) and line.endswith("(line 1: as in November)") for line in ignored)
    assert re.match(r"file ok: 0 errors, \d+ notes?, \d+ ignored; ", lines[-1])


def test_a_comment_without_a_reason_is_one_line_and_4(tmp_path: Path, capsys: Captured) -> None:
    """It is refused before anything is judged."""
    path = incident(tmp_path, "# acceptance: ignore=replicas-confined")
    assert run(*SOUND, path) == UNUSABLE
    comment = (
        "# acceptance: ignore=replicas-confined: gives no reason: write # acceptance: ignore=RULE reason"
    )
    assert capsys.readouterr() == ("", f"{path}:1: {comment}\n")


def test_a_comment_for_a_rule_that_is_none_is_named(tmp_path: Path, capsys: Captured) -> None:
    """With the rule that may be meant; the finding stays."""
    assert run(*SOUND, incident(tmp_path, "# acceptance: ignore=replicas-confind as in November")) == FOUND
    said = capsys.readouterr().out
    assert "ignores replicas-confind, and there is no such rule: did you mean replicas-confined?" in said


def process(*arguments: str, cwd: Path = ROOT, **variables: str) -> "subprocess.CompletedProcess[str]":
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TARGET", "LAB_", "PYTHONP"))
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd, env={**kept, **variables}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


HEAVY = (
    "aiohttp",
    "aiortc",
    "av",
    "cryptography",
    "docker",
    "httpx",
    "jinja2",
    "numpy",
    "pytest",
    "rich",
    "socketio",
    "testcontainers",
)


def test_nothing_heavy_is_imported() -> None:
    """A linter that takes seconds is not run. What is measured is the whole process: imports are most of it."""
    code = (
        "import sys\nfrom fixtures.commands import arguments, static\n"
        f"assert static.main({SOUND!r}) == 0\n"
        f"sys.stderr.write(' '.join(each for each in {HEAVY!r} if each in sys.modules))"
    )
    done = process("-c", code)
    assert (done.returncode, done.stderr) == (OK, "")


def test_it_runs_from_another_folder_that_has_packages_of_the_same_name(tmp_path: Path) -> None:
    """As `./accept static` starts it: paths are given from where it was called, and no package there is taken for ours."""
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "__init__.py").write_text("raise SystemExit('another fixtures')\n")
    (tmp_path / "stack.yml").write_text("services:\n  a: {image: x}\n")
    done = process(
        "-P", "-m", "fixtures", "static", "--no-traefik", "--format", "json", "stack.yml",
        cwd=tmp_path, PYTHONPATH=str(ROOT),
    )  # fmt: skip
    assert done.returncode == FOUND, done.stderr
    assert json.loads(done.stdout)["files"] == ["stack.yml"]


# --- the examples of docs/stack-files.md and the hook --------------------------------------------------------

EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)


def commands() -> list[str]:
    """Every command of ours that an example or the hook runs."""
    found: list[str] = []
    for text in [*EXAMPLES, (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")]:
        found += re.findall(r"(?:run|entry): (\./accept [^\n]*)", text)
    return found


def usable(command: str) -> bool:
    """Whether the script is there and takes these options, and whether the files are there."""
    script, name, *words = shlex.split(command.partition(">")[0])
    chosen = arguments.static().parse_args(words)
    return (
        os.access(ROOT / script, os.X_OK)
        and name == "static"
        and all((ROOT / f).is_file() for f in chosen.files)
    )


def test_the_examples_are_yaml_and_their_commands_exist() -> None:
    """The workflow uploads the file that its command writes."""
    assert len(EXAMPLES) == 4
    assert all(yaml.safe_load(text) for text in EXAMPLES)
    assert [each for each in commands() if not usable(each)] == []
    assert len(commands()) == 3
    (workflow,) = [yaml.safe_load(text) for text in EXAMPLES if "jobs:" in text]
    steps = workflow["jobs"]["static"]["steps"]
    (ours,) = [each["run"] for each in steps if "run" in each]
    (upload,) = [
        each for each in steps if each.get("uses", "").startswith("github/codeql-action/upload-sarif@")
    ]
    assert "--format sarif" in ours
    assert upload["with"]["sarif_file"] == ours.partition("> ")[2]
    assert (upload["if"], workflow["permissions"]["security-events"]) == ("always()", "write")


def test_the_hook_is_what_the_page_names() -> None:
    """pre-commit hands it stack files, and other YAML does not concern it."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert {"id", "name", "entry", "language", "files"} <= set(hook)
    named = {
        each["id"]
        for text in EXAMPLES
        if "repos:" in text
        for each in yaml.safe_load(text)["repos"][0]["hooks"]
    }
    assert named == {hook["id"]}
    taken = ["stack.yml", "a/stack-hybrid.yml", "docker-stack.yaml", "a/docker-stack.prod.yml"]
    others = ["compose.yml", "stack.toml", "haystack.yml", "stack/config.yml"]
    assert [each for each in [*taken, *others] if re.search(hook["files"], each)] == taken


def test_every_rule_that_the_page_speaks_of_exists() -> None:
    """In commands, in comments, in output."""
    text = PAGE.read_text("utf-8").partition("<!-- rules -->")[0]
    named = re.findall(r"ignore=([a-z-]+)|--explain ([a-z-]+)|: (?:error|note) ([a-z-]+):", text)
    found = {each for names in named for each in names if each}
    assert len(found) > 4
    assert found - set(EVERY) == set()
