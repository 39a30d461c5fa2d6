"""What a static check needs is imported without the libraries that take longer to import than it takes to judge a file."""

import os
import subprocess
import sys

import pytest

from lab.compose.reference import REFERENCE_STACK
from tests.harness.house.test_sizes import ROOT

COMMAND = f"from fixtures.__main__ import main; main(['static', '--no-traefik', {str(REFERENCE_STACK)!r}])"
PYTEST = (
    "import pytest; pytest.main(['-q', '-n', '0', '-p', 'no:cacheprovider', '-m', 'static', '--collect-only', "
    f"'--stack', {str(REFERENCE_STACK)!r}])"
)
MEDIA = (
    "aiortc",
    "av",
    "pymediasoup",
    "docker",
    "hypothesis",
    "matplotlib",
    "playwright",
    "aiohttp",
    "socketio",
)
EVERY = (*MEDIA, "pydantic", "numpy", "cryptography", "pytest")


@pytest.mark.parametrize(("code", "unwanted"), [(COMMAND, EVERY), (PYTEST, MEDIA)], ids=["command", "pytest"])
def test_a_static_check_imports_no_slow_library(code: str, unwanted: tuple[str, ...]) -> None:
    """Judging a file, and collecting the tests that judge one, takes a part of a second."""
    own = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "PYTEST", "LAB_"))}
    told = f"{code}; import sys; print('IMPORTED', [each for each in {unwanted} if each in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", told],
        cwd=ROOT,
        env=own,
        text=True,
        check=True,
        stdout=subprocess.PIPE,
        timeout=120,
    )
    assert done.stdout.splitlines()[-1] == "IMPORTED []"
