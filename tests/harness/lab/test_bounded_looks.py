"""A look that only asks is left behind after a while, so that a slow engine gets more than one or two tries."""

import inspect
import threading
import time

import pytest

from lab.cluster import forming, nodes, readiness
from lab.waiting import Look, Ready, WaitTimeoutError, wait_for


def test_a_look_that_hangs_leaves_time_for_more() -> None:
    """An engine that is asked too early never answers that question, and answers the next one."""
    ended, looks = threading.Event(), list[int]()

    def look() -> Look[str]:
        looks.append(len(looks))
        if len(looks) < 4:
            ended.wait(30)
        return Ready("there")

    seen: list[str] = []
    try:
        assert (
            wait_for("it", look, deadline_s=30, look_s=0.05, interval_s=0.01, on_wait=seen.append) == "there"
        )
    finally:
        ended.set()
    assert (looks, seen) == ([0, 1, 2, 3], ["no answer within 0.05 s"] * 3)


def test_an_answer_that_comes_late_counts() -> None:
    """On a machine where every answer takes longer than the bound, the first one that comes is as good."""
    looks: list[float] = []

    def look() -> Look[str]:
        looks.append(time.monotonic())
        threading.Event().wait(0.4)
        return Ready("there")

    began = time.monotonic()
    assert wait_for("it", look, deadline_s=30, look_s=0.1, interval_s=0.01) == "there"
    assert time.monotonic() - began < 10
    assert len(looks) > 2


def test_a_look_s_bound_does_not_outlast_the_deadline() -> None:
    """The wait ends at its deadline all the same, and the text says that nothing answered."""
    ended = threading.Event()

    def look() -> Look[str]:
        ended.wait(30)
        return Ready("late")

    began = time.monotonic()
    try:
        with pytest.raises(WaitTimeoutError, match=r"not within 0\.5 s; last seen: no answer within 0\.2 s"):
            wait_for("it", look, deadline_s=0.5, look_s=0.2, interval_s=0.01)
    finally:
        ended.set()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("deadline_s", "look_s"),
    [
        (nodes.API_DEADLINE_S, nodes.API_LOOK_S), (forming.READY_DEADLINE_S, forming.READY_LOOK_S),
        (readiness.READY_DEADLINE_S, readiness.READY_LOOK_S),
    ],
)  # fmt: skip
def test_readiness_is_asked_for_several_times(deadline_s: float, look_s: float) -> None:
    """Each of the lab's waits for something to be ready has six tries at the least, however slow the answers are."""
    assert deadline_s / look_s >= 6
    for module in (nodes, forming, readiness):
        assert inspect.getsource(module).count("wait_for(") == inspect.getsource(module).count("look_s=")
