"""The edge client against a real TLS server that answers well and ill."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
import trustme

from fixtures.observe.http.access_log import MarkMissingError
from fixtures.observe.http.attempts import Attempt, Failure, Phase, describe, failing
from fixtures.observe.http.certificates import CertificateError, certificate
from fixtures.observe.http.log_marks import Mark, mark
from fixtures.observe.http.requests import burst, failure_text, likely_cause, repeat_by_hand, request
from fixtures.target.reach import Reach
from tests.harness.stand_ins.tls_server import HOST, PAGE, Served, serving

T = TypeVar("T")
Use = Callable[[Served], Coroutine[None, None, T]]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def run(authority: trustme.CA, tmp_path: Path) -> Callable[..., object]:
    """Runs a coroutine against a server whose certificate is `leaf` (default: valid for HOST)."""

    def run(use: Use[T], leaf: trustme.LeafCert | None = None) -> T:
        async def main() -> T:
            async with serving(authority, leaf or authority.issue_cert(HOST), tmp_path) as served:
                return await use(served)

        return asyncio.run(main())

    return run


def get(path: str, method: str = "GET", deadline_s: float = 5.0) -> Use[Attempt]:
    return lambda s: request(s.reach, s.base + path, method=method, deadline_s=deadline_s)


Run = Callable[..., Attempt]


def test_a_whole_answer_is_recorded(run: Run) -> None:
    """An answer read to its end holds its status, its body's beginning and size, and every phase's time."""
    attempt = run(get("/"))
    assert (attempt.status, attempt.failure, attempt.body_complete) == (200, None, True)
    assert (attempt.body_bytes, attempt.body_head, attempt.address) == (len(PAGE), PAGE, "127.0.0.1")
    assert list(attempt.phases) == list(Phase)
    assert list(attempt.phases.values()) == sorted(attempt.phases.values())


def test_the_name_is_kept_while_the_address_is_dialled(run: Callable[..., bytes]) -> None:
    """The Host header and the verified name are the host's, though its override is what is dialled."""

    async def use(served: Served) -> bytes:
        await request(served.reach, served.base + "/")
        return served.connections[0]

    assert f"Host: {HOST}:".encode() in run(use)


def test_head_is_complete_without_a_body(run: Run) -> None:
    """HEAD is complete with no body, whatever Content-Length announces."""
    attempt = run(get("/", "HEAD"))
    assert (attempt.status, attempt.body_complete, attempt.body_bytes) == (200, True, 0)


def test_504_is_an_answer_that_fails(run: Run) -> None:
    """A 504 is recorded as the answer it is, and counts as failing."""
    attempt = run(get("/504"))
    assert (attempt.status, attempt.failure) == (504, None)
    assert failing([attempt]) == (attempt,)


def test_a_redirect_is_reported_and_not_followed(run: Run) -> None:
    """A redirect is the answer; of cookies only the names are kept."""
    attempt = run(get("/away"))
    assert (attempt.status, attempt.headers["location"]) == (308, "https://elsewhere.test/")
    assert attempt.cookies == ("sticky",)
    assert "secret" not in repr(attempt)


@pytest.mark.parametrize(
    ("path", "status", "failure", "last"),
    [
        ("/silent", None, Failure.NO_FIRST_BYTE, Phase.SENT),
        ("/endless", 200, Failure.BODY_NEVER_ENDED, Phase.ANSWERED),
        ("/hangup", None, Failure.PROTOCOL, Phase.SENT),
        ("/short", 200, Failure.PROTOCOL, Phase.ANSWERED),
    ],
)
def test_an_answer_that_is_not_whole(
    run: Run, path: str, status: int | None, failure: Failure, last: Phase
) -> None:
    """Silence, a body that never ends and a connection broken off are told apart, by the phase reached."""
    attempt = run(get(path, deadline_s=0.3))
    assert (attempt.status, attempt.failure, list(attempt.phases)[-1]) == (status, failure, last)
    assert not attempt.body_complete
    assert attempt.error


@pytest.mark.parametrize(
    ("names", "expired", "reason"),
    [(["other.test"], False, "Hostname mismatch"), ([HOST], True, "expired"), (["127.0.0.1"], False, HOST)],
)
def test_a_certificate_that_is_not_valid_fails_as_tls(
    run: Run, authority: trustme.CA, names: list[str], expired: bool, reason: str
) -> None:
    """A certificate of another name, or expired, or of the address alone, fails as TLS and says why."""
    yesterday = datetime.now(UTC) - timedelta(days=1)
    leaf = authority.issue_cert(*names, not_after=yesterday if expired else None)
    attempt = run(get("/"), leaf)
    assert (attempt.failure, attempt.status) == (Failure.TLS, None)
    assert reason in attempt.error


def test_an_authority_nobody_trusts_fails_as_tls(run: Run) -> None:
    """A certificate signed by another authority is refused."""
    assert run(get("/"), trustme.CA().issue_cert(HOST)).failure is Failure.TLS


def test_a_refused_connection_and_an_unknown_name() -> None:
    """Nothing listening is a connect failure, no such name a name failure; neither has a phase."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused = asyncio.run(request(Reach({HOST: "127.0.0.1"}), f"https://{HOST}:{port}/"))
    nameless = asyncio.run(request(Reach(), "https://no-such-host.invalid/"))
    assert (refused.failure, nameless.failure) == (Failure.CONNECT, Failure.NAME)
    assert refused.phases == nameless.phases == {}


def test_a_burst_records_every_attempt_on_its_own_connection(run: Callable[..., list[int]]) -> None:
    """Twelve requests are twelve connections, methods taking turns, the failed ones recorded too."""

    async def use(served: Served) -> list[int]:
        well = await burst(served.reach, served.base + "/", count=8, concurrency=4)
        ill = await burst(served.reach, served.base + "/silent", count=4, concurrency=4, deadline_s=0.3)
        methods = [a.method for a in well].count("HEAD")
        return [len(served.connections), len(failing(well)), len(failing(ill)), methods]

    assert run(use) == [12, 0, 4, 4]


def test_a_cancelled_burst_loses_no_attempt(run: Callable[..., list[Attempt]]) -> None:
    """When the burst itself is cut short, the attempts under way are reported, as cancelled."""

    async def use(served: Served) -> list[Attempt]:
        attempts: list[Attempt] = []
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await burst(
                    served.reach, served.base + "/silent", count=3, concurrency=3, on_attempt=attempts.append
                )
        return attempts

    assert [a.failure for a in run(use)] == [Failure.CANCELLED] * 3


def test_certificate_is_described_whether_or_not_it_is_trusted(
    run: Callable[..., list[object]], authority: trustme.CA
) -> None:
    """Of an expired certificate the names, the days since and the reason of distrust are known."""

    async def use(served: Served) -> list[object]:
        seen = await certificate(served.reach, HOST, served.port)
        return [seen.names, round(seen.days_left), seen.distrust, len(seen.fingerprint)]

    old = authority.issue_cert(HOST, not_after=datetime.now(UTC) - timedelta(days=3))
    assert run(use, old) == [(HOST,), -3, "certificate has expired", 64]
    assert run(use)[2] is None


def test_certificate_of_nobody_is_an_error() -> None:
    """A host that does not answer has no certificate, and the error says where it was asked."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(CertificateError, match=f"{HOST}:{port} at 127.0.0.1"):
        asyncio.run(certificate(Reach({HOST: "127.0.0.1"}), HOST, port))


def attempt(status: int | None, duration_s: float, failure: Failure | None = None) -> Attempt:
    return Attempt(
        "https://page.test/", "HEAD", "page.test", datetime.now(UTC), duration_s, status, failure=failure
    )


def test_describe_says_the_burst_in_one_line() -> None:
    """Counts by outcome, the median of what was answered, and the slowest, in one line."""
    many = [attempt(200, 0.004), attempt(200, 0.004), attempt(None, 40.0, Failure.NO_FIRST_BYTE)]
    said = "3 requests: 2x 200, 1x no first byte; p50 4 ms, slowest 40.00 s; largest body 0 B"
    assert describe(many) == said


def test_failure_text_names_cause_and_command(tmp_path: Path) -> None:
    """A failure text holds the cause that fits and a curl line with the same name, address and authority."""
    reach = Reach({"page.test": "10.0.0.9"}, tmp_path / "ca.pem")
    text = failure_text(reach, [attempt(200, 0.01), attempt(504, 30.001)])
    assert "1 of 2 requests to page.test failed" in text
    assert "UDP 4789" in text
    assert "IP protocol 50 (ESP) where the overlay is encrypted" in text
    assert "--resolve page.test:443:10.0.0.9" in text
    assert failure_text(reach, [attempt(200, 0.01)]) == ""


def test_every_failure_has_a_likely_cause() -> None:
    """No failure is left without a cause to look at, and a success has none."""
    assert all(likely_cause(attempt(None, 1.0, failure), 30.0) for failure in Failure)
    assert all(likely_cause(attempt(status, 1.0), 30.0) for status in (500, 502, 503, 504))
    assert likely_cause(attempt(200, 1.0), 30.0) == ""


def test_the_command_to_repeat_quotes_the_url() -> None:
    """A URL with shell characters can be pasted."""
    odd = Attempt("https://page.test/?a=1&b=2", "GET", "page.test", datetime.now(UTC), 1.0)
    assert "'https://page.test/?a=1&b=2'" in repeat_by_hand(Reach(), odd)


def test_a_mark_that_nobody_can_log_is_told_at_once(run: Run) -> None:
    """Where a request gets through the log is searched for it; where the handshake fails nothing is waited for."""
    made = run(lambda s: mark(s.reach, s.base + "/"))
    assert isinstance(made, Mark)
    assert made.token in made.attempt.url
    with pytest.raises(
        MarkMissingError, match=r"no request reaches the edge to set a mark in it: .*\n?.*by hand: curl -vI"
    ):
        run(lambda s: mark(s.reach, s.base + "/"), trustme.CA().issue_cert(HOST))
