"""Update and restart policies against their file: what is left out is the default, and each key is told in its unit."""

from dataclasses import replace

import pytest

from fixtures.judge.candidate import Candidate
from fixtures.judge.drift import drifts
from fixtures.observe.swarm.state import Service
from tests.harness.samples.sound_cluster import PLAN, service

S = 10**9
BARE = replace(service(PLAN.service("tts")), networks=())
UPDATE = {
    "Parallelism": (1, 3, "1", "3"), "Delay": (0, 2 * S, "0s", "2s"), "FailureAction": ("pause", "rollback") * 2,
    "Monitor": (5 * S, S // 2, "5s", "0.5s"), "MaxFailureRatio": (0, 0.25, "0", "0.25"),
    "Order": ("stop-first", "start-first") * 2,
}  # fmt: skip
RESTART = {
    "Condition": ("any", "none") * 2, "Delay": (5 * S, S, "5s", "1s"), "MaxAttempts": (0, 4, "0", "4"),
    "Window": (0, 90 * S, "0s", "90s"),
}  # fmt: skip
KEYS = [
    *(("update_config", key, *values) for key, values in UPDATE.items()),
    *(("rollback_config", key, *values) for key, values in UPDATE.items()),
    *(("restart_policy", key, *values) for key, values in RESTART.items()),
]


def found(one: Service, other: Service) -> list[str]:
    """What differs between the file's service and the running one."""
    running = Candidate("translation", (other,), {}, lambda *_: "").as_state
    return [str(each) for each in drifts([one], running, "translation")]


def having(policy: str, key: str, value: object) -> Service:
    return replace(BARE, **{policy: {key: value}})  # type: ignore[arg-type] # a name and its value


@pytest.mark.parametrize(("policy", "key", "default", "other", "shown", "shown_other"), KEYS)
def test_a_key_that_is_left_out_is_the_default(
    policy: str, key: str, default: object, other: object, shown: str, shown_other: str
) -> None:
    """On either side; what is not the default is a line, and durations are in seconds."""
    assert found(BARE, having(policy, key, default)) == []
    assert found(having(policy, key, default), BARE) == []
    line = f"translation_tts: {policy} {key}: the file has"
    assert found(BARE, having(policy, key, other)) == [f"{line} {shown}, running {shown_other}"]
    assert found(having(policy, key, other), BARE) == [f"{line} {shown_other}, running {shown}"]


@pytest.mark.parametrize("policy", ["update_config", "rollback_config"])
def test_nothing_watched_is_the_default_watch(policy: str) -> None:
    """A Swarm takes a `Monitor` of 0 and an empty word for the default; a delay of 0 it takes as it is."""
    assert found(BARE, having(policy, "Monitor", 0)) == []
    assert found(BARE, having(policy, "Order", "")) == []
    assert found(BARE, having("restart_policy", "Delay", 0)) == [
        "translation_tts: restart_policy Delay: the file has 5s, running 0s"
    ]
