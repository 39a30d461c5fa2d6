"""What of a host's answers is not as the plan wants it."""

from dataclasses import replace
from typing import Any

import pytest

from fixtures.diagnose.wanted_answers import wrong
from fixtures.observe.http.attempts import Failure
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import PLAN, attempt

PAGE = PLAN.host_of("page")


@pytest.mark.parametrize(
    ("over", "is_wrong"),
    [
        ({"body_head": b"<!DOCTYPE html>"}, False),
        ({"body_head": b"down for maintenance"}, True),
        ({"body_head": b"", "body_bytes": 612}, False),  # not kept
        ({"body_head": b"", "body_bytes": 0}, True),
        ({"body_head": b"x", "method": "HEAD"}, False),
        ({"body_head": b"x", "url": "https://jbcalling.site/assets/app.js"}, False),
        ({"status": 404}, True),
        ({"status": 503}, True),
        ({"failure": Failure.BODY_NEVER_ENDED}, True),
        ({"status": 404, "host": "elsewhere.example"}, False),
    ],
)
def test_what_is_not_as_the_plan_wants_it(over: dict[str, Any], is_wrong: bool) -> None:
    """Another status, an answer that broke off, a page of other words; of this host alone."""
    one = replace(attempt(), **over)
    assert wrong(replace(samples.sound(), attempts=(one,)), PAGE) == ([one] if is_wrong else [])


def test_nothing_asked_is_nothing_wrong() -> None:
    """Nothing was observed."""
    assert wrong(replace(samples.sound(), attempts=None), PAGE) == []
