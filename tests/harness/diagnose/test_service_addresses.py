"""An address of a service that leads to no task on one node: when it is a cause, and when it is not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules.service_addresses import vip_idle_cut, vip_without_backend
from fixtures.diagnose.values import Confidence
from lab.probe.values import Balanced
from tests.harness.samples import between_nodes
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import ONE, TWO, probed


def test_it_is_told_from_a_store_that_is_gone() -> None:
    """The node, the address, where it leads, who asks for it, and the rows that show it."""
    found = diagnose(between_nodes.leads_nowhere(), frozenset({"call", "socketio"}))
    (cause,) = found.causes
    assert cause.title == f"on {TWO} the address of translation_redis, 10.0.3.2, leads to none of its tasks"
    assert "to nothing, at two looks; its tasks have 10.0.3.3" in cause.speaks_for[0]
    assert f"translation_signaling on {TWO} asks redis:6379: refused" in cause.speaks_for
    assert "cat /proc/net/ip_vs" in cause.command


def test_an_address_that_leads_to_a_gone_task_too() -> None:
    """Some connections are answered, so that one is does not speak against it."""
    seen = between_nodes.leads_nowhere(leads_to=("10.0.3.3", "10.0.3.9"), gone=("10.0.3.9",))
    seen = _answering(seen)
    (cause,) = vip_without_backend(seen)
    assert cause.title.endswith("still leads to 10.0.3.9, which no task has")
    assert cause.against


def _answering(seen: Observations) -> Observations:
    (asked,) = seen.dependencies or ()
    return replace(seen, dependencies=(replace(asked, how="answers", said="10.0.3.2 +PONG"),))


def _unasked(seen: Observations) -> Observations:
    return samples.changed(seen, "signaling", env={})


def _by_tasks(seen: Observations) -> Observations:
    return samples.changed(seen, "signaling", env={"REDIS_URL": "redis://tasks.redis:6379"})


def _moved_away(seen: Observations) -> Observations:
    return samples.with_tasks(seen, "signaling", lambda t: None if t.node == TWO else t)


def _as_wanted(seen: Observations) -> Observations:
    assert seen.probe is not None
    return probed(seen, balanced=tuple(replace(b, leads_to=b.wanted) for b in seen.probe.balanced))


@pytest.mark.parametrize("change", [_answering, _unasked, _by_tasks, _moved_away, _as_wanted])
def test_nothing_is_said_where_nobody_meets_it(change: Callable[[Observations], Observations]) -> None:
    """It answers there, no variable names it or one names its tasks, nobody asks on that node, all is as it should be."""
    assert not list(vip_without_backend(change(between_nodes.leads_nowhere())))


def test_traefik_that_leaves_the_choice_to_the_swarm_asks_for_it() -> None:
    """By a label of the service; it is asked for where Traefik runs."""
    seen = samples.sound()
    assert seen.state is not None
    service = seen.state.service("translation_frontend")
    assert service is not None
    seen = samples.changed(seen, "frontend", labels={**service.labels, "traefik.swarm.lbswarm": "true"})
    lost = Balanced(ONE, samples.FRONTEND, "translation_frontend", "10.0.2.2", (), ("10.0.2.12",))
    (cause,) = vip_without_backend(probed(seen, balanced=(lost,)))
    assert "it is asked there by translation_traefik" in cause.speaks_for


@pytest.mark.parametrize("idle_s", [2, 900, None])
def test_a_connection_that_was_forgotten(idle_s: int | None) -> None:
    """By the program's own words; where the node's own time was read and is short, likely, and else possible."""
    (cause,) = vip_idle_cut(between_nodes.forgotten(idle_s))
    assert cause.title.endswith(f"the node forgets after {idle_s or 900} s of silence")
    assert cause.confidence is (Confidence.LIKELY if idle_s == 2 else Confidence.POSSIBLE)
    assert any("reset by peer" in text for text in cause.speaks_for)
    assert "endpoint_mode: dnsrr" in cause.remedy


def _one_task(seen: Observations) -> Observations:
    return samples.changed(seen, "redis", endpoint_mode="dnsrr")


def _gone(seen: Observations) -> Observations:
    return samples.with_tasks(seen, "redis", lambda t: None)


def _same(seen: Observations) -> Observations:
    return seen


@pytest.mark.parametrize(
    ("seen", "change"),
    [
        (between_nodes.forgotten(), _one_task),
        (between_nodes.forgotten(), _gone),
        (between_nodes.forgotten(), _by_tasks),
        (between_nodes.forgotten(since_s=60), _same),
        (between_nodes.forgotten(text=""), _same),
        (between_nodes.forgotten(text="Connection reset by peer (mediasoup)"), _same),
        (between_nodes.forgotten(text="error: redis:6379 timed out"), _same),
    ],
)
def test_no_silence_is_blamed_for_what_something_else_ended(
    seen: Observations, change: Callable[[Observations], Observations]
) -> None:
    """The name leads to the task itself; the task is gone, or new; nobody complains, or of something else."""
    assert not list(vip_idle_cut(change(seen)))


@pytest.mark.parametrize(
    ("leads_to", "wanted", "gone", "nowhere", "doubtful"),
    [
        ((), ("a",), (), True, True),
        (("b",), ("a",), ("b",), True, True),
        (("a", "b"), ("a",), ("b",), False, True),
        (("c",), ("a",), (), False, False),  # a task that is starting
        ((), (), (), False, False),  # none has run for long
    ],
)
def test_what_of_an_address_is_wrong(
    leads_to: tuple[str, ...], wanted: tuple[str, ...], gone: tuple[str, ...], nowhere: bool, doubtful: bool
) -> None:
    """It leads to none of the tasks, or to one that is gone; one that comes or goes is neither."""
    each = Balanced("n", "net", "s", "v", leads_to, wanted, gone)
    assert (each.nowhere, each.doubtful) == (nowhere, doubtful)
