"""Limits: finite numbers with a ceiling, and a bound of a run that grows with the plan alone."""

from dataclasses import replace

import pytest

from fixtures.bounds import requests_allowed
from fixtures.commands import target_show
from fixtures.limits import NAMES, LimitError, Limits, ceiling, overridden
from fixtures.target.file import limits_from, most_requests, plan_from, settings, target_of
from fixtures.target.settings import Value
from fixtures.target.values import TargetError

NO_NUMBERS: tuple[object, ...] = (
    "nan", "NaN", "-nan", "inf", "-inf", "Infinity", "1e999", "-1", "-0.5", True, False, "true", "", "x", "0x10", "1,5", None,
    [], {}, [1], "9" * 400, 10**400, -(10**400), 10**5000, "9" * 5000, 1e300, float("nan"), float("inf"), "1e300",
    "\x1b[31m", "1\n2",
)  # fmt: skip
GUARDS = {
    "edge_requests": 100, "edge_concurrency": 60, "sockets_at_once": 60, "calls_max": 20, "call_frames": 900,
    "call_media_deadline_s": 120, "edge_large_body_bytes": 1_000_000, "body_head_bytes": 1_000_000,
    "handshakes_per_replica": 20, "polls_of_a_session": 20, "turn_credential_s": 3600,
    "browser_requests_max": 400,
}  # fmt: skip
"""What a run may do to its target, whatever is set by hand."""


@pytest.mark.parametrize("name", NAMES)
def test_no_limit_takes_what_is_no_finite_number(name: str) -> None:
    """Nor one below its least: one short line names the limit, the value and what is wanted."""
    for value in NO_NUMBERS:
        with pytest.raises(LimitError) as refused:
            overridden(Limits(), {name: value})
        line = str(refused.value)
        assert line.startswith(f"{name} = "), line
        assert "wanted " in line
        assert len(line) < 200
        assert line.isprintable(), ascii(line)


@pytest.mark.parametrize("name", NAMES)
def test_every_limit_has_a_ceiling(name: str) -> None:
    """The own value lies below it; it can be set, and nothing above it."""
    own, most = getattr(Limits(), name), ceiling(name)
    assert overridden(Limits(), {name: str(own)}) == Limits()
    if most is None:
        assert name == "smoke_requests_max"
        return
    assert own <= most
    assert getattr(overridden(Limits(), {name: int(most)}), name) == most
    with pytest.raises(LimitError, match=f"wanted at most {most:.0f}"):
        overridden(Limits(), {name: int(most) + 1})


def test_what_guards_a_target_has_the_ceiling_that_is_told() -> None:
    """Requests, connections and calls at once, their length and sizes, and how long a credential holds."""
    assert {name: ceiling(name) for name in GUARDS} == GUARDS


def test_the_bound_of_a_run_grows_with_the_plan() -> None:
    """60 for each host, 20 for each replica of the services that have several, and 40: 400 for the recommended option."""
    plan = plan_from({})
    assert (len(plan.web_hosts), most_requests(plan), Limits().smoke_requests_max) == (4, 400, 400)
    assert requests_allowed(0, 0) == 40
    one_more = replace(plan, hosts=(*plan.hosts, replace(plan.hosts[0], name="more.jbcalling.site")))
    wider = replace(
        plan, services=tuple(replace(s, replicas=s.replicas * 2) for s in plan.services if s.replicas > 1)
    )
    assert most_requests(one_more) == 460
    assert most_requests(wider) == 400 + 20 * 6
    assert limits_from({}, one_more).smoke_requests_max == 460
    assert limits_from({"edge": Value("x", "y")}, plan) == Limits()


@pytest.mark.parametrize("name", ["smoke_requests_max", "SMOKE_REQUESTS_MAX", " Smoke_requests_max "])
def test_the_bound_is_lowered_by_hand_and_never_raised(name: str) -> None:
    """Above the formula it is refused with the formula."""
    plan = plan_from({})
    assert limits_from({"limits": Value({name: "40"}, "env")}, plan).smoke_requests_max == 40
    assert limits_from({"limits": Value({name: 400}, "env")}, plan).smoke_requests_max == 400
    with pytest.raises(TargetError) as refused:
        limits_from({"limits": Value({name: "401"}, "TARGET_LIMITS")}, plan)
    assert str(refused.value) == (
        "TARGET_LIMITS: smoke_requests_max = 401: wanted at most 400: 60 x 4 hosts + 20 x 6 replicas + 40 = 400"
    )


def test_target_show_tells_the_bound() -> None:
    """With its formula, or that it was lowered; a lab has none."""
    environ = {"TARGET": "production"}
    found = settings(environ)
    rows = {row[0]: row[1:] for row in target_show.rows(found, target_of(found))}
    assert rows["requests of a run"] == (
        "at most 400",
        "60 x 4 hosts + 20 x 6 replicas + 40 = 400",
        "--target-limits, TARGET_LIMITS",
    )
    lowered = settings({**environ, "TARGET_LIMITS": "smoke_requests_max=40"})
    rows = {row[0]: row[1:] for row in target_show.rows(lowered, target_of(lowered))}
    assert rows["requests of a run"][:2] == ("at most 40", "lowered")
