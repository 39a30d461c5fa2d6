"""What is said where the packages of this project are not there: which environment to activate."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from lab.text.shown import for_terminal

ROOT = Path(__file__).parents[2]


def without_packages(missing: ModuleNotFoundError) -> str:
    """One line: what is missing in which Python, and what to do. A module of our own is no package: that is raised."""
    package = (missing.name or "").partition(".")[0]
    if package in ("", "fixtures", "lab", "tests"):
        raise missing
    return f"{sys.executable or 'this Python'} has no package {package}: {remedy()}"


def remedy(root: Path = ROOT) -> str:
    """Activate the environment that is there, or have it made."""
    script = root / ".venv" / "bin" / "activate"
    if script.exists():
        return f"activate the environment first: . {os.path.relpath(script)}"
    return "there is no environment yet: ./accept makes one (./accept --help)"


PACKAGES = (
    "aiohttp",
    "aiortc",
    "av",
    "httpx",
    "jinja2",
    "numpy",
    "playwright",
    "pydantic",
    "pymediasoup",
    "rich",
    "socketio",
    "xdist",
    "yaml",
)
"""What a run of the suite imports, by the names that it is imported by. A smoke run does without those of Docker."""


def end_without_packages(status: int) -> None:
    """End this process with `status` and one line where a package is missing: a run of pytest would show an ImportError."""
    missing = next((name for name in PACKAGES if find_spec(name) is None), None)
    if missing is not None:
        line = without_packages(ModuleNotFoundError(name=missing))
        sys.stderr.write(for_terminal(f"acceptance suite: {line}\n"))
        raise SystemExit(status)
