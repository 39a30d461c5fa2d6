"""`-o json` of `python -m fixtures`: one document on stdout, of the shape that is documented, with nothing secret in it."""

import io
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from rich.console import Console

from fixtures.__main__ import main
from fixtures.commands import json_answers, live_diagnosis
from fixtures.diagnose.recorder import Recorder
from fixtures.diagnose.values import Cause, Confidence, Diagnosis
from fixtures.prober.gathering import Witness
from fixtures.report.plain import plain
from fixtures.target.file import settings, target_of
from fixtures.target.values import Target
from lab.text import json_document
from lab.text.json_document import Shape
from lab.text.printed import masked_output
from tests.harness.samples import observed as samples
from tests.harness.samples import report
from tests.harness.stand_ins.json_places import document, full

SECRET = "qx7-not-for-a-log"


@pytest.fixture(autouse=True)
def _own_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [n for n in os.environ if n.startswith(("TARGET", "DOCKER_", "LAB_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def test_a_comparison_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The worst first, the status that of the table."""
    for name, red in (("before", False), ("after", True)):
        (tmp_path / name).write_text(json.dumps(plain(report.report(red))))
    argv = ["compare", str(tmp_path / "before"), str(tmp_path / "after")]
    assert main([*argv, "-o", "json"]) == 1
    said = capsys.readouterr()
    found = full(said.out, json_answers.COMPARE)
    assert (said.err, found["worse"]) == ("", True)
    assert [each["subject"] for each in found["changes"] if each["worse"]] == ["no-504", "spread", "routing"]
    assert [each["worse"] for each in found["changes"]] == sorted(
        (e["worse"] for e in found["changes"]), reverse=True
    )
    assert main([*argv[:2], argv[1], "-o", "json"]) == 0
    assert document(capsys.readouterr().out, json_answers.COMPARE)["changes"] == []


def test_a_target_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each value with its origin, each check; a secret is masked wherever it was put."""
    file = tmp_path / "t.toml"
    file.write_text('domain = "example.test"\n[turn]\nsecret_env = "TURN_SECRET"\n')
    monkeypatch.setenv("TARGET", str(file))
    monkeypatch.setenv("TURN_SECRET", SECRET)
    monkeypatch.setenv("TARGET_NAME", f"made by {SECRET}")
    assert main(["target", "show", "-o", "json"]) == 0
    said = capsys.readouterr()
    found = full(said.out, json_answers.TARGET)
    assert (said.err, SECRET in said.out) == ("", False)
    assert found["target"] == "made by ***"
    (domain,) = [each for each in found["values"] if each["name"] == "domain"]
    assert (domain["value"], domain["from"]) == ("example.test", f"{file}:1")
    assert not found["network_checked"]


CAUSE = Cause(
    "pins", f"the title says {SECRET}", Confidence.PROVED, (("service", "x"),), ("seen",), ("not so",), "docker ps",
    "mend it", "or that",
)  # fmt: skip


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> dict[str, Diagnosis]:
    """A diagnosis without any look: what it comes to is the value of `found`."""
    answer = {"found": Diagnosis((CAUSE,), ("calls (none was made)",))}

    async def ask(target: Target, recorder: Recorder, console: Console) -> None:
        console.print("asked")

    made = target_of(settings({"TARGET_NAME": "paper"}), is_lab=True)
    monkeypatch.setattr(live_diagnosis, "_witness", lambda name: Witness(target=made))
    monkeypatch.setattr(live_diagnosis, "_ask", ask)
    monkeypatch.setattr(live_diagnosis, "gather", lambda witness, failed: samples.sound())
    monkeypatch.setattr(live_diagnosis, "diagnose", lambda seen: answer["found"])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setenv("API_TOKEN", SECRET)
    return answer


def test_a_diagnosis_as_json(looks: dict[str, Diagnosis], capsys: pytest.CaptureFixture[str]) -> None:
    """Every cause in full; what is said meanwhile, and the tables, are on stderr."""
    assert main(["diagnose", "-o", "json"]) == 1
    said = capsys.readouterr()
    found = full(said.out, json_answers.DIAGNOSE)
    assert SECRET not in said.out
    assert (found["target"], found["well"], found["causes"][0]["title"]) == (
        "paper",
        False,
        "the title says ***",
    )
    assert "asked\n" in said.err
    looks["found"] = Diagnosis(())
    assert main(["diagnose", "-o", "json"]) == 0
    assert document(capsys.readouterr().out, json_answers.DIAGNOSE)["well"] is True


@pytest.mark.usefixtures("looks")
def test_a_diagnosis_without_json_is_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    """All of it on stdout, as text."""
    assert main(["diagnose"]) == 1
    said = capsys.readouterr()
    assert "asked\n" in said.out
    assert "proved: the title says *** [pins]" in said.out
    assert said.err == ""


HOSTILE = 'quote " back \\ \x1b[31m \u202e ##[error]x ##vso[a] \x7f\n::error::y'
SHAPE = Shape("any", {"texts.*": "text: any"})


def test_whatever_is_told_stays_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing acts on a terminal or in a log of CI, and what a program reads is the text as it was, secrets masked."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    with masked_output({'secret with "quotes"'}):
        texts = {"any": HOSTILE, "db_password": "plain", "quoted": 'a secret with "quotes" in it'}
        json_document.write(SHAPE, {"texts": texts})
    text = out.getvalue()
    assert text.isascii()
    assert not [each for each in text if not each.isprintable() and each != "\n"]
    assert "##[" not in text
    assert "##vso[" not in text
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    found = document(text, SHAPE)["texts"]
    assert found == {"any": HOSTILE, "db_password": "***", "quoted": "a *** in it"}
