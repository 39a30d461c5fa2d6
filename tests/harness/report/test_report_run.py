"""`--report DIR`: what a real pytest run writes, however it ends."""

import html
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as Xml

import pytest

import fixtures
from fixtures.run.watching import WATCHED
from lab.waiting import NotYet, Ready, wait_for

ROOT = Path(fixtures.__file__).parents[1]
PLANTED = 'planted&<"7'
TESTS = """
import os, time, pytest
from pathlib import Path
from types import SimpleNamespace
from fixtures.diagnose.values import Cause, Confidence

@pytest.mark.criterion("no-504")
def test_answers(measured, record):
    \"\"\"It answers.\"\"\"
    measured("30 requests: 30x 200")
    record("seen", {"sky": "clear"}, "today")

@pytest.mark.criterion("spread")
@pytest.mark.parametrize("host", ["a"])
def test_spread(host, request):
    \"\"\"It is spread.\"\"\"
    if "fail" in os.environ.get("MODE", ""):
        request.node.user_properties.append(("cause", Cause("pins", "pinned", Confidence.PROVED, (), ()).as_json()))
        assert host == "b", "runs on one node\\n  see: docker service ps"
    if "crash" in os.environ.get("MODE", ""):
        os._exit(3)
    if "exit" in os.environ.get("MODE", ""):
        pytest.exit("the lab could not be built: no space", returncode=11)
    if "wait" in os.environ.get("MODE", ""):
        Path(os.environ["WAITING"]).touch()
        time.sleep(60)

@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    (folder / "changes.txt").write_text("vip -> dnsrr\\n")
    return SimpleNamespace(name="x", ca_file=folder / "ca.pem", nodes={})

@pytest.mark.criterion("call")
def test_call(lab):
    \"\"\"They meet.\"\"\"
"""


class Ended:
    """A pytest of its own over TESTS, with the plugins under test and nothing else of ours."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.report = folder, folder / "out"
        (folder / "test_it.py").write_text(TESTS)
        (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    criterion(name): x\n    lab: x\n")

    def start(self, *args: str, **env: str) -> subprocess.Popen[str]:
        clean = {
            k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "PYTEST_", "TARGET", "LAB_"))
        }
        plugins = [
            "-p",
            "fixtures.run.criteria_table",
            "-p",
            "fixtures.plugins.evidence",
            "-p",
            "no:cacheprovider",
        ]
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *plugins, "--report", str(self.report), *args, "test_it.py"],
            cwd=self.folder, env={**clean, "PYTHONPATH": str(ROOT), **env}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *args: str, **env: str) -> str:
        process = self.start(*args, **env)
        self.output, _ = process.communicate(timeout=120)
        self.status = process.returncode
        return self.output

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.report / "report.json").read_text())
        return found

    @property
    def cases(self) -> list[Xml.Element]:
        """The test cases of report.xml."""
        return list(Xml.parse(self.report / "report.xml").getroot().iter("testcase"))

    @property
    def ends_in_junit(self) -> dict[str, str]:
        """Name of each test case -> passed, failure, error or skipped."""
        tags = ("failure", "error", "skipped")
        return {
            str(case.get("name")): next((tag for tag in tags if case.find(tag) is not None), "passed")
            for case in self.cases
        }

    def verdict(self, criterion: str) -> str:
        return str(next(row["verdict"] for row in self.json["criteria"] if row["name"] == criterion))


@pytest.fixture
def ended(tmp_path: Path) -> Ended:
    return Ended(tmp_path)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_green_run(ended: Ended, workers: tuple[str, ...]) -> None:
    """All files are there and agree, with one process as with two workers."""
    output = ended.run(*workers)
    assert ended.status == 0, output
    assert sorted(path.name for path in ended.report.iterdir()) == [
        "report.html",
        "report.json",
        "report.xml",
        "summary.md",
    ]
    run, first = ended.json["run"], ended.json["criteria"][0]["tests"][0]
    assert (run["verdict"], run["tests"], run["passed"], run["workers"]) == (
        "passed",
        3,
        3,
        2 if workers else 0,
    )
    assert (first["claim"], first["measured"]) == ("It answers.", ["30 requests: 30x 200"])
    tables = {rows["title"]: rows["rows"] for rows in ended.json["tables"]}
    assert tables == {
        "seen today": [["sky", "clear"]],
        "What the lab changed in the stack file": [["vip -> dnsrr"]],
    }
    assert f"report: {ended.report / 'report.html'}" in output
    assert "generated xml file" not in output
    assert ended.ends_in_junit == dict.fromkeys(("test_answers", "test_spread[a]", "test_call"), "passed")


def test_pytests_own_xml_is_left_alone(ended: Ended) -> None:
    """`--junitxml` beside `--report` writes what it always does, and both are there."""
    own = ended.folder / "own.xml"
    output = ended.run("--junitxml", str(own))
    assert f"generated xml file: {own}" in output
    assert [case.get("name") for case in Xml.parse(own).getroot().iter("testcase")] == list(
        ended.ends_in_junit
    )


def test_a_red_run(ended: Ended) -> None:
    """The failure is shown as its author wrote it, with its cause and its place; GitHub gets an annotation."""
    step = ended.folder / "step.md"
    step.write_text("before\n")
    output = ended.run(MODE="fail", GITHUB_STEP_SUMMARY=str(step), GITHUB_ACTIONS="true")
    end = next(row for row in ended.json["criteria"] if row["name"] == "spread")["tests"][0]
    assert (end["verdict"], [cause["id"] for cause in end["causes"]], end["file"]) == (
        "failed", ["pins"], "test_it.py",
    )  # fmt: skip
    assert end["text"] == "runs on one node\n  see: docker service ps"
    assert 'assert host == "b"' in TESTS.splitlines()[end["line"] - 1]
    assert "Failed: spread" in (ended.report / "report.html").read_text()
    assert step.read_text().startswith("before\n## Failed: spread")
    annotated = [line for line in output.splitlines() if line.startswith("::error ")]
    assert len(annotated) == 1
    assert annotated[0].startswith(f"::error file=test_it.py,line={end['line']},")
    assert annotated[0].endswith("::runs on one node%0Acause: pinned (proved)%0A  see: docker service ps")
    case = next(case for case in ended.cases if case.get("name") == "test_spread[a]")
    properties = [(one.get("name"), one.get("value")) for one in case.iter("property")]
    assert properties == [("criterion", "spread"), ("cause", "pins")]
    assert (case.get("file"), case.find("failure") is not None) == ("test_it.py", True)


def test_a_crashed_worker(ended: Ended) -> None:
    """A worker that dies is a failure of the criterion whose test it ran, and the report says it."""
    ended.run("-n", "2", MODE="crash")
    assert ended.verdict("spread") == "failed"
    assert "crashed" in [trouble["kind"] for trouble in ended.json["run"]["troubles"]]
    assert "crashed" in (ended.report / "report.html").read_text()
    assert ended.ends_in_junit["test_spread[a]"] == "error"
    assert ended.ends_in_junit["crashed"] == "error"


def test_a_run_that_is_interrupted(ended: Ended) -> None:
    """Ctrl-C leaves a report that says so, with what had passed and what was not run."""
    waiting = ended.folder / "waiting"
    process = ended.start(MODE="wait", WAITING=str(waiting))
    wait_for(
        "the test to begin", lambda: Ready(None) if waiting.exists() else NotYet("not yet"), deadline_s=60
    )
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    run = ended.json["run"]
    assert (run["verdict"], run["passed"], run["not_run"], run["exit_status"]) == ("incomplete", 1, 2, 2)
    assert [trouble["kind"] for trouble in run["troubles"]] == ["interrupted"]
    assert ended.verdict("call") == "not exercised"
    assert ended.ends_in_junit == {
        "test_answers": "passed", "test_spread[a]": "skipped", "test_call": "skipped", "interrupted": "error",
    }  # fmt: skip


def test_a_run_without_a_lab(ended: Ended) -> None:
    """Where the lab could not be built the report has the reason and the exit status."""
    ended.run(MODE="exit")
    run = ended.json["run"]
    assert (ended.status, run["exit_status"], run["verdict"]) == (11, 11, "incomplete")
    assert run["troubles"] == [{"kind": "ended early", "text": "the lab could not be built: no space"}]
    assert ended.ends_in_junit["test_spread[a]"] == "skipped"
    assert ended.ends_in_junit["ended early"] == "error"


def test_a_test_file_that_cannot_be_imported(ended: Ended) -> None:
    """A collection error is in the report."""
    (ended.folder / "test_it.py").write_text("import nothing_of_that_name")
    ended.run()
    assert ended.json["run"]["troubles"][0]["kind"] == "collection"
    assert "nothing_of_that_name" in ended.json["run"]["troubles"][0]["text"]
    assert ended.ends_in_junit == {"test_it": "error", "interrupted": "error"}


def test_a_folder_that_cannot_be_made(ended: Ended) -> None:
    """One line that names it, and the exit status of wrong usage, before any test runs."""
    ended.report.write_text("")
    assert f"ERROR: --report {ended.report}" in ended.run()
    assert ended.status == 4


SECRETS = """
import os, pytest
from fixtures.diagnose.values import Cause, Confidence
from fixtures.report.values import Log, Rows, Version

@pytest.mark.criterion("spread")
def test_leaks(measured, record, request):
    \"\"\"A claim.\"\"\"
    s = os.environ["TURN_SECRET"]
    measured(f"measured {s}")
    request.node.user_properties.append(("cause", Cause(s, s, Confidence.PROVED, ((s, s),), (s,)).as_json()))
    print(f"printed {s}")
    record("log", Log("x", f"because {s}", (f"line {s}", "password=hunter22hunter")), s)
    record("rows", Rows(s, (s,), ((s, s), ("api_token", "ttttt" + "oken1"))))
    record("version", Version(s, s))
    record("odd", {s: [s, {"x": s}]}, s)
    record("bytes", s.encode())
    assert s == "x", f"failed with {s}"

@pytest.mark.parametrize("x", [1], ids=[os.environ["TURN_SECRET"]])
def test_named(x):
    pass
"""


def test_no_secret_gets_out(ended: Ended) -> None:
    """A secret planted in every place that a test can fill is in no file of the report, nor in an annotation."""
    (ended.folder / "test_it.py").write_text(SECRETS)
    step = ended.folder / "step.md"
    output = ended.run("-n", "2", TURN_SECRET=PLANTED, GITHUB_STEP_SUMMARY=str(step), GITHUB_ACTIONS="true")
    files = {path.name: path.read_text() for path in [*ended.report.iterdir(), step]}
    annotated = "\n".join(line for line in output.splitlines() if line.startswith("::"))
    forms = (
        PLANTED,
        html.escape(PLANTED),
        json.dumps(PLANTED)[1:-1],
        quote(PLANTED),
        "planted&amp;",
        "hunter22",
        "tttttoken1",
    )
    assert "failed with ***" in annotated
    assert "failed with ***" in files["report.html"]
    for name, text in {**files, "annotations": annotated}.items():
        assert [form for form in forms if form in text] == [], name


VALUES = """
from dataclasses import dataclass
from enum import Enum
from types import SimpleNamespace
import pytest
from fixtures.observe.media.values import Candidate, LinkObservation, SelectedPair
from fixtures.report.values import Rows

class Kind(Enum):
    SEND = "send"

@dataclass(frozen=True)
class Pair:
    here: str
    there: tuple
    kind: Kind

class Bare:
    pass

LINK = LinkObservation("send", (Candidate("media.example", 40000, "udp", "host", "10.0.0.2"),), None, ())
PAIR = Pair("a", ("b", b"c"), Kind.SEND)

@pytest.mark.criterion("media-host")
def test_no_words():
    \"\"\"Every transport has a pair.\"\"\"
    assert not (LINK,)

@pytest.mark.criterion("turn")
def test_values_in_words():
    \"\"\"It relays.\"\"\"
    assert not LINK, f"first has no pair: {(LINK,)}\\n  seen: {[PAIR]}, {b'x'}\\n  and {Bare()}"

@pytest.mark.criterion("spread")
def test_recorded(record, measured):
    measured(f"links {[LINK]}")
    record("dataclass", PAIR)
    record("dataclasses", [PAIR, PAIR])
    record("link", LINK)
    record("mapping", {"a": {"b": ["c", "d"]}, ("x", "y"): {"z"}, "bytes": b"raw", "nothing": None, "yes": True})
    record("tuples", (("a", 1), ("b", 2)))
    record("objects", [Bare(), object(), Bare, len, SimpleNamespace(sky="clear"), ValueError("odd")])
    record("rows", Rows("odd cells", ("what", PAIR), ((PAIR, ["a", "b"]), ({"k": "v"}, b"c"))), "odd")
"""
REPR = re.compile(
    r"[A-Z]\w*\([a-z_]\w*=|\[['\"]|\(['\"]|\{['\"]|\bb['\"]|<[\w.]+ object at 0x|<(class|function|built-in)\b"
)
DEVELOPERS = re.compile(r'<pre class="log (traceback|captured)".*?</pre>', re.S)
"""The one place of the page that shows values as Python writes them."""


def test_no_python_value_is_shown(ended: Ended) -> None:
    """What tests hand over and what failures say stands in words, whatever it is made of."""
    (ended.folder / "test_it.py").write_text(VALUES)
    ended.run("-n", "2")
    report = ended.json
    for row in report["criteria"]:
        for end in row["tests"]:
            for field in ("detail", "captured"):
                end[field] = ""
    texts = list(_texts(report))
    page = html.unescape(DEVELOPERS.sub("", (ended.report / "report.html").read_text()))
    style = page.index("</style>")
    for text in (*texts, page[style:], (ended.report / "summary.md").read_text()):
        assert not REPR.search(text), text
    facts = [row["tests"][0]["text"] for row in report["criteria"] if row["name"] in ("media-host", "turn")]
    assert facts[0].startswith("does not hold: Every transport has a pair.")
    assert facts[1].startswith("first has no pair")
    tables = {rows["title"]: rows for rows in report["tables"]}
    assert tables["dataclass"]["rows"] == [["here", "a"], ["there", "b, c"], ["kind", "send"]]
    assert tables["dataclasses"]["head"] == ["here", "there", "kind"]
    assert tables["mapping"]["rows"][:2] == [["a.b", "c, d"], ["x, y", "z"]]
    assert tables["odd cells"]["rows"][1] == ["k: v", "c"]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def test_every_watched_fixture_exists() -> None:
    """The fixtures that are watched for evidence are fixtures of ours: one renamed would silently leave the report."""
    sources = "\n".join(path.read_text() for path in (ROOT / "fixtures").rglob("*.py"))
    for name in [*WATCHED, "observed"]:
        assert f"\ndef {name}(" in sources, name
