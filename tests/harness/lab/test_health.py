"""The tasks' own health checks: one that fails, and one that nobody can read, never pass for healthy."""

from types import SimpleNamespace
from typing import Any, cast

import docker.errors
import pytest
import requests

from lab.cluster import tasks
from lab.cluster.handle import Lab
from lab.cluster.tasks import Placed
from lab.probe import health
from lab.probe.health import Check

HEALTHY = {"Status": "healthy", "FailingStreak": 0, "Log": [{"Output": "ok\n"}]}
FAILING = {"Status": "healthy", "FailingStreak": 2, "Log": [{"Output": "no answer\nin 3 s"}]}


@pytest.mark.parametrize(
    ("answer", "bad", "words"),
    [
        (HEALTHY, False, "is healthy"),
        (FAILING, True, "failed 2 times running: no answer in 3 s"),
        ({"Status": "unhealthy", "FailingStreak": 3, "Log": None}, True, "is unhealthy"),
        ({"Status": "starting", "FailingStreak": 0, "Log": []}, False, "is starting"),
        (requests.exceptions.ReadTimeout("no answer"), True, "is not readable"),
        (docker.errors.APIError("the engine is ill"), True, "is not readable"),
    ],
)
def test_each_check_is_told_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
    answer: Any,  # noqa: ANN401
    bad: bool,
    words: str,
) -> None:
    """A failing streak is bad whatever the engine's word, and so is an engine that does not tell."""
    (check,) = _checks(monkeypatch, answer)
    assert check.bad is bad
    assert words in str(check)


@pytest.mark.parametrize("answer", [docker.errors.NotFound("no such container"), None])
def test_what_is_gone_or_has_no_check_is_no_check(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:  # noqa: ANN401
    """A task that ended meanwhile is the Swarm's to tell of."""
    assert _checks(monkeypatch, answer) == ()


def _checks(monkeypatch: pytest.MonkeyPatch, answer: Any) -> tuple[Check, ...]:  # noqa: ANN401
    def inspect(container: str) -> dict[str, Any]:
        if isinstance(answer, Exception):
            raise answer
        return {"State": {"Health": answer} if answer else {}}

    task = Placed("frontend", "t1", "translation01", "c1", {})
    monkeypatch.setattr(tasks, "placed", lambda lab: (task,))
    node = SimpleNamespace(api=SimpleNamespace(inspect_container=inspect))
    return health.checks(cast(Lab, SimpleNamespace(nodes={"translation01": node})))
