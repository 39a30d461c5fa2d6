"""One case: the reference stack with its changes, as a file; what the gate says of it; whether that is right."""

import copy
import functools
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fixtures.judge.file_rules import Finding, Severity, findings
from fixtures.judge.rules import EVERY
from fixtures.run.file_look import look_at
from fixtures.target.plan import load_plan
from lab.compose import reading, reference
from lab.errors import InputError

CASES = Path(__file__).parent / "cases.yml"
TOLD = Path(__file__).parent / "told.yml"
PLAN = load_plan("a")


@dataclass(frozen=True)
class Case:
    """A variation of the reference stack. `expect` is red, note, green or refused."""

    name: str
    area: str
    expect: str
    what: str
    changes: tuple[Mapping[str, Any], ...]
    rule: str = ""
    says: str = ""


@dataclass(frozen=True)
class Said:
    """What was said of a case: `verdict` is red, note, green or refused, `refusal` the one line of a refused file."""

    verdict: str
    findings: tuple[Finding, ...] = ()
    refusal: str = ""


@functools.cache
def cases() -> tuple[Case, ...]:
    """Every case of the file."""
    listed = yaml.load(CASES.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tuple(
        Case(
            each["case"], each["area"], each["expect"], each["what"], tuple(each["changes"]),
            each.get("rule", ""), each.get("says", ""),
        )
        for each in listed
    )  # fmt: skip


@functools.cache
def _reference() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(reference.REFERENCE_STACK.read_text("utf-8"))
    return {key: value for key, value in found.items() if not key.startswith("x-")}


def changed(changes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The reference stack after the changes; raises KeyError where a key that is to go is not there."""
    document = copy.deepcopy(_reference())
    for change in changes:
        *way, last = change["at"]
        place: Any = document
        for key in way:
            place = place[key]
        if "to" in change:
            place[last] = change["to"]
        else:
            del place[last]
    return document


def written(case: Case, folder: Path) -> Path:
    """The case as a file in the folder, with the configuration that the stack mounts beside it."""
    shutil.copytree(reference.REFERENCE_STACK.parent / "config", folder / "config", dirs_exist_ok=True)
    file = folder / "stack.yml"
    file.write_text(yaml.safe_dump(changed(case.changes), sort_keys=False), "utf-8")
    return file


def judge(case: Case, folder: Path, *, ask_traefik: bool = True) -> Said:
    """What the gate says of the case."""
    try:
        stack = reading.read([written(case, folder)], reference.environment())
    except InputError as error:
        return Said("refused", refusal=str(error))
    look = look_at(stack, PLAN, lambda _: None, ask_traefik=ask_traefik)
    if ask_traefik and look.rehearsal is None:
        raise RuntimeError(f"Traefik was not asked: {look.not_asked}")
    found = findings(EVERY, look)
    severities = {each.severity for each in found}
    verdict = "red" if Severity.ERROR in severities else "note" if severities else "green"
    return Said(verdict, found)


def wrong(case: Case, said: Said) -> str:
    """What is wrong with what was said, empty where it is right."""
    seen = [str(each) for each in said.findings] or [said.refusal]
    if case.expect == "green":
        return "" if said.verdict in ("green", "note") else f"wrongly {said.verdict}: {'; '.join(seen)}"
    if said.verdict != case.expect:
        return f"{said.verdict}, wanted {case.expect}: {'; '.join(seen)}"
    if case.expect == "refused":
        return "" if case.says in said.refusal else f"refused with other words: {said.refusal}"
    named = [each for each in said.findings if each.rule.id == case.rule and case.says in each.text]
    return "" if named else f"{case.rule} does not say {case.says}: {'; '.join(seen)}"


WORDS_OF_TRAEFIK = ("Traefik says: ", "Traefik does not start: ")
"""What stands behind these is another from release to release; the case's `says` holds what matters of it."""


def told(case: Case, said: Said) -> list[str]:
    """The findings of the case's rule, whole: severity, subject, text, the key, and what stands in the line named.

    Of a case that is to be green they are those of every rule.
    """
    return [_told(each) for each in said.findings if case.rule in ("", each.rule.id)]


def _told(found: Finding) -> str:
    text = found.text
    for words in WORDS_OF_TRAEFIK:
        before, sign, _ = text.partition(words)
        text = before + sign.rstrip()
    file, _, line = found.where.rpartition(":")
    stands = Path(file).read_text("utf-8").splitlines()[int(line) - 1].strip()
    return f"{found.severity}: {found.subject}: {text} @ {found.key} @ {stands}"


@functools.cache
def told_before() -> dict[str, list[str]]:
    """What is to be told of each case, as it was read and found right by a person."""
    found: dict[str, list[str]] = yaml.safe_load(TOLD.read_text("utf-8"))
    return found


def needs_traefik(case: Case) -> bool:
    """Whether only the real Traefik can tell: its own words, requests through it, or that nothing is wrong."""
    return case.expect == "green" or (case.rule in EVERY and EVERY[case.rule].asks.name == "TRAEFIK")
