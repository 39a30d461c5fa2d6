"""no-504: every public host answers, every time, whole."""

import asyncio
from collections.abc import Callable

import pytest

from fixtures.diagnose.recorder import Recorder
from fixtures.judge.head_requests import wrong_statuses
from fixtures.judge.page_beginning import without_doctype
from fixtures.limits import Limits
from fixtures.observe.http import requests
from fixtures.observe.http.attempts import describe, failing
from fixtures.observe.http.names import Source, names_seen
from fixtures.observe.plainly import began
from fixtures.run.criteria_table import not_exercised
from fixtures.target.current import planned
from fixtures.target.planned import Plan, PlannedHost
from fixtures.target.reach import Reach
from tests.texts import listed, one_per_line

pytestmark = [pytest.mark.criterion("no-504"), pytest.mark.lab, pytest.mark.smoke]
Note = Callable[[str], None]


@pytest.fixture(params=planned().web_hosts, ids=lambda host: str(host.name))
def host(request: pytest.FixtureRequest) -> PlannedHost:
    """Each host of the target that answers HTTPS."""
    planned_host: PlannedHost = request.param
    return planned_host


def test_every_request_is_answered(
    host: PlannedHost, reach: Reach, limits: Limits, measured: Note, observed: Recorder
) -> None:
    """No request of a concurrent burst is answered 5xx, left unanswered or cut off, and the answer is right."""
    count, concurrency = limits.edge_requests, limits.edge_concurrency
    attempts = asyncio.run(
        requests.burst(reach, host.url, count=count, concurrency=concurrency, methods=host.methods)
    )
    observed.attempts(attempts)
    assert len(attempts) == limits.edge_requests
    assert not failing(attempts), requests.failure_text(reach, attempts)
    wrong, note = wrong_statuses(attempts, host)
    assert not wrong, wrong[0]
    if note:
        measured(f"note: {note}")
    bodies = {a.text_head.lower() for a in attempts if a.method == "GET" and a.status == 200}
    if host.text is not None and not bodies:
        measured(f"not exercised: {host.name}: no answer of 200 to look for {host.text} in")
    assert all((host.text or "").lower() in body for body in bodies), (
        f"{host.url}: no {host.text} in {listed(map(began, bodies))}"
    )
    measured(f"{host.name}: {describe(attempts)}")


def test_every_address_of_every_host_answers(
    reach: Reach, plan: Plan, measured: Note, observed: Recorder
) -> None:
    """Each address that the names lead to, of each family, answers for its host, or is said not to be asked."""
    names = asyncio.run(names_seen(reach, plan.web_hosts))
    observed.names(names)
    own = [each for each in names if each.source is not Source.SIBLING]
    lost = [str(each) for each in own if each.answered is False]
    assert not lost, one_per_line(
        [*lost, *(f"it is answered elsewhere: {each}" for each in names if each.answered)]
    )
    left = [str(each) for each in own if each.answered is None]
    addresses = sorted({each.address for each in own})
    measured(f"{len(own) - len(left)} addresses of {len(plan.web_hosts)} hosts answer ({listed(addresses)})")
    for text in left:
        measured(f"not exercised: {text}")


def test_the_page_begins_with_a_doctype(reach: Reach, plan: Plan, measured: Note) -> None:
    """The page is an HTML document from its first byte on, under both of its names."""
    if not plan.hosts_of("page"):
        not_exercised("the plan names no host with a page")
    for page in plan.hosts_of("page"):
        wrong, note = without_doctype(asyncio.run(requests.request(reach, page.url)), page)
        assert not wrong, wrong
        if note:
            measured(note)


def test_a_large_body_arrives_whole(
    reach: Reach, plan: Plan, limits: Limits, measured: Note, observed: Recorder
) -> None:
    """A body of many packets arrives to its end from every replica: a black hole answers 200 and never ends."""
    url = next((page.large_url for page in plan.hosts_of("page") if page.large_url is not None), None)
    if url is None:
        not_exercised("the plan names no large body (large_path) of a page")
    attempts = asyncio.run(requests.burst(reach, url, count=9, concurrency=9, methods=("GET",)))
    observed.attempts(attempts)
    assert not failing(attempts), requests.failure_text(reach, attempts)
    smallest = min(attempt.body_bytes for attempt in attempts)
    assert {attempt.status for attempt in attempts} == {200}, describe(attempts)
    assert smallest >= limits.edge_large_body_bytes, (
        f"{url}: {smallest} B, wanted {limits.edge_large_body_bytes} or more: {describe(attempts)}"
    )
    measured(f"{len(attempts)} bodies of {smallest // 1024} kB arrived whole")


def test_plain_http_redirects(host: PlannedHost, reach: Reach) -> None:
    """`http://` leads to the same place over HTTPS."""
    attempt = asyncio.run(requests.request(reach, host.url.replace("https://", "http://", 1)))
    assert attempt.status in (301, 302, 307, 308), (
        f"{attempt.url}: {attempt.outcome} {attempt.error}, wanted a redirect"
    )
    assert attempt.headers.get("location") == host.url, (
        f"{attempt.url} redirects to {attempt.headers.get('location')}"
    )
