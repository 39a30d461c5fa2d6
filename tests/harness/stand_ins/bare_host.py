"""A bare machine for the `accept` script: a PATH of stand-ins that record what they were asked to do.

The real engine, package manager and log files are out of its reach.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
TOOLS = (
    "sh",
    "sed",
    "tr",
    "cksum",
    "dirname",
    "basename",
    "touch",
    "rm",
    "mkdir",
    "cp",
    "tail",
    "mktemp",
    "env",
    "setsid",
    "nohup",
)
"""Real programs that the script uses and that change nothing outside its folder."""

PYTHON = """#!/bin/sh
echo "$(basename "$0") $*" >> "$CALLS"
case "$*" in
  "-c "*) exit "${OLD:-0}" ;;
  --version) echo "Python 3.99" ;;
  *"-m fixtures.door "*) exec REAL "$@" ;;
  "-m venv "*) [ -z "${NO_VENV:-}" ] || exit 1; mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; cp "$0" "$3/bin/lint-imports" ;;
  "-m pip "*" -v "*) echo "Installing collected packages"; exit "${PIP:-0}" ;;
  "-m pip "*) exit "${PIP:-0}" ;;
  "-m lab engine") [ -e "$ENGINE" ] || { echo "lab: no Docker engine answers" >&2; exit 2; } ;;
  "-m lab images --check") [ -e "$ENGINE" ] && exit "${IMAGES_MISSING:-0}"; exit 11 ;;
  "-m lab images") exit "${IMAGES:-0}" ;;
  "-m mypy"*) exit "${MYPY:-0}" ;;
  "-m ruff format"*) exit "${FORMAT:-0}" ;;
  --no-logo*) exit "${ARROWS:-0}" ;;
  "-P -m lab"*|"-P -m fixtures"*) printf '%s\\n' "$PWD" "$PYTHONPATH" > "$(dirname "$CALLS")/static-from"; exit "${STATIC:-0}" ;;
  "-m uv"*) exit "${UV:-0}" ;;
  *"-m pytest"*tests/harness*) exit "${HARNESS:-0}" ;;
  "-m pytest"*) for word in "$@"; do echo "word $word" >> "$CALLS"; done; exit "${PYTEST:-0}" ;;
esac
"""
STAND_INS = {
    "id": 'echo "${USER_ID:-1000}"',
    "sleep": ":",
    "chromium": ":",
    "apt-get": 'echo "apt-get $*" >> "$CALLS"; exit "${APT:-0}"',
    "dockerd": 'echo dockerd >> "$CALLS"; [ -n "${DOCKERD_BROKEN:-}" ] || touch "$ENGINE"',
    "systemctl": 'echo dockerd >> "$CALLS"; [ -n "${DOCKERD_BROKEN:-}" ] || touch "$ENGINE"',
}
LOGS = ("/var/log/dockerd.log",)


@dataclass
class BareHost:
    """A folder with the script in it; by default a user's, with a Python, an engine, a browser, and no package manager."""

    folder: Path
    status: int = 0
    said: str = ""
    printed: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    called_from: Path | None = None

    def __post_init__(self) -> None:
        self._place("accept", _without_logs((ROOT / "accept").read_text(), self.folder))
        (self.folder / "requirements.txt").write_text("pytest\n")
        (self.folder / "requirements-tools.txt").write_text("uv\n")
        (self.folder / "bin").mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None, tool
            (self.folder / "bin" / tool).symlink_to(found)
        for name in ("id", "sleep", "chromium"):
            self.install(name)
        self._place("bin/python3", PYTHON.replace("REAL", sys.executable))
        for name in ("fixtures", "lab", "tests", "pyproject.toml"):  # what the door reads
            (self.folder / name).symlink_to(ROOT / name)
        self.engine.touch()

    def _place(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    @property
    def engine(self) -> Path:
        """Exists while an engine answers."""
        return self.folder / "engine"

    @property
    def ready(self) -> bool:
        """Whether the virtual environment counts as made."""
        return any((self.folder / ".venv").glob(".ready-*"))

    def install(self, *names: str) -> None:
        """Put stand-ins on the PATH."""
        for name in names:
            self._place(f"bin/{name}", f"#!/bin/sh\n{STAND_INS[name]}\n")

    def accept(self, *argv: str, **variables: str) -> list[str]:
        """Run the script; returns the calls it made, `status`, `said` (its stderr) and `printed` are set."""
        calls = self.folder / "calls"
        calls.write_text("")
        environment = {
            "PATH": str(self.folder / "bin"),
            "CALLS": str(calls),
            "ENGINE": str(self.engine),
            "TMPDIR": str(self.folder),
            **variables,
        }
        done = subprocess.run(
            [self.folder / "accept", *argv],
            cwd=self.called_from,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.status, self.said = done.returncode, done.stderr
        self.printed = done.stdout
        return [
            call
            for call in calls.read_text().splitlines()
            if not any(each in call for each in (" -c ", "--version", "-m fixtures.door"))
        ]


def _without_logs(script: str, folder: Path) -> str:
    for log in LOGS:
        assert log in script
        script = script.replace(log, str(folder / Path(log).name))
    return script
