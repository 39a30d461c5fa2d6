"""What the tests in a real browser start from: the system's, where there is one."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.observe.browser import own_trust
from fixtures.observe.browser.opened import Setup
from fixtures.observe.browser.program import MISSING, find
from fixtures.target.reach import Reach
from tests.harness.stand_ins.web_page import HOST, WebPage


@pytest.fixture
def program() -> Path:
    """The browser of this machine."""
    found = find()
    if found is None:
        pytest.skip(f"not exercised: {MISSING}")
    return found


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files that is the test's own, with a path that is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="t-") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield Path(folder)


def setup_of(program: Path, page: WebPage, tmp_path: Path) -> Setup:
    """A browser that reaches the page and trusts it by the key of its certificate, which its authority vouches for."""
    ca_file = tmp_path / "ca.pem"
    page.authority.cert_pem.write_to_path(str(ca_file))
    keys = own_trust.trusted_keys(Reach({HOST: "127.0.0.1"}, ca_file), [HOST], page.port)
    return Setup(program, page.rules, keys)
