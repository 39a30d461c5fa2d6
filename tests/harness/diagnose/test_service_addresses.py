"""An address of a service that leads to no task on one node: when it is a cause, and when it is not."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.diagnose.complaints import folded
from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules.service_addresses import vip_idle_cut, vip_stale_backend, vip_without_backend
from fixtures.diagnose.values import Confidence
from fixtures.observe.media.values import CallRelation
from fixtures.observe.swarm.state import LogLine
from lab.probe.values import Balanced
from tests.harness.samples import between_nodes
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import NOW, ONE, THREE, TWO, probed


def test_it_is_told_from_a_store_that_is_gone() -> None:
    """The node, the address, where it leads, who asks for it, and the rows that show it."""
    found = diagnose(between_nodes.leads_nowhere(), frozenset({"call", "socketio"}))
    (cause,) = found.causes
    assert cause.title == f"on {TWO} the address of translation_redis, 10.0.3.2, leads to none of its tasks"
    assert "to nothing, at two looks; its tasks have 10.0.3.3" in cause.speaks_for[0]
    assert f"translation_signaling on {TWO} asks redis:6379: refused" in cause.speaks_for
    assert "cat /proc/net/ip_vs" in cause.command


@pytest.mark.parametrize(("answers", "confidence"), [(True, Confidence.POSSIBLE), (False, Confidence.LIKELY)])
def test_an_address_that_leads_to_a_gone_task_too(answers: bool, confidence: Confidence) -> None:
    """Some connections are answered, so it is never proved, and nothing else is put down to it."""
    seen = _answering(between_nodes.led_astray()) if answers else between_nodes.led_astray()
    (cause,) = vip_stale_backend(seen)
    assert cause.title.endswith("still leads to 10.0.3.9, which no task has")
    assert (cause.confidence, bool(cause.undecided)) == (confidence, True)
    assert "ipvsadm -d -f MARK -r 10.0.3.9:0" in cause.remedy
    assert not list(vip_without_backend(seen))
    calls = (samples.call(frames=(0, 0)), samples.call(CallRelation.SAME))
    assert "rooms-in-memory" in diagnose(replace(seen, calls=calls), frozenset({"call"})).ids


def test_where_gossip_is_lost_the_rows_are_a_consequence() -> None:
    """The lists of peers disagree, and the node lacks the rows since nobody told it: one cause is named."""
    split = between_nodes.split()
    seen = between_nodes.leads_nowhere(node=THREE)
    assert seen.probe is not None
    assert split.probe is not None
    seen = probed(seen, peers=split.probe.peers, rows=split.probe.rows)
    (cause,) = vip_without_backend(seen)
    assert cause.confidence is Confidence.LIKELY
    assert diagnose(seen, frozenset({"call"})).ids == ("gossip-split",)


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
    assert cause.title.endswith(f"is forgotten by its node after {idle_s or 900} s of silence")
    assert cause.confidence is (Confidence.LIKELY if idle_s == 2 else Confidence.POSSIBLE)
    assert any("reset by peer" in text for text in cause.speaks_for)
    assert "endpoint_mode: dnsrr" in cause.remedy


def test_a_short_time_alone_is_a_possible_cause() -> None:
    """Nobody complains, so whether anything was lost by it is not known."""
    (cause,) = vip_idle_cut(between_nodes.forgotten(2, text=""))
    assert (cause.confidence, bool(cause.against)) == (Confidence.POSSIBLE, True)


@pytest.mark.parametrize("shortest", [ONE, TWO])
def test_the_nodes_of_who_asks_decide(shortest: str) -> None:
    """In whatever order they were read; two variables that name one service are one cause."""
    seen = samples.changed(
        between_nodes.forgotten(), "signaling", env={"REDIS_URL": "redis://redis:6379", "REDIS_HOST": "redis"}
    )
    assert seen.probe is not None
    (kept,) = seen.probe.balanced
    every = tuple(replace(kept, node=n, idle_s=2 if n == shortest else 900) for n in (ONE, TWO))
    (cause,) = vip_idle_cut(probed(seen, balanced=every))
    assert "after 2 s" in cause.title


@pytest.mark.parametrize(
    "line",
    [
        "redis: Connection reset by peer", "redis connection lost", "[ioredis] Error: read ECONNRESET", "write EPIPE (redis)",
        "read tcp 10.0.3.7:4410->redis:6379: connection reset by peer",
        "redis.exceptions.ConnectionError: Connection closed by server.",
    ],
)  # fmt: skip
def test_how_programs_word_a_reset(line: str) -> None:
    """Their lines are collected as complaints, and those that name what is asked are taken for it."""
    (complaint,) = folded("translation_signaling", (LogLine(NOW, "t", "n", "stderr", line),))
    seen = replace(between_nodes.forgotten(), complaints=(complaint,))
    assert len(list(vip_idle_cut(seen))) == ("redis" in line.replace("ioredis", ""))


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
        (between_nodes.forgotten(text="Connection reset by peer (redis-old)"), _same),
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
