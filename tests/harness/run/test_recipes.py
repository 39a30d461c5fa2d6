"""docs/recipes.md holds: each block is taken from the page and run with stand-ins on the PATH."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from lab.build import image_builds
from tests.harness.stand_ins.bare_host import ROOT, BareHost

PAGE = (ROOT / "docs" / "recipes.md").read_text("utf-8")
BLOCKS: dict[str, str] = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
(CRON,) = re.findall(r"^\*/15 \* \* \* \* (.*)$", PAGE, re.MULTILINE)
SCRIPT = "/usr/local/bin/smoke-mail"
SUBJECTS = {
    1: "smoke production: RED",
    10: "smoke production: not exercised, nothing failed",
    11: "smoke production: nothing learned, the run could not start",
    3: "smoke production: the run broke, exit 3",
    130: "smoke production: the run broke, exit 130",
}
SUITE = """#!/bin/sh
echo "start $TARGET $*" >> "$RUNS"
echo said
if [ -n "${HOLD:-}" ]; then while [ -e "$HOLD" ]; do sleep 0.02; done; fi
echo end >> "$RUNS"
exit "$STATUS"
"""
MAIL = """#!/bin/sh
{ printf '%s\\n' "$@"; cat; } >> "$MAILED"
"""


class Site:
    """A checkout whose `./accept` is a stand-in, the script beside it, and a PATH with a mail program of ours."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self._tools, self.logs = (folder / name for name in ("site", "bin", "logs"))
        for each in (self.checkout, self._tools, self.logs):
            each.mkdir()
        self.runs, self._mailed = folder / "runs", folder / "mailed"
        for path, text in (
            (self.checkout / "accept", SUITE),
            (self._tools / "mail", MAIL),
            (self._tools / "smoke-mail", BLOCKS[SCRIPT]),
        ):
            path.write_text(text)
            path.chmod(0o755)
        for tool in ("mktemp", "rm", "cat", "flock", "sleep"):
            if found := shutil.which(tool):
                (self._tools / tool).symlink_to(found)

    @property
    def mailed(self) -> list[str]:
        return self._mailed.read_text().splitlines() if self._mailed.exists() else []

    def moved(self, line: str) -> str:
        """The line with the paths of this site in place of those of the page."""
        return line.replace("/srv/acceptance", str(self.checkout)).replace(
            SCRIPT, str(self._tools / "smoke-mail")
        )

    def run(self, line: str, status: int, **variables: str) -> subprocess.CompletedProcess[str]:
        """As cron runs a line."""
        environment = {
            "PATH": str(self._tools), "TMPDIR": str(self.logs), "RUNS": str(self.runs), "MAILED": str(self._mailed),
            "STATUS": str(status), **variables,
        }  # fmt: skip
        return subprocess.run(
            ["/bin/sh", "-c", self.moved(line)], env=environment, capture_output=True, text=True, timeout=60, check=False
        )  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Site:
    if shutil.which("flock") is None:
        pytest.skip("not exercised: flock is not installed here")
    return Site(tmp_path)


@pytest.mark.parametrize("status", sorted(SUBJECTS))
def test_each_exit_status_has_a_subject_of_its_own(status: int, site: Site) -> None:
    """The mail holds what the run printed; the line ends with the status of the run, and leaves no log."""
    done = site.run(CRON, status)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", "")
    assert site.mailed == ["-s", SUBJECTS[status], "ops@example.org", "said"]
    assert list(site.logs.iterdir()) == []
    assert site.runs.read_text().splitlines()[0] == "start production --no-install smoke -p no:cacheprovider"


def test_a_green_run_mails_nothing(site: Site) -> None:
    """And cron itself has nothing to mail either."""
    done = site.run(CRON, 0)
    assert (done.returncode, done.stdout, done.stderr, site.mailed) == (0, "", "", [])
    assert list(site.logs.iterdir()) == []


def test_two_runs_never_overlap(site: Site, tmp_path: Path) -> None:
    """While one goes on, a second ends at once, without a mail; afterwards the next one runs."""
    hold = tmp_path / "hold"
    hold.touch()
    first = threading.Thread(target=site.run, args=(CRON, 1), kwargs={"HOLD": str(hold)})
    first.start()
    try:
        until = time.monotonic() + 20
        while not site.runs.exists():
            assert time.monotonic() < until, "the first run did not start"
        second = site.run(CRON, 1)
        assert (second.stdout, second.stderr, site.mailed) == ("", "", [])
        assert site.runs.read_text().count("start") == 1
    finally:
        hold.unlink()
        first.join()
    assert site.mailed.count("said") == 1
    site.run(CRON, 1)
    assert [line.partition(" ")[0] for line in site.runs.read_text().splitlines()] == ["start", "end"] * 2


UNITS = {Path(name).name: text for name, text in BLOCKS.items() if name.startswith("/etc/systemd/")}


def test_the_units_belong_together() -> None:
    """The timer starts the service of its own name, and the service makes the run that the cron line makes."""
    assert set(UNITS) == {"acceptance-smoke.service", "acceptance-smoke.timer"}
    (ours,) = re.findall(r"^ExecStart=(.*)$", UNITS["acceptance-smoke.service"], re.MULTILINE)
    assert CRON.endswith(ours)
    assert "Type=oneshot\n" in UNITS["acceptance-smoke.service"]
    assert "systemctl enable --now acceptance-smoke.timer" in PAGE


def test_systemd_finds_no_fault_with_the_units(site: Site) -> None:
    """`systemd-analyze verify`, where it is installed: unknown keys and times that cannot be read are its findings."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("not exercised: systemd-analyze is not installed here")

    def verified(change: str = "") -> subprocess.CompletedProcess[str]:
        paths = [site.logs / name for name in UNITS]
        for path in paths:
            path.write_text(
                site.moved(UNITS[path.name]).replace("OnCalendar=*:0/15", change or "OnCalendar=*:0/15")
            )
        return subprocess.run(
            ["systemd-analyze", "verify", "--man=no", *paths], capture_output=True, text=True, timeout=60, check=False
        )  # fmt: skip

    def of_ours(done: subprocess.CompletedProcess[str]) -> list[str]:
        return [line for line in done.stderr.splitlines() if "acceptance-smoke" in line]

    assert of_ours(verified()) == []
    assert of_ours(verified("OnCalender=*:0/15")) != [], "verify sees no fault where there is one"


def _steps(block: str) -> list[tuple[str, dict[str, str]]]:
    """The shell steps of a CI file, each with its variables, in order."""
    found: dict[str, Any] = yaml.safe_load(BLOCKS[block])
    if "jobs" in found:
        steps = (step for job in found["jobs"].values() for step in job["steps"])
        return [(step["run"], step.get("env", {})) for step in steps if "run" in step]
    jobs = (job for job in found.values() if isinstance(job, dict) and "script" in job)
    return [("\n".join(job["script"]), job.get("variables", {})) for job in jobs]


GIT = """#!/bin/sh
[ "$1" = clone ] || exit 2
for last; do :; done
mkdir -p "$last" && cp "$CHECKOUT/accept" "$last/accept"
for each in requirements.txt requirements-tools.txt fixtures lab tests pyproject.toml; do
  ln -s "$CHECKOUT/$each" "$last/$each"
done
"""


@pytest.fixture
def host(tmp_path: Path) -> BareHost:
    """A machine of a CI, as a job sees it: the stack in the folder of the job, and the suite where the file puts it."""
    folder = tmp_path / "suite"
    folder.mkdir()
    host = BareHost(folder)
    host.install("apt-get")
    (folder / "bin" / "git").write_text(GIT)
    (folder / "bin" / "git").chmod(0o755)
    (folder / "bin" / "ln").symlink_to(str(shutil.which("ln")))
    return host


def _made(
    host: BareHost, job: Path, shell: str, variables: dict[str, str], **more: str
) -> tuple[int, list[str]]:
    """How a step ended, and the calls that `./accept` made in it."""
    calls = host.folder / "calls"
    calls.write_text("")
    environment = {
        "PATH": str(host.folder / "bin"), "CALLS": str(calls), "ENGINE": str(host.engine), "TMPDIR": str(host.folder),
        "CHECKOUT": str(host.folder), **variables, **more,
    }  # fmt: skip
    done = subprocess.run(
        ["sh", "-e", "-c", shell], cwd=job, env=environment, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    assert "unknown" not in done.stderr, done.stderr
    return done.returncode, calls.read_text().splitlines()


@pytest.mark.parametrize(
    ("block", "wanted"),
    [
        (".github/workflows/acceptance.yml", ["-m fixtures static --format github stack.yml", "-m pytest -m lab --stack="]),
        (".github/workflows/smoke.yml", ["-m pytest -m smoke --report=report"]),
        (".gitlab-ci.yml", ["-m pytest -m lab --stack=", "-m pytest -m smoke --report="]),
    ],
)  # fmt: skip
def test_the_shell_steps_of_a_ci_file_run(
    block: str, wanted: list[str], host: BareHost, tmp_path: Path
) -> None:
    """Each step gets through the checks of the arguments to the run that is wanted, and ends with its status."""
    job = tmp_path / "job"
    steps = _steps(block)
    assert len(steps) == len(wanted)
    for (shell, variables), call in zip(steps, wanted, strict=True):
        for status in ("0", "10"):
            shutil.rmtree(job, ignore_errors=True)
            job.mkdir()
            (job / "stack.yml").write_text("services: {}\n")
            if "git clone" not in shell:  # the checkout action put it there
                place = job / "acceptance" if "acceptance/accept" in shell else job
                place.mkdir(exist_ok=True)
                subprocess.run(
                    [host.folder / "bin" / "git", "clone", place], check=True,
                    env={"PATH": os.environ["PATH"], "CHECKOUT": str(host.folder)},
                )  # fmt: skip
            ended, calls = _made(host, job, shell, variables, PYTEST=status, STATIC=status)
            assert (ended, [each for each in calls if call in each] != []) == (int(status), True), calls


def test_a_step_that_is_called_wrongly_is_seen(host: BareHost, tmp_path: Path) -> None:
    """So that the test above can fail: a misspelt option ends with 4, and no run is made."""
    shell = _steps(".github/workflows/smoke.yml")[0][0].replace("--report", "--reprot")
    with pytest.raises(AssertionError, match="unknown option --reprot"):
        _made(host, host.folder, shell, {"TARGET": "production"})


def test_what_is_uploaded_is_what_was_written() -> None:
    """The folder of `--report` is the artifact, also where the run is red; GitLab shows nothing as a warning but 10."""
    for block in (".github/workflows/acceptance.yml", ".github/workflows/smoke.yml"):
        for job in yaml.safe_load(BLOCKS[block])["jobs"].values():
            upload = job["steps"][-1]
            assert (upload["uses"], upload["if"], upload["with"]["path"]) == (
                "actions/upload-artifact@v4", "always()", "report",
            )  # fmt: skip
    gitlab = yaml.safe_load(BLOCKS[".gitlab-ci.yml"])
    for name in ("gate", "smoke"):
        kept = gitlab[name]["artifacts"]
        assert (kept["when"], kept["paths"], kept["reports"]) == (
            "always",
            ["report"],
            {"junit": "report/report.xml"},
        )
    assert gitlab["smoke"]["allow_failure"] == {"exit_codes": [10]}
    assert "allow_failure" not in gitlab["gate"]


def test_the_tag_of_the_suite_s_image_is_printed() -> None:
    """The command needs no Docker, and prints the reference that `--inside` runs."""
    words = shlex.split(BLOCKS["tag"])
    done = subprocess.run(
        [sys.executable, *words[1:]], cwd=ROOT, env={"PATH": "/nowhere"}, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert done.stdout.strip() == image_builds.tag("suite")


def test_the_image_is_pushed_and_run_by_one_name(tmp_path: Path) -> None:
    """What is tagged is the suite's image; what is pushed and run is that name; the run is a smoke run of a target file."""
    tools = tmp_path / "bin"
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    tools.mkdir()
    for path, text in (
        (tools / "docker", f'#!/bin/sh\necho "$*" >> {tmp_path}/asked\n'),
        (tools / "id", "#!/bin/sh\necho 1000\n"),
        (tmp_path / ".venv/bin/python", "#!/bin/sh\necho jbcalling-lab/suite:abc\n"),
    ):
        path.write_text(text)
        path.chmod(0o755)
    for block in ("push", "run"):
        subprocess.run(
            ["/bin/sh", "-e", "-c", BLOCKS[block]], cwd=tmp_path, env={"PATH": str(tools), "PWD": str(tmp_path)}, check=True
        )  # fmt: skip
    name = "registry.example.org/acceptance:v0.2.0"
    assert (tmp_path / "asked").read_text().splitlines() == [
        f"tag jbcalling-lab/suite:abc {name}",
        f"push {name}",
        f"run --rm --user 1000 -e TARGET=/t/target.toml -v {tmp_path}:/t:ro {name} -m smoke",
    ]
