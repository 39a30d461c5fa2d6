"""What is said where the packages of this project are not there: which environment to activate."""

import os
import sys
from pathlib import Path

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
