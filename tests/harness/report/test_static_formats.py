"""The forms of a verdict on a stack file: what a person, a program, a code scanner and GitHub read, and nothing they obey."""

import json
import lzma
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fixtures.judge.file_rules import FileLook, Finding, Severity
from fixtures.judge.ignores import Ignore
from fixtures.judge.rules import EVERY
from fixtures.report.static_formats import FORMATS, unusable, written
from tests.harness.samples import file_looks

SCHEMA = Path(__file__).parents[1] / "samples" / "sarif" / "sarif-schema-2.1.0.json.xz"
FOLDER = Path("/srv/stacks")
SECRET = "correct-horse-battery"
HOSTILE = "\x1b[31mred\x1b[0m\n::error::no\r##[group]x \u202e %0A"
STACK = f"services:\n  page:\n    image: x\n    environment:\n      API_TOKEN: {SECRET}\n"


@dataclass(frozen=True)
class Sample:
    """A verdict as the formats take it."""

    look: FileLook
    findings: tuple[Finding, ...] = ()
    ignored: tuple[tuple[Finding, Ignore], ...] = ()
    unused: tuple[Ignore, ...] = ()
    dropped: tuple[str, ...] = ()
    not_exercised: dict[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = (FOLDER / "stack.yml",)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.severity is Severity.ERROR)


def finding(
    text: str = "is wrong", line: int = 4, severity: Severity = Severity.ERROR, **changed: str
) -> Finding:
    given = {
        "subject": "page", "where": f"{FOLDER}/stack.yml:{line}", "key": "services.page", "remedy": "mend it", **changed,
    }  # fmt: skip
    return Finding(EVERY["address-port"], severity, text=text, **given)


def full(text: str = "is wrong") -> Sample:
    """One of everything."""
    asked = file_looks.rehearsal(left_out=(f"/run/secrets/key: {text}",))
    look = file_looks.look(file_looks.stack_of(STACK), asked)
    comment = Ignore("address-port", f"meant so {text}", f"{FOLDER}/stack.yml", 8, 9)
    return Sample(
        look,
        (finding(text), finding(text, 5, Severity.NOTE)),
        ((finding(text, 9), comment),),
        (Ignore("adress-port", "why", f"{FOLDER}/stack.yml", 2, 3),),
        (f"{FOLDER}/stack.yml:7: services.page.build: {text}",),
        {"turn": f"the stack has no service coturn {text}"},
    )


def text_of(sample: Sample, form: str = "text") -> str:
    return written([sample], form, FOLDER)


def parsed(*samples: Sample, form: str = "json") -> Any:  # noqa: ANN401 - JSON
    return json.loads(written(samples, form, FOLDER))


def test_lines_are_those_of_every_linter() -> None:
    """`file:line: severity rule: text`, the file from here, a remedy for an error, and a summary at the end."""
    assert text_of(full()).splitlines() == [
        "stack.yml:4: error address-port: page: is wrong",
        "    remedy: mend it",
        "stack.yml:5: note address-port: page: is wrong",
        "stack.yml:7: note dropped: services.page.build: is wrong",
        "stack.yml:2: note unused-ignore: ignores adress-port, and there is no such rule: did you mean address-port?",
        "stack.yml:9: ignored address-port: page: is wrong (line 8: meant so is wrong)",
        "not exercised as written: /run/secrets/key: is wrong",
        "not exercised: turn: the stack has no service coturn is wrong",
        "RED: 1 error, 3 notes, 1 ignored; plan A; Traefik 3.7.13 was asked; nothing was started",
    ]


def test_a_sound_file_is_one_line() -> None:
    """And says why Traefik was not asked."""
    sample = Sample(file_looks.look(file_looks.stack_of(STACK), not_asked="there is no Traefik"))
    assert text_of(sample) == (
        "file ok: 0 errors, 0 notes; plan A; Traefik was not asked: there is no Traefik; nothing was started\n"
    )


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("3.7", "Traefik 3.7.13 was asked"),
        ("3.1", "Traefik 3.7.13 (the stack names 3.1) was asked"),
        (None, "Traefik 3.7.13 was asked"),
    ],
)
def test_another_traefik_than_the_stacks_is_told(wanted: str | None, said: str) -> None:
    """An answer of another version is not quite the answer."""
    sample = Sample(file_looks.look(file_looks.stack_of(STACK), file_looks.rehearsal(wanted=wanted)))
    assert said in text_of(sample)


def test_several_stacks_are_told_apart() -> None:
    """Each summary names its files; in JSON they are a list."""
    other = Sample(full().look, files=(FOLDER / "a.yml", Path("/elsewhere/b.yml")))
    lines = written([full(), other], "text", FOLDER).splitlines()
    assert [line.partition(":")[0] for line in lines if "nothing was started" in line] == [
        "stack.yml",
        "a.yml, /elsewhere/b.yml",
    ]
    assert [each["files"] for each in parsed(full(), other)] == [["stack.yml"], ["a.yml", "/elsewhere/b.yml"]]
    assert [each["verdict"] for each in parsed(full(), other)] == ["red", "ok"]


def test_json_has_every_part_of_a_finding() -> None:
    """A program need not take a line apart."""
    found = parsed(full())
    assert found["findings"][0] == {
        "file": "stack.yml", "line": 4, "key": "services.page", "severity": "error", "rule": "address-port",
        "criterion": "call", "subject": "page", "text": "is wrong", "remedy": "mend it",
    }  # fmt: skip
    assert [each["rule"] for each in found["findings"]] == [
        "address-port",
        "address-port",
        "dropped",
        "unused-ignore",
    ]
    assert found["ignored"][0]["reason"] == "meant so is wrong"
    assert (found["traefik"], found["traefik_not_asked"], found["plan"]) == ("3.7.13", None, "A")
    assert list(found["not_exercised"]) == ["turn"]


def sarif(*samples: Sample) -> Any:  # noqa: ANN401 - JSON
    """A log that keeps to the standard's schema, its formats of URIs among them."""
    log = parsed(*samples, form="sarif")
    schema = json.loads(lzma.decompress(SCHEMA.read_bytes()))
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
    return log


def test_sarif_keeps_to_its_schema() -> None:
    """A run with results and rules, and what is ignored suppressed with its reason."""
    (run,) = sarif(full())["runs"]
    assert [(each["ruleId"], each["level"]) for each in run["results"]] == [
        ("address-port", "error"),
        ("address-port", "note"),
        ("dropped", "note"),
        ("unused-ignore", "note"),
        ("address-port", "error"),
    ]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    assert run["results"][0]["message"]["text"] == "page: is wrong. Remedy: mend it."
    assert [each.get("suppressions") for each in run["results"]] == [None] * 4 + [
        [{"kind": "inSource", "justification": "meant so is wrong"}]
    ]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]) == ("stack.yml", {"startLine": 4})
    said = [each["message"]["text"] for each in run["invocations"][0]["toolExecutionNotifications"]]
    assert said[-1].startswith("RED: 1 error")


def test_sarif_of_nothing_and_of_several_is_one_run() -> None:
    """Code scanning takes one run of a tool and category."""
    sound = Sample(full().look)
    assert [run["results"] for run in sarif(sound)["runs"]] == [[]]
    assert [len(run["results"]) for run in sarif(full(), sound, full())["runs"]] == [10]


def test_every_rule_can_stand_in_a_log() -> None:
    """Its texts make what the schema wants of a rule."""
    every = tuple(
        Finding(rule, rule.severity, "page", "text", "stack.yml:1", "services", "mend it")
        for rule in EVERY.values()
    )
    (run,) = sarif(Sample(full().look, every))["runs"]
    assert [each["id"] for each in run["tool"]["driver"]["rules"]] == list(EVERY)


def test_sarif_writes_paths_as_uris() -> None:
    """A blank in a name, a file elsewhere, a place without a line."""
    found = (
        finding(where=f"{FOLDER}/my stacks/ä#1.yml:3"),
        finding(where="/elsewhere/b c.yml:3"),
        finding(where="../up.yml"),
    )
    (run,) = sarif(Sample(full().look, found))["runs"]
    places = [each["locations"][0]["physicalLocation"] for each in run["results"]]
    assert [each["artifactLocation"]["uri"] for each in places] == [
        "my%20stacks/%C3%A4%231.yml",
        "file:///elsewhere/b%20c.yml",
        "../up.yml",
    ]
    assert places[2]["region"] == {"startLine": 1}


def test_github_gets_commands_beside_the_lines() -> None:
    """An error and notices; what is ignored and the summary are lines of the log."""
    lines = text_of(full(), "github").splitlines()
    assert lines[:2] == [
        "::error file=stack.yml,line=4,title=address-port::page: is wrong; remedy: mend it",
        "::notice file=stack.yml,line=5,title=address-port::page: is wrong",
    ]
    assert lines[2].startswith("::notice file=stack.yml,line=7,title=dropped::")
    assert [line for line in lines[4:] if line.startswith("::")] == []
    assert lines[-1].startswith("stack.yml: RED: 1 error")


def test_githubs_own_marks_are_escaped() -> None:
    """A comma or colon would end a property, a per cent sign would be one of its codes."""
    sample = Sample(full().look, (finding("100% of it", where=f"{FOLDER}/a,b:c%.yml:3"),))
    line = text_of(sample, "github").splitlines()[0]
    assert line.startswith("::error file=a%2Cb%3Ac%25.yml,line=3,title=address-port::page: 100%25 of it")
    assert (
        unusable("stack.yml:3: a% is wrong\nand so on", "github")
        == "::error::stack.yml:3: a%25 is wrong\\nand so on\n"
    )
    assert [unusable("x", form) for form in FORMATS if form != "github"] == ["", "", ""]


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_that_a_file_says_is_obeyed(form: str) -> None:
    """No control character, no direction of text, no line and no command of a CI system gets through."""
    text = text_of(full(HOSTILE), form)
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text) == []
    assert "##[group]" not in text
    assert r"\x1b[31mred" in text.replace("\\\\", "\\")
    said = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert [line for line in said if not re.match(r"::(?:error|notice) file=stack\.yml,line=", line)] == []
    assert text.count("\n") == text_of(full(), form).count("\n")


@pytest.mark.parametrize("form", FORMATS)
def test_no_secret_gets_through(form: str) -> None:
    """Neither a value that the file itself calls secret, wherever it stands, nor what looks like one."""
    text = text_of(full(f"asks http://page/?key={SECRET} with PASSWORD=hunter2hunter2"), form)
    assert SECRET not in text
    assert "hunter2" not in text
    assert "http://page/?key=" in text


def test_a_file_whose_name_is_hostile() -> None:
    """It is foreign text as well."""
    sample = Sample(full().look, (finding(where=f"{FOLDER}/a\n::error::b.yml:3"),))
    assert text_of(sample).splitlines()[0].startswith(r"a\n::error::b.yml:3: error address-port: ")
    assert text_of(sample, "github").count("\n") == 3
