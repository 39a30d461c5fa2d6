"""HEAD alone refused is told as that, and as nothing worse; a plan may say that a host need not answer it."""

from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.judge.hands import Hands
from fixtures.judge.head_requests import head_alone, refused_head, wrong_statuses
from fixtures.judge.repeats import no_504
from fixtures.observe.http.attempts import Attempt, Failure, failing
from fixtures.target.plan import PLANS, PlanError, load_plan
from fixtures.target.reach import Reach
from fixtures.target.values import Target
from tests.harness.samples.observed import PLAN, attempt

API = PLAN.host_of("api")


def asked(*methods_statuses: tuple[str, int]) -> list[Attempt]:
    return [replace(attempt(status, host=API.name), method=method) for method, status in methods_statuses]


@pytest.mark.parametrize("status", [405, 501])
def test_head_alone_is_told_as_that(status: int) -> None:
    """With what does not work by it, what does, and both remedies."""
    attempts = asked(("GET", 200), ("HEAD", status), ("GET", 200), ("HEAD", status))
    assert len(refused_head(attempts, API)) == 2
    said = head_alone(attempts, API)
    assert "GET is answered, and HEAD alone is refused, so `curl -I` fails and browsers do not" in said
    assert 'methods = ["GET"]' in said


@pytest.mark.parametrize(
    "attempts",
    [
        asked(("GET", 200), ("HEAD", 200)),
        asked(("GET", 200), ("HEAD", 404)),
        asked(("GET", 200), ("HEAD", 405), ("HEAD", 200)),
        asked(("GET", 405), ("HEAD", 405)),
        asked(("GET", 200), ("GET", 502), ("HEAD", 405)),
        asked(("HEAD", 405)),
        [*asked(("HEAD", 405)), replace(asked(("GET", 200))[0], failure=Failure.BODY_NEVER_ENDED)],
        [],
    ],
)
def test_anything_besides_is_not(attempts: list[Attempt]) -> None:
    """Another status, a HEAD that was answered, a GET that was not, nothing to compare with."""
    assert refused_head(attempts, API) == ()
    assert head_alone(attempts, API) == ""


@pytest.mark.parametrize("status", [405, 501])
def test_a_host_of_programs_that_refuses_head_alone_is_a_note(status: int) -> None:
    """It answers, whole and every time; the plan wants HEAD of it only where it says so."""
    attempts = asked(("GET", 200), ("HEAD", status))
    assert failing(attempts) == ()
    wrong, note = wrong_statuses(attempts, API)
    assert wrong == []
    assert note.startswith(f"{API.name}: GET is answered, and HEAD alone is refused")
    wrong, note = wrong_statuses(attempts, replace(API, says_methods=True))
    assert (len(wrong), note) == (1, "")
    assert wrong[0].startswith(f"HEAD {attempts[1].url} answered {status}, expected 200: GET is answered")


def test_a_page_must_answer_head() -> None:
    """`curl -I` of the page is how its operators look at it."""
    page = PLAN.host_of("page")
    attempts = [replace(each, host=page.name) for each in asked(("GET", 200), ("HEAD", 405))]
    wrong, note = wrong_statuses(attempts, page)
    assert (len(wrong), note) == (1, "")


@pytest.mark.parametrize("others", [[("GET", 404)], [("HEAD", 404)], [("HEAD", 200), ("GET", 403)]])
def test_anything_besides_is_wrong(others: list[tuple[str, int]]) -> None:
    """Then a refused HEAD is no note: each wrong answer is told."""
    attempts = asked(("GET", 200), ("HEAD", 405), *others)
    wrong, note = wrong_statuses(attempts, API)
    assert len(wrong) == sum(status != 200 for _, status in others) + 1
    assert note == ""


def test_a_plan_names_the_methods_of_a_host(tmp_path: Path) -> None:
    """Both without a word; GET alone where it says so; none, and others, are refused with the line."""
    assert {host.methods for host in PLAN.web_hosts} == {("GET", "HEAD")}
    base = (PLANS / "option-a.toml").read_text()
    plan = tmp_path / "plan.toml"
    plan.write_text(base.replace('path = "/health"\n', 'path = "/health"\nmethods = ["GET"]\n'))
    assert load_plan(plan).host_of("api").methods == ("GET",)
    assert [host.says_methods for host in load_plan(plan).web_hosts] == [False, False, True, False]
    for wrong in ("[]", '["POST"]', '"GET"'):
        plan.write_text(base.replace('path = "/health"\n', f'path = "/health"\nmethods = {wrong}\n'))
        with pytest.raises(PlanError, match=r"plan\.toml:\d+: hosts.*methods"):
            load_plan(plan)


def test_by_hand_a_host_without_head_is_asked_with_get() -> None:
    """The commands of the criterion would else show a failure that the plan does not see."""
    hosts = tuple(replace(h, methods=("GET",)) if h.kind == "api" else h for h in PLAN.hosts)
    hands = Hands(Target("t", Reach({}), replace(PLAN, hosts=hosts)))
    lines = {command.shows: command.line for command in no_504(hands)}
    assert "-sSI" in lines["jbcalling.site answers, not 504"]
    assert "-sSI" not in lines["api.jbcalling.site answers, not 504"]
    assert "-D -" in lines["api.jbcalling.site answers, not 504"]
