"""The ways by which a person's input comes in, each called as its command calls it, and what comes of an input."""

import contextlib
import io
import json
import os
import signal
import tomllib
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

import trustme
import yaml

from fixtures.commands import comparison, counts
from fixtures.judge import file_checks as deployment
from fixtures.judge import read_labels as labels
from fixtures.judge.candidate import candidate
from fixtures.report.plain import plain
from fixtures.target.file import limits_from, plan_from, settings, target_of
from fixtures.target.plan import PLANS, PlanError, load_plan
from fixtures.target.settings import KEYS, TARGETS
from fixtures.target.values import TargetError, TurnSecret
from lab import exits
from lab.__main__ import main as lab_main
from lab.adapt.fitting import Facts, fitted
from lab.compose import reading, reference
from lab.errors import InputError, PreflightError
from lab.host import engine
from tests.fuzz.child import Outcome, is_one_line
from tests.fuzz.dice import Dice
from tests.fuzz.mutations import as_json, as_toml, as_yaml, mutated, mutated_variables, mutated_words
from tests.harness.samples import report as report_samples
from tests.harness.samples.every_key import EVERY_KEY

WORK_S, WAIT_S = 10, 60
"""Deadlines of one input: of processor time, since most take milliseconds and the largest two seconds, and by the clock."""
Input = bytes | Mapping[str, str] | list[str]
EXPECTED = (InputError, TargetError, PlanError)
NO_ENGINE = "no engine is asked here"


class RefusedError(Exception):
    """What a command said on stderr when it ended with the status for bad input."""


@dataclass(frozen=True)
class Entry:
    """`make` draws an input; `use` hands it to the suite in a folder of its own."""

    name: str
    make: Callable[[Dice], Input]
    use: Callable[[Any, Path], object]


@dataclass(frozen=True)
class Result:
    """What became of an input; `said` is the refusal, or where it went wrong."""

    outcome: Outcome
    said: str = ""


def tried(entry: Entry, given: Input, folder: Path) -> Result:
    """Hand an input over, within its deadlines; `folder` is made ready by `prepared`."""
    try:
        with _deadlines(), contextlib.chdir(folder):
            entry.use(given, folder)
    except (*EXPECTED, RefusedError) as error:
        return Result(Outcome.ONE_LINE if is_one_line(str(error)) else Outcome.ELSE, str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever else comes out is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        return Result(Outcome.ELSE, f"{type(error).__name__}: {error} at {last.filename}:{last.lineno}")
    return Result(Outcome.ACCEPTED)


@contextlib.contextmanager
def _deadlines() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"no end within {WORK_S} s of work or {WAIT_S} s of waiting")

    timers = ((signal.SIGVTALRM, signal.ITIMER_VIRTUAL, WORK_S), (signal.SIGALRM, signal.ITIMER_REAL, WAIT_S))
    before = {number: signal.signal(number, late) for number, _, _ in timers}
    for _, timer, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for number, timer, _ in timers:
            signal.setitimer(timer, 0)
            signal.signal(number, before[number])


def prepared(folder: Path) -> Path:
    """A folder with the files that inputs may name: a pipe, an env file, a sound report, a CA, a plan."""
    os.mkfifo(folder / "fifo")
    (folder / "app.env").write_text("A=1\n")
    (folder / "report.json").write_text(json.dumps(REPORT))
    (folder / "option-a.toml").write_bytes((PLANS / "option-a.toml").read_bytes())
    (folder / "example").mkdir()
    trustme.CA().cert_pem.write_to_path(str(folder / "example/ca.pem"))
    for name in ("client.pem", "client-key.pem", "turn_secret"):
        (folder / "example" / name).write_text("x\n")
    return folder


def _written(content: bytes, folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


FACTS = Facts({"ipvs": True, "esp": False}, "172.28.0.12", 8 << 30, 4, supplied=reference.SUPPLIED)
PLAN = load_plan("a")
RULES = (
    deployment.missing_services, deployment.unconnected, deployment.clashing_ports, deployment.memory_violations,
    deployment.update_violations, deployment.announced_violations, labels.host_violations, labels.router_violations,
    labels.network_violations, labels.sticky_violations,
)  # fmt: skip


def use_stack(content: bytes, folder: Path) -> None:
    """Read, judged and adapted, without a docker client: what it would refuse besides is its own."""
    stack = reading.read([_written(content, folder, "stack.yml")], {"X": "x", **reference.environment()})
    reading.missing_files(stack, reference.SUPPLIED)
    seen = candidate(stack.document, PLAN.stack, stack.where)
    for rule in RULES:
        rule(seen, PLAN)
    for planned in PLAN.services:
        deployment.placement_violations(seen, PLAN, planned)
        deployment.published_violations(seen, planned)
    fitted(stack, FACTS)


def use_env_file(content: bytes, folder: Path) -> None:
    """The env file of a stack."""
    _written(content, folder, "its.env")
    use_stack(b"services: {a: {image: x, env_file: its.env}}", folder)


def _use_target(environ: Mapping[str, str]) -> None:
    found = settings(environ)
    plan_from(found)
    limits_from(found, plan_from(found))
    target = target_of(found)
    if target.turn_secret is not None:
        with contextlib.suppress(TargetError):
            target.turn_secret.read(environ)


def use_target(content: bytes, folder: Path) -> None:
    """The file that TARGET names."""
    _use_target({"TARGET": str(_written(content, folder, "target.toml"))})


def use_variables(variables: Mapping[str, str], folder: Path) -> None:
    """Variables over a target file."""
    _written(b'name = "t"\n', folder, "target.toml")
    _use_target({"TARGET": "target.toml", **variables})


def use_plan(content: bytes, folder: Path) -> None:
    """The file that TARGET_PLAN names."""
    _use_target({"TARGET": "production", "TARGET_PLAN": str(_written(content, folder, "plan.toml"))})


def use_secret(content: bytes, folder: Path) -> None:
    """The file of the TURN secret."""
    TurnSecret(file=_written(content, folder, "secret")).read()


def use_report(content: bytes, folder: Path) -> None:
    """`compare` with a sound report, both ways."""
    given = str(_written(content, folder, "given.json"))
    _command(comparison.main, ["report.json", given])
    _command(comparison.main, [given, "report.json"])


def use_junit(content: bytes, folder: Path) -> None:
    """`counts` of a JUnit file."""
    _command(counts.main, [str(_written(content, folder, "junit.xml"))])


def use_words(words: list[str], folder: Path) -> None:
    """A command line of `python -m lab`, up to the engine."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        with mock.patch.object(engine, "connect", side_effect=PreflightError(NO_ENGINE)):
            _command(lab_main, words)
    finally:
        signal.signal(signal.SIGTERM, before)


def _command(main: Callable[[list[str]], int], words: list[str]) -> None:
    """Raises RefusedError with what the command says when it ends with the status for bad input."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(words)
        except SystemExit as end:
            status = int(end.code or 0)
    if status == exits.USAGE and NO_ENGINE not in err.getvalue():
        raise RefusedError(err.getvalue().removesuffix("\n"))
    if status not in (exits.OK, exits.WRONG, exits.USAGE, exits.NO_LAB) or not is_one_line(
        err.getvalue().strip() or "nothing"
    ):
        raise AssertionError(f"exit status {status}: {err.getvalue()}")


def _small(tree: Any) -> Any:  # noqa: ANN401
    """A report with two elements of each list and the start of each text: it is written anew for each input."""
    if isinstance(tree, dict):
        return {key: _small(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_small(each) for each in tree[:2]]
    return tree[:80] if isinstance(tree, str) else tree


REPORT = _small(json.loads(json.dumps(plain(report_samples.report()))))
JUNIT = (
    '<?xml version="1.0"?>\n<testsuites><testsuite name="a" tests="2">\n<testcase name="a" time="1"/>\n'
    '<testcase name="b"><failure message="m">text</failure></testcase>\n</testsuite></testsuites>\n'
)
WORDS = [
    ["up", "--nodes", "3", "--name", "x"], ["deploy", "stack.yml", "--images", "registry"], ["logs", "frontend", "--tail", "5"],
    ["fault", "inject", "worker-stopped", "a=b"], ["bench", "--json", "out.json"], ["collect", "out"], ["down", "--name", "x"],
    ["exec", "translation01", "--", "ls"], ["status", "--all"], ["fault", "heal", "--all"],
]  # fmt: skip
VARIABLES = {key.variable: key.setting.example for key in KEYS} | {
    "TARGET": "production", "DOCKER_HOST": "ssh://user@manager", "DOCKER_CONTEXT": "production",
    "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "certs", "DOCKER_CONFIG": "config",
}  # fmt: skip


def _of_files(
    texts: list[str], parse: Callable[[str], Any], write: Callable[[Any], str]
) -> Callable[[Dice], Input]:
    trees = [(parse(text), text) for text in texts]

    def make(dice: Dice) -> Input:
        tree, text = trees[dice.below(len(trees))]
        return mutated(tree, text, write, dice)

    return make


def _texts(*paths: Path) -> list[str]:
    return [path.read_text("utf-8") for path in paths]


def _lines(tree: Any) -> str:  # noqa: ANN401
    return "\n".join(map(str, tree))


ENTRIES = (
    Entry(
        "stack",
        _of_files([reference.REFERENCE_STACK.read_text(), EVERY_KEY], yaml.safe_load, as_yaml),
        use_stack,
    ),
    Entry("env file", _of_files(["A=1\n# no\nB = 2\nexport C\nD\n"], str.splitlines, _lines), use_env_file),
    Entry("target", _of_files(_texts(*sorted(TARGETS.glob("*.toml"))), tomllib.loads, as_toml), use_target),
    Entry("plan", _of_files(_texts(*sorted(PLANS.glob("*.toml"))), tomllib.loads, as_toml), use_plan),
    Entry("variables", lambda dice: mutated_variables(VARIABLES, dice), use_variables),
    Entry("secret", _of_files(["s3cret\n"], str.splitlines, _lines), use_secret),
    Entry("report", _of_files([json.dumps(REPORT, indent=1)], json.loads, as_json), use_report),
    Entry("junit", _of_files([JUNIT], str.splitlines, _lines), use_junit),
    Entry("words", lambda dice: mutated_words(WORDS[dice.below(len(WORDS))], dice), use_words),
)
