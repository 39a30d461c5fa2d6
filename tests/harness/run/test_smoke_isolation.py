"""A smoke run needs no Docker and no lab, contacts nobody but its target, and says in one line what is wrong."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from tests.harness.stand_ins.bare_machine import pytest_run, run
from tests.harness.stand_ins.edge_server import HOSTS, Edge, edge
from tests.harness.stand_ins.engine_api import recording_engine

AUTHORITY = trustme.CA()
EDGE_TESTS = ("tests/test_no_504.py", "tests/test_certificates.py", "tests/test_spread.py")


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Edge]:
    """The stand-in edge, with the certificate that the test's parameter makes, else with a good one."""
    leaf = request.param() if hasattr(request, "param") else AUTHORITY.issue_cert(*HOSTS)
    try:
        with edge(tmp_path, leaf, AUTHORITY) as stand_in:
            yield stand_in
    except PermissionError:
        pytest.skip("not exercised: this user may not listen on port 443")


def test_everything_is_collected_anywhere(tmp_path: Path) -> None:
    """`pytest --collect-only` needs no engine and no network."""
    ended = pytest_run(tmp_path, "--collect-only", "-q", has=["docker"])
    assert (ended.status, "tests collected" in ended.text) == (0, True), ended.text


def test_smoke_is_collected_without_docker(tmp_path: Path) -> None:
    """For production even Docker's packages are not imported, nobody is asked, and the lab's own tests stay away."""
    ended = pytest_run(tmp_path, "-m", "smoke", "--collect-only", "-q", environ={"TARGET": "production"})
    assert ended.status == 0, ended.text
    assert "test_every_request_is_answered[api.jbcalling.site]" in ended.text
    assert "tests/harness" not in ended.text


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "with xdist"])
def test_smoke_runs_without_docker(served: Edge, tmp_path: Path, workers: tuple[str, ...]) -> None:
    """Against an edge that is well the run is green without an API: what needs one is not exercised, and said so."""
    ended = pytest_run(tmp_path, "-m", "smoke", *workers, *EDGE_TESTS, environ={"TARGET": str(served.target)})
    assert ended.status == 0, ended.text
    assert "not exercised: no Swarm API" in ended.text
    assert "BARE MACHINE" not in ended.text
    # 30 requests to each host, one http:// each, a doctype of each page, nine large bodies, one at each host's address;
    # 4 certificates
    assert len(served.requests) == 4 * 30 + 4 + 2 + 9 + 4
    assert f"load on the target: {len(served.requests) + 4} requests" in ended.text


def test_the_load_is_bounded(served: Edge, tmp_path: Path) -> None:
    """Beyond its bound a run sends nothing more, whatever its tests ask for."""
    environ = {"TARGET": str(served.target), "TARGET_LIMITS": "smoke_requests_max=40"}
    ended = pytest_run(tmp_path, "-m", "smoke", "tests/test_no_504.py", environ=environ)
    assert (ended.status, 30 <= len(served.requests) <= 40) == (1, True), ended.text
    assert "40 requests were sent, the most that a run may send" in ended.text


def test_what_was_required_and_not_exercised_is_status_10(served: Edge, tmp_path: Path) -> None:
    """With `--require all` a green run without an API is 10, and names what is missing."""
    args = ("-m", "smoke", "--require", "all", *EDGE_TESTS[1:])
    ended = pytest_run(tmp_path, *args, environ={"TARGET": str(served.target)})
    assert ended.status == 10, ended.text
    assert "exit status 10: required, but not exercised: spread (not exercised: no Swarm API)" in ended.text


@pytest.mark.parametrize(
    ("answers", "shown"),
    [
        (None, "the Swarm API at http://127.0.0.1:1 does not answer"),
        ({"/nodes": 503}, "cannot speak for a Swarm"),
    ],
    ids=["silent", "no manager"],
)
def test_an_api_of_no_use_is_status_10(
    served: Edge, tmp_path: Path, answers: dict[str, int] | None, shown: str
) -> None:
    """An API that was named is required by that: when it is of no use the rest is judged, and the status is 10."""
    with recording_engine(answers or {}) as engine:
        url = "http://127.0.0.1:1" if answers is None else engine.url
        environ = {"TARGET": str(served.target), "TARGET_SWARM_API": url}
        ended = pytest_run(tmp_path, "-m", "smoke", *EDGE_TESTS[1:], environ=environ)
    assert ended.status == 10, ended.text
    assert "BARE MACHINE" not in ended.text
    assert "required, but not exercised: spread" in ended.text
    assert shown in ended.text
    assert re.search(r"no-504 +│ passed", ended.text), ended.text


def test_a_browser_that_does_not_start_is_status_10(served: Edge, tmp_path: Path) -> None:
    """Nothing is learned of the page, and nothing is held against it; the browser's own words are in the row."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "chromium").write_text("#!/bin/sh\necho 'no room for a profile' >&2; exit 46\n")
    (programs / "chromium").chmod(0o755)
    environ = {"TARGET": str(served.target), "PATH": f"{programs}:{os.environ['PATH']}", "COLUMNS": "400"}
    ended = pytest_run(tmp_path, "-m", "smoke", "--browser", "tests/test_browser.py", environ=environ)
    assert ended.status == 10, ended.text
    assert "chromium did not start: it ended with status 46 after" in ended.text
    assert "“no room for a profile” (--no-browser leaves the browser out)" in ended.text


SOON = datetime.now(UTC) + timedelta(days=3)
BAD = {
    "expires soon": (lambda: AUTHORITY.issue_cert(*HOSTS, not_after=SOON), "expires in [23].. days, wanted 14"),
    "expired": (lambda: AUTHORITY.issue_cert(*HOSTS, not_before=SOON - timedelta(99), not_after=SOON - timedelta(9)),
                "certificate has expired"),
    "another name": (lambda: AUTHORITY.issue_cert("other.example"), "Hostname mismatch.*names other.example"),
    "unknown authority": (lambda: trustme.CA().issue_cert(*HOSTS), "unable to get local issuer certificate"),
}  # fmt: skip


@pytest.mark.parametrize(("served", "shown"), BAD.values(), ids=BAD, indirect=["served"])
def test_a_bad_certificate_is_status_1(served: Edge, tmp_path: Path, shown: str) -> None:
    """A certificate that expires soon, has expired, is another's or nobody's: no-504 fails and says which."""
    ended = pytest_run(tmp_path, "tests/test_certificates.py", environ={"TARGET": str(served.target)})
    assert ended.status == 1, ended.text
    assert re.search(shown, ended.text), ended.text


def test_a_host_that_does_not_resolve_is_status_1(tmp_path: Path) -> None:
    """Without DNS the criterion fails in a line that says it is the name, not the service."""
    one = "tests/test_no_504.py::test_plain_http_redirects[jbcalling.site]"
    ended = pytest_run(tmp_path, one, environ={"TARGET": "production"})
    assert ended.status == 1, ended.text
    assert "http://jbcalling.site/: name" in ended.text


@pytest.mark.parametrize(
    ("environ", "args", "shown"),
    [
        ({"TARGET": "nowhere.toml"}, (), "ERROR: TARGET=nowhere.toml: no such target and no such file"),
        (
            {"TARGET": "production", "TARGET_CAFILE": "x"},
            (),
            "ERROR: TARGET_CAFILE: no such variable: did you mean",
        ),
        (
            {"TARGET": "production", "TARGET_CA_FILE": "/none"},
            (),
            "ERROR: TARGET_CA_FILE: reach.ca_file /none cannot",
        ),
        (
            {"TARGET_LIMITS": "edge_reqests=3"},
            (),
            "ERROR: TARGET_LIMITS: edge_reqests is no limit: did you mean",
        ),
        ({}, ("--require", "no-505"), "ERROR: --require no-505: unknown criterion 'no-505': give all, or"),
        ({}, ("--reqiure", "all"), "error: unrecognized arguments: --reqiure"),
    ],
)
def test_wrong_usage_is_status_4(
    tmp_path: Path, environ: dict[str, str], args: tuple[str, ...], shown: str
) -> None:
    """A target or an option that cannot be used is one line and status 4; nothing runs."""
    ended = pytest_run(tmp_path, *args, "tests/test_spread.py", environ=environ)
    assert (ended.status, shown in ended.text, "Traceback" in ended.text) == (4, True, False), ended.text


def test_overridden_limits_are_in_force(tmp_path: Path) -> None:
    """An override of this run is said in its head, and is what the run's limits are; all others stay as they are."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "limits_seen.py").write_text(
        "def pytest_collection_finish():\n"
        "    from fixtures.target.current import current_limits\n"
        "    print('SEEN', current_limits())\n"
    )
    environ = {"TARGET_LIMITS": "EDGE_REQUESTS=7,call_frames=50"}
    ended = pytest_run(
        tmp_path, "-p", "limits_seen", "--collect-only", "tests/test_no_504.py", environ=environ
    )
    assert (ended.status, "SEEN Limits(edge_requests=7, call_frames=50)" in ended.text) == (0, True), (
        ended.text
    )
    assert "limits overridden: edge_requests 7, call_frames 50" in ended.text


def test_show_contacts_nobody(tmp_path: Path) -> None:
    """`show` of production prints every value with its origin, masks what is secret, and asks nobody."""
    environ = {
        "TARGET": "production",
        "TARGET_SWARM_API": "ssh://me:hunter2@m",
        "TURN_SECRET": "s3cret",
        "COLUMNS": "200",
    }
    ended = run(tmp_path, "-m", "fixtures", "target", "show", environ=environ)
    assert ended.status == 0, ended.text
    for shown in (
        "TARGET_DOMAIN",
        "ssh://me:***@m",
        "in the variable TURN_SECRET: ***",
        "nothing was contacted",
    ):
        assert shown in ended.text
    assert not [secret for secret in ("hunter2", "s3cret") if secret in ended.text]


def test_show_checks_the_network_when_told(tmp_path: Path) -> None:
    """With `--check-network` a host that does not resolve is WRONG, in one line, and the status is 1."""
    ended = run(
        tmp_path, "-m", "fixtures", "target", "show", "--check-network", environ={"TARGET": "production"}
    )
    assert ended.status == 1, ended.text
    assert "WRONG media.jbcalling.site: media.jbcalling.site does not resolve" in ended.text
