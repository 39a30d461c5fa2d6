"""A pytest of its own that writes a report, over tests that pass, fail, wait or die as MODE says."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import fixtures

ROOT = Path(fixtures.__file__).parents[1]
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
        self.folder, self.report, self.reporting = folder, folder / "out", True
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
            [sys.executable, "-m", "pytest", *plugins, *(["--report", str(self.report)] * self.reporting), *args, "test_it.py"],
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
